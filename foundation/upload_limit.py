"""Refuses what is far too large before a byte of it is kept.

Django counts the fields of a request, not its files: without this, anybody could fill the disk with one.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class WholeRequestHandler(FileUploadHandler):
    """First of ``settings.FILE_UPLOAD_HANDLERS``; looks at the announced size and leaves the files to the others."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, Any],  # noqa: N803 -- Django passes it by this name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        """Raises RequestDataTooBig, which is answered with 400, for more than ``settings.REQUEST_MOST_BYTES``."""
        if content_length > settings.REQUEST_MOST_BYTES:
            raise RequestDataTooBig(f"A request of {content_length} bytes with files")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Passes on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Keeps nothing."""
