"""The public registry, the pages of those who report, and what a reminder links to."""

from django.urls import path

from pledges.views import (
    evidence,
    handover,
    matches,
    my,
    offer,
    partners,
    proposal_pages,
    proposals,
    public,
    reminders,
    sheet,
    stakeholders,
    unchanged,
    update,
)

app_name = "pledges"

urlpatterns = [
    path("pledges/", public.registry, name="registry"),
    path("pledges/<str:reference>/", public.pledge, name="pledge"),
    path("stakeholders/<slug:slug>/", stakeholders.stakeholder, name="stakeholder"),
    path("my/", my.overview, name="my"),
    path("my/stakeholders/<slug:slug>/unchanged/", unchanged.confirm_all, name="unchanged"),
    path("my/stakeholders/<slug:slug>/pledges.xlsx", sheet.download, name="sheet_download"),
    path("my/stakeholders/<slug:slug>/sheet/", sheet.upload, name="sheet"),
    path("my/stakeholders/<slug:slug>/sheet/<uuid:uuid>/", sheet.check, name="sheet_check"),
    path("my/stakeholders/<slug:slug>/sheet/<uuid:uuid>/errors.xlsx", sheet.errors, name="sheet_errors"),
    path("my/pledges/<str:reference>/update/", update.edit, name="update"),
    path("my/pledges/<str:reference>/confirm/", update.confirm, name="confirm"),
    path("my/pledges/<str:reference>/partners/", partners.notes, name="partner_notes"),
    path("my/pledges/<str:reference>/handover/", handover.handover, name="handover"),
    path("my/stakeholders/<slug:slug>/propose/", proposals.propose, name="propose"),
    path("my/pledges/<str:reference>/correct/", proposals.correct, name="correct"),
    path("my/proposals/<uuid:uuid>/", proposals.edit, name="proposal"),
    path("my/proposals/<uuid:uuid>/preview/", proposal_pages.preview, name="proposal_preview"),
    path("my/proposals/<uuid:uuid>/discard/", proposal_pages.discard, name="proposal_discard"),
    path("my/matches/", matches.matches, name="matches"),
    path("my/matches/<uuid:uuid>/", matches.match, name="match"),
    path("my/offers/<str:reference>/", offer.offer, name="offer"),
    path("my/receipts/<uuid:uuid>/", update.receipt, name="receipt"),
    path("evidence/<uuid:uuid>/", evidence.evidence, name="evidence"),
    path("reminders/stop/<str:token>/", reminders.stop, name="stop_reminders"),
    path("reminders/not-me/<str:token>/", reminders.no_longer_me, name="not_me"),
]

# Files and feeds stay at one address in every language: programs fetch them for years.
feed_patterns = [
    path("pledges/export.csv", public.export, name="registry"),
    path("pledges/<str:reference>/updates.atom", stakeholders.pledge_feed, name="pledge"),
    path("stakeholders/<slug:slug>/updates.atom", stakeholders.stakeholder_feed, name="stakeholder"),
]
