"""What a clear pledge names: the same rule for a text in work and for a published version."""

import pytest

from accounts.models import Country
from pledges.facts import versions_with_facts
from pledges.proposal_content import content_of_version, empty_proposal
from pledges.quality import hints_for_content, hints_for_version, lacking_words, named_and_not
from pledges.tests.factories import make_pledge, money


def named(hints):
    return [hint.criterion.key for hint in hints if hint.is_named]


def test_an_empty_text_names_who():
    assert named(hints_for_content(empty_proposal())) == ["who"]


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"description": "We train."}, "what"),
        ({"host_countries": ["KE"]}, "where"),
        ({"target_value": "12", "target_unit": "schools"}, "how_much"),
        ({"target_year": "2027"}, "by_when"),
        ({"aligned_with": "4, 7"}, "aligned"),
    ],
)
def test_each_answer_names_one_thing(said, key):
    assert named(hints_for_content(empty_proposal(**said))) == ["who", key]


def test_a_number_of_nothing_is_no_target():
    assert named(hints_for_content(empty_proposal(target_value="12"))) == ["who"]


def test_readers_are_told_neutrally_and_old_pledges_are_not_asked_for_later_recommendations():
    told = named_and_not(hints_for_content(empty_proposal(target_year="2027")))

    assert told == (
        ["who stands behind it", "a year by which"],
        ["what will be done", "a host country", "a target in numbers"],
    )


@pytest.mark.django_db
@pytest.mark.parametrize("is_full", [False, True])
def test_a_version_and_its_text_meet_the_same_criteria(cast, is_full):
    facts = {
        "description": "We train.",
        "target_value": money("12.50"),
        "target_currency": "EUR",
        "target_year": 2027,
        "aligned_with": "4",
    }
    pledge = make_pledge(cast.ngo, **(facts if is_full else {}))
    if is_full:
        pledge.current.host_countries.add(Country.objects.get(code="KE"))
    version = versions_with_facts().select_related("pledge__occasion").get(pledge=pledge)
    hints = hints_for_version(version)

    assert named(hints) == named(hints_for_content(content_of_version(version)))
    assert len(named(hints)) == (6 if is_full else 1)
    assert lacking_words(hints) == ([] if is_full else ["no target in numbers", "no host country", "no year by which"])
