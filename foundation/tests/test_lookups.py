"""Rows looked up by several numbers, some of which no row can have."""

import pytest

from accounts.models import Stakeholder

pytestmark = pytest.mark.django_db
LARGEST = 2**63 - 1


@pytest.mark.parametrize("impossible", [LARGEST + 1, -(2**63) - 1, 10**40, str(LARGEST + 1)])
def test_numbers_too_large_for_the_database_are_no_row_s(cast, impossible):
    found = Stakeholder.objects.filter(pk__in=[cast.ngo.pk, impossible, LARGEST, -(2**63)])

    assert list(found) == [cast.ngo]
    assert list(Stakeholder.objects.filter(pk__in=[impossible])) == []
    assert cast.ngo in Stakeholder.objects.exclude(pk__in=[impossible])


def test_rows_of_another_query_are_looked_up_as_ever(cast):
    names = Stakeholder.objects.filter(name=cast.ngo.name)

    assert list(Stakeholder.objects.filter(pk__in=names.values("pk"))) == [cast.ngo]
    assert list(Stakeholder.objects.filter(pk__in=[str(cast.ngo.pk), None])) == [cast.ngo]
