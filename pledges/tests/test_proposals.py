"""Writing a new pledge: saving, submitting, discarding, and everything that can be wrong with it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from accounts.models import Membership
from accounts.tests.factories import make_member
from events.tests.factories import make_cycle
from foundation import history
from foundation.models import HistoryEntry, OutgoingMail
from pledges.models import Pledge, PledgeProposal
from pledges.tests.factories import make_pledge, make_proposal

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)


def new(cast):
    return f"/my/stakeholders/{cast.ngo.slug}/propose/"


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def key():
    return str(uuid4())


def typed(key, revision=0, action="save", **fields):
    return {
        "uuid": key,
        "revision": revision,
        "action": action,
        "occasion": "grf-2023",
        "title": "Bridges to work",
        "description": "We train\r\nmechanics.",
        "language": "en",
        **fields,
    }


def page(key, verb=""):
    return f"/my/proposals/{key}/{verb}"


def test_the_public_is_sent_to_the_login(client, cast):
    response = client.get(new(cast))
    assert (response.status_code, response["Location"]) == (302, f"/login/?next={new(cast)}")


def test_my_pledges_offer_it_to_writers(cast, log_in):
    people = (cast.focal_point, cast.contributor, cast.reader)
    pages = [log_in(person).get("/my/").content.decode() for person in people]
    assert [new(cast) in html for html in pages] == [True, True, False]


def test_a_draft_may_be_incomplete_and_comes_back_as_it_was_typed(cast, log_in, key):
    client = log_in(cast.contributor)
    sent = {
        "title": "",
        "description": "",
        "host_countries": ["UG", "KE"],
        "themes": ["education"],
        "contribution_types": ["technical"],
        "objectives": ["self-reliance"],
        "target_value": "1 200",
        "target_unit": "EUR",
        "target_period": "year",
        "target_year": "2027",
        "partners": "Partner Aid\r\n118 actors\r\nPartner Aid",
        "aligned_with": "4, 7",
        "is_additional": "yes",
        "prematched_with": "Kenya’s new law",
        "refugees_consulted": "Six meetings.",
        "diversity": "Half are women.",
        "expected_impact": "People earn more.",
    }
    response = client.post(new(cast), typed(key, **sent))

    assert (response.status_code, response["Location"]) == (302, page(key))
    proposal = PledgeProposal.objects.get()
    assert (str(proposal.uuid), proposal.state, proposal.revision) == (key, "draft", 1)
    assert (proposal.stakeholder, proposal.saved_by, proposal.saved_at) == (cast.ngo, cast.contributor, AT)
    assert proposal.content == {
        "occasion": "grf-2023",
        "language": "en",
        "linked_pledges": [],
        "support_asked": "",
        **sent,
        "host_countries": ["KE", "UG"],
        "target_value": "1200",
        "partners": ["Partner Aid", "118 actors"],
    }
    assert proposal.sent == {}
    form = client.get(page(key)).context["form"]
    assert {name: form.initial[name] for name in ("partners", "target_value", "host_countries")} == {
        "partners": "Partner Aid\n118 actors",
        "target_value": "1200",
        "host_countries": ["KE", "UG"],
    }
    assert [entry.verb for entry in history.of(proposal)] == ["proposal saved"]


def test_the_form_shows_hints_and_keeps_them_up_with_what_is_saved(cast, log_in, key):
    client = log_in(cast.focal_point)
    before = client.get(new(cast)).context["hints"]
    client.post(new(cast), typed(key, target_year="2027"))
    after = client.get(page(key)).context["hints"]

    assert [hint.criterion.key for hint in before if hint.is_named] == ["who"]
    assert [hint.criterion.key for hint in after if hint.is_named] == ["who", "what", "by_when"]


def test_a_submission_is_frozen_and_mails_a_receipt(cast, log_in, key):
    client = log_in(cast.focal_point)
    response = client.post(new(cast), typed(key, action="submit"))

    assert response.status_code == 302
    proposal = PledgeProposal.objects.get()
    assert (proposal.state, proposal.submitted_at, proposal.submitted_by) == ("submitted", AT, cast.focal_point)
    assert proposal.sent == proposal.content
    mail = OutgoingMail.objects.get()
    assert (mail.purpose, mail.address, mail.subject) == (
        "proposal-receipt",
        "focal@example.org",
        "Received: your new pledge",
    )
    assert f"http://testserver/my/proposals/{key}/" in mail.text
    html = client.get(page(key)).content.decode()
    assert "Waiting for review" in html
    assert "Submit for review" not in html
    assert Pledge.objects.count() == 1


def test_a_submission_needs_a_heading_and_a_description_and_loses_nothing(cast, log_in, key):
    response = log_in(cast.focal_point).post(
        new(cast), typed(key, action="submit", title="", description="", target_value="12", aligned_with="Kept")
    )

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["title", "description", "target_unit"]
    assert "Kept" in response.content.decode()
    assert not PledgeProposal.objects.exists()


@pytest.mark.parametrize(("types", "status"), [([], 422), (["financial"], 422), (["financial", "policy"], 302)])
def test_only_a_policy_pledge_asks_for_support(cast, log_in, key, types, status):
    sent = {"contribution_types": types, "support_asked": "Teachers\r\nand desks"}
    response = log_in(cast.focal_point).post(new(cast), typed(key, action="submit", **sent))

    assert response.status_code == status
    if status == 302:
        assert PledgeProposal.objects.get().sent["support_asked"] == "Teachers\nand desks"
    else:
        assert response.context["form"].errors == {
            "support_asked": ["Only a policy pledge asks for support. Tick policy above, or empty this."]
        }
        assert "and desks</textarea>" in response.content.decode()


def test_a_contributor_keeps_the_text_when_told_that_a_focal_point_submits(cast, log_in, key):
    response = log_in(cast.contributor).post(new(cast), typed(key, action="submit"))

    html = response.content.decode()
    assert response.status_code == 403
    assert "A focal point of Example Relief submits: colleague@example.org or focal@example.org." in html
    assert "We train" in html
    assert not PledgeProposal.objects.exists()


BAD = [
    ("title", "x" * 301),
    ("title", "bell \x07"),
    ("description", "x" * 20_001),
    ("target_value", "1,000"),
    ("target_value", "-1"),
    ("target_value", "1.005"),
    ("target_value", "9" * 16),
    ("target_unit", "XYZ"),
    ("target_unit", "x" * 81),
    ("target_year", "27"),
    ("target_year", "1999"),
    ("target_year", "２０２７"),
    ("target_period", "weekly"),
    ("host_countries", ["XX"]),
    ("themes", ["nothing"]),
    ("themes", ["\x00"]),
    ("occasion", "nowhere"),
    ("language", "xx"),
    ("is_additional", "perhaps"),
    ("partners", "x" * 201),
    ("partners", "\n".join(map(str, range(501)))),
    ("uuid", "no-key"),
    ("uuid", ""),
    ("revision", "many"),
    ("revision", "-1"),
    ("revision", "9" * 30),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_bad_input_is_named_and_nothing_is_lost(cast, log_in, key, name, value):
    response = log_in(cast.focal_point).post(new(cast), typed(key, diversity="Kept text") | {name: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [name]
    assert "Kept text" in response.content.decode()
    assert not PledgeProposal.objects.exists()


def test_a_meeting_that_is_not_public_is_not_offered(cast, log_in, key):
    make_cycle("hidden", title="Hidden meeting", published_at=None)
    client = log_in(cast.focal_point)

    assert "Hidden meeting" not in client.get(new(cast)).content.decode()
    assert client.post(new(cast), typed(key, occasion="hidden")).status_code == 422


def test_only_published_pledges_of_many_can_be_linked(cast, log_in, key):
    open_one, hidden = (make_pledge(cast.other, published=published) for published in (True, False))
    Pledge.objects.filter(pk__in=[open_one.pk, hidden.pk]).update(kind="multi-stakeholder")
    client = log_in(cast.focal_point)

    assert client.post(new(cast), typed(key, linked_pledges=[hidden.reference])).status_code == 422
    assert client.post(new(cast), typed(key, linked_pledges=[open_one.reference])).status_code == 302
    assert PledgeProposal.objects.get().content["linked_pledges"] == [open_one.reference]


@pytest.mark.parametrize("action", ["save", "submit"])
def test_the_same_form_twice_makes_one_proposal(cast, log_in, key, action):
    client = log_in(cast.focal_point)
    answers = [client.post(new(cast), typed(key, action=action)).status_code for _time in range(2)]

    assert answers == [302, 302]
    assert PledgeProposal.objects.get().revision == 1
    assert HistoryEntry.objects.filter(subject_type="pledgeproposal").count() == 1
    assert OutgoingMail.objects.count() == (1 if action == "submit" else 0)


def test_the_key_of_somebody_else_opens_and_changes_nothing(cast, log_in):
    theirs = make_proposal(cast.other, by=cast.stranger, title="Secret of others")
    client = log_in(cast.focal_point)
    answers = [client.post(new(cast), typed(theirs.uuid, revision)) for revision in (0, 1)]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert not any(b"Secret of others" in answer.content for answer in answers)
    theirs.refresh_from_db()
    assert (theirs.title, theirs.revision) == ("Secret of others", 1)


@pytest.mark.parametrize("who", ["stranger", "partner", "editor", "reviewer", "superuser"])
@pytest.mark.parametrize("verb", ["", "preview/", "discard/"])
def test_others_find_nothing(cast, log_in, who, verb):
    proposal = make_proposal(cast.ngo, by=cast.focal_point, title="Secret")
    client = log_in(getattr(cast, who))
    answers = [client.get(page(proposal.uuid, verb)), client.post(page(proposal.uuid, verb), typed(proposal.uuid, 1))]

    assert [answer.status_code for answer in answers] in ([404, 404], [404, 405])
    assert not any(b"Secret" in answer.content for answer in answers)
    proposal.refresh_from_db()
    assert (proposal.revision, proposal.state) == (1, "draft")


@pytest.mark.parametrize("who", ["colleague", "contributor", "reader"])
def test_colleagues_open_the_preview(cast, log_in, who):
    proposal = make_proposal(cast.ngo, by=cast.focal_point, host_countries=["KE"], themes=["education"])
    html = log_in(getattr(cast, who)).get(page(proposal.uuid, "preview/")).content.decode()

    for words in ("Bridges to work", "Kenya", "Education", "Global Refugee Forum 2023"):
        assert words in html


def test_a_reader_reads_what_others_write(cast, log_in):
    proposal = make_proposal(cast.ngo, by=cast.focal_point)
    html = log_in(cast.reader).get(page(proposal.uuid)).content.decode()

    assert "Only your own people can read it." in html
    assert "<textarea" not in html


def test_who_has_left_finds_nothing(cast, log_in):
    proposal = make_proposal(cast.ngo, by=cast.focal_point)
    Membership.objects.filter(user=cast.focal_point).update(ends_at=AT)

    assert log_in(cast.focal_point).get(page(proposal.uuid)).status_code == 404


def test_the_second_person_sees_both_texts_and_chooses(cast, log_in):
    proposal = make_proposal(cast.ngo, by=cast.focal_point)
    url = page(proposal.uuid)
    first = typed(proposal.uuid, 1, title="First heading", host_countries=["KE"], themes=["education"])
    log_in(cast.focal_point).post(url, first)
    client = log_in(cast.colleague)
    second = typed(proposal.uuid, 1, title="Second heading", host_countries=["UG"], themes=["education"])
    response = client.post(url, second)

    html = response.content.decode()
    assert response.status_code == 409
    assert "focal@example.org saved this proposal while you were writing" in html
    assert [pair.new.name for pair, _inputs in response.context["differing"]] == ["title", "host_countries"]
    for words in ("First heading", "Second heading", "Kenya", "Uganda"):
        assert words in html
    picked = {"pick_title": "mine", "pick_host_countries": "theirs", "revision": 2}
    assert client.post(url, second | picked).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.title, proposal.content["host_countries"], proposal.revision) == ("Second heading", ["KE"], 3)


@pytest.mark.parametrize(("state", "words"), [("submitted", "submitted this proposal"), ("declined", "have decided")])
def test_what_can_no_longer_be_written_can_be_copied(cast, log_in, state, words):
    proposal = make_proposal(cast.ngo, state, by=cast.colleague)
    response = log_in(cast.focal_point).post(page(proposal.uuid), typed(proposal.uuid, 1, title="Too late"))

    html = response.content.decode()
    assert response.status_code == 409
    assert words in html
    assert "Too late" in html
    assert "csrfmiddlewaretoken" not in html.partition("<main")[2]


def test_a_logged_out_person_gets_the_text_back_and_the_portal_keeps_none(client, cast, key):
    response = client.post(new(cast), typed(key, host_countries=["KE", "UG"]))

    html = response.content.decode()
    assert response.status_code == 403
    assert "Your text is still here" in html
    assert "mechanics." in html
    for kept in (f'name="uuid" value="{key}"', 'name="host_countries" value="KE"', 'name="host_countries" value="UG"'):
        assert kept in html
    assert not PledgeProposal.objects.exists()


@pytest.mark.parametrize("known", [False, True])
def test_an_old_token_brings_the_form_with_the_text(cast, log_in, key, known):
    if known:
        key = str(make_proposal(cast.ngo, by=cast.focal_point).uuid)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = log_in(cast.focal_point).cookies
    sent = typed(key, int(known), title="Sent again")
    response = strict.post(page(key) if known else new(cast), sent, headers={"origin": "http://testserver"})

    html = response.content.decode()
    assert response.status_code == 403
    assert "Press the button once more." in html
    assert "Sent again" in html
    assert f'name="uuid" value="{key}"' in html


def test_an_old_token_from_elsewhere_fills_no_form(cast, log_in, key):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = log_in(cast.focal_point).cookies
    response = strict.post(new(cast), typed(key, title="Sent again"), headers={"origin": "https://evil.example"})

    assert b"Sent again" not in response.content


def test_it_saves_itself_without_a_history_of_its_own(cast, log_in, key):
    client = log_in(cast.focal_point)
    first = client.post(new(cast), typed(key, action="autosave", title="Half a hea"))
    second = client.post(new(cast), typed(key, 1, action="autosave", title="Half a heading"))
    bad = client.post(new(cast), typed(key, 2, action="autosave", target_year="27"))
    stale = client.post(new(cast), typed(key, 1, action="autosave", title="Other"))

    assert [answer.status_code for answer in (first, second, bad, stale)] == [200, 200, 422, 409]
    assert first.json() == {"sentence": "Saved by itself, 20 October 2021, 10:00 (Europe/Zurich).", "revision": 1}
    assert "“By the end of”" in bad.json()["sentence"]
    assert (PledgeProposal.objects.get().title, HistoryEntry.objects.count()) == ("Half a heading", 0)
    logged_out = Client().post(new(cast), typed(key, action="autosave")).json()
    assert logged_out["sentence"].startswith("Not saved: you are logged out.")


def test_a_draft_can_be_discarded_and_leaves_no_text(cast, log_in):
    proposal = make_proposal(cast.ngo, by=cast.focal_point, title="Not this")
    client = log_in(cast.contributor)
    assert "Discard it" in client.get(page(proposal.uuid, "discard/")).content.decode()
    response = client.post(page(proposal.uuid, "discard/"), {"revision": 1})

    assert (response.status_code, response["Location"]) == (302, "/my/")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.content) == ("discarded", {})
    assert [entry.verb for entry in history.of(proposal)] == ["proposal discarded"]
    assert "Not this" not in client.get("/my/").content.decode()
    html = client.get(page(proposal.uuid)).content.decode()
    assert "contributor@example.org discarded this draft" in html
    assert client.post(page(proposal.uuid), typed(proposal.uuid, 1)).status_code == 409


@pytest.mark.parametrize("revision", ["2", "", "x", "9" * 40])
def test_what_was_saved_meanwhile_is_not_discarded(cast, log_in, revision):
    proposal = make_proposal(cast.ngo, by=cast.focal_point)
    response = log_in(cast.focal_point).post(page(proposal.uuid, "discard/"), {"revision": revision}, follow=True)

    assert "Nothing was discarded" in response.content.decode()
    proposal.refresh_from_db()
    assert proposal.state == "draft"


@pytest.mark.parametrize(
    ("who", "state", "status"),
    [
        ("focal_point", "returned", 200),
        ("contributor", "returned", 403),
        ("focal_point", "submitted", 403),
        ("focal_point", "declined", 403),
        ("reader", "draft", 403),
    ],
)
def test_who_may_discard_what(cast, log_in, who, state, status):
    proposal = make_proposal(cast.ngo, state, by=cast.focal_point)

    assert log_in(getattr(cast, who)).get(page(proposal.uuid, "discard/")).status_code == status


def test_what_was_returned_is_corrected_and_submitted_again(cast, log_in):
    proposal = make_proposal(cast.ngo, "returned", by=cast.focal_point)
    client = log_in(cast.focal_point)
    html = client.get(page(proposal.uuid)).content.decode()
    client.post(page(proposal.uuid), typed(proposal.uuid, 1, action="submit", title="With a place"))

    assert "Please say where." in html
    proposal.refresh_from_db()
    assert (proposal.state, proposal.sent["title"], proposal.decided_at) == ("submitted", "With a place", None)


@pytest.mark.parametrize("count", [1, 3])
def test_my_pledges_cost_the_same_for_one_and_many(cast, log_in, django_assert_num_queries, count):
    person = make_member(cast.other)
    for _number in range(count):
        make_proposal(cast.other, by=person)
    client = log_in(person)
    with django_assert_num_queries(13):
        client.get("/my/")
