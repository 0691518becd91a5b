"""Who may open what: every address that is not Django's admin, with every role. What is missing here fails the build.

A row names an address, how to build it from the cast, and the status of a GET and of an empty POST for each
role. Lists and pages that differ by role have tests of their own beside their views.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.urls import reverse

from accounts.models import Invitation
from conftest import Cast
from events.models import Cycle, Document
from events.tests.factories import make_event
from events.tests.programme_factories import make_meeting_pages, make_programme
from foundation.clock import now
from foundation.held_tables import hold
from foundation.models import Job
from foundation.spreadsheets import Record, Table
from pledges import not_me
from pledges.matching import offer
from pledges.models import EvidenceFile, PledgeMatch, PledgeProposal, UpdateRound
from pledges.stop_link import token_for
from pledges.tests.factories import make_evidence, make_pledge, make_proposal, make_update
from pledges.views.sheet import KIND as SHEET

ROLES = (
    "public",
    "focal_point",
    "colleague",
    "contributor",
    "reader",
    "stranger",
    "partner",
    "editor",
    "reviewer",
    "superuser",
)
STAFF = ("editor", "reviewer", "superuser")

Statuses = dict[str, int]


def all_roles(status: int, **other: int) -> Statuses:
    """The same status for everyone but those named; ``staff`` and ``members`` name groups."""
    groups = {"staff": STAFF, "members": ("focal_point", "colleague", "contributor", "reader", "partner")}
    statuses = dict.fromkeys(ROLES, status)
    for name, value in other.items():
        for role in groups.get(name, (name,)):
            statuses[role] = value
    return statuses


@dataclass(frozen=True)
class Row:
    """One address: the status of a GET and of an empty POST, by role."""

    get: Statuses
    post: Statuses
    path: Callable[[Cast], str]
    html: bool = True


def more_facts(cast: Cast) -> dict[str, str]:
    """Identifiers of the rows that ``make_world`` added."""
    return {
        "receipt": str(UpdateRound.objects.get(update__pledge=cast.pledge).uuid),
        "invitation": str(Invitation.objects.get(address="invited@example.org").uuid),
        "proposal": str(PledgeProposal.objects.get().uuid),
        "token": token_for(cast.focal_point),
        "not_me": not_me.token_for(cast.focal_point),
        "sheet": str(Job.objects.get(kind=SHEET).uuid),
        "reader": str(cast.reader.uuid),
        "evidence": str(EvidenceFile.objects.get(update__pledge=cast.pledge).uuid),
        "match": str(PledgeMatch.objects.get().uuid),
        "asking": PledgeMatch.objects.get().pledge.reference,
        "document": str(Document.objects.exclude(file="").get().uuid),
    }


def make_world(cast: Cast) -> None:
    """What the addresses of the table need beside the cast."""
    Cycle.objects.filter(slug="hlom-2021").update(is_current=True)
    make_programme(make_event(slug="published-event", title="A briefing"))
    make_meeting_pages(Cycle.objects.get(slug="hlom-2021"))
    make_evidence(make_update(cast.pledge))
    make_proposal(cast.ngo, by=cast.focal_point)
    hold_sheet(cast)
    asking = make_pledge(cast.other, title="A law on work permits", support_asked="Teachers of the language.")
    offer(at=datetime(2021, 3, 1, tzinfo=UTC), actor=None, pledge=asking, stakeholder=cast.ngo, text="Ten teachers.")
    Invitation.objects.create(
        address="invited@example.org", stakeholder=cast.ngo, expires_at=datetime(2100, 1, 1, tzinfo=UTC)
    )


def hold_sheet(cast: Cast) -> None:
    """A spreadsheet that the focal point has brought: one row is good, one is not."""
    rows = [[cast.pledge.reference, "New schools were opened.", "0"], ["NONE-1", "", "0"]]
    records = [Record(number, number, cells) for number, cells in enumerate(rows, 2)]
    facts = {"stakeholder": cast.ngo.slug, "name": "pledges.xlsx"}
    table = Table(["reference", "narrative", "revision"], records, is_csv=False)
    hold(at=now(), actor=cast.focal_point, kind=SHEET, table=table, facts=facts)


def at(name: str, **kwargs: str | date) -> Callable[[Cast], str]:
    """The address of a name; a value may name a fact of the cast, such as ``{pledge}``."""

    def build(cast: Cast) -> str:
        facts = {"pledge": cast.pledge.reference, "ngo": cast.ngo.slug, **more_facts(cast)}
        return reverse(name, kwargs={key: _filled(value, facts) for key, value in kwargs.items()})

    return build


def _filled(value: str | date, facts: dict[str, str]) -> str | date:
    return value.format(**facts) if isinstance(value, str) else value


PAGE = all_roles(200)
NO_POST = all_roles(405)
SECOND_FACTOR_ONLY = all_roles(403, public=302, staff=302)
SET_UP_ONCE = all_roles(200, public=302, staff=302)
REMOVE = all_roles(404, public=302, staff=302)
OWN_MATCHES = all_roles(200, public=302, staff=404)
OWN_PAGE = all_roles(200, public=302, stranger=404, staff=404)
# What focal points do about their colleagues; the partner is no colleague.
FOCAL_POINTS_ONLY = all_roles(200, public=302, stranger=404, staff=404, partner=404, contributor=403, reader=403)
FOCAL_POINTS_SEND = FOCAL_POINTS_ONLY | {"focal_point": 422, "colleague": 422}
COLLEAGUES = all_roles(200, public=302, stranger=404, staff=404, partner=404)

TABLE: dict[str, Row] = {
    "home": Row(PAGE, NO_POST, at("home")),
    "after_login": Row(all_roles(302), NO_POST, at("after_login"), html=False),
    "health_live": Row(PAGE, NO_POST, at("health_live"), html=False),
    # Not ready in tests: no worker has ever run.
    "health_ready": Row(all_roles(503), NO_POST, at("health_ready"), html=False),
    "robots": Row(PAGE, NO_POST, at("robots"), html=False),
    "sitemap": Row(PAGE, NO_POST, at("sitemap"), html=False),
    "sitemap_part": Row(PAGE, NO_POST, at("sitemap_part", section="events"), html=False),
    "feeds:changes": Row(PAGE, NO_POST, at("feeds:changes", slug="hlom-2021"), html=False),
    "feeds:coming": Row(PAGE, NO_POST, at("feeds:coming", slug="hlom-2021"), html=False),
    "feeds:current": Row(PAGE, NO_POST, at("feeds:current"), html=False),
    "feeds:cycle": Row(PAGE, NO_POST, at("feeds:cycle", slug="hlom-2021"), html=False),
    "feeds:event": Row(PAGE, NO_POST, at("feeds:event", slug="published-event"), html=False),
    "events:calendar": Row(PAGE, NO_POST, at("events:calendar")),
    "events:cycles": Row(PAGE, NO_POST, at("events:cycles")),
    "events:month": Row(PAGE, NO_POST, at("events:month", slug="hlom-2021", first_day=date(2021, 7, 1))),
    "events:changes": Row(PAGE, NO_POST, at("events:changes", slug="hlom-2021")),
    "events:timeline": Row(PAGE, NO_POST, at("events:timeline", slug="hlom-2021")),
    "events:printed": Row(PAGE, NO_POST, at("events:printed", slug="hlom-2021")),
    "events:subscribe": Row(PAGE, NO_POST, at("events:subscribe")),
    "events:time_zone": Row(PAGE, all_roles(302), at("events:time_zone")),
    "events:roadmap": Row(PAGE, NO_POST, at("events:roadmap", slug="hlom-2021")),
    "events:programme": Row(PAGE, NO_POST, at("events:programme", slug="published-event")),
    "feeds:programme": Row(PAGE, NO_POST, at("feeds:programme", slug="published-event"), html=False),
    "events:document": Row(PAGE, NO_POST, at("events:document", uuid="{document}"), html=False),
    "events:meeting": Row(PAGE, NO_POST, at("events:meeting", slug="hlom-2021")),
    "events:questions": Row(PAGE, NO_POST, at("events:questions", slug="hlom-2021")),
    "events:documents": Row(PAGE, NO_POST, at("events:documents", slug="hlom-2021")),
    "events:event": Row(PAGE, NO_POST, at("events:event", slug="published-event")),
    "pledges:registry": Row(PAGE, NO_POST, at("pledges:registry")),
    "feeds:registry": Row(PAGE, NO_POST, at("feeds:registry"), html=False),
    "feeds:pledge": Row(PAGE, NO_POST, at("feeds:pledge", reference="{pledge}"), html=False),
    "feeds:stakeholder": Row(PAGE, NO_POST, at("feeds:stakeholder", slug="{ngo}"), html=False),
    "pledges:stakeholder": Row(PAGE, NO_POST, at("pledges:stakeholder", slug="{ngo}")),
    "pledges:pledge": Row(PAGE, NO_POST, at("pledges:pledge", reference="{pledge}")),
    "stocktaking:findings": Row(PAGE, NO_POST, at("stocktaking:findings")),
    "pledges:my": Row(all_roles(200, public=302, staff=404), all_roles(405, public=302, staff=405), at("pledges:my")),
    "pledges:update": Row(
        OWN_PAGE,
        # An empty form is shown again with what is missing; readers and partners may not write; whoever was
        # logged out meanwhile gets a page that keeps the text.
        all_roles(422, public=403, stranger=404, staff=404, reader=403, partner=403),
        at("pledges:update", reference="{pledge}"),
    ),
    "pledges:confirm": Row(
        all_roles(405, public=302),
        all_roles(302, stranger=404, staff=404, contributor=403, reader=403, partner=403),
        at("pledges:confirm", reference="{pledge}"),
        html=False,
    ),
    "pledges:partner_notes": Row(
        OWN_PAGE,
        # The lead writes into the update itself; a partner is told that there is no draft yet; whoever was logged out
        # meanwhile gets a page that keeps the text.
        all_roles(403, public=403, stranger=404, staff=404, partner=422),
        at("pledges:partner_notes", reference="{pledge}"),
    ),
    "pledges:matches": Row(OWN_MATCHES, all_roles(405, public=302), at("pledges:matches")),
    "pledges:match": Row(
        all_roles(404, public=302, stranger=200, focal_point=200, colleague=200, contributor=200, reader=200),
        # An answer without a reason is no answer; who offers does not answer.
        all_roles(404, public=302, stranger=409, focal_point=403, colleague=403, contributor=403, reader=403),
        at("pledges:match", uuid="{match}"),
    ),
    "pledges:offer": Row(
        all_roles(200, public=302, staff=404, contributor=403, reader=403),
        # The logged out get a page with their text.
        all_roles(422, public=403, staff=404, contributor=403, reader=403),
        at("pledges:offer", reference="{asking}"),
    ),
    "pledges:handover": Row(
        OWN_PAGE,
        # A focal point of the lead is told what to choose; the others, who decides.
        all_roles(422, public=302, stranger=404, staff=404, contributor=403, reader=403, partner=403),
        at("pledges:handover", reference="{pledge}"),
    ),
    "pledges:unchanged": Row(
        all_roles(200, public=302, stranger=404, staff=404, contributor=403, reader=403, partner=404),
        # An empty choice confirms nothing and says so.
        all_roles(422, public=302, stranger=404, staff=404, contributor=403, reader=403, partner=404),
        at("pledges:unchanged", slug="{ngo}"),
    ),
    "pledges:propose": Row(
        all_roles(200, public=302, stranger=404, staff=404, reader=403, partner=404),
        # An empty form lost its key on the way and is shown again; the logged out get a page that keeps the text.
        all_roles(422, public=403, stranger=404, staff=404, reader=403, partner=404),
        at("pledges:propose", slug="{ngo}"),
    ),
    "pledges:correct": Row(
        # The lead's writers propose; a partner is told so.
        all_roles(200, public=302, stranger=404, staff=404, reader=403, partner=403),
        all_roles(422, public=403, stranger=404, staff=404, reader=403, partner=403),
        at("pledges:correct", reference="{pledge}"),
    ),
    "pledges:proposal": Row(
        all_roles(200, public=302, stranger=404, staff=404, partner=404),
        all_roles(422, public=403, stranger=404, staff=404, reader=403, partner=404),
        at("pledges:proposal", uuid="{proposal}"),
    ),
    "pledges:proposal_preview": Row(
        all_roles(200, public=302, stranger=404, staff=404, partner=404),
        all_roles(405, public=302),
        at("pledges:proposal_preview", uuid="{proposal}"),
    ),
    "pledges:proposal_discard": Row(
        all_roles(200, public=302, stranger=404, staff=404, reader=403, partner=404),
        # Without the revision that was seen nothing is discarded, and the page says so.
        all_roles(302, stranger=404, staff=404, reader=403, partner=404),
        at("pledges:proposal_discard", uuid="{proposal}"),
    ),
    "pledges:sheet_download": Row(
        all_roles(200, public=302, stranger=404, staff=404, partner=404),
        all_roles(405, public=302),
        at("pledges:sheet_download", slug="{ngo}"),
        html=False,
    ),
    "pledges:sheet": Row(
        all_roles(200, public=302, stranger=404, staff=404, reader=403, partner=404),
        # Without a file.
        all_roles(422, public=302, stranger=404, staff=404, reader=403, partner=404),
        at("pledges:sheet", slug="{ngo}"),
    ),
    # A file is there for the person alone who brought it.
    "pledges:sheet_check": Row(
        all_roles(404, public=302, focal_point=200, reader=403),
        # One of its cells is bad.
        all_roles(404, public=302, focal_point=422, reader=403),
        at("pledges:sheet_check", slug="{ngo}", uuid="{sheet}"),
    ),
    "pledges:sheet_errors": Row(
        all_roles(404, public=302, focal_point=200, reader=403),
        all_roles(405, public=302),
        at("pledges:sheet_errors", slug="{ngo}", uuid="{sheet}"),
        html=False,
    ),
    "pledges:receipt": Row(OWN_PAGE, all_roles(405, public=302), at("pledges:receipt", uuid="{receipt}")),
    # Accepted, so for anybody; the moments before that are in pledges/tests/test_evidence_file.py.
    "pledges:evidence": Row(PAGE, NO_POST, at("pledges:evidence", uuid="{evidence}"), html=False),
    "pledges:stop_reminders": Row(PAGE, PAGE, at("pledges:stop_reminders", token="{token}")),
    # An empty form is shown again: nothing was ticked.
    "pledges:not_me": Row(PAGE, all_roles(422), at("pledges:not_me", token="{not_me}")),
    # A person who is logged in under another address is told so.
    "invitation": Row(PAGE, all_roles(200, public=302), at("invitation", uuid="{invitation}")),
    "people": Row(
        COLLEAGUES,
        # No such invitation: back to the list.
        FOCAL_POINTS_ONLY | {"focal_point": 302, "colleague": 302},
        at("people", slug="{ngo}"),
    ),
    "people_invite": Row(FOCAL_POINTS_ONLY, FOCAL_POINTS_SEND, at("people_invite", slug="{ngo}")),
    "people_hand_over": Row(FOCAL_POINTS_ONLY, FOCAL_POINTS_SEND, at("people_hand_over", slug="{ngo}")),
    "people_colleague": Row(
        FOCAL_POINTS_ONLY, FOCAL_POINTS_SEND, at("people_colleague", slug="{ngo}", uuid="{reader}")
    ),
    "people_leave": Row(
        COLLEAGUES,
        all_roles(422, public=302, stranger=404, staff=404, partner=404),
        at("people_leave", slug="{ngo}"),
    ),
    "account_login": Row(all_roles(302, public=200), all_roles(302, public=200), at("account_login")),
    "account_request_login_code": Row(
        all_roles(302, public=200), all_roles(302, public=200), at("account_request_login_code")
    ),
    "account_confirm_login_code": Row(all_roles(302), all_roles(302), at("account_confirm_login_code"), html=False),
    "account_inactive": Row(PAGE, NO_POST, at("account_inactive")),
    "account_logout": Row(all_roles(200, public=302), all_roles(302), at("account_logout")),
    "account_reauthenticate": Row(SECOND_FACTOR_ONLY, SECOND_FACTOR_ONLY, at("account_reauthenticate"), html=False),
    "mfa_index": Row(all_roles(200, public=302), all_roles(405, public=302), at("mfa_index")),
    "mfa_authenticate": Row(all_roles(302), all_roles(302), at("mfa_authenticate"), html=False),
    "mfa_reauthenticate": Row(
        all_roles(403, public=302, staff=200), all_roles(403, public=302, staff=200), at("mfa_reauthenticate")
    ),
    "mfa_activate_totp": Row(SET_UP_ONCE, SET_UP_ONCE, at("mfa_activate_totp")),
    # Staff are asked for the second factor again first; the others have none to remove.
    "mfa_deactivate_totp": Row(REMOVE, REMOVE, at("mfa_deactivate_totp"), html=False),
    "mfa_view_recovery_codes": Row(
        all_roles(404, public=302), all_roles(405, public=302), at("mfa_view_recovery_codes"), html=False
    ),
    "mfa_generate_recovery_codes": Row(SET_UP_ONCE, SET_UP_ONCE, at("mfa_generate_recovery_codes")),
    "mfa_download_recovery_codes": Row(
        all_roles(404, public=302), all_roles(404, public=302), at("mfa_download_recovery_codes"), html=False
    ),
}

PAGES = [name for name, row in TABLE.items() if row.html]


def viewer(name: str) -> str:
    """A role that may see a page: the public where it may, else the focal point, else staff."""
    seen_by = [role for role, status in TABLE[name].get.items() if status == 200]
    return next(role for role in ("public", "focal_point", "superuser") if role in seen_by)
