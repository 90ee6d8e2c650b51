from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from uploads.admin import UploadAdmin


@admin.register(User)
class UserAdmin(UploadAdmin, DjangoUserAdmin):
    list_display = ["preview", *DjangoUserAdmin.list_display]
    list_display_links = ["preview", "username"]
    readonly_fields = ["preview"]
    fieldsets = [
        *DjangoUserAdmin.fieldsets,
        (_("Profile picture"), {"fields": ["preview", "profile_picture"]}),
    ]

    @admin.display(description=_("picture"))
    def preview(self, user):
        return render_to_string("uploads/preview.html", {"file": user.profile_picture, "alt": user})
