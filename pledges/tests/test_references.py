"""The next free reference of a new pledge."""

import pytest

from events.tests.factories import get_cycle
from pledges.models import Pledge
from pledges.references import next_reference

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([], "GRF-001"),
        (["PUB-007"], "PUB-008"),
        (["PUB-999"], "PUB-1000"),
        (["PUB-0001", "PUB-999"], "PUB-0002"),
        (["GRF-0042", "PUB-0009", "GRF-0041"], "GRF-0043"),
    ],
)
def test_it_goes_on_where_the_occasion_stopped(taken, free):
    for reference in taken:
        Pledge.objects.create(reference=reference, occasion=get_cycle("grf-2023"))

    assert next_reference(get_cycle("grf-2023")) == free


def test_a_prefix_of_another_occasion_goes_on_too():
    Pledge.objects.create(reference="GRF-012", occasion=get_cycle("grf-2019"))

    assert next_reference(get_cycle("grf-2023")) == "GRF-013"


def test_samples_have_their_own():
    Pledge.objects.create(reference="SMP-008", occasion=get_cycle("grf-2019"), is_sample=True)

    assert next_reference(get_cycle("grf-2019"), is_sample=True) == "SMP-009"
    assert next_reference(get_cycle("grf-2019")) == "GRF-001"
