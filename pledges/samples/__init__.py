"""Sample stakeholders, people and pledges for trying the portal. Every name says that it is a sample."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction

from events.models import Cycle
from pledges.models import Pledge
from pledges.pledge_workflow import create_pledge, publish_pledge
from pledges.samples.matches import offer_sample
from pledges.samples.people import add_people, add_stakeholders
from pledges.samples.pledges import SamplePledge, sample_pledges
from pledges.samples.proposals import propose_sample
from pledges.samples.told import Told

PUBLISHED_AT = datetime(2020, 1, 15, tzinfo=UTC)


@dataclass
class Loaded:
    """How many rows a run added; all zero for the second run."""

    stakeholders: int = 0
    people: int = 0
    pledges: int = 0


@transaction.atomic
def load_samples(*, at: datetime) -> Loaded:
    """Adds what of the samples is not here yet; what somebody did with the others stays as it is."""
    added = Loaded(stakeholders=add_stakeholders(), people=add_people())
    for sample in sample_pledges():
        if not Pledge.objects.filter(reference=sample.reference).exists():
            _add_pledge(sample, at=at)
            added.pledges += 1
    propose_sample()
    offer_sample()
    return added


def _add_pledge(sample: SamplePledge, *, at: datetime) -> None:
    pledge = create_pledge(
        reference=sample.reference,
        occasion=Cycle.objects.get(slug=sample.occasion),
        facts=sample.facts,
        at=at,
        valid_from=PUBLISHED_AT,
        is_sample=True,
        actor=None,
    )
    publish_pledge(pledge=pledge, at=at, since=PUBLISHED_AT, actor=None)
    sample.story(Told(pledge, sample.facts))
