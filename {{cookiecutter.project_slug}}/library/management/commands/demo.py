import errno
import os
import re
import socket

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.commands.runserver import naiveip_re
from django.utils.autoreload import DJANGO_AUTORELOAD_ENV

from library import drawings
from library.views import samples


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
            if not no_serve:
                refuse_taken(addrport)
            self.prepare()
        if not no_serve:
            call_command("runserver", addrport)

    def prepare(self):
        call_command("migrate", verbosity=0)
        user = self.make_user()
        for public in (True, False):
            models = [model for model in samples() if model.is_public() == public]
            for number, model in enumerate(models):
                self.fill(model, user, number)
        self.stdout.write("User demo, password demo.")

    def make_user(self):
        user, made = get_user_model().objects.get_or_create(username="demo")
        if made:
            user.is_staff = user.is_superuser = True
            user.set_password("demo")
            user.profile_picture.save("demo.jpg", ContentFile(drawings.portrait()), save=False)
            user.save()
        return user

    def fill(self, model, user, number):
        """A few rows for a model, unless it has some; each number has its own."""
        if model.objects.exists():
            return
        if model.is_public():
            drawn = drawings.pictures(number)
        else:
            drawn = drawings.files(number, model.upload_field().extensions)
        for title, extension, content, *alt in drawn:
            upload = ContentFile(content, name=f"{title}.{extension}")
            typed = dict(zip(model.typed_fields, [title, *alt], strict=True))
            model.objects.create(owner=user, **typed, **{model.upload_field().name: upload})
        opts, one = model._meta, len(drawn) == 1
        names = opts.verbose_name if one else opts.verbose_name_plural
        self.stdout.write(f"{len(drawn)} {names}")


def refuse_taken(addrport):
    """Say so before anything is drawn; what else is wrong with it, runserver says."""
    match = re.match(naiveip_re, addrport)
    if not match:
        return
    host, port = (match[1] or "127.0.0.1").strip("[]"), int(match["port"])
    with socket.socket(socket.AF_INET6 if match["ipv6"] else socket.AF_INET) as server:
        if os.name != "nt":  # as runserver: a port that was used a moment ago is free
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} of {host} is taken by another program. Choose another, such as: "
                    f"manage.py demo {port + 1}"
                ) from error
