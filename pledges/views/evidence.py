"""An evidence file, to be saved by those who may see it."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe

from accounts.middleware import acts_as_staff
from foundation.downloads import download
from foundation.http import PortalRequest
from pledges.evidence_access import get_file, is_public, require_reader
from pledges.models import EvidenceFile


@require_safe
def evidence(request: PortalRequest, uuid: UUID) -> HttpResponseBase:
    """The file; 404 for whoever may not see what it belongs to, so that nobody learns that it exists."""
    found = get_file(uuid)
    if is_public(found, at=request.at):
        return _to_be_asked_for_again(request, found)
    require_reader(found, request.user, at=request.at, acts_as_staff=acts_as_staff(request))
    return _file_of(found)


def _to_be_asked_for_again(request: PortalRequest, found: EvidenceFile) -> HttpResponseBase:
    """What is public may be kept, but not used without asking: it may have been withdrawn meanwhile."""
    etag = quote_etag(found.sha256)
    unchanged: HttpResponse | None = get_conditional_response(request, etag=etag)
    response = _file_of(found) if unchanged is None else unchanged
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    return response


def _file_of(found: EvidenceFile) -> HttpResponseBase:
    return download(found.file, name=found.file_name, content_type=found.content_type, row=f"evidence {found.uuid}")
