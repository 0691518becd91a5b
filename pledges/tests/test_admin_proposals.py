"""What staff see of proposals, and the buttons with which they decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Country
from accounts.tests.factories import make_stakeholder
from foundation import history
from foundation.models import OutgoingMail
from pledges.facts import facts_of, versions_with_facts
from pledges.models import Pledge, PledgeProposal, PledgeVersion
from pledges.pledge_workflow import revise_pledge
from pledges.tests.factories import make_pledge, make_proposal
from pledges.text_diff import Piece

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
LIST = "/admin/pledges/pledgeproposal/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def waiting(cast):
    """A new pledge that has waited for three days."""
    return make_proposal(
        cast.ngo,
        "submitted",
        by=cast.focal_point,
        at=AT - timedelta(days=3),
        partners=["Partner Aid", "118 actors"],
        themes=["education"],
        host_countries=["KE"],
        target_value="1200",
        target_unit="EUR",
        target_period="year",
        target_year="2027",
        aligned_with="4, 7",
        expected_impact="People earn more.",
        is_additional="yes",
    )


@pytest.fixture
def correction(cast):
    """Another title for the pledge of the cast."""
    return make_proposal(
        cast.ngo,
        "submitted",
        by=cast.focal_point,
        corrects=cast.pledge,
        title="Schools for 600",
        partners=["Partner Aid"],
    )


def page(proposal, verb="change"):
    return f"{LIST}{proposal.pk}/{verb}/"


def sent(client, proposal, **fields):
    """What the publishing form of the page would send, with changes."""
    form = client.get(page(proposal)).context["publish_form"]
    data = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in data.items() if value is not None} | fields


def test_the_list_begins_with_what_needs_review_the_oldest_first(cast, log_in, waiting):
    older = make_proposal(cast.other, "submitted", by=cast.stranger, at=AT - timedelta(days=9))
    for state in ("draft", "returned", "declined"):
        make_proposal(cast.ngo, state, by=cast.focal_point)
    response = log_in(cast.reviewer).get(LIST)

    assert [row.pk for row in response.context["cl"].result_list] == [older.pk, waiting.pk]
    assert '<td class="field-age">3</td>' in response.content.decode()


@pytest.mark.parametrize("state", ["draft", "returned", "discarded"])
@pytest.mark.parametrize("address", ["list", "change", "history"])
def test_what_the_stakeholder_is_writing_is_never_shown(cast, log_in, state, address):
    proposal = make_proposal(cast.ngo, state, by=cast.focal_point)
    PledgeProposal.objects.update(content=proposal.content | {"title": "Private words", "description": "Private words"})
    urls = {"list": f"{LIST}?stand=all", "change": page(proposal), "history": page(proposal, "history")}
    response = log_in(cast.superuser).get(urls[address])

    assert response.status_code == 200
    assert b"Private words" not in response.content


@pytest.mark.parametrize("query", ["content__title=x", "content__icontains=Private", "sent__title=x"])
def test_addresses_cannot_search_drafts(cast, log_in, query):
    assert log_in(cast.superuser).get(f"{LIST}?stand=all&{query}").status_code in (302, 400)


def test_publishing_makes_a_pledge_word_for_word(cast, log_in, waiting, client):
    staff = log_in(cast.reviewer)
    response = staff.post(page(waiting, "publish"), sent(staff, waiting))

    assert response.status_code == 302
    waiting.refresh_from_db()
    pledge = waiting.published_as
    assert (pledge.reference, pledge.occasion, pledge.published_at) == ("GRF-001", waiting.occasion, AT)
    facts = facts_of(versions_with_facts().get(pledge=pledge))
    assert (facts.title, facts.description, facts.lead, facts.partners, facts.labels) == (
        "Bridges to work",
        "We train.",
        cast.ngo.slug,
        (cast.partner_ngo.slug,),
        ("118 actors",),
    )
    assert (facts.target_value, facts.target_currency, facts.target_unit, facts.target_period, facts.target_year) == (
        1200,
        "EUR",
        "",
        "year",
        2027,
    )
    assert (facts.themes, facts.host_countries, facts.aligned_with, facts.is_additional) == (
        {"education"},
        {"KE"},
        "4, 7",
        "yes",
    )
    assert (waiting.state, waiting.decided_by, waiting.decided_at) == ("published", cast.reviewer, AT)
    assert [entry.verb for entry in history.of(waiting)] == ["proposal published"]
    assert [entry.verb for entry in history.of(pledge)] == ["pledge.published", "pledge.created"]
    told = staff.get(page(waiting, "history")).content.decode()
    assert "published the proposal of a pledge" in told
    assert "<ins>GRF-001</ins>" in told
    mails = OutgoingMail.objects.order_by("address")
    assert [(mail.purpose, mail.address, mail.subject) for mail in mails] == [
        ("proposal-published", "colleague@example.org", "Your pledge is published as GRF-001"),
        ("proposal-published", "focal@example.org", "Your pledge is published as GRF-001"),
    ]
    html = client.get("/pledges/GRF-001/").content.decode()
    for words in ("Bridges to work", "People earn more.", "118 actors", "yes, it adds to what was planned before"):
        assert words in html
    assert "This pledge names: who stands behind it, what will be done, a host country" in html
    assert "Not named" not in html
    mine = log_in(cast.focal_point).get("/my/").content.decode()
    assert mine.count("GRF-001") >= 1


def test_the_second_click_publishes_nothing_more(cast, log_in, waiting):
    staff = log_in(cast.reviewer)
    data = sent(staff, waiting)
    staff.post(page(waiting, "publish"), data)
    response = staff.post(page(waiting, "publish"), data | {"reference": "GRF-777"})

    assert response.status_code == 409
    assert "reviewer@example.org has already decided on this proposal: published." in response.content.decode()
    assert Pledge.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("reference", "GRF 1", "A reference is capital letters, a hyphen and digits"),
        ("reference", "", "A reference is capital letters, a hyphen and digits"),
        ("reference", "taken", "This reference is taken; GRF-001 is free."),
        ("kind", "odd", "Select a valid choice."),
        ("parent", "999999", "Select a valid choice."),
        ("partners", "Example Relief", "The lead is not a partner as well."),
        ("partners", "x" * 201, "This has 201 characters"),
        ("revision", "", "This field is required."),
    ],
)
def test_bad_input_publishes_nothing(cast, log_in, waiting, name, value, words):
    staff = log_in(cast.reviewer)
    value = cast.pledge.reference if value == "taken" else value
    response = staff.post(page(waiting, "publish"), sent(staff, waiting) | {name: value})

    assert response.status_code == 422
    assert name == "revision" or words in response.content.decode()
    assert Pledge.objects.count() == 1


def test_staff_say_which_stakeholder_a_partner_is(cast, log_in, waiting):
    PledgeProposal.objects.update(sent=waiting.sent | {"partners": ["Partner Aid Ltd", "118 actors"]})
    staff = log_in(cast.editor)
    data = sent(staff, waiting)
    staff.post(page(waiting, "publish"), data | {"partners": "Partner Aid\r\n118 actors"})

    assert data["partners"] == "Partner Aid Ltd\n118 actors"
    facts = facts_of(versions_with_facts().get(pledge__reference="GRF-001"))
    assert (facts.partners, facts.labels) == ((cast.partner_ngo.slug,), ("118 actors",))


def test_staff_choose_the_parent_among_pledges_of_many(cast, log_in, waiting):
    parents = [make_pledge(cast.other) for _number in range(2)]
    Pledge.objects.filter(pk__in=[parent.pk for parent in parents]).update(kind="multi-stakeholder")
    references = sorted(parent.reference for parent in parents)
    PledgeProposal.objects.update(sent=waiting.sent | {"linked_pledges": references})
    staff = log_in(cast.editor)
    data = sent(staff, waiting)
    staff.post(page(waiting, "publish"), data | {"parent": parents[1].pk})

    assert data["parent"] == parents[0].pk
    assert Pledge.objects.get(reference="GRF-001").parent == parents[1]


def test_a_correction_is_shown_beside_what_is_published(cast, log_in, correction):
    response = log_in(cast.reviewer).get(page(correction))

    rows = {row.name: row for row in response.context["rows"]}
    assert [name for name, row in rows.items() if row.differs] == ["title", "description"]
    assert rows["title"].old[0].pieces == (Piece("Schools for "), Piece("500 children", differs=True))
    assert rows["title"].new[0].pieces == (Piece("Schools for "), Piece("600", differs=True))
    html = response.content.decode()
    assert '<del><span class="visually-hidden">[no longer there: </span>500 children<' in html
    assert '<ins><span class="visually-hidden">[new: </span>600<' in html


def test_of_a_list_only_what_came_and_went_is_marked(cast, log_in):
    cast.pledge.current.host_countries.set(Country.objects.filter(code__in=["KE", "UG"]))
    said = {"title": "<b>Schools</b>", "host_countries": ["KE", "TD"], "partners": ["A & B", "Partner Aid"]}
    proposal = make_proposal(cast.ngo, "submitted", by=cast.focal_point, corrects=cast.pledge, **said)
    response = log_in(cast.reviewer).get(page(proposal))

    compared = response.context["rows"]
    rows = {row.name: [[line.pieces for line in side] for side in (row.old, row.new)] for row in compared}
    assert rows["host_countries"] == [
        [(Piece("Kenya"),), (Piece("Uganda", differs=True),)],
        [(Piece("Chad", differs=True),), (Piece("Kenya"),)],
    ]
    assert rows["partners"] == [[(Piece("Partner Aid"),)], [(Piece("A & B", differs=True),), (Piece("Partner Aid"),)]]
    assert "<b>Schools" not in response.content.decode()


def test_a_new_pledge_is_shown_without_marks(log_in, cast, waiting):
    html = log_in(cast.reviewer).get(page(waiting)).content.decode()

    assert "Bridges to work" in html
    assert "<ins>" not in html


def test_publishing_a_correction_adds_a_version_and_keeps_the_old(cast, log_in, correction, client):
    staff = log_in(cast.editor)
    assert staff.post(page(correction, "publish"), sent(staff, correction)).status_code == 302

    versions = PledgeVersion.objects.filter(pledge=cast.pledge).order_by("number")
    assert [(row.number, row.title, row.valid_until) for row in versions] == [
        (1, "Schools for 500 children", AT),
        (2, "Schools for 600", None),
    ]
    assert {party.stakeholder for party in versions[1].parties.all()} == {cast.ngo, cast.partner_ngo}
    assert Pledge.objects.count() == 1
    correction.refresh_from_db()
    assert (correction.state, correction.published_as) == ("published", cast.pledge)
    assert OutgoingMail.objects.filter(subject=f"Your correction of {cast.pledge.reference} is published").count() == 2
    # Later the page still says what was compared.
    later = {row.name: row.old[0].pieces for row in staff.get(page(correction)).context["rows"] if row.old}
    assert "".join(piece.text for piece in later["title"]) == "Schools for 500 children"
    assert "Schools for 600" in client.get(f"/pledges/{cast.pledge.reference}/").content.decode()


def test_what_a_host_country_asks_for_is_published_with_its_policy(cast, log_in, client):
    said = {"contribution_types": ["policy"], "support_asked": "<b>Teachers</b>"}
    proposal = make_proposal(cast.ngo, "submitted", by=cast.focal_point, **said)
    staff = log_in(cast.editor)
    assert staff.post(page(proposal, "publish"), sent(staff, proposal)).status_code == 302

    pledge = PledgeProposal.objects.get(pk=proposal.pk).published_as
    assert pledge.current.support_asked == "<b>Teachers</b>"
    html = client.get(f"/pledges/{pledge.reference}/").content.decode()
    assert "&lt;b&gt;Teachers" in html
    assert "<b>Teachers" not in html


def test_a_correction_from_before_the_question_leaves_the_answer(cast, log_in, correction):
    PledgeVersion.objects.filter(pledge=cast.pledge).update(support_asked="Teachers")
    for stored in (correction.content, correction.sent):
        stored.pop("support_asked", None)
    correction.save()
    staff = log_in(cast.editor)
    rows = [row.name for row in staff.get(page(correction)).context["rows"] if row.differs]
    staff.post(page(correction, "publish"), sent(staff, correction))

    assert rows == ["title", "description"]
    assert [row.support_asked for row in cast.pledge.versions.order_by("number")] == ["Teachers", "Teachers"]


def test_a_correction_of_what_has_changed_since_is_compared_again(cast, log_in, correction):
    staff = log_in(cast.editor)
    data = sent(staff, correction)
    stored = facts_of(versions_with_facts().get(pledge=cast.pledge))
    revise_pledge(pledge=cast.pledge, facts=replace(stored, target_year=2030), at=AT, actor=None)
    response = staff.post(page(correction, "publish"), data)

    assert response.status_code == 409
    assert "The pledge itself was changed since you opened this page." in response.content.decode()
    assert "has got a new version since this correction was begun" in response.content.decode()
    assert cast.pledge.versions.count() == 2


def test_a_correction_cannot_make_a_pledge_part_of_itself(cast, log_in, correction):
    Pledge.objects.filter(pk=cast.pledge.pk).update(kind="multi-stakeholder")
    staff = log_in(cast.editor)
    response = staff.post(page(correction, "publish"), sent(staff, correction, parent=cast.pledge.pk))

    assert response.status_code == 409
    assert "A pledge is not part of itself." in response.content.decode()
    assert cast.pledge.versions.count() == 1


def test_a_correction_that_changes_nothing_is_not_published(cast, log_in):
    same = make_proposal(
        cast.ngo,
        "submitted",
        by=cast.focal_point,
        corrects=cast.pledge,
        title="Schools for 500 children",
        description="",
        partners=["Partner Aid"],
    )
    staff = log_in(cast.editor)
    response = staff.post(page(same, "publish"), sent(staff, same))

    assert response.status_code == 409
    assert "This text says what is published already." in response.content.decode()
    assert cast.pledge.versions.count() == 1


@pytest.mark.parametrize(
    ("verb", "state", "subject"),
    [
        ("return", "returned", "Please look again at your new pledge"),
        ("decline", "declined", "Your new pledge is not published"),
    ],
)
def test_a_no_needs_a_word_and_all_focal_points_get_it(cast, log_in, waiting, verb, state, subject):
    staff = log_in(cast.reviewer)
    empty = staff.post(page(waiting, verb), {"revision": 1, "comment": " "})
    response = staff.post(page(waiting, verb), {"revision": 1, "comment": "Please say where."})
    again = staff.post(page(waiting, verb), {"revision": 1, "comment": "Typed by the slower one"})

    assert [answer.status_code for answer in (empty, response, again)] == [422, 302, 409]
    assert "Typed by the slower one" in again.content.decode()
    waiting.refresh_from_db()
    assert (waiting.state, waiting.comment, waiting.decided_by) == (state, "Please say where.", cast.reviewer)
    assert sorted(OutgoingMail.objects.values_list("address", "subject")) == [
        ("colleague@example.org", subject),
        ("focal@example.org", subject),
    ]
    assert "Please say where." in OutgoingMail.objects.first().text
    assert [entry.verb for entry in history.of(waiting)] == [f"proposal {state}"]
    assert Pledge.objects.count() == 1


@pytest.mark.parametrize("verb", ["publish", "return", "decline"])
def test_buttons_are_no_links_and_ask_for_the_right(cast, log_in, waiting, verb):
    staff = log_in(cast.editor)
    assert staff.get(page(waiting, verb)).status_code == 405
    cast.editor.groups.clear()
    assert log_in(cast.editor).post(page(waiting, verb), {"revision": 1, "comment": "x"}).status_code == 403
    waiting.refresh_from_db()
    assert waiting.state == "submitted"


@pytest.mark.parametrize("pk", ["999999", "x", "9" * 30])
def test_there_is_no_page_for_what_is_not_there(cast, log_in, pk):
    assert log_in(cast.reviewer).get(f"{LIST}{pk}/change/").status_code == 404


def test_a_sample_becomes_a_sample(cast, log_in):
    trust = make_stakeholder("Sample Trust", is_sample=True)
    proposal = make_proposal(trust, "submitted", by=cast.focal_point)
    staff = log_in(cast.editor)
    staff.post(page(proposal, "publish"), sent(staff, proposal))

    assert Pledge.objects.get(reference="SMP-001").is_sample is True


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_many(cast, log_in, django_assert_num_queries, count):
    for _number in range(count):
        make_proposal(make_stakeholder(), "submitted", by=cast.focal_point)
    client = log_in(cast.reviewer)
    with django_assert_num_queries(9):
        client.get(LIST)
