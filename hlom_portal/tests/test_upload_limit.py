"""Requests that are far too large are refused before anything of them is kept."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest

from pledges.models import ProgressUpdate

pytestmark = pytest.mark.django_db


def send(client, pledge, size):
    file = SimpleUploadedFile("report.pdf", b"%PDF-1.4\n" + b"x" * size)
    fields = {"action": "attach", "revision": "0", "narrative": "Four schools.", "language": "en", "evidence": file}
    return client.post(f"/my/pledges/{pledge.reference}/update/", fields)


def test_what_is_somewhat_too_large_is_told_by_the_form_with_the_text_still_there(cast, log_in, settings):
    settings.EVIDENCE_MOST_BYTES, settings.REQUEST_MOST_BYTES = 1024 * 1024, 3 * 1024 * 1024
    response = send(log_in(cast.focal_point), cast.pledge, 2 * 1024 * 1024)
    html = response.content.decode()
    assert response.status_code == 422
    assert "The file is larger than 1 MB." in html
    assert "Four schools." in html


def test_what_is_far_too_large_is_refused_before_a_part_of_it_is_read(cast, log_in, settings, monkeypatch):
    settings.REQUEST_MOST_BYTES = 1024 * 1024
    client, read = log_in(cast.focal_point), []
    plain = HttpRequest.read
    monkeypatch.setattr(HttpRequest, "read", lambda self, *size: read.append(1) or plain(self, *size))
    response = send(client, cast.pledge, 1024 * 1024)
    assert (response.status_code, read) == (400, [])
    assert not ProgressUpdate.objects.exists()


def test_without_the_handler_it_would_be_read(cast, log_in, settings, monkeypatch):
    settings.REQUEST_MOST_BYTES = 1024 * 1024
    settings.FILE_UPLOAD_HANDLERS = settings.FILE_UPLOAD_HANDLERS[1:]
    client, read = log_in(cast.focal_point), []
    plain = HttpRequest.read
    monkeypatch.setattr(HttpRequest, "read", lambda self, *size: read.append(1) or plain(self, *size))
    assert send(client, cast.pledge, 1024 * 1024).status_code == 422
    assert read
