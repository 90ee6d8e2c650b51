"""Run in a site: make tables, static files and users, who are given as {name: hashed password}.

Of them, staff has all permissions that there are for the samples, and idle is staff without any.
"""

import json
import sys

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Permission  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
for name, password in json.loads(sys.argv[1]).items():
    rights = {"is_staff": name in {"staff", "idle"}}
    user = get_user_model().objects.create(username=name, password=password, **rights)
    if name == "staff":
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="library"))
