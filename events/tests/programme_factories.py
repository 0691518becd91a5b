"""Programmes, documents and pages of a meeting for tests."""

from datetime import UTC, date, datetime, time
from io import BytesIO
from itertools import count
from typing import Any

from events.document_workflow import save_document
from events.models import Cycle, Document, Event, MeetingText, Question, QuestionGroup, Session
from events.programme_workflow import save_session
from events.tests.factories import LONG_AGO

_numbers = count(1)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)


def make_session(event: Event, *, speakers: Any = (), **fields: Any) -> Session:
    """A published session on the event's first day from 10:00 to 11:00 unless said otherwise."""
    published_at = fields.pop("published_at", LONG_AGO)
    defaults = {
        "title": f"Session {next(_numbers)}",
        "day": event.starts_on or date(2021, 7, 8),
        "start_time": time(10),
        "end_time": time(11),
    }
    session = Session(event=event, **(defaults | fields))
    save_session(at=LONG_AGO, actor=None, session=session, speakers=speakers)
    Session.objects.filter(pk=session.pk).update(published_at=published_at)
    session.published_at = published_at
    return session


def make_document(cycle: Cycle, *, content: bytes | None = None, **fields: Any) -> Document:
    """A published link unless content is given, which makes it a file."""
    published_at = fields.pop("published_at", LONG_AGO)
    name = fields.pop("upload_name", "agenda.pdf")
    defaults = {"title": f"Document {next(_numbers)}", "kind": Document.Kind.AGENDA}
    if content is None:
        defaults["url"] = "https://documents.example/agenda"
    document = Document(cycle=cycle, **(defaults | fields))
    upload = BytesIO(content) if content is not None else None
    save_document(at=LONG_AGO, actor=None, document=document, upload=upload, upload_name=name)
    Document.objects.filter(pk=document.pk).update(published_at=published_at)
    document.published_at = published_at
    return document


def make_text(cycle: Cycle, part: str = MeetingText.Part.PURPOSE, **fields: Any) -> MeetingText:
    """A published text unless said otherwise."""
    defaults = {"text": "What it is **for**.", "updated_at": LONG_AGO, "published_at": LONG_AGO}
    return MeetingText.objects.create(cycle=cycle, part=part, **(defaults | fields))


def make_question(cycle: Cycle, *, group: str = "Purpose", **fields: Any) -> Question:
    """A published question unless said otherwise."""
    number = next(_numbers)
    found, _made = QuestionGroup.objects.get_or_create(cycle=cycle, title=group)
    defaults = {
        "question": f"Question {number}?",
        "answer": f"Answer {number}.",
        "slug": f"question-{number}",
        "updated_at": LONG_AGO,
        "published_at": LONG_AGO,
    }
    return Question.objects.create(group=found, **(defaults | fields))


def make_programme(event: Event) -> None:
    """Sessions on two days and a document, all public."""
    speakers = [("Sample Speaker", "Chair"), ("Another Speaker", "")]
    session = make_session(
        event, title="Opening", speakers=speakers, room="Room XVII", spoken_languages="English, French"
    )
    make_session(event, title="Afternoon", start_time=time(15), end_time=time(17), description="Two\nlines.")
    make_session(event, title="Clôture", language="fr", day=date(2021, 7, 9), link="https://meeting.example/join")
    make_document(event.cycle, event=event, session=session, content=PDF, title="Agenda")
    make_document(event.cycle, event=event, title="Note de réflexion", language="fr", kind=Document.Kind.CONCEPT_NOTE)


def make_meeting_pages(cycle: Cycle) -> None:
    """A text of each part and two questions, all public."""
    for part in MeetingText.Part.values:
        make_text(cycle, part, text=f"# About {part}\n\nText with a [link](https://link.example/) and\n\n- a list")
    make_question(cycle, question="What is it?", answer="A *meeting*.\n\n# And more\n\nText.")
    make_question(cycle, group="Pledges", question="Qu’est-ce que c’est ?", answer="Une réunion.", language="fr")
