"""Files that come and go with a change."""

import pytest
from django.core.files.storage import default_storage

from foundation.clock import now
from foundation.kept_files import removed_on_failure
from foundation.models import Job

pytestmark = pytest.mark.django_db


def _keep_two(*, fails: bool) -> list[str]:
    names = []
    with removed_on_failure() as keep:
        for content in (b"one", b"two"):
            job = Job(kind="import", requested_at=now())
            keep(job.file, content)
            names.append(job.file.name)
        if fails:
            raise RuntimeError(*names)
    return names


def test_files_stay_with_what_went_well() -> None:
    assert [default_storage.open(name).read() for name in _keep_two(fails=False)] == [b"one", b"two"]


def test_files_go_with_what_failed() -> None:
    with pytest.raises(RuntimeError) as failure:
        _keep_two(fails=True)

    assert len(failure.value.args) == 2
    assert not any(default_storage.exists(name) for name in failure.value.args)
