from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.messages.views import SuccessMessageMixin
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import UpdateView

from accounts.forms import ProfileForm
from accounts.models import User
from uploads.storage import StorageUnavailable


class Logout(auth_views.LogoutView):
    """Logs out on POST only, as Django does; whoever types the address is asked first."""

    http_method_names = ["get", "post", "options"]

    def get(self, request):
        if not request.user.is_authenticated:
            return redirect("overview")
        return render(request, "registration/logout.html")

    def post(self, request, *args, **kwargs):
        response = super().post(request, *args, **kwargs)
        messages.success(request, _("You are logged out."))
        return response


# A picture is decoded while no transaction holds up others, whatever ATOMIC_REQUESTS says.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class Profile(LoginRequiredMixin, SuccessMessageMixin, UpdateView):
    form_class = ProfileForm
    template_name = "accounts/profile.html"
    # Not "user": the form changes its own copy, and the page header shows the stored one.
    context_object_name = "profile"
    success_url = reverse_lazy("profile")
    success_message = gettext_lazy("Your profile is saved.")

    def get_object(self, queryset=None):
        return User.objects.get(pk=self.request.user.pk)

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except StorageUnavailable as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
