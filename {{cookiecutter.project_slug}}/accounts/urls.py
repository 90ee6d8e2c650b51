from django.conf import settings
from django.contrib.auth.views import LoginView
from django.urls import path

from accounts import views

# Django's login page says the host's name where the other pages say the site's.
login = LoginView.as_view(extra_context={"site_name": settings.SITE_NAME})

urlpatterns = [
    path("login/", login, name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("profile/", views.Profile.as_view(), name="profile"),
]
