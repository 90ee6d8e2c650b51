"""Run in a site: make tables, static files and users whose passwords are their names.

Of them, staff has all permissions that there are for the samples, and idle is staff without any.
"""

import sys

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.models import Permission  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
for name in sys.argv[1:]:
    rights = {"is_staff": name in {"staff", "idle"}}
    user = get_user_model().objects.create_user(name, password=name, **rights)
    if name == "staff":
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="library"))
