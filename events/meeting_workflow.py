"""What staff do with the pages of a meeting: one verb, one function; history in the same transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from events.models import Cycle, MeetingText, Question, QuestionGroup
from events.publishing import Differences, as_json, delete_unpublished, differences_between, set_published
from events.stamp import CALENDAR
from foundation import history
from foundation.stamps import raise_stamp

_TEXT_FIELDS = ("cycle_id", "part", "language", "text")
_GROUP_FIELDS = ("title", "position")
_QUESTION_FIELDS = ("group_id", "question", "answer", "language", "position")
_LONGEST_SLUG = 80


@transaction.atomic
def save_text(*, at: datetime, actor: User | None, text: MeetingText) -> Differences:
    """Saves a new or edited text; returns what is different, by field.

    Side effects: history, the stamp of the calendar's pages. Nothing different: nothing is written. Raises
    ValidationError when an existing text would become that of another cycle, part or language.
    """
    if text.pk is None:
        text.updated_at, text.published_at = at, None
        text.save(force_insert=True)
        return _tell(at=at, actor=actor, row=text, verb="meetingtext.created", differences={"text": ("", text.text)})
    stored = MeetingText.objects.select_for_update().get(pk=text.pk)
    differences = differences_between(stored, text, _TEXT_FIELDS)
    if differences.keys() - {"text"}:
        raise ValidationError(_("A text stays with its cycle, part and language. Write a new one instead."))
    if not differences:
        return {}
    text.updated_at = at
    text.save(update_fields=["text", "updated_at"])
    return _tell(at=at, actor=actor, row=text, verb="meetingtext.changed", differences=differences)


@transaction.atomic
def publish_texts(*, at: datetime, actor: User | None, texts: Iterable[MeetingText]) -> int:
    """Makes texts public; returns how many were not."""
    return len(set_published(at=at, actor=actor, rows=texts, published_at=at))


@transaction.atomic
def withdraw_texts(*, at: datetime, actor: User | None, texts: Iterable[MeetingText]) -> int:
    """Takes texts from the pages; returns how many."""
    return len(set_published(at=at, actor=actor, rows=texts, published_at=None))


@transaction.atomic
def delete_unpublished_text(*, at: datetime, actor: User | None, text: MeetingText) -> None:
    """Deletes a text that was never public. Raises ValidationError for any other."""
    delete_unpublished(at=at, actor=actor, row=text, name=str(text))


@transaction.atomic
def save_question_group(*, at: datetime, actor: User | None, group: QuestionGroup) -> Differences:
    """Saves a new or edited group of questions; returns what is different, by field. Side effects as above."""
    if group.pk is None:
        group.save(force_insert=True)
        differences: Differences = {"title": ("", group.title)}
        return _tell(at=at, actor=actor, row=group, verb="questiongroup.created", differences=differences)
    stored = QuestionGroup.objects.select_for_update().get(pk=group.pk)
    if stored.cycle_id != group.cycle_id:
        raise ValidationError({"cycle": _("A group stays with its cycle.")})
    differences = differences_between(stored, group, _GROUP_FIELDS)
    if not differences:
        return {}
    group.save(update_fields=list(differences))
    return _tell(at=at, actor=actor, row=group, verb="questiongroup.changed", differences=differences)


@transaction.atomic
def delete_empty_group(*, at: datetime, actor: User | None, group: QuestionGroup) -> None:
    """Deletes a group without questions. Raises ValidationError for any other."""
    stored = QuestionGroup.objects.select_for_update().get(pk=group.pk)
    if stored.questions.exists():
        raise ValidationError(_("This group has questions. Move them to another group first."))
    history.record(at=at, actor=actor, verb="questiongroup.deleted", subject=stored, changes={"name": stored.title})
    stored.delete()


@transaction.atomic
def save_question(*, at: datetime, actor: User | None, question: Question) -> Differences:
    """Saves a new or edited question; returns what is different, by field.

    A new one gets its address, which is its own within the cycle and never changes. Side effects: history, the
    stamp of the calendar's pages. Raises ValidationError when it would move to another cycle.
    """
    cycle = question.group.cycle
    if question.pk is None:
        # One new question of a cycle at a time: two at once would both find the same address free.
        Cycle.objects.select_for_update().get(pk=cycle.pk)
        question.slug = _free_slug(question.slug or slugify(question.question), cycle)
        question.updated_at, question.published_at = at, None
        question.save(force_insert=True)
        differences: Differences = {"question": ("", question.question)}
        return _tell(at=at, actor=actor, row=question, verb="question.created", differences=differences)
    stored = Question.objects.select_for_update().get(pk=question.pk)
    if stored.group.cycle_id != cycle.pk:
        raise ValidationError({"group": _("A question stays with its cycle.")})
    differences = differences_between(stored, question, _QUESTION_FIELDS)
    if not differences:
        return {}
    question.slug = stored.slug
    question.updated_at = at
    question.save(update_fields=[*differences, "updated_at"])
    return _tell(at=at, actor=actor, row=question, verb="question.changed", differences=differences)


def _free_slug(wanted: str, cycle: Cycle) -> str:
    """``wanted``, cut at a word, if no question of the cycle has it, else with a number."""
    short = wanted[:_LONGEST_SLUG]
    if len(wanted) > _LONGEST_SLUG:
        short = short.rpartition("-")[0] or short
    short = short or "question"
    taken = set(Question.objects.filter(group__cycle=cycle).values_list("slug", flat=True))
    endings = ["", *(f"-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for end in endings if (slug := short[: _LONGEST_SLUG - len(end)] + end) not in taken)


@transaction.atomic
def publish_questions(*, at: datetime, actor: User | None, questions: Iterable[Question]) -> int:
    """Makes questions public; returns how many were not."""
    return len(set_published(at=at, actor=actor, rows=questions, published_at=at))


@transaction.atomic
def withdraw_questions(*, at: datetime, actor: User | None, questions: Iterable[Question]) -> int:
    """Takes questions from the pages; returns how many."""
    return len(set_published(at=at, actor=actor, rows=questions, published_at=None))


@transaction.atomic
def delete_unpublished_question(*, at: datetime, actor: User | None, question: Question) -> None:
    """Deletes a question that was never public. Raises ValidationError for any other."""
    delete_unpublished(at=at, actor=actor, row=question, name=question.question)


def _tell(
    *, at: datetime, actor: User | None, row: history.Subject, verb: str, differences: Differences
) -> Differences:
    history.record(at=at, actor=actor, verb=verb, subject=row, changes=as_json(differences))
    raise_stamp(CALENDAR)
    return differences
