from django.contrib.auth.views import LoginView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login/", LoginView.as_view(), name="login"),
    path("logout/", views.Logout.as_view(), name="logout"),
    path("profile/", views.Profile.as_view(), name="profile"),
]
