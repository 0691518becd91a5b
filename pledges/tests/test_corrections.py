"""Proposing another text for a published pledge."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import time_machine

from accounts.models import Country
from pledges.models import Pledge, PledgeProposal
from pledges.tests.factories import make_pledge, make_proposal, money

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


def url(pledge):
    return f"/my/pledges/{pledge.reference}/correct/"


def typed(revision=0, action="save", **fields):
    key = {"uuid": str(uuid4()), "revision": revision, "action": action}
    return {**key, "title": "Schools", "language": "en", **fields}


def changed(response):
    return [pair.new.name for pair in response.context["changed"]]


def test_the_form_begins_with_what_is_published(cast, log_in):
    version = cast.pledge.current
    version.target_value, version.target_unit, version.target_year = money("500.00"), "children", 2024
    version.save()
    version.host_countries.add(Country.objects.get(code="KE"))
    form = log_in(cast.focal_point).get(url(cast.pledge)).context["form"]

    assert "occasion" not in form.fields
    names = ("title", "partners", "target_value", "target_unit", "target_year")
    assert {name: form.initial[name] for name in names} == {
        "title": "Schools for 500 children",
        "partners": "Partner Aid",
        "target_value": "500",
        "target_unit": "children",
        "target_year": "2024",
    }
    assert form.initial["host_countries"] == ["KE"]


def test_a_draft_says_what_would_change_and_the_public_sees_nothing(cast, log_in, client):
    writer = log_in(cast.focal_point)
    response = writer.post(url(cast.pledge), typed(title="Secret schools", partners="Partner Aid"))
    proposal = PledgeProposal.objects.get()

    assert response["Location"] == f"/my/proposals/{proposal.uuid}/"
    assert (proposal.corrects, proposal.from_version, proposal.occasion) == (cast.pledge, 1, cast.pledge.occasion)
    preview = writer.get(f"/my/proposals/{proposal.uuid}/preview/")
    assert changed(preview) == ["title"]
    assert "Schools for 500 children" in preview.content.decode()
    assert "Secret" not in client.get(f"/pledges/{cast.pledge.reference}/").content.decode()


def test_there_is_one_open_correction_and_a_colleague_finds_it(cast, log_in):
    log_in(cast.focal_point).post(url(cast.pledge), typed(title="First correction"))
    client = log_in(cast.colleague)
    page = client.get(url(cast.pledge))
    response = client.post(url(cast.pledge), typed(title="Second correction"))

    assert page.context["form"].initial["title"] == "First correction"
    assert response.status_code == 409
    assert "First correction" in response.content.decode()
    assert "Second correction" in response.content.decode()
    proposal = PledgeProposal.objects.get()
    assert f'action="/my/proposals/{proposal.uuid}/"' in response.content.decode()
    sent = typed(1, title="Second correction") | {"uuid": str(proposal.uuid)}
    assert client.post(f"/my/proposals/{proposal.uuid}/", sent).status_code == 302


@pytest.mark.parametrize("state", ["submitted", "returned", "declined"])
def test_what_stands_decides_what_is_shown(cast, log_in, state):
    make_proposal(cast.ngo, state, by=cast.focal_point, corrects=cast.pledge)
    response = log_in(cast.colleague).get(url(cast.pledge))

    # Staff have it; it was returned; a new one begins with what is published.
    shown = {"submitted": None, "returned": "Bridges to work", "declined": "Schools for 500 children"}
    assert (response.context["form"].initial["title"] if "form" in response.context else None) == shown[state]


@pytest.mark.parametrize(
    ("who", "status"),
    [("focal_point", 200), ("contributor", 200), ("reader", 403), ("partner", 403), ("stranger", 404), ("editor", 404)],
)
def test_the_leads_writers_correct(cast, log_in, who, status):
    assert log_in(getattr(cast, who)).get(url(cast.pledge)).status_code == status


def test_my_pledges_lead_there(cast, log_in):
    offered = {
        who: url(cast.pledge) in log_in(getattr(cast, who)).get("/my/").content.decode()
        for who in ("focal_point", "contributor", "reader", "partner")
    }
    assert offered == {"focal_point": True, "contributor": True, "reader": False, "partner": False}


def test_what_is_not_published_needs_no_correction(cast, log_in):
    pledge = make_pledge(cast.ngo, published=False)
    client = log_in(cast.focal_point)

    assert client.get(url(pledge)).status_code == 403
    assert url(pledge) not in client.get("/my/").content.decode()


def test_the_text_of_who_may_not_write_is_given_back(cast, log_in):
    response = log_in(cast.partner).post(url(cast.pledge), typed(description="Typed for an hour"))

    assert response.status_code == 403
    assert "Typed for an hour" in response.content.decode()
    assert not PledgeProposal.objects.exists()


def test_the_pledge_it_belongs_to_stays_offered(cast, log_in):
    parent = make_pledge(cast.other, published=False, title="A pledge of many")
    Pledge.objects.filter(pk=cast.pledge.pk).update(parent=parent)
    form = log_in(cast.focal_point).get(url(cast.pledge)).context["form"]

    assert form.fields["linked_pledges"].choices == [(parent.reference, f"{parent.reference}: A pledge of many")]
    assert form.initial["linked_pledges"] == [parent.reference]
