"""Files without a row."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from foundation.clock import now
from foundation.models import Job
from foundation.stray_files import stray_files

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _real_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }


def store(name: str) -> str:
    return default_storage.save(name, ContentFile(b"content"))


def strays(days: int) -> list[str]:
    return [name for _storage, name in stray_files(at=now() + timedelta(days=days))]


def test_only_old_files_that_no_row_names_are_found() -> None:
    stray, kept = store("documents/a/stray"), store("jobs/kept")
    Job.objects.create(kind="import", requested_at=now(), file=kept)

    assert (strays(0), strays(2)) == ([], [stray])


def test_the_command_names_them_and_removes_them_only_when_told_to(monkeypatch) -> None:
    stray = store("documents/a/stray")
    later = now() + timedelta(days=2)
    monkeypatch.setattr("foundation.management.commands.stray_files.now", lambda: later)
    said = StringIO()

    call_command("stray_files", stdout=said)
    still_there = default_storage.exists(stray)
    call_command("stray_files", "--delete", stdout=said)

    assert still_there
    assert not default_storage.exists(stray)
    assert said.getvalue().splitlines() == [stray, "1 found; --delete removes them.", stray, "1 removed."]
