"""Which pledges are suggested for which, in what order and with which words."""

from datetime import UTC, datetime

import pytest

from accounts.models import Country, Stakeholder
from accounts.tests.factories import make_membership, make_stakeholder
from pledges import match_suggestions, matching
from pledges.models import ContributionType, Pledge, Stage, Theme
from pledges.tests.factories import make_pledge, make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def about(pledge, countries=(), areas=(), types=()):
    version = pledge.current
    version.host_countries.set(Country.objects.filter(code__in=countries))
    version.themes.set(Theme.objects.filter(slug__in=areas))
    version.contribution_types.set(ContributionType.objects.filter(slug__in=types))
    return pledge


@pytest.fixture
def asked(cast):
    pledge = make_pledge(cast.other, title="A law on schools", support_asked="Teachers.")
    return about(pledge, ["TD", "KE"], ["education", "jobs-and-livelihoods"], ["policy"])


def for_ngo(cast):
    return match_suggestions.for_offering(Pledge.objects.filter(pk=cast.pledge.pk), at=AT)


def for_asked(asked):
    found = match_suggestions.for_asking(Pledge.objects.filter(pk=asked.pk), at=AT)
    return [pair.offering.pledge for pair in found]


def test_countries_come_first_then_areas_then_support_that_meets_policy(cast, asked):
    lead = make_stakeholder("Donor")
    areas = about(make_pledge(lead), ["BI"], ["education", "jobs-and-livelihoods"], ["financial"])
    area = about(make_pledge(lead), [], ["education"], ["policy"])
    area_with_money = about(make_pledge(lead), [], ["education"], ["financial"])
    country = about(make_pledge(lead), ["TD"], [], [])
    country_and_area = about(make_pledge(lead), ["TD"], ["education"], [])
    countries = about(make_pledge(lead), ["KE", "TD"], [], [])
    # The type alone is no reason.
    about(make_pledge(lead), [], [], ["financial"])
    assert for_asked(asked) == [countries, country_and_area, country, areas, area_with_money, area]


@pytest.mark.parametrize(
    ("countries", "areas", "types", "words"),
    [
        (["TD"], ["education"], [], "Both name Chad and Education."),
        (["TD", "KE"], ["education"], ["policy"], "Both name Chad, Kenya and Education."),
        (
            ["TD"],
            [],
            ["technical", "financial"],
            "Both name Chad. One is about policy, the other gives financial support and technical support.",
        ),
    ],
)
def test_the_reason_is_said_in_words(cast, asked, countries, areas, types, words):
    about(cast.pledge, countries, areas, types)
    [pair] = for_ngo(cast)
    assert (pair.asking.pledge, pair.reason, pair.asking_lead) == (asked, words, "Other Aid")


def _tried(cast, asked):
    matching.offer(at=AT, actor=None, pledge=asked, stakeholder=cast.ngo, own_pledge=cast.pledge)


def _declined(cast, asked):
    match = matching.offer(at=AT, actor=None, pledge=asked, stakeholder=cast.ngo, own_pledge=cast.pledge)
    matching.decline(at=AT, actor=cast.stranger, match=match, reason="Enough.")


def _own(cast, asked):
    asked.current.parties.filter(role="lead").update(stakeholder=cast.ngo)


def _merged(cast, asked):
    Stakeholder.objects.filter(pk=cast.other.pk).update(merged_into=cast.ngo)


def _withdrawn_from_the_public(cast, asked):
    Pledge.objects.filter(pk=asked.pk).update(published_at=None)


def _own_not_published(cast, asked):
    Pledge.objects.filter(pk=cast.pledge.pk).update(published_at=None)


def _fulfilled(cast, asked):
    make_update(asked, stage=Stage.FULFILLED)


def _own_given_up(cast, asked):
    make_update(cast.pledge, scope_change="withdrawn")


def _sample(cast, asked):
    Pledge.objects.filter(pk=asked.pk).update(is_sample=True)


def _asks_no_more(cast, asked):
    asked.versions.update(support_asked="")


@pytest.mark.parametrize(
    "change",
    [
        _tried,
        _declined,
        _own,
        _merged,
        _withdrawn_from_the_public,
        _own_not_published,
        _fulfilled,
        _own_given_up,
        _sample,
        _asks_no_more,
    ],
)
def test_what_leads_nowhere_is_left_out(cast, asked, change):
    about(cast.pledge, ["TD"])
    assert ([pair.asking.pledge for pair in for_ngo(cast)], for_asked(asked)) == ([asked], [cast.pledge])
    change(cast, asked)
    assert (for_ngo(cast), for_asked(asked)) == ([], [])


def test_what_was_withdrawn_from_the_public_or_only_begun_does_not_close_a_pledge(cast, asked):
    about(cast.pledge, ["TD"])
    make_update(asked, "revoked", stage=Stage.FULFILLED)
    make_update(cast.pledge, "draft", stage=Stage.FULFILLED)
    assert len(for_ngo(cast)) == 1


def test_both_sides_find_it_on_their_page_and_the_form_takes_it_over(cast, log_in, asked):
    about(cast.pledge, ["TD"], ["education"])
    html = log_in(cast.focal_point).get("/my/matches/").content.decode()
    assert f"With your pledge {cast.pledge.reference}: Both name Chad and Education." in html
    form = f"/my/offers/{asked.reference}/?with={cast.pledge.reference}"
    assert f'href="{form}"' in html
    assert "Pledges of others fit" not in html
    html = log_in(cast.stranger).get("/my/matches/").content.decode()
    assert f"For your pledge {asked.reference}: Both name Chad and Education." in html
    assert f'href="{cast.pledge.get_absolute_url()}"' in html
    html = log_in(cast.focal_point).get(form).content.decode()
    assert f'<option value="{cast.pledge.reference}" selected' in html
    assert "Both name Chad and Education." in html.partition("Your offer")[0]


def test_the_form_chooses_the_stakeholder_that_leads_the_suggested_pledge(cast, log_in, asked):
    first = make_stakeholder("Aaa Aid")
    make_membership(cast.focal_point, first)
    html = log_in(cast.focal_point).get(f"/my/offers/{asked.reference}/?with={cast.pledge.reference}").content.decode()
    assert f'<option value="{cast.ngo.slug}" selected' in html


@pytest.mark.parametrize("wrong", ["TST-999999", "%00", "x" * 300])
def test_an_address_that_names_a_pledge_of_others_chooses_nothing(cast, log_in, asked, wrong):
    response = log_in(cast.focal_point).get(f"/my/offers/{asked.reference}/?with={wrong}")
    assert (response.status_code, '<option value="" selected' in response.content.decode()) == (200, True)


def test_who_only_reads_is_suggested_nothing(cast, log_in, asked):
    about(cast.pledge, ["TD"])
    assert "What may fit" not in log_in(cast.reader).get("/my/matches/").content.decode()


def test_a_lead_that_is_not_public_is_not_named(cast, log_in, asked):
    about(cast.pledge, ["TD"])
    Stakeholder.objects.filter(pk=cast.other.pk).update(is_public=False)
    html = log_in(cast.focal_point).get("/my/matches/").content.decode()
    assert ("a stakeholder that is not named here" in html, "Other Aid" in html) == (True, False)


@pytest.mark.parametrize("count", [1, 3])
def test_suggestions_cost_the_same_for_many(cast, count, django_assert_num_queries):
    for number in range(count):
        about(make_pledge(cast.other, support_asked=f"Help {number}"), ["TD"], ["education"], ["policy"])
        about(make_pledge(make_stakeholder()), ["TD"], ["education"], ["financial"])
    about(cast.pledge, ["TD"], ["education"], ["financial"])
    own = Pledge.objects.filter(versions__parties__stakeholder=cast.ngo)
    with django_assert_num_queries(12):
        assert len(match_suggestions.for_offering(own, at=AT)) == count
    asking = Pledge.objects.filter(versions__parties__stakeholder=cast.other)
    with django_assert_num_queries(12):
        assert len(match_suggestions.for_asking(asking, at=AT)) == count * (count + 1)


def test_what_is_no_reference_has_no_form(cast, log_in):
    client = log_in(cast.focal_point)
    assert client.get("/my/offers/x%00y/").status_code == 404
    assert client.post("/my/offers/x%00y/", {"text": "x"}).status_code == 404
