"""Secrets are planted in all that is not public, and looked for at every address that is."""

from datetime import date, time

import pytest
from django.test import Client
from django.urls import reverse

from accounts import contacts
from accounts.tests.factories import make_member, make_stakeholder
from accounts.workflow import invite
from conftest import Cast
from events.models import Document, MeetingText, Question, QuestionGroup, Session, Speaker
from events.tests.factories import LONG_AGO, get_cycle, make_cycle, make_event
from events.workflow import save_event
from foundation.tests.files import pdf
from hlom_portal.sitemaps import SITEMAPS
from hlom_portal.tests.access_table import TABLE, make_world
from pledges.models import EvidenceFile, Pledge, PledgeMatch, ReminderWording
from pledges.tests.factories import make_evidence, make_pledge, make_proposal, make_update

pytestmark = pytest.mark.django_db
SECRET = "Xyzzyplugh"


def plant_proposals(cast: Cast) -> None:
    """A new pledge and a correction, each in every state but published."""
    words = dict.fromkeys(("title", "description", "aligned_with", "diversity"), SECRET)
    for state in ("draft", "submitted", "returned", "declined", "discarded"):
        make_proposal(cast.ngo, state, by=cast.focal_point, partners=[SECRET], **words)
    make_proposal(cast.ngo, "submitted", by=cast.focal_point, corrects=cast.pledge, partners=[SECRET], **words)


def plant_secrets() -> None:
    """A draft of everything that the calendar can publish, beside what is public."""
    cycle = get_cycle()
    public = make_event(slug="with-drafts", title="Public meeting", kind="meeting")
    draft = make_event(slug="xyzzyplugh-draft", title=SECRET, place=SECRET, description=SECRET, published_at=None)
    draft.place = f"{SECRET} again"
    save_event(at=LONG_AGO, actor=None, event=draft)
    make_event(make_cycle("hidden", title=SECRET, published_at=None), title=SECRET)
    make_event(title="Withdrawn", status_reason=SECRET, published_at=None)
    session = Session.objects.create(
        event=public,
        title=SECRET,
        room=SECRET,
        day=date(2021, 7, 8),
        start_time=time(9),
        end_time=time(10),
        updated_at=LONG_AGO,
    )
    Speaker.objects.create(session=session, name=SECRET)
    for owner in ({}, {"event": public}, {"event": public, "session": session}):
        Document.objects.create(
            cycle=cycle, kind="agenda", title=SECRET, url=f"https://example.org/{SECRET}", updated_at=LONG_AGO, **owner
        )
    MeetingText.objects.create(cycle=cycle, part="purpose", language="fr", text=SECRET, updated_at=LONG_AGO)
    group = QuestionGroup.objects.create(cycle=cycle, title="Drafts only")
    Question.objects.create(group=group, slug="x", question=SECRET, answer=SECRET, updated_at=LONG_AGO)
    plant_evidence()


def plant_evidence() -> None:
    """Files that are not public, each of a public pledge: drafted, waiting, returned, withdrawn, taken out."""
    lead = make_stakeholder("Xyz Relief")
    name = f"{SECRET.lower()}.pdf"
    for state in ("draft", "submitted", "returned", "revoked"):
        update = make_update(make_pledge(lead), state)
        make_evidence(update, pdf(SECRET), name=name, caption=SECRET)
    taken_out = make_update(make_pledge(lead), "accepted")
    make_evidence(taken_out, pdf(SECRET), name=name, caption=SECRET)
    taken_out.rounds.update(content={"stage": "planning", "narrative": "Accepted without it"})


def plant_people(cast: Cast) -> None:
    """Who reports for a public stakeholder, who was invited, and what they told staff."""
    person = make_member(cast.ngo, email=f"{SECRET}@example.org".lower(), name=SECRET)
    cast.ngo.institutional_mailbox = f"office-{SECRET}@example.org"
    cast.ngo.save()
    invite(
        at=LONG_AGO, actor=person, address=f"new-{SECRET}@example.org", name=SECRET, stakeholder=cast.ngo, role="reader"
    )
    contacts.ask(at=LONG_AGO, actor=person, user=person, stakeholder=cast.ngo, reason="not-me", words=SECRET)
    contacts.mark_address_failed(at=LONG_AGO, actor=None, user=person)
    ReminderWording.objects.create(language="en", subject=SECRET, intro=SECRET)


def public_addresses(cast: Cast) -> list[str]:
    """Every address of the access table that anybody may read, with its searches and parts."""
    rows = [row.path(cast) for row in TABLE.values() if row.get["public"] == 200]
    searches = [f"{path}?q={SECRET}" for path in rows if path.startswith(("/calendar", "/meetings", "/pledges"))]
    parts = [reverse("sitemap_part", args=[part]) for part in SITEMAPS]
    return [
        *rows,
        *searches,
        *parts,
        "/events/with-drafts/",
        "/events/with-drafts/programme/",
        "/events/with-drafts.ics",
        *(pledge.get_absolute_url() for pledge in Pledge.objects.all()),
    ]


def evidence_addresses() -> list[str]:
    """Those of all files; the staff have their own rule for them, see ``pledges/tests/test_evidence_file.py``."""
    return [f"/evidence/{uuid}/" for uuid in EvidenceFile.objects.values_list("uuid", flat=True)]


def test_what_is_not_public_is_nowhere_for_the_public_nor_for_strangers(cast: Cast, log_in) -> None:
    make_world(cast)
    plant_secrets()
    # What is offered is between the two sides, also once it is accepted.
    PledgeMatch.objects.update(text=SECRET, staff_note=SECRET, state="accepted", answered_at=LONG_AGO)
    plant_people(cast)
    public = public_addresses(cast)
    plant_proposals(cast)
    leaks = []
    evidence = evidence_addresses()
    everything = public + evidence
    readers = [(Client(), everything), (log_in(cast.stranger), everything), (log_in(cast.superuser), public)]
    for reader, paths in readers:
        for path in paths:
            response = reader.get(path)
            content = response.getvalue().decode(errors="replace").replace(f"q={SECRET}", "")
            words = content.replace(f'value="{SECRET}"', "").replace(f"“{SECRET}”", "")
            if SECRET.lower() in words.lower():
                leaks.append((path, words[max(words.lower().index(SECRET.lower()) - 60, 0) :][:140]))

    assert leaks == []


def test_the_secrets_are_found_where_they_are_published(cast: Cast, client: Client) -> None:
    """The control: the same search finds what was published, so it would find a leak."""
    make_event(slug="told", title=SECRET)

    paths = ["/calendar/hlom-2021/", "/calendar/hlom-2021.ics", "/events/told/", "/calendar/hlom-2021/coming.atom"]
    assert [SECRET in client.get(path).content.decode() for path in paths] == [True, True, True, False]
