"""Beside those of the site."""

from django.urls import path

from wishes.views import Apply

urlpatterns = [
    # README: Form for everybody, urls.py
]
