"""Lists by role: which rows each role sees where; and another stakeholder's rows under every address of /my/."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from accounts.models import Invitation
from conftest import Cast, LogIn
from foundation.models import HistoryEntry, Job, OutgoingMail
from hlom_portal.tests.access_table import ROLES, STAFF, all_roles
from pledges import matching
from pledges.models import EvidenceFile, Handover, Pledge, ProgressUpdate, UpdateRound
from pledges.tests.factories import make_evidence, make_pledge, make_proposal, make_update, make_window

pytestmark = pytest.mark.django_db

FAR_AWAY = datetime(2100, 1, 1, tzinfo=UTC)
REPORTERS = ("focal_point", "colleague", "contributor", "reader")
# A role sees these rows, or gets this status instead of the list.
Seen = dict[str, str | int]


@dataclass(frozen=True)
class World:
    """Pledges by one letter: A is joint and in review; H hidden with a draft; L published later; the rest another's."""

    cast: Cast
    pledges: dict[str, Pledge]

    def letters(self, html: str) -> str:
        """Of which of the pledges a page names the reference."""
        named = set(re.findall(r"TST-\d+", html))
        known = {pledge.reference: letter for letter, pledge in self.pledges.items()}
        return "".join(sorted(known[reference] for reference in named))

    def people(self, html: str) -> str:
        """Whose addresses a page names, by the first letters of their roles."""
        named = set(re.findall(r"[a-z]+@example\.org", html))
        return " ".join(sorted(role for role in ROLES[1:] if getattr(self.cast, role).email in named))


@pytest.fixture
def world(cast: Cast) -> World:
    """Each kind of row that somebody must not see, beside those that everybody sees."""
    ngo, other = cast.ngo, cast.other
    pledges = {
        "A": cast.pledge,
        "H": make_pledge(ngo, published=False),
        "L": make_pledge(ngo),
        "O": make_pledge(other),
        "P": make_pledge(other, published=False),
    }
    Pledge.objects.filter(pk=pledges["L"].pk).update(published_at=FAR_AWAY)
    make_update(pledges["A"], "submitted")
    make_update(pledges["H"], "draft")
    make_evidence(make_update(pledges["O"], "accepted"))
    make_evidence(make_update(pledges["P"], "submitted"))
    return World(cast, pledges)


def everybody(rows: str) -> Seen:
    """The same for all."""
    return dict.fromkeys(ROLES, rows)


def staff_only(rows: str) -> Seen:
    """For the administration."""
    return {**all_roles(403, public=302), **dict.fromkeys(STAFF, rows)}


def mine(**rows: str | int) -> Seen:
    """Below /my/: nothing for staff; ``reporters`` stands for the four people of one stakeholder."""
    of_us = rows.pop("reporters", 404)
    return {**all_roles(404, public=302), **dict.fromkeys(REPORTERS, of_us), **rows}


PLEDGES: dict[str, Seen] = {
    "/pledges/": everybody("AO"),
    "/pledges/?sort=updated": everybody("AO"),
    "/pledges/?q=TST": everybody("AO"),
    "/pledges/export.csv": everybody("AO"),
    "/sitemap-pledges.xml": everybody("AO"),
    "/stakeholders/{ngo}/": everybody("A"),
    "/stakeholders/{partner_ngo}/": everybody("A"),
    "/stakeholders/{other}/": everybody("O"),
    # Nothing of it was accepted yet.
    "/stakeholders/{ngo}/updates.atom": everybody(""),
    "/stakeholders/{other}/updates.atom": everybody("O"),
    "/my/": mine(reporters="AHL", partner="A", stranger="OP"),
    "/my/stakeholders/{ngo}/unchanged/": mine(focal_point="AHL", colleague="AHL", contributor=403, reader=403),
    "/my/stakeholders/{other}/unchanged/": mine(stranger="OP"),
    "/admin/pledges/pledge/": staff_only("AHLOP"),
    "/admin/pledges/progressupdate/": staff_only("AP"),
    "/admin/pledges/progressupdate/?stand=stakeholder": staff_only("H"),
    "/admin/pledges/progressupdate/?stand=published": staff_only("O"),
    "/admin/pledges/progressupdate/?stand=all": staff_only("AHOP"),
}
OUR_PEOPLE = "colleague contributor focal_point reader"
PEOPLE: dict[str, Seen] = {
    "/my/stakeholders/{ngo}/people/": mine(reporters=OUR_PEOPLE),
    "/my/stakeholders/{partner_ngo}/people/": mine(partner="partner"),
    "/my/stakeholders/{other}/people/": mine(stranger="stranger"),
    "/stakeholders/{ngo}/": everybody(""),
    "/pledges/": everybody(""),
}


def _client(role: str, cast: Cast, log_in: LogIn) -> Client:
    return Client() if role == "public" else log_in(getattr(cast, role))


def seen_by_each(path: str, world: World, log_in: LogIn, rows_of: Callable[[str], str]) -> Seen:
    """What each role finds at an address; names in braces are stakeholders of the cast."""
    slugs = {name: getattr(world.cast, name).slug for name in ("ngo", "other", "partner_ngo")}
    seen: Seen = {}
    for role in ROLES:
        response = _client(role, world.cast, log_in).get(path.format(**slugs))
        if response.status_code != 200:
            seen[role] = response.status_code
            continue
        html = (b"".join(response) if response.streaming else response.content).decode()
        # The way to log out names who is logged in.
        main = html.partition("<main")[2] or html
        seen[role] = rows_of(main)
    return seen


@pytest.mark.parametrize("path", PLEDGES)
def test_each_role_sees_these_pledges(path: str, world: World, log_in: LogIn) -> None:
    assert seen_by_each(path, world, log_in, world.letters) == PLEDGES[path]


@pytest.mark.parametrize("path", PEOPLE)
def test_each_role_sees_these_people(path: str, world: World, log_in: LogIn) -> None:
    assert seen_by_each(path, world, log_in, world.people) == PEOPLE[path]


def _below_my(resolver: URLResolver, prefix: str = "", route: str = "") -> Iterator[tuple[str, list[str]]]:
    """Name and parameters of every address below /my/ that names a row."""
    for pattern in resolver.url_patterns:
        here = f"{route}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _below_my(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix, here)
        elif here.startswith("my/") and pattern.pattern.converters:
            yield f"{prefix}{pattern.name}", sorted(pattern.pattern.converters)


BELOW_MY = dict(_below_my(get_resolver()))


def _foreign(world: World) -> dict[str, list[object]]:
    """Identifiers that exist and are another's."""
    invitation = Invitation.objects.create(
        address="invited@example.org", stakeholder=world.cast.other, expires_at=FAR_AWAY
    )
    theirs = [world.pledges["O"], world.pledges["P"]]
    cast = world.cast
    asks = make_pledge(cast.other, support_asked="Teachers.")
    rows = [
        invitation,
        make_proposal(cast.other, by=cast.stranger),
        make_proposal(cast.other, "submitted", by=cast.stranger, corrects=theirs[0]),
        matching.offer(
            at=datetime(2021, 10, 20, tzinfo=UTC),
            actor=cast.partner,
            pledge=asks,
            stakeholder=cast.partner_ngo,
            text="Ten teachers.",
        ),
        Job.objects.create(kind="sheet", requested_by=cast.stranger, requested_at=datetime(2021, 10, 20, tzinfo=UTC)),
        world.cast.stranger,
        world.cast.other,
        *theirs,
        *ProgressUpdate.objects.filter(pledge__in=theirs),
        *UpdateRound.objects.filter(update__pledge__in=theirs),
        *EvidenceFile.objects.filter(update__pledge__in=theirs),
    ]
    return {
        "reference": [pledge.reference for pledge in theirs],
        "slug": [world.cast.other.slug],
        "uuid": [row.uuid for row in rows],
    }


def _plausible(world: World) -> dict[str, object]:
    """What the forms below /my/ ask for, so that a refusal is not for want of a field."""
    return {
        "action": "submit",
        "revision": "0",
        "stage": "in-progress",
        "narrative": "Four schools are open.",
        "text": "We built two.",
        "language": "en",
        "reference": [world.pledges["O"].reference],
        "stakeholder": world.cast.ngo.slug,
        "address": "invited@example.org",
        "role": "focal-point",
        "when": "at-once",
        "sure": "on",
        "last": "yes",
    }


@pytest.mark.parametrize("name", BELOW_MY)
def test_what_is_another_stakeholder_s_is_not_there(name: str, world: World, log_in: LogIn) -> None:
    foreign = _foreign(world)
    own: dict[str, object] = {
        "reference": world.cast.pledge.reference,
        "slug": world.cast.ngo.slug,
        "uuid": world.cast.reader.uuid,
    }
    client, plausible = log_in(world.cast.focal_point), _plausible(world)
    before = (HistoryEntry.objects.count(), OutgoingMail.objects.count())
    choices = [[(key, value) for value in [own[key], *foreign[key], *_made_up(key)]] for key in BELOW_MY[name]]
    for chosen in product(*choices):
        facts = dict(chosen)
        if facts == {key: own[key] for key in facts}:
            continue
        path = reverse(name, kwargs=facts)
        statuses = {client.get(path).status_code, client.post(path, plausible).status_code}
        assert statuses in ({404}, {404, 405}), path
    assert (HistoryEntry.objects.count(), OutgoingMail.objects.count()) == before


def _made_up(key: str) -> list[object]:
    return {"reference": ["TST-999999999"], "slug": ["nobody"], "uuid": [uuid4()]}[key]


def test_a_foreign_row_named_in_a_form_is_not_touched(world: World, log_in: LogIn) -> None:
    cast, theirs = world.cast, world.pledges["O"]
    make_window()
    draft = make_update(theirs, "draft", at=datetime(2021, 3, 1, tzinfo=UTC))
    file = make_evidence(draft)
    Invitation.objects.create(address="invited@example.org", stakeholder=cast.other, expires_at=FAR_AWAY)
    client = log_in(cast.focal_point)
    history = HistoryEntry.objects.count()

    ours = f"/my/pledges/{cast.pledge.reference}"
    people = f"/my/stakeholders/{cast.ngo.slug}"
    sent = {
        f"{ours}/handover/": {"stakeholder": cast.other.slug, "window": "1"},
        f"{people}/unchanged/": {"reference": [theirs.reference]},
        f"{people}/people/": {"address": "invited@example.org"},
        f"/my/pledges/{world.pledges['H'].reference}/update/": {"take_out": str(file.uuid), "revision": "1"},
    }
    statuses = {path: client.post(path, fields).status_code for path, fields in sent.items()}

    assert list(statuses.values()) == [422, 422, 302, 200]
    assert HistoryEntry.objects.count() == history
    assert not Handover.objects.exists()
    assert EvidenceFile.objects.filter(pk=file.pk, removed_at=None).exists()
    assert Invitation.objects.get(address="invited@example.org").revoked_at is None


def test_a_file_is_there_for_nobody_else_before_it_is_public(world: World, log_in: LogIn) -> None:
    drafted = make_evidence(make_update(world.pledges["O"], "draft", at=datetime(2021, 3, 1, tzinfo=UTC)))
    in_review = EvidenceFile.objects.get(update__pledge=world.pledges["P"])

    def statuses(file: EvidenceFile) -> dict[str, int]:
        path = reverse("pledges:evidence", args=[file.uuid])
        return {role: _client(role, world.cast, log_in).get(path).status_code for role in ROLES}

    assert statuses(drafted) == all_roles(404, stranger=200)
    assert statuses(in_review) == all_roles(404, stranger=200, staff=200)
