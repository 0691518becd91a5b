"""manage.py load_samples: plainly named, complete, once, and never in production."""

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command

from accounts.models import Membership, Stakeholder, User
from foundation.models import OutgoingMail
from pledges.match_suggestions import for_asking
from pledges.models import Pledge, PledgeMatch, PledgeProposal, PledgeVersion, ProgressUpdate, UpdateRound
from pledges.samples import load_samples
from pledges.selectors import with_stage

pytestmark = pytest.mark.django_db
AT = datetime(2021, 10, 20, tzinfo=UTC)


def test_production_refuses_them(settings):
    settings.QUICK_START = False
    with pytest.raises(CommandError, match="Nothing was added"):
        call_command("load_samples")
    assert (Pledge.objects.count(), User.objects.count()) == (0, 0)


def test_the_second_run_adds_nothing(settings, capsys):
    settings.QUICK_START = True
    call_command("load_samples")
    call_command("load_samples")
    assert capsys.readouterr().out.splitlines() == [
        "Samples: 4 stakeholders, 6 people, 8 pledges added.",
        "Samples: 0 stakeholders, 0 people, 0 pledges added.",
    ]
    assert (Pledge.objects.count(), PledgeVersion.objects.count()) == (8, 8)


def test_everything_is_named_and_marked_as_a_sample():
    load_samples(at=AT)
    assert {pledge.is_sample for pledge in Pledge.objects.all()} == {True}
    assert {row.is_sample and row.name.startswith("Sample ") for row in Stakeholder.objects.all()} == {True}
    assert {row.country for row in Stakeholder.objects.all()} == {None}
    assert {user.email.partition("@")[2] for user in User.objects.all()} == {"sample.example"}
    assert OutgoingMail.objects.count() == 0


def test_everybody_can_log_in_by_code():
    load_samples(at=AT)
    verified = EmailAddress.objects.filter(verified=True, primary=True).values_list("email", flat=True)
    assert sorted(verified) == sorted(User.objects.values_list("email", flat=True))
    assert {
        user.email: sorted(group.name for group in user.groups.all()) for user in User.objects.filter(is_staff=True)
    } == {
        "editor@sample.example": ["Editors"],
        "reviewer@sample.example": ["Editors", "Reviewers"],
    }


def test_memberships_begin_in_2020():
    load_samples(at=AT)
    assert {row.begins_at for row in Membership.objects.all()} == {datetime(2020, 1, 1, tzinfo=UTC)}


def test_every_stage_state_and_language_is_there():
    load_samples(at=AT)
    staged = with_stage(Pledge.objects.published_by(AT), at=AT)
    assert {pledge.stage for pledge in staged} == {"planning", "in-progress", "fulfilled", None}
    assert set(ProgressUpdate.objects.values_list("state", flat=True)) == set(ProgressUpdate.State.values)
    assert set(PledgeVersion.objects.values_list("language", flat=True)) == {"en", "fr", "ar"}
    assert {pledge.occasion.slug for pledge in Pledge.objects.all()} == {"grf-2019", "hls-2019"}


def test_rounds_hold_the_whole_frozen_text():
    load_samples(at=AT)
    for round_ in UpdateRound.objects.all():
        assert sorted(round_.content) == sorted(ProgressUpdate.DRAFT_FIELDS)
        assert sorted(round_.labels) == ["pledge_title", "scope_change", "stage", "stakeholder"]
        assert round_.submitted_by.email.endswith("@sample.example")


def test_their_pages_open_and_say_sample(client):
    load_samples(at=AT)
    for pledge in Pledge.objects.all():
        response = client.get(pledge.get_absolute_url())
        assert response.status_code == 200
        assert response.content.decode().count("tag-sample") == 1


def test_one_pledge_is_proposed_and_waits(client):
    for _time in range(2):
        load_samples(at=AT)
    proposal = PledgeProposal.objects.get()
    assert (proposal.state, proposal.stakeholder.is_sample) == ("submitted", True)
    assert proposal.sent["title"].startswith("Sample pledge, proposed")
    assert "proposed: first jobs" not in client.get("/pledges/").content.decode()


def test_one_policy_pledge_asks_for_support_and_one_offer_waits(client, log_in):
    for _time in range(2):
        load_samples(at=AT)
    match = PledgeMatch.objects.get()
    assert (match.state, match.pledge.is_sample, match.stakeholder.is_sample) == ("offered", True, True)
    assert match.text.startswith("Sample text")
    assert "mobile offices for a year" not in client.get(match.pledge.get_absolute_url()).content.decode()
    host = log_in(User.objects.get(email="focal.point@sample.example"))
    assert "1 offer of support waits for an answer" in host.get("/my/").content.decode()
    suggested = for_asking(Pledge.objects.filter(pk=match.pledge_id), at=AT)
    assert [pair.offering.pledge.reference for pair in suggested] == ["SMP-007"]


def test_a_sample_that_does_not_ask_is_offered_nothing():
    load_samples(at=AT)
    PledgeMatch.objects.all().delete()
    PledgeVersion.objects.update(support_asked="")
    load_samples(at=AT)
    assert not PledgeMatch.objects.exists()


def test_what_somebody_did_with_them_stays():
    load_samples(at=AT)
    Pledge.objects.filter(reference="SMP-001").update(source_url="https://example.org/mine")
    load_samples(at=AT)
    assert Pledge.objects.get(reference="SMP-001").source_url == "https://example.org/mine"
