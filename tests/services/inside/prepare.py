"""Run in a site: make tables, static files and users whose passwords are their names."""

import sys

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
for name in sys.argv[1:]:
    get_user_model().objects.create_user(name, password=name, is_staff=name == "staff")
