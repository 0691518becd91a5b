"""Starting paused when the rows stand in another database than before."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import connection

from foundation import outbox, outbox_control, pauses, restored
from foundation.models import OutboxControl, OutgoingMail
from foundation.tests.sink import Sink, smtp_sink
from foundation.tests.test_outbox import put

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
Priority = OutgoingMail.Priority
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with smtp_sink() as started:
        yield started


def states() -> list[str]:
    return list(OutgoingMail.objects.order_by("pk").values_list("state", flat=True))


def test_in_another_database_than_before_the_outbox_is_paused(sink: Sink) -> None:
    put("a", priority=Priority.CAMPAIGN)
    outbox.drain_all(at=AT)
    put("b", priority=Priority.CAMPAIGN)
    OutboxControl.objects.update(database="1/00000001")

    outbox.drain_all(at=AT)

    row = pauses.paused()
    assert row is not None
    assert "restored or moved" in row.reason
    assert (sink.recipients, states()) == (["a@example.org"], ["sent", "due"])
    # It is told once: whoever resumes is not stopped again.
    pauses.resume(at=AT, actor=None)
    outbox.drain_all(at=AT)
    assert sink.recipients == ["a@example.org", "b@example.org"]


def test_the_same_database_is_recognized() -> None:
    assert not restored.pause_after_restore(at=AT)
    assert not restored.pause_after_restore(at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        assert outbox_control.control().database == f"{cursor.fetchone()[0]}/00000001"
