"""Loads the texts and questions of a meeting's pages from a file, into pages that have none yet."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from events.meeting_workflow import publish_questions, publish_texts, save_question, save_question_group, save_text
from events.models import Cycle, MeetingText, Question, QuestionGroup
from foundation.markdown import MOST_CHARACTERS
from foundation.text import clean_line, clean_text

_PARTS_OF_FILE = {"text": {"part", "language", "text"}, "group": {"title", "question"}}
_PARTS_OF_QUESTION = {"question", "answer", "language"}


class CannotLoadError(ValueError):
    """Nothing was loaded; its text says why."""


@dataclass
class MeetingReport:
    """What a load added."""

    texts: int = 0
    groups: int = 0
    questions: int = 0


@transaction.atomic
def load_meeting(content: bytes, *, cycle: Cycle, at: datetime, actor: User | None, publish: bool) -> MeetingReport:
    """Adds the file's texts and questions to a cycle that has neither; ``publish`` makes them public.

    Raises CannotLoadError, and adds nothing, when the cycle has some or one entry cannot be read.
    """
    # Two loads at once: the second waits, and finds the pages filled.
    Cycle.objects.select_for_update().get(pk=cycle.pk)
    if cycle.texts.exists() or cycle.question_groups.exists():
        raise CannotLoadError(_("The pages of this meeting have texts or questions already. Staff go on from there."))
    read = _read(content)
    texts = [_text(row, cycle) for row in read.get("text", [])]
    for text in texts:
        save_text(at=at, actor=actor, text=text)
    report = MeetingReport(texts=len(texts))
    for position, row in enumerate(read.get("group", []), 1):
        report.questions += _load_group(row, position, cycle=cycle, at=at, actor=actor, publish=publish)
        report.groups += 1
    if publish:
        publish_texts(at=at, actor=actor, texts=texts)
    return report


def _read(content: bytes) -> dict[str, list[dict[str, Any]]]:
    try:
        read = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotLoadError(_("This is no TOML file in UTF-8: %(error)s") % {"error": error}) from error
    for name, rows in read.items():
        if name not in _PARTS_OF_FILE or not isinstance(rows, list):
            raise CannotLoadError(_("“%(name)s” is not known. Write [[text]] and [[group]].") % {"name": name})
        for row in rows:
            _refuse_unknown(row, _PARTS_OF_FILE[name], name)
    return read


def _refuse_unknown(row: Any, known: set[str], where: str) -> None:
    if not isinstance(row, dict) or not row.keys() <= known:
        raise CannotLoadError(
            _("In [[%(where)s]] only these are known: %(known)s.") % {"where": where, "known": ", ".join(sorted(known))}
        )


def _text(row: dict[str, Any], cycle: Cycle) -> MeetingText:
    text = MeetingText(
        cycle=cycle, part=str(row.get("part", "")), language=_language(row), text=_long(row.get("text", ""))
    )
    _check(text, _("the text “%(name)s”") % {"name": text.part})
    return text


def _load_group(
    row: dict[str, Any], position: int, *, cycle: Cycle, at: datetime, actor: User | None, publish: bool
) -> int:
    group = QuestionGroup(cycle=cycle, title=clean_line(str(row.get("title", ""))), position=position)
    _check(group, _("the group “%(name)s”") % {"name": group.title})
    save_question_group(at=at, actor=actor, group=group)
    questions = [_question(entry, place, group) for place, entry in enumerate(row.get("question", []), 1)]
    for question in questions:
        save_question(at=at, actor=actor, question=question)
    if publish:
        publish_questions(at=at, actor=actor, questions=questions)
    return len(questions)


def _question(row: Any, position: int, group: QuestionGroup) -> Question:
    _refuse_unknown(row, _PARTS_OF_QUESTION, "group.question")
    question = Question(
        group=group,
        question=clean_line(str(row.get("question", ""))),
        answer=_long(row.get("answer", "")),
        language=_language(row),
        position=position,
    )
    _check(question, _("the question “%(name)s”") % {"name": question.question})
    return question


def _language(row: dict[str, Any]) -> str:
    return str(row.get("language", "en"))


def _long(text: Any) -> str:
    cleaned = clean_text(str(text))
    if len(cleaned) > MOST_CHARACTERS:
        raise CannotLoadError(_("A text is longer than %(most)d characters.") % {"most": MOST_CHARACTERS})
    return cleaned


def _check(row: MeetingText | QuestionGroup | Question, name: str) -> None:
    try:
        row.full_clean(exclude=["updated_at"])
    except ValidationError as error:
        raise CannotLoadError(f"{name}: {' '.join(error.messages)}") from error
