"""Sample findings for trying the portal. Every text says that it is a sample, and none names an event."""

from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction

from pledges.models import Pledge, Theme
from stocktaking.models import Finding

_KIND = Finding.Kind


class Sample(NamedTuple):
    """One finding; ``pledges`` are references of sample pledges."""

    kind: str
    theme: str
    text: str
    language: str = "en"
    pledges: tuple[str, ...] = ()


SAMPLES = [
    Sample(_KIND.PROGRESS, "education", "Sample finding: more schools opened than were planned.", pledges=("SMP-001",)),
    Sample(_KIND.CHALLENGE, "education", "Sample finding: teachers for the second year are hard to find."),
    Sample(_KIND.OPPORTUNITY, "jobs-and-livelihoods", "Sample finding: local firms offer to share their training."),
    Sample(_KIND.RECOMMENDATION, "climate", "Sample finding: plan wells and solar pumps together."),
    Sample(_KIND.AREA_NEEDING_SUPPORT, "data", "Sample finding: two regions have no figures yet."),
    Sample(_KIND.CHALLENGE, "solutions", "Exemple de constat : les délais restent longs.", language="fr"),
]


@transaction.atomic
def load_sample_findings(*, at: datetime) -> int:
    """Adds, published at ``at``, the samples that are not here yet; how many. The others stay as they are."""
    return sum(_add(number, sample, at=at) for number, sample in enumerate(SAMPLES))


def _add(number: int, sample: Sample, *, at: datetime) -> bool:
    finding, is_new = Finding.objects.get_or_create(
        uuid=uuid5(NAMESPACE_URL, f"hlom-portal/sample-finding/{number}"),
        defaults={
            "kind": sample.kind,
            "theme": Theme.objects.get(slug=sample.theme),
            "text": sample.text,
            "language": sample.language,
            "is_sample": True,
            "published_at": at,
        },
    )
    if is_new:
        finding.pledges.set(Pledge.objects.filter(reference__in=sample.pledges, is_sample=True))
    return is_new
