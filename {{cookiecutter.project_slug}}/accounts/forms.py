from django import forms

from accounts.models import User


class ProfileForm(forms.ModelForm):
    """What people may change about themselves; all of it is optional."""

    class Meta:
        model = User
        fields = ["profile_picture", "first_name", "last_name", "email"]
