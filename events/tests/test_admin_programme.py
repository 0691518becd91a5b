"""Sessions and documents in the administration."""

from datetime import date, time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from events.models import Document, Session
from events.programme_workflow import speakers_of
from events.tests.factories import get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.tests.programme_factories import PDF, make_document, make_session
from foundation import history

pytestmark = pytest.mark.django_db
SESSIONS, DOCUMENTS = "/admin/events/session/", "/admin/events/document/"


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.editor)


@pytest.fixture
def event():
    return make_event(title="The meeting", starts_on=date(2021, 12, 14), ends_before=date(2021, 12, 16))


def session_form(event, session=None, **fields):
    data = {
        "event": event.pk,
        "title": "Opening",
        "description": "",
        "language": "en",
        "day": "2021-12-14",
        "start_time": "10:00",
        "end_time": "11:00",
        "room": "",
        "link": "",
        "speaker_lines": "",
        "spoken_languages": "",
        "recording_url": "",
        "revision": session.updated_at.isoformat() if session else "",
    }
    return data | fields


def document_form(document=None, **fields):
    data = {"title": "Agenda", "kind": "agenda", "language": "en", "url": "", "cycle": "", "event": "", "session": ""}
    return data | {"revision": document.updated_at.isoformat() if document else ""} | fields


def pdf(name="agenda.pdf", content=PDF):
    return SimpleUploadedFile(name, content, content_type="text/html")


def errors(response):
    assert response.status_code == 200
    return texts_of(response.content.decode(), "errorlist")


def said(response):
    return [str(message) for message in response.context["messages"]]


def test_a_session_is_saved_with_its_speakers_and_stays_private(staff, cast, event):
    response = staff.post(f"{SESSIONS}add/", session_form(event, speaker_lines=" Ana  Lima | Chair\n\nBo"))

    session = Session.objects.get()
    assert (response.status_code, session.published_at) == (302, None)
    assert speakers_of(session) == [("Ana Lima", "Chair"), ("Bo", "")]
    assert [(entry.verb, entry.actor) for entry in history.of(session)] == [("session.created", cast.editor)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"end_time": "10:00"}, "The end must come after the beginning."),
        ({"day": "2021-03-28", "start_time": "02:30"}, "pass over 02:30"),
        ({"day": "0021-12-14"}, "Years go from 1950 to 2199."),
        ({"day": "9999-12-31", "start_time": "23:30", "end_time": "23:59"}, "Years go from 1950 to 2199."),
        ({"description": "x" * 5001}, "at most 5000 characters"),
        ({"link": "javascript:alert(1)"}, "Enter a valid URL."),
        ({"recording_url": "https://user@evil.example/"}, "begins with https://"),
        ({"speaker_lines": "Ana\nANA | x\nAna"}, "Named twice: Ana."),
        ({"speaker_lines": "| only a function"}, "Line 1"),
        ({"speaker_lines": "x" * 151}, "Line 1"),
        ({"speaker_lines": "\n".join(f"Name {n}" for n in range(41))}, "At most 40"),
        ({"language": '"><script>'}, "language code"),
        ({"title": ""}, "required"),
    ],
)
def test_bad_input_is_told_and_nothing_saved(staff, event, fields, words):
    response = staff.post(f"{SESSIONS}add/", session_form(event, **fields))

    assert words in " ".join(errors(response))
    assert not Session.objects.exists()


def test_clashes_and_odd_days_are_warned_of_and_saved_all_the_same(staff, event):
    make_session(event, title="First", room="Room XVII", speakers=[("Ana Lima", "")])

    response = staff.post(
        f"{SESSIONS}add/",
        session_form(event, start_time="10:30", room="ROOM XVII", speaker_lines="ana lima"),
        follow=True,
    )

    assert said(response)[:2] == [
        "ana lima also speaks in “First”, 10:00–11:00.",
        "The room “ROOM XVII” is also taken by “First”, 10:00–11:00.",
    ]
    outside = staff.post(f"{SESSIONS}add/", session_form(event, day="2021-12-20"), follow=True)
    assert said(outside)[0] == "The day is none of the days of its event."
    assert Session.objects.count() == 3


def test_the_list_tells_and_filters_clashes_within_a_cycle(staff, event):
    make_session(event, title="First", room="A")
    make_session(event, title="Second", room="a", start_time=time(10, 30))
    make_session(event, title="Free", room="B")
    make_session(
        make_event(make_cycle(), starts_on=event.starts_on, ends_before=event.ends_before),
        title="Other cycle",
        room="A",
    )

    html = staff.get(SESSIONS).content.decode()
    filtered = staff.get(SESSIONS, {"clashes": "yes"}).content.decode()

    assert [words for words in texts_of(html, "field-clash_words") if words != "-"] == [
        "The room “A” is also taken by “Second”, 10:30–11:00.",
        "The room “a” is also taken by “First”, 10:00–11:00.",
    ]
    assert texts_of(filtered, "field-title") == ["First", "Second"]


def test_two_people_in_one_form_overwrite_nothing(staff, event):
    session = make_session(event, title="Before")
    stale = session_form(event, session, title="Mine", room="B")
    staff.post(f"{SESSIONS}{session.pk}/change/", session_form(event, session, title="Theirs"))

    refused = staff.post(f"{SESSIONS}{session.pk}/change/", stale)

    assert "Title is now “Theirs”" in refused.content.decode()
    assert 'value="Mine"' in refused.content.decode()
    session.refresh_from_db()
    again = staff.post(f"{SESSIONS}{session.pk}/change/", session_form(event, session, title="Mine"))
    assert (again.status_code, Session.objects.get().title) == (302, "Mine")


def test_publish_and_withdraw_from_the_list(staff, event):
    session = make_session(event, published_at=None)

    for action, public in (("publish", True), ("publish", True), ("withdraw", False)):
        staff.post(SESSIONS, {"action": action, "_selected_action": [session.pk]})
        assert (Session.objects.get().published_at is not None) is public

    assert [entry.verb for entry in history.of(session)][:2] == ["session.withdrawn", "session.published"]


def test_only_drafts_are_deleted(staff, event):
    draft, public = make_session(event, published_at=None), make_session(event)

    statuses = [staff.post(f"{SESSIONS}{row.pk}/delete/", {"post": "yes"}).status_code for row in (draft, public)]

    assert (statuses, list(Session.objects.all())) == ([302, 403], [public])


def test_the_event_shows_its_sessions_and_documents_with_ways_to_add_more(staff, event):
    session = make_session(event, title="A listed session", published_at=None)
    make_document(event.cycle, event=event, title="A listed paper")

    html = staff.get(f"/admin/events/event/{event.pk}/change/").content.decode()

    assert [text in html for text in ("A listed session", "A listed paper")] == [True, True]
    assert f'href="/admin/events/session/{session.pk}/change/"' in html
    assert f'href="/admin/events/session/add/?event={event.pk}"' in html
    assert f'href="/admin/events/document/add/?event={event.pk}"' in html


def test_a_document_added_from_a_session_knows_where_it_belongs(staff, event):
    session = make_session(event)

    initial = staff.get(f"{DOCUMENTS}add/", {"session": session.pk}).context["adminform"].form.initial
    odd = staff.get(f"{DOCUMENTS}add/", {"session": "no number", "event": "9" * 30})

    assert (initial["event"], initial["cycle"]) == (event.pk, event.cycle_id)
    assert odd.status_code == 200


def test_a_file_is_taken_by_what_it_holds(staff, event):
    response = staff.post(f"{DOCUMENTS}add/", document_form(event=event.pk, upload=pdf("../Plan.exe")))

    document = Document.objects.get()
    assert (response.status_code, document.published_at, document.cycle) == (302, None, event.cycle)
    assert (document.file_name, document.content_type, document.event) == ("plan.pdf", "application/pdf", event)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"upload": pdf(content=b"<html><script>")}, "Only PDF, Word (docx)"),
        ({"upload": pdf(content=b"<svg onload='x'/>")}, "Only PDF, Word (docx)"),
        ({"upload": pdf(content=b"")}, "empty"),
        ({"upload": pdf(), "url": "https://documents.example/"}, "not both"),
        ({}, "Choose a file, or write a link above."),
        ({"url": "ftp://documents.example/a"}, "https://"),
        ({"url": "https://documents.example/", "cycle": ""}, "Choose the cycle"),
    ],
)
def test_bad_documents_are_told_and_nothing_saved(staff, fields, words):
    response = staff.post(f"{DOCUMENTS}add/", document_form(**({"cycle": get_cycle().pk} | fields)))

    assert words in " ".join(errors(response))
    assert not Document.objects.exists()


def test_a_file_that_is_too_large_is_refused(staff, settings):
    settings.DOCUMENT_MOST_BYTES = 1024 * 1024
    large = pdf(content=PDF[:-7] + bytes(1024 * 1024) + b"%%EOF\n")

    response = staff.post(f"{DOCUMENTS}add/", document_form(cycle=get_cycle().pk, upload=large))

    assert errors(response) == ["The file is larger than 1 MB."]


def test_what_a_document_belongs_to_must_fit_together(staff, event):
    session = make_session(make_event())
    fields = {"url": "https://documents.example/", "cycle": make_cycle().pk, "event": event.pk, "session": session.pk}

    response = staff.post(f"{DOCUMENTS}add/", document_form(**fields))

    assert errors(response) == ["The event belongs to another cycle.", "The session belongs to another event."]


def test_a_saved_document_keeps_its_file_when_only_the_title_changes(staff, event):
    document = make_document(event.cycle, content=PDF)

    response = staff.post(
        f"{DOCUMENTS}{document.pk}/change/", document_form(document, cycle=event.cycle_id, title="New title")
    )

    stored = Document.objects.get()
    assert (response.status_code, stored.title, stored.file.name) == (302, "New title", document.file.name)


def test_the_preview_shows_what_is_not_public(staff, event, log_in, cast, client):
    make_session(event, title="A draft session", published_at=None)
    make_document(event.cycle, event=event, title="A draft paper", content=PDF, published_at=None)
    address = f"/admin/events/session/programme/{event.pk}/preview/"

    html = staff.get(address).content.decode()

    assert [text in html for text in ("A draft session", "A draft paper", "not public")] == [True] * 3
    assert [log_in(person).get(address).status_code for person in (cast.reviewer, cast.focal_point)] == [200, 403]
    assert client.get(address).status_code == 302


def test_reviewers_read_and_change_nothing(log_in, cast, event):
    reviewer, session = log_in(cast.reviewer), make_session(event)

    assert reviewer.get(f"{SESSIONS}{session.pk}/change/").status_code == 200
    assert reviewer.post(f"{SESSIONS}{session.pk}/change/", session_form(event, session)).status_code == 403
    assert reviewer.get(f"{DOCUMENTS}add/").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_any_number_of_rows(staff, django_assert_num_queries, event, count):
    for _ in range(count):
        session = make_session(make_event(event.cycle), room="A", speakers=[("Ana", "")])
        make_document(event.cycle, event=session.event, session=session)

    with django_assert_num_queries(13):
        staff.get(SESSIONS)
    with django_assert_num_queries(9):
        staff.get(DOCUMENTS)
