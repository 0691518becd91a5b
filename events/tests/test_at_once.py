"""Two who do the same at the same moment, on a database with real row locks."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from events.document_workflow import save_document
from events.duplicating import duplicate_roadmap
from events.facts import values_of
from events.loading import load_roadmap
from events.models import Cycle, Document, Event
from events.tests.factories import make_cycle, make_event
from events.tests.programme_factories import PDF, make_document
from events.tests.test_admin_events import form
from events.tests.test_dates import ROADMAP
from events.workflow import make_current, publish_events, save_event
from foundation.models import HistoryEntry

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Runs all from one starting line, each on a connection of its own; their results."""
    line = Barrier(len(acts))

    def run(act):
        try:
            line.wait(timeout=10)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_file_loaded_twice_at_once_is_loaded_once():
    cycle = make_cycle("meeting-2021")

    def load():
        report = load_roadmap(ROADMAP.read_bytes(), cycle=cycle, at=AT, actor=None, update=False, publish=True)
        return len(report.new), report.unchanged

    assert sorted(at_once(load, load)) == [(0, 15), (15, 0)]
    assert cycle.events.count() == 15


def test_same_titles_at_once_get_two_addresses():
    cycles = [make_cycle(), make_cycle(), make_cycle()]

    def create(cycle):
        event = Event(cycle=cycle, title="Briefing", kind="briefing", precision="unknown")
        return lambda: save_event(at=AT, actor=None, event=event)

    at_once(*(create(cycle) for cycle in cycles))

    assert sorted(Event.objects.values_list("slug", flat=True)) == ["briefing", "briefing-2", "briefing-3"]


def test_event_published_twice_at_once_is_published_once():
    events = [make_event(make_cycle(), published_at=None), make_event(make_cycle(), published_at=None)]

    counts = at_once(
        lambda: publish_events(at=AT, actor=None, events=events),
        lambda: publish_events(at=AT, actor=None, events=reversed(events)),
    )

    assert sorted(counts) == [0, 2]
    assert HistoryEntry.objects.filter(verb="event.published").count() == 2


def test_two_editors_at_once_and_the_second_is_told(cast, log_in):
    event = make_event(make_cycle(), title="Briefing")

    def edit(editor, place):
        client, data = log_in(editor), form(event, cycle=event.cycle_id, place=place, only_corrects="on")
        return lambda: client.post(f"/admin/events/event/{event.pk}/change/", data).status_code

    statuses = at_once(edit(cast.editor, "Bern"), edit(cast.superuser, "Geneva"))

    event.refresh_from_db()
    saved = values_of(event.changes.get().new)["place"]
    assert (sorted(statuses), event.sequence, saved) == (
        [200, 302],
        1,
        event.place,
    )


def test_one_cycle_is_current_whoever_was_first():
    cycles = [make_cycle(), make_cycle()]

    at_once(*((lambda cycle=cycle: make_current(cycle=cycle)) for cycle in cycles))

    assert Cycle.objects.filter(is_current=True).count() == 1


def test_roadmap_duplicated_twice_at_once_is_there_once():
    source, target = make_cycle(), make_cycle()
    make_event(source, title="Briefing")

    def duplicate():
        try:
            return len(duplicate_roadmap(at=AT, actor=None, source=source, target=target, years=2))
        except ValidationError as refused:
            return refused.messages[0]

    assert sorted(at_once(duplicate, duplicate), key=str) == [
        1,
        "This cycle has a roadmap already. Choose one without rows.",
    ]
    assert target.events.count() == 1


def test_two_files_for_one_document_at_once_leave_one_file(settings, tmp_path):
    on_disk = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"default": on_disk}
    key = make_document(make_cycle(), content=PDF).pk

    def replace(name):
        document = Document.objects.get(pk=key)
        return lambda: save_document(at=AT, actor=None, document=document, upload=BytesIO(PDF), upload_name=name)

    at_once(replace("first.pdf"), replace("second.pdf"))

    kept = Document.objects.get(pk=key)
    assert [str(path) for path in tmp_path.rglob("*") if path.is_file()] == [kept.file.path]
    assert Path(kept.file.path).read_bytes() == PDF
