"""The staff's pages for people, stakeholders, roles and invitations.

What belongs to logging in is changed by workflows only: secrets of second factors, proven addresses and the
permissions of groups have no page of their own.
"""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group

from accounts.admin.contact_requests import ContactRequestAdmin
from accounts.admin.countries import CountryAdmin
from accounts.admin.invitations import InvitationAdmin
from accounts.admin.memberships import MembershipAdmin
from accounts.admin.people import UserAdmin
from accounts.admin.stakeholders import StakeholderAdmin

for model in (EmailAddress, Authenticator, Group):
    admin.site.unregister(model)

__all__ = [
    "ContactRequestAdmin",
    "CountryAdmin",
    "InvitationAdmin",
    "MembershipAdmin",
    "StakeholderAdmin",
    "UserAdmin",
]
