"""Very many focal points who are due to be reminded, inserted in bulk."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Membership, Stakeholder, User
from pledges.models import Pledge, PledgeParty, PledgeVersion
from pledges.tests.factories import get_cycle, make_rule, make_window

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def make_many_people_due_now(count: int) -> int:
    """A window that opened yesterday in Geneva; one stakeholder, pledge and focal point for each of ``count``."""
    yesterday = datetime.now(tz=ZoneInfo("Europe/Zurich")).date() - timedelta(days=1)
    make_rule(make_window(yesterday, yesterday + timedelta(days=30), activated_at=timezone.now() - timedelta(days=9)))
    occasion, numbers = get_cycle("grf-2019"), range(count)
    people = User.objects.bulk_create([User(email=f"person-{number}@example.org") for number in numbers], 2000)
    stakeholders = Stakeholder.objects.bulk_create(
        [Stakeholder(slug=f"speed-{number}", name=f"Stakeholder {number}", kind="state") for number in numbers], 2000
    )
    Membership.objects.bulk_create(
        [
            Membership(user=user, stakeholder=stakeholder, role="focal-point", begins_at=LONG_AGO)
            for user, stakeholder in zip(people, stakeholders, strict=True)
        ],
        2000,
    )
    pledges = Pledge.objects.bulk_create(
        [Pledge(reference=f"SPD-{number}", occasion=occasion, published_at=LONG_AGO) for number in numbers], 2000
    )
    versions = PledgeVersion.objects.bulk_create(
        [PledgeVersion(pledge=pledge, number=1, valid_from=LONG_AGO, title="Schools") for pledge in pledges], 2000
    )
    PledgeParty.objects.bulk_create(
        [
            PledgeParty(version=version, stakeholder=stakeholder, role="lead")
            for version, stakeholder in zip(versions, stakeholders, strict=True)
        ],
        2000,
    )
    return count
