"""The roles of staff, as groups with permissions."""

from django.contrib.auth.models import Group, Permission

EDITORS = "Editors"
REVIEWERS = "Reviewers"

_READ_ALL = [
    "accounts.view_country",
    "accounts.view_user",
    "accounts.view_stakeholder",
    "accounts.view_membership",
    "accounts.view_invitation",
    "accounts.view_contactrequest",
    "events.view_cycle",
    "events.view_event",
    "events.view_eventchange",
    "events.view_session",
    "events.view_document",
    "events.view_meetingtext",
    "events.view_questiongroup",
    "events.view_question",
    "pledges.view_pledge",
    "pledges.view_pledgematch",
    "pledges.view_pledgeproposal",
    "pledges.view_progressupdate",
    "pledges.view_reviewpolicy",
    "pledges.view_updatewindow",
    "pledges.view_reminder",
    "pledges.view_reminderrule",
    "pledges.view_confirmation",
    "pledges.view_handover",
    "pledges.view_theme",
    "stocktaking.view_finding",
    "foundation.view_outgoingmail",
    "foundation.view_historyentry",
]
_EDITOR = [
    "accounts.change_user",
    "accounts.add_stakeholder",
    "accounts.change_stakeholder",
    "accounts.add_membership",
    "accounts.change_membership",
    "accounts.add_invitation",
    "accounts.change_invitation",
    "accounts.change_contactrequest",
    "events.add_cycle",
    "events.change_cycle",
    "events.add_event",
    "events.change_event",
    *(
        f"events.{verb}_{name}"
        for name in ("session", "document", "meetingtext", "questiongroup", "question")
        # Deleted is only what was never public.
        for verb in ("add", "change", "delete")
    ),
    "pledges.add_pledge",
    "pledges.change_pledge",
    "pledges.change_pledgematch",
    "pledges.change_pledgeproposal",
    "pledges.add_progressupdate",
    "pledges.change_reviewpolicy",
    "pledges.add_updatewindow",
    "pledges.change_updatewindow",
    "pledges.add_reminderrule",
    "pledges.change_reminderrule",
    "pledges.add_handover",
    "pledges.change_handover",
    "pledges.delete_handover",
    "stocktaking.add_finding",
    "stocktaking.change_finding",
    "foundation.change_outgoingmail",
]
_REVIEWER = [
    "pledges.change_pledgeproposal",
    "pledges.change_progressupdate",
    "stocktaking.add_finding",
    "stocktaking.change_finding",
]


def set_up_roles() -> None:
    """Makes the two groups, or gives them back exactly the permissions that belong to them.

    Editors keep the roadmap, stakeholders, people, pledges and windows, and help the two sides of matches; reviewers
    decide on updates. Both decide on proposals of pledges, and may read all of it. Run after every migration
    (``manage.py set_up_roles``).
    """
    for name, extra in ((EDITORS, _EDITOR), (REVIEWERS, _REVIEWER)):
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set([_permission(label) for label in [*_READ_ALL, *extra]])


def _permission(label: str) -> Permission:
    app, codename = label.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)
