"""What the tests lean on themselves."""

import pytest

from accounts.models import Country
from events.models import Cycle
from pledges.models import Theme

NUMBERS = {"countries": 195, "cycles": 5, "themes": 12}


def _numbers() -> dict[str, int]:
    return {
        "countries": Country.objects.count(),
        "cycles": Cycle.objects.count(),
        "themes": Theme.objects.count(),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_migrated_rows_survive_a_transactional_test(time: str) -> None:
    assert _numbers() == NUMBERS


@pytest.mark.django_db
def test_migrated_rows_are_there_in_an_ordinary_test() -> None:
    assert _numbers() == NUMBERS
