"""The countries that every copy of the portal begins with."""

from collections import Counter

import pytest

from accounts.models import Country

pytestmark = pytest.mark.django_db
# Those that the public pledges of 2019 and the roadmap's hosts name.
NAMED = ["AL", "AO", "BD", "BI", "CH", "CO", "DK", "GB", "IN", "JP", "KE", "KR", "NL", "RW", "US"]


def test_there_are_193_members_and_two_observers():
    codes = list(Country.objects.values_list("code", flat=True))

    assert len(codes) == 195
    assert len(set(codes)) == 195


def test_every_country_that_pledges_name_is_there():
    assert list(Country.objects.filter(code__in=NAMED).order_by("code").values_list("code", flat=True)) == NAMED


def test_names_and_regions_are_those_of_the_united_nations():
    said = {c.code: (c.name, c.region) for c in Country.objects.filter(code__in=["KE", "PS", "TR", "VA"])}

    assert said == {
        "KE": ("Kenya", "Eastern Africa"),
        "PS": ("State of Palestine", "Western Asia"),
        "TR": ("Türkiye", "Western Asia"),
        "VA": ("Holy See", "Southern Europe"),
    }


def test_regions_have_as_many_states_as_in_the_m49_scheme():
    assert Counter(Country.objects.values_list("region", flat=True)) == {
        "Northern Africa": 6,
        "Eastern Africa": 18,
        "Middle Africa": 9,
        "Southern Africa": 5,
        "Western Africa": 16,
        "Caribbean": 13,
        "Central America": 8,
        "South America": 12,
        "Northern America": 2,
        "Central Asia": 5,
        "Eastern Asia": 5,
        "South-eastern Asia": 11,
        "Southern Asia": 9,
        "Western Asia": 18,
        "Eastern Europe": 10,
        "Northern Europe": 10,
        "Southern Europe": 15,
        "Western Europe": 9,
        "Australia and New Zealand": 2,
        "Melanesia": 4,
        "Micronesia": 5,
        "Polynesia": 3,
    }
