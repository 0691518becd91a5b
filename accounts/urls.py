"""Logging in and out, the second factor of staff, invitations."""

from django.urls import path

from hlom_portal.stub import stub

urlpatterns = [
    path("login/", stub, name="account_login"),
    path("logout/", stub, name="account_logout"),
]
