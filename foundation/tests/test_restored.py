"""Starting paused when the rows stand in another database than before."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import OperationalError, connection

from foundation import outbox, outbox_control, pauses, restored
from foundation.models import HistoryEntry, OutboxControl, OutgoingMail
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
        [oid] = cursor.fetchone()
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        [cluster] = cursor.fetchone()
    assert outbox_control.control().database == f"{cluster}/{oid}/00000001"


def test_the_same_number_in_another_cluster_is_another_database() -> None:
    restored.pause_after_restore(at=AT)
    here = outbox_control.control().database
    OutboxControl.objects.update(database=f"1{here}")
    assert restored.pause_after_restore(at=AT)
    assert pauses.paused() is not None


def test_a_place_from_before_clusters_were_noted_is_taken_as_this_one() -> None:
    restored.pause_after_restore(at=AT)
    here = outbox_control.control().database
    OutboxControl.objects.update(database=here.partition("/")[2])
    assert not restored.pause_after_restore(at=AT)
    assert (outbox_control.control().database, pauses.paused()) == (here, None)


def test_a_pause_that_fails_is_made_by_the_next_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox_control.control()
    OutboxControl.objects.update(database="1/00000001")

    def fail(reason: str, *, at: datetime) -> None:
        raise OperationalError

    with monkeypatch.context() as once:
        once.setattr(pauses, "pause_all_for", fail)
        with pytest.raises(OperationalError):
            restored.pause_after_restore(at=AT)
    assert restored.pause_after_restore(at=AT)
    assert pauses.paused() is not None


def test_a_pause_that_was_there_before_says_so_too() -> None:
    pauses.pause(at=AT, actor=None, reason="A typo.")
    OutboxControl.objects.update(database="1/00000001")
    assert restored.pause_after_restore(at=AT)
    held = pauses.paused()
    assert held is not None
    assert held.reason.startswith("This database was restored or moved.")
    assert held.reason.endswith("A typo.")
    assert [entry.changes["reason"] for entry in HistoryEntry.objects.order_by("pk")] == ["A typo.", held.reason]
