"""A sample offer of support to a policy pledge, which waits for an answer."""

from datetime import UTC, datetime
from uuid import UUID

from accounts.models import Stakeholder, User
from pledges.models import Pledge, PledgeMatch
from pledges.samples.people import DOMAIN, TRUST

_KEY = UUID("5a3b1e00-0000-4000-8000-000000000002")
_OFFERED_AT = datetime(2021, 10, 14, 9, tzinfo=UTC)
_ASKS = "SMP-006"


def offer_sample() -> None:
    """Adds it once, and only where the sample pledge asks; what somebody answered stays."""
    pledge = Pledge.objects.get(reference=_ASKS)
    if not pledge.current.support_asked:
        return
    PledgeMatch.objects.get_or_create(
        uuid=_KEY,
        defaults={
            "pledge": pledge,
            "stakeholder": Stakeholder.objects.get(slug=TRUST),
            "text": "Sample text: we could pay for two mobile offices for a year.",
            "offered_at": _OFFERED_AT,
            "offered_by": User.objects.get(email=f"partner@{DOMAIN}"),
        },
    )
