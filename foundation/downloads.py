"""Files of people, given out so that no browser runs anything in them."""

import logging

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpResponseBase

log = logging.getLogger(__name__)


def download(stored: FieldFile, *, name: str, content_type: str, row: object) -> HttpResponseBase:
    """The file, to be saved under ``name``, and to be kept by nobody else. Raises Http404 when it is not there.

    ``content_type`` is the one that its content was found to have; ``row`` names the file for the log.
    """
    try:
        file = stored.open("rb")
    except FileNotFoundError as error:
        # A database that was restored without the files is no reason to fail otherwise.
        log.error("the file of %s is not there", row)  # noqa: TRY400 -- the trace adds nothing
        raise Http404 from error
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    # What was withdrawn must not live on in a proxy or on a shared computer.
    response["Cache-Control"] = "private, no-store"
    return response
