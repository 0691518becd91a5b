"""Sessions and documents by one verb each."""

from datetime import UTC, date, datetime, time
from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from events.document_workflow import (
    delete_unpublished_document,
    publish_documents,
    save_document,
    withdraw_documents,
)
from events.models import Document, Session
from events.programme_workflow import (
    delete_unpublished_session,
    publish_sessions,
    save_session,
    speakers_of,
    withdraw_sessions,
)
from events.tests.factories import make_cycle, make_event
from events.tests.programme_factories import PDF, make_document, make_session
from foundation import history
from foundation.stamps import current_stamp

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)


@pytest.fixture
def event():
    return make_event(starts_on=date(2021, 12, 14), ends_before=date(2021, 12, 16))


def verbs(row):
    return [entry.verb for entry in history.of(row)]


def save(session, speakers=None):
    return save_session(at=AT, actor=None, session=session, speakers=speakers)


def test_a_new_session_is_private_and_has_its_speakers_in_order(event, cast):
    session = Session(event=event, title="Opening", day=event.starts_on, start_time=time(9), end_time=time(10))

    save_session(at=AT, actor=cast.editor, session=session, speakers=[("Bo", "Chair"), ("Ana", "")])

    stored = Session.objects.get()
    assert (stored.published_at, stored.sequence, stored.updated_at) == (None, 0, AT)
    assert speakers_of(stored) == [("Bo", "Chair"), ("Ana", "")]
    assert [(entry.verb, entry.actor) for entry in history.of(stored)] == [("session.created", cast.editor)]


@pytest.mark.parametrize(
    ("field", "value", "sequence"),
    [
        ("day", date(2021, 12, 15), 1),
        ("start_time", time(9, 30), 1),
        ("end_time", time(12), 1),
        ("room", "Room XX", 1),
        ("link", "https://meeting.example/", 1),
        ("title", "Closing", 0),
        ("spoken_languages", "French", 0),
    ],
)
def test_the_sequence_rises_with_what_calendars_act_on(event, field, value, sequence):
    session = make_session(event)
    before = current_stamp("calendar")
    setattr(session, field, value)

    differences = save(session)

    stored = Session.objects.get()
    assert (set(differences), stored.sequence, getattr(stored, field)) == ({field}, sequence, value)
    assert (stored.updated_at, current_stamp("calendar")) == (AT, before + 1)


def test_saving_the_same_again_writes_nothing(event):
    session = make_session(event, speakers=[("Ana", "Chair")])
    before = (verbs(session), current_stamp("calendar"), Session.objects.get().updated_at)

    assert save(session, speakers=[("Ana", "Chair")]) == {}
    assert (verbs(session), current_stamp("calendar"), Session.objects.get().updated_at) == before


def test_other_speakers_are_a_change_without_a_revision(event):
    session = make_session(event, speakers=[("Ana", "Chair")])

    save(session, speakers=[("Bo", ""), ("Ana", "Chair")])

    assert speakers_of(Session.objects.get()) == [("Bo", ""), ("Ana", "Chair")]
    assert Session.objects.get().sequence == 0
    assert history.of(session).first().changes == {"speakers": ["Ana (Chair)", "Bo; Ana (Chair)"]}


def test_a_session_that_was_public_stays_with_its_event(event):
    session = make_session(event, published_at=None)
    publish_sessions(at=AT, actor=None, sessions=[session])
    withdraw_sessions(at=AT, actor=None, sessions=[session])
    session.event = make_event()

    with pytest.raises(ValidationError):
        save(session)


def test_publishing_twice_counts_once(event):
    rows = [make_session(event, published_at=None), make_session(event)]
    before = current_stamp("calendar")

    assert [publish_sessions(at=AT, actor=None, sessions=rows) for _ in range(2)] == [1, 0]
    assert current_stamp("calendar") == before + 1
    assert withdraw_sessions(at=AT, actor=None, sessions=rows) == 2
    assert verbs(rows[0]) == ["session.withdrawn", "session.published", "session.created"]
    assert publish_sessions(at=AT, actor=None, sessions=[]) == 0


def test_only_what_was_never_public_is_deleted(event):
    draft, public = make_session(event, published_at=None), make_session(event)

    delete_unpublished_session(at=AT, actor=None, session=draft)

    assert list(Session.objects.all()) == [public]
    with pytest.raises(ValidationError):
        delete_unpublished_session(at=AT, actor=None, session=public)


def test_a_session_with_documents_is_not_deleted(event):
    session = make_session(event, published_at=None)
    make_document(event.cycle, event=event, session=session)

    with pytest.raises(ValidationError, match="documents"):
        delete_unpublished_session(at=AT, actor=None, session=session)


@pytest.mark.parametrize(("start", "end"), [(time(10), time(10)), (time(11), time(10))])
def test_the_database_refuses_a_session_that_ends_before_it_begins(event, start, end):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_session(event, start_time=start, end_time=end)


def test_hours_that_the_clocks_pass_over_are_refused():
    event = make_event(starts_on=date(2021, 3, 28), ends_before=date(2021, 3, 29))
    session = Session(event=event, title="Night", day=date(2021, 3, 28), start_time=time(2, 30), end_time=time(4))

    with pytest.raises(ValidationError) as refused:
        session.clean()

    assert list(refused.value.message_dict) == ["start_time"]


def test_a_file_is_kept_under_a_name_that_tells_nothing(event):
    document = make_document(event.cycle, content=PDF, upload_name="Secret plan.pdf", published_at=None)

    assert (document.file_name, document.content_type, document.size) == (
        "secret-plan.pdf",
        "application/pdf",
        len(PDF),
    )
    assert "plan" not in document.file.name
    assert document.file.name.startswith(f"documents/{document.uuid}/")
    assert document.file.open("rb").read() == PDF


def test_a_new_file_takes_the_place_of_the_old(event, django_capture_on_commit_callbacks):
    document = make_document(event.cycle, content=PDF)
    storage, old = document.file.storage, document.file.name

    with django_capture_on_commit_callbacks(execute=True):
        save_document(at=AT, actor=None, document=document, upload=BytesIO(PDF + b"%%EOF"), upload_name="b.pdf")

    assert (storage.exists(old), storage.exists(document.file.name)) == (False, True)
    assert (document.file_name, document.published_at is not None) == ("b.pdf", True)


def test_a_link_takes_the_place_of_a_file_and_a_file_that_of_a_link(event, django_capture_on_commit_callbacks):
    document = make_document(event.cycle, content=PDF)
    storage, old = document.file.storage, document.file.name
    document.url = "https://documents.example/a"
    with django_capture_on_commit_callbacks(execute=True):
        save_document(at=AT, actor=None, document=document)
    assert (storage.exists(old), Document.objects.get().file.name, document.size) == (False, "", 0)

    save_document(at=AT, actor=None, document=document, upload=BytesIO(PDF), upload_name="a.pdf")

    assert (Document.objects.get().url, Document.objects.get().file_name) == ("", "a.pdf")


def test_a_refused_file_changes_nothing(event):
    document = make_document(event.cycle, content=PDF)

    with pytest.raises(ValidationError) as refused:
        save_document(at=AT, actor=None, document=document, upload=BytesIO(b"<html>"), upload_name="a.pdf")

    assert list(refused.value.message_dict) == ["upload"]
    assert Document.objects.get().file.open("rb").read() == PDF


def test_a_file_of_a_row_that_cannot_be_saved_goes_again(event):
    document = Document(cycle=event.cycle, title="x", kind="agenda")

    document.title = None
    with pytest.raises(IntegrityError), transaction.atomic():
        save_document(at=AT, actor=None, document=document, upload=BytesIO(PDF), upload_name="a.pdf")

    assert not document.file.storage.exists(document.file.name)


def test_what_a_document_belongs_to_must_fit_together(event):
    other = make_event(make_cycle())

    with pytest.raises(ValidationError, match="another event"):
        make_document(event.cycle, event=event, session=make_session(other))
    with pytest.raises(ValidationError, match="another cycle"):
        make_document(event.cycle, event=other)


def test_documents_are_published_and_withdrawn(event, django_capture_on_commit_callbacks):
    document = make_document(event.cycle, content=PDF, published_at=None)

    assert [publish_documents(at=AT, actor=None, documents=[document]) for _ in range(2)] == [1, 0]
    with pytest.raises(ValidationError):
        delete_unpublished_document(at=AT, actor=None, document=document)
    assert withdraw_documents(at=AT, actor=None, documents=[document]) == 1
    assert verbs(document) == ["document.withdrawn", "document.published", "document.created"]


def test_a_deleted_draft_takes_its_file_with_it(event, django_capture_on_commit_callbacks):
    document = make_document(event.cycle, content=PDF, published_at=None)
    storage, name = document.file.storage, document.file.name

    with django_capture_on_commit_callbacks(execute=True):
        delete_unpublished_document(at=AT, actor=None, document=document)

    assert (Document.objects.count(), storage.exists(name)) == (0, False)
