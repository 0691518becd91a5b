"""Who may fetch an evidence file."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.shortcuts import get_object_or_404

from accounts.models import User
from pledges.access import get_my_pledge
from pledges.evidence import is_in_a_round
from pledges.models import EvidenceFile, ProgressUpdate


def get_file(uuid: UUID) -> EvidenceFile:
    """The file, for whomever: ask below. Raises Http404."""
    return get_object_or_404(EvidenceFile.objects.select_related("update__pledge"), uuid=uuid)


def is_public(found: EvidenceFile, *, at: datetime) -> bool:
    """Whether the accepted round of a published, not withdrawn update of a published pledge names the file."""
    published = ProgressUpdate.objects.accepted_as_of(at).filter(pk=found.update_id).exists()
    return published and found.update.pledge.is_published_by(at) and is_in_a_round(found, accepted_only=True)


def require_reader(found: EvidenceFile, user: User | AnonymousUser, *, at: datetime, acts_as_staff: bool) -> None:
    """Lets through the parties of the pledge, and reviewers once a round names the file. Raises Http404 for others.

    ``acts_as_staff``: the person is staff and has shown a second factor in this session.
    """
    if acts_as_staff and user.has_perm("pledges.view_progressupdate") and is_in_a_round(found):
        return
    get_my_pledge(user, found.update.pledge.reference, at=at)
