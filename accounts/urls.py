"""Logging in and out, the second factor of staff, invitations.

Only these of allauth's pages exist: there is no sign-up, no password to set, no address to add.
"""

from django.urls import path

from accounts.views import invitations, login, people, second_factor

urlpatterns = [
    path("login/", login.RequestCodeView.as_view(), name="account_login"),
    # allauth knows the same page by a second name.
    path("login/", login.RequestCodeView.as_view(), name="account_request_login_code"),
    path("login/code/", login.ConfirmCodeView.as_view(), name="account_confirm_login_code"),
    path("login/inactive/", login.InactiveView.as_view(), name="account_inactive"),
    path("logout/", login.LogoutView.as_view(), name="account_logout"),
    path("account/password/again/", login.PasswordAgainView.as_view(), name="account_reauthenticate"),
    path("account/second-factor/", second_factor.IndexView.as_view(), name="mfa_index"),
    path("account/second-factor/login/", second_factor.AuthenticateView.as_view(), name="mfa_authenticate"),
    path("account/second-factor/again/", second_factor.AgainView.as_view(), name="mfa_reauthenticate"),
    path("account/second-factor/app/", second_factor.ActivateView.as_view(), name="mfa_activate_totp"),
    path("account/second-factor/app/remove/", second_factor.DeactivateView.as_view(), name="mfa_deactivate_totp"),
    path(
        "account/second-factor/recovery-codes/",
        second_factor.RecoveryCodesView.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/second-factor/recovery-codes/new/",
        second_factor.NewRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "account/second-factor/recovery-codes/download/",
        second_factor.DownloadRecoveryCodesView.as_view(),
        name="mfa_download_recovery_codes",
    ),
    path("invitations/<uuid:uuid>/", invitations.invitation, name="invitation"),
    path("my/stakeholders/<slug:slug>/people/", people.people, name="people"),
    path("my/stakeholders/<slug:slug>/people/invite/", people.invite, name="people_invite"),
    path("my/stakeholders/<slug:slug>/people/hand-over/", people.hand_over, name="people_hand_over"),
    path("my/stakeholders/<slug:slug>/people/leave/", people.leave, name="people_leave"),
    path("my/stakeholders/<slug:slug>/people/<uuid:uuid>/", people.colleague, name="people_colleague"),
]
