"""Pages of the administration, with what they need to show something: Django's own, and those of our templates."""

from datetime import date
from uuid import UUID

from accounts.tests.factories import LONG_AGO
from conftest import Cast
from events.models import Cycle
from foundation import history
from hlom_portal.tests.access_table import make_world
from pledges.models import PledgeMatch, UpdateWindow
from pledges.tests.factories import make_pledge, make_proposal, make_update, make_usual_rules, make_window

DJANGO_S = [
    "/admin/events/event/",
    "/admin/events/event/add/",
    "/admin/events/session/",
    "/admin/events/session/add/",
    "/admin/events/document/",
    "/admin/events/document/add/",
    "/admin/events/meetingtext/add/",
    "/admin/events/question/",
    "/admin/events/question/add/",
    "/admin/events/questiongroup/",
    "/admin/accounts/stakeholder/",
    "/admin/accounts/stakeholder/add/",
    "/admin/accounts/user/",
    "/admin/accounts/invitation/",
    "/admin/accounts/contactrequest/",
    "/admin/pledges/pledge/",
    # With a partner, so that a choice of several holds a value.
    "/admin/pledges/pledge/{pledge}/change/",
    "/admin/pledges/pledgematch/",
    "/admin/pledges/pledgeproposal/",
    "/admin/pledges/progressupdate/",
    "/admin/pledges/updatewindow/",
    "/admin/pledges/updatewindow/add/",
    "/admin/pledges/reminder/",
    "/admin/stocktaking/finding/",
    "/admin/stocktaking/finding/add/",
    "/admin/foundation/outgoingmail/",
]
OURS = [
    "/admin/",
    "/admin/events/cycle/{cycle}/roadmap/",
    "/admin/events/cycle/{cycle}/import/",
    "/admin/events/cycle/{cycle}/duplicate/",
    "/admin/accounts/stakeholder/import/",
    "/admin/accounts/stakeholder/merge/?entry={ngo_uuid}&entry={other_uuid}",
    "/admin/accounts/stakeholder/{ngo}/invite/",
    "/admin/accounts/stakeholder/{ngo}/history/",
    "/admin/pledges/pledge/import/",
    "/admin/pledges/pledgematch/{match}/change/",
    "/admin/pledges/pledgematch/suggestions/",
    "/admin/pledges/pledgeproposal/{proposal}/change/",
    "/admin/pledges/progressupdate/{waiting}/change/",
    "/admin/pledges/progressupdate/{returned}/change/",
    "/admin/pledges/progressupdate/{accepted}/change/",
    "/admin/pledges/progressupdate/{accepted}/revoke/",
    "/admin/pledges/progressupdate/on-behalf/",
    "/admin/pledges/progressupdate/import/",
    "/admin/pledges/progressupdate/policy/",
    "/admin/pledges/updatewindow/{window}/people/",
    "/admin/pledges/updatewindow/{window}/campaign/",
    "/admin/pledges/updatewindow/{window}/campaign/send/",
    "/admin/pledges/updatewindow/{window}/campaign/pause/",
    "/admin/pledges/updatewindow/{window}/campaign/mail/",
    "/admin/pledges/updatewindow/{window}/campaign/mail.html",
    "/admin/pledges/updatewindow/{window}/campaign/wording/",
]


def make_admin_world(cast: Cast) -> dict[str, int | UUID]:
    """What the pages show; by the names in their addresses the keys of the rows."""
    make_world(cast)
    history.record(at=LONG_AGO, actor=cast.editor, verb="changed", subject=cast.ngo, changes={"name": ["Old", "New"]})
    updates = {
        name: make_update(make_pledge(cast.ngo), state).pk
        for name, state in {"waiting": "submitted", "returned": "returned", "accepted": "accepted"}.items()
    }
    return {
        **updates,
        "cycle": Cycle.objects.get(slug="hlom-2021").pk,
        "ngo": cast.ngo.pk,
        "ngo_uuid": cast.ngo.uuid,
        "other_uuid": cast.other.uuid,
        "pledge": cast.pledge.pk,
        "match": PledgeMatch.objects.get().pk,
        "proposal": make_proposal(cast.ngo, "submitted", by=cast.focal_point, corrects=cast.pledge).pk,
        "window": coming_window().pk,
    }


def coming_window() -> UpdateWindow:
    """One whose reminder is still to come, whenever the test runs."""
    window = make_window(date(2099, 10, 1), date(2099, 10, 31))
    make_usual_rules(window)
    return window
