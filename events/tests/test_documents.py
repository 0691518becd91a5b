"""Documents: the page of a meeting's documents, and the address of each file."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from events.document_workflow import withdraw_documents
from events.models import Document
from events.programme_workflow import withdraw_sessions
from events.tests.factories import make_event
from events.tests.pages import texts_of
from events.tests.programme_factories import PDF, make_document, make_session
from events.workflow import withdraw_cycle, withdraw_events

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)
PAGE = "/meetings/hlom-2021/documents/"


@pytest.fixture
def event():
    return make_event(title="The briefing")


def test_a_file_comes_to_be_saved_and_nothing_in_it_can_run(client, event):
    document = make_document(event.cycle, content=PDF, upload_name="The agenda.PDF.html")

    response = client.get(f"/documents/{document.uuid}/")

    assert b"".join(response.streaming_content) == PDF
    assert {name: response[name] for name in ("Content-Type", "Content-Disposition", "Cache-Control")} == {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="the-agenda-pdf.pdf"',
        "Cache-Control": "private, no-store",
    }
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not response.cookies


def test_what_a_document_belongs_to_must_be_public(client, event):
    session = make_session(event)
    hidden = [
        make_document(event.cycle, content=PDF, published_at=None),
        make_document(event.cycle, content=PDF, event=event),
        make_document(event.cycle, content=PDF, event=event, session=session),
    ]
    withdraw_sessions(at=AT, actor=None, sessions=[session])
    assert _statuses(client, hidden) == [404, 200, 404]

    withdraw_events(at=AT, actor=None, events=[event])
    assert _statuses(client, hidden) == [404, 404, 404]


def _statuses(client, documents):
    return [client.get(document.get_absolute_url()).status_code for document in documents]


def test_a_withdrawn_document_is_gone_at_once(client, event):
    documents = [make_document(event.cycle, content=PDF) for _ in range(2)]
    withdraw_documents(at=AT, actor=None, documents=documents[:1])
    assert _statuses(client, documents) == [404, 200]

    withdraw_cycle(cycle=event.cycle)
    assert _statuses(client, documents) == [404, 404]


def test_an_address_that_is_none_is_not_found(client, event, cast, log_in):
    link = make_document(event.cycle)
    draft = make_document(event.cycle, content=PDF, published_at=None)

    for person in (client, log_in(cast.superuser), log_in(cast.focal_point)):
        assert person.get(f"/documents/{uuid4()}/").status_code == 404
        assert person.get(f"/documents/{link.uuid}/").status_code == 404
        assert person.get(f"/documents/{draft.uuid}/").status_code == 404
    assert client.get("/documents/../../etc/passwd").status_code == 404
    assert client.post(f"/documents/{draft.uuid}/").status_code == 405


def test_a_file_that_is_lost_is_not_found(client, event, caplog):
    document = make_document(event.cycle, content=PDF)
    document.file.storage.delete(document.file.name)

    assert client.get(document.get_absolute_url()).status_code == 404
    assert str(document.uuid) in caplog.text


def test_no_address_of_static_or_media_files_leads_to_it(client, event):
    document = make_document(event.cycle, content=PDF)

    for folder in ("", "static/", "media/", "files/"):
        assert client.get(f"/{folder}{document.file.name}").status_code == 404


def test_staff_alone_preview_a_draft(client, event, cast, log_in):
    draft = make_document(event.cycle, content=PDF, published_at=None)
    address = f"/admin/events/document/{draft.pk}/file/"

    statuses = [person.get(address).status_code for person in (client, *map(log_in, (cast.focal_point, cast.reviewer)))]

    assert statuses == [302, 403, 200]


def test_the_page_shelves_documents_of_the_meeting_then_by_event(client, event):
    later = make_event(title="The roundtable", starts_on=date(2021, 11, 2), ends_before=date(2021, 11, 3))
    make_document(event.cycle, event=later, title="Of the roundtable")
    make_document(event.cycle, event=event, title="Of the briefing", language="fr")
    make_document(event.cycle, title="Of the meeting")
    make_document(event.cycle, event=event, title="Hidden draft", published_at=None)

    html = client.get(PAGE).content.decode()

    assert [shelf.split("  ")[0] for shelf in texts_of(html, "document-body")] == [
        "Of the meeting English · on another site",
        "Of the briefing French · on another site",
        "Of the roundtable English · on another site",
    ]
    assert "Hidden draft" not in html


def test_a_page_without_documents_says_so(client):
    assert "No document has been published here yet." in client.get(PAGE).content.decode()
    assert client.get("/meetings/no-such/documents/").status_code == 404
    assert client.post(PAGE).status_code == 405


def test_a_link_that_no_browser_should_follow_is_left_out(client, event):
    make_document(event.cycle, title="Odd one")
    Document.objects.update(url="javascript:alert(1)")

    html = client.get(PAGE).content.decode()

    assert "javascript:" not in html
    assert "Odd one" not in html


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number_of_documents(client, django_assert_num_queries, count):
    for number in range(count):
        event = make_event()
        make_document(event.cycle, event=event, session=make_session(event), title=f"Document {number}")

    with django_assert_num_queries(3):
        assert len(texts_of(client.get(PAGE).content.decode(), "document-body")) == count
