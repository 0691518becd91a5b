"""What a cycle's own pages show: its texts in the reader's language, and its questions, searched or not."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import get_language

from events.models import Cycle, Event, MeetingText, Question, QuestionGroup
from events.models.meeting import MeetingTextQuerySet, QuestionQuerySet
from foundation.markdown import plain_words

_FALLBACK = "en"


def texts_by_part(texts: MeetingTextQuerySet) -> dict[str, MeetingText]:
    """One text for each part: in the reader's language, else in English, else in any. Costs one query."""
    chosen: dict[str, MeetingText] = {}
    wanted = [get_language() or _FALLBACK, _FALLBACK]
    for text in texts.order_by("part", "language"):
        held = chosen.get(text.part)
        if held is None or _rank(text.language, wanted) < _rank(held.language, wanted):
            chosen[text.part] = text
    return chosen


def _rank(language: str, wanted: list[str]) -> int:
    return wanted.index(language) if language in wanted else len(wanted)


@dataclass
class GroupOfQuestions:
    """A heading with its questions."""

    group: QuestionGroup
    questions: list[Question]


def grouped(questions: Iterable[Question]) -> list[GroupOfQuestions]:
    """Questions in page order, under their headings."""
    return [GroupOfQuestions(group, list(rows)) for group, rows in groupby(questions, lambda row: row.group)]


def questions_of(questions: QuestionQuerySet) -> list[Question]:
    """With their groups, in the order of the page. Costs one query."""
    return list(questions.select_related("group").in_page_order())


def found_in(questions: Iterable[Question], wanted: str) -> list[Question]:
    """Those whose words hold every wanted word, in any order, whatever the capitals and accents.

    Compared here and not by the database, so that both databases find the same.
    """
    words = _plain(wanted).split()
    return [row for row in questions if _holds(words, f"{row.question} {plain_words(row.answer)}")]


def _holds(words: list[str], text: str) -> bool:
    plain = _plain(text)
    return all(word in plain for word in words)


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def meeting_events(events: Iterable[Event]) -> list[Event]:
    """The meeting itself among a cycle's events; all of its kind, for some meet in several parts."""
    return [event for event in events if event.kind == Event.Kind.MEETING]


def registrations(events: Iterable[Event]) -> list[Event]:
    """The events to which one can register somewhere, and that still take place."""
    return [event for event in events if event.registration_url and event.status != Event.Status.CANCELLED]


def description_of(cycle: Cycle, texts: dict[str, MeetingText]) -> str:
    """The first words of the purpose, for search engines; the title when there is none."""
    purpose = texts.get(MeetingText.Part.PURPOSE)
    return plain_words(purpose.text) if purpose else cycle.title
