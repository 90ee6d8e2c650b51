import os

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from uploads import cleanup, fields, samples


class Command(BaseCommand):
    help = (
        "Shows the site with something in it: migrates, makes the user demo (password demo), draws "
        "sample pictures and files, and runs the server. Only with DEBUG; may be run again."
    )

    def add_arguments(self, parser):
        parser.add_argument("addrport", nargs="?", default="127.0.0.1:8000", help="Where to serve")
        parser.add_argument("--no-serve", action="store_true", help="Stop before the server")

    def handle(self, *, addrport, no_serve, **options):
        if not settings.DEBUG:
            raise CommandError(
                "demo makes a user with a known password, so it runs with DEBUG=true only."
            )
        if not os.environ.get(DJANGO_AUTORELOAD_ENV):  # runserver starts the command once more
            self.prepare()
        if not no_serve:
            call_command("runserver", addrport)

    def prepare(self):
        call_command("migrate", verbosity=0)
        user = self.make_user()
        for field in cleanup.file_fields():
            owned = any(f.name == "owner" for f in field.model._meta.fields)
            if isinstance(field, fields.Stored) and owned:
                self.fill(field, user)
        self.stdout.write("User demo, password demo.")

    def make_user(self):
        user, made = get_user_model().objects.get_or_create(username="demo")
        if made:
            user.is_staff = user.is_superuser = True
            user.set_password("demo")
            user.profile_picture.save("demo.jpg", ContentFile(samples.portrait()), save=False)
            user.save()
        return user

    def fill(self, field, user):
        """A few rows for a model, unless it has some."""
        model = field.model
        if model._default_manager.exists():
            return
        files = samples.pictures() if isinstance(field, fields.ImageField) else samples.files()
        for title, extension, content in files:
            upload = ContentFile(content, name=f"{title}.{extension}")
            model._default_manager.create(owner=user, title=title, **{field.name: upload})
        self.stdout.write(f"{len(files)} {model._meta.verbose_name_plural}")
