from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext_lazy as _

from uploads import fields


class User(AbstractUser):
    """Who logs in. A user model of our own from the first day: swapping it in later is hard."""

    # Changing upload_to makes a migration and moves no file: what is stored keeps its name.
    profile_picture = fields.ImageField(
        _("profile picture"),
        upload_to={{cookiecutter.profile_picture_folder | py}},
        blank=True,
    )
