"""A sample pledge that is proposed and waits for review."""

from datetime import UTC, datetime
from uuid import UUID

from accounts.models import Stakeholder, User
from events.models import Cycle
from pledges.models import PledgeProposal
from pledges.proposal_content import empty_proposal
from pledges.samples.people import DOMAIN, NETWORK

_KEY = UUID("5a3b1e00-0000-4000-8000-000000000001")
_SUBMITTED_AT = datetime(2021, 10, 12, 9, tzinfo=UTC)


def propose_sample() -> None:
    """Adds it once; what somebody decided on it stays."""
    content = empty_proposal(
        occasion="grf-2023",
        title="Sample pledge, proposed: first jobs for young mechanics",
        description="A sample: 300 young people learn to mend bicycles and water pumps, half of them women.",
        expected_impact="A sample: young people earn their own living.",
        partners=["Sample Partner Foundation", "12 sample workshops"],
        themes=["jobs-and-livelihoods"],
        contribution_types=["technical"],
        objectives=["self-reliance"],
        target_value="300",
        target_unit="young people",
        aligned_with="4, 7",
        is_additional="yes",
        refugees_consulted="A sample: two meetings.",
    )
    person = User.objects.get(email=f"focal.point@{DOMAIN}")
    PledgeProposal.objects.get_or_create(
        uuid=_KEY,
        defaults={
            "stakeholder": Stakeholder.objects.get(slug=NETWORK),
            "occasion": Cycle.objects.get(slug="grf-2023"),
            "content": content,
            "sent": content,
            "state": PledgeProposal.State.SUBMITTED,
            "saved_at": _SUBMITTED_AT,
            "saved_by": person,
            "submitted_at": _SUBMITTED_AT,
            "submitted_by": person,
        },
    )
