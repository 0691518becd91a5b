"""Texts and questions by one verb each, and loaded from a file."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from events import meeting_workflow as workflow
from events.meeting_loading import CannotLoadError, load_meeting
from events.models import MeetingText, Question, QuestionGroup
from events.tests.factories import LONG_AGO, get_cycle, make_cycle
from events.tests.programme_factories import make_question, make_text
from foundation import history
from foundation.models import HistoryEntry
from foundation.stamps import current_stamp

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 1, 12, tzinfo=UTC)
DATA = Path(__file__).resolve().parent.parent / "data" / "meeting-hlom-2021.toml"


@pytest.fixture
def cycle():
    return get_cycle()


def verbs(row):
    return [entry.verb for entry in history.of(row)]


def save_question(group, question="What is it?", **fields):
    row = Question(group=group, question=question, answer="A meeting.", **fields)
    workflow.save_question(at=AT, actor=None, question=row)
    return row


@pytest.fixture
def group(cycle):
    made = QuestionGroup(cycle=cycle, title="Purpose")
    workflow.save_question_group(at=AT, actor=None, group=made)
    return made


def test_a_text_is_private_until_published(cycle):
    text = MeetingText(cycle=cycle, part="purpose", text="For refugees.", published_at=AT)
    workflow.save_text(at=AT, actor=None, text=text)
    before = current_stamp("calendar")

    assert MeetingText.objects.get().published_at is None
    assert [workflow.publish_texts(at=AT, actor=None, texts=[text]) for _ in range(2)] == [1, 0]
    assert workflow.withdraw_texts(at=AT, actor=None, texts=[text]) == 1
    assert verbs(text) == ["meetingtext.withdrawn", "meetingtext.published", "meetingtext.created"]
    assert current_stamp("calendar") == before + 2


def test_a_changed_text_is_written_down(cycle):
    text = make_text(cycle, text="Before")
    text.text = "Now"

    assert workflow.save_text(at=AT, actor=None, text=text) == {"text": ("Before", "Now")}
    assert workflow.save_text(at=AT, actor=None, text=text) == {}
    assert [entry.changes for entry in history.of(text)] == [{"text": ["Before", "Now"]}]
    assert MeetingText.objects.get().updated_at == AT


def test_a_text_stays_with_its_part(cycle):
    text = make_text(cycle)
    text.part = "contact"

    with pytest.raises(ValidationError):
        workflow.save_text(at=AT, actor=None, text=text)


def test_addresses_of_questions_are_their_own_within_the_cycle_and_stay(cycle, group):
    other = QuestionGroup(cycle=cycle, title="Pledges")
    workflow.save_question_group(at=AT, actor=None, group=other)
    first, second, third = save_question(group), save_question(other), save_question(group, "¿؟")
    elsewhere = QuestionGroup.objects.create(cycle=make_cycle(), title="Purpose")

    assert [row.slug for row in (first, second, third)] == ["what-is-it", "what-is-it-2", "question"]
    assert save_question(elsewhere).slug == "what-is-it"

    first.question, first.slug = "What was it?", "other"
    workflow.save_question(at=AT, actor=None, question=first)
    assert Question.objects.get(pk=first.pk).slug == "what-is-it"


def test_a_long_question_has_an_address_that_ends_at_a_word(group):
    assert save_question(group, "word " * 40).slug == "-".join(["word"] * 16)
    assert len(save_question(group, "x" * 200).slug) == 80


def test_a_question_moves_within_its_cycle_only(cycle, group):
    question = save_question(group)
    question.group = QuestionGroup.objects.create(cycle=cycle, title="Other")
    assert set(workflow.save_question(at=AT, actor=None, question=question)) == {"group_id"}

    question.group = QuestionGroup.objects.create(cycle=make_cycle(), title="Other")
    with pytest.raises(ValidationError):
        workflow.save_question(at=AT, actor=None, question=question)


def test_only_what_was_never_public_is_deleted(cycle, group):
    draft, public = save_question(group), make_question(cycle, group="Purpose")
    workflow.delete_unpublished_question(at=AT, actor=None, question=draft)
    for delete, name, row in (
        (workflow.delete_unpublished_question, "question", public),
        (workflow.delete_unpublished_text, "text", make_text(cycle)),
        (workflow.delete_empty_group, "group", group),
    ):
        with pytest.raises(ValidationError):
            delete(at=AT, actor=None, **{name: row})

    Question.objects.all().delete()
    workflow.delete_empty_group(at=AT, actor=None, group=group)
    workflow.delete_unpublished_text(at=AT, actor=None, text=make_text(cycle, "contact", published_at=None))
    assert (QuestionGroup.objects.count(), MeetingText.objects.count()) == (0, 1)


def load(content, **more):
    return load_meeting(content, cycle=get_cycle(), at=AT, actor=None, **({"publish": True} | more))


def test_the_file_of_2021_covers_the_topics_and_is_public(client):
    report = load(DATA.read_bytes())

    assert (report.texts, report.groups, report.questions) == (4, 3, 11)
    html = client.get("/meetings/hlom-2021/questions/").content.decode()
    assert html.count('<article class="question"') == 11
    assert "hqgcr@unhcr.org" in client.get("/meetings/hlom-2021/").content.decode()


def test_every_entry_of_the_file_of_2021_names_its_source():
    lines = DATA.read_text().splitlines()
    entries = [number for number, line in enumerate(lines) if line in ("[[text]]", "[[group.question]]")]

    assert [lines[number - 1][:2] for number in entries] == ["# "] * 15


def test_unpublished_when_not_told_otherwise():
    load(DATA.read_bytes(), publish=False)

    assert not MeetingText.objects.for_public().exists()
    assert not Question.objects.for_public().exists()


@pytest.mark.parametrize("fill", [make_text, make_question])
def test_pages_with_anything_on_them_are_left_alone(fill):
    fill(get_cycle(), published_at=None)

    with pytest.raises(CannotLoadError, match="already"):
        load(DATA.read_bytes())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"[[text]", "TOML"),
        (b"[[other]]", "other"),
        (b"text = 1", "text"),
        (b'[[text]]\npart = "purpose"\nnote = "x"', "only these"),
        (b'[[text]]\npart = "no-such"\ntext = "x"', "no-such"),
        (b'[[text]]\npart = "purpose"', "purpose"),
        (b'[[group]]\ntitle = ""', "group"),
        (b'[[group]]\ntitle = "A"\n[[group.question]]\nquestion = "Q"', "Q"),
        (b'[[group]]\ntitle = "A"\nquestion = "x"', "only these"),
        (b'[[text]]\npart = "purpose"\ntext = """' + b"x" * 20_001 + b'"""', "20000"),
        (b'[[group]]\ntitle = "A"\n[[group]]\ntitle = "A"', "A"),
    ],
)
def test_a_bad_file_adds_nothing_and_says_why(content, words):
    with pytest.raises(CannotLoadError, match=words):
        load(content)

    assert (MeetingText.objects.count(), QuestionGroup.objects.count(), HistoryEntry.objects.count()) == (0, 0, 0)


def test_the_command_tells_what_it_did():
    out = StringIO()
    call_command("load_meeting", str(DATA), cycle="hlom-2021", publish=True, stdout=out)

    assert out.getvalue() == "hlom-2021: 4 texts and 11 questions in 3 groups, public.\n"
    assert MeetingText.objects.exclude(updated_at=LONG_AGO).count() == 4
    with pytest.raises(CommandError, match="Nothing was loaded"):
        call_command("load_meeting", str(DATA), cycle="hlom-2021")


@pytest.mark.parametrize(
    ("file", "cycle"), [(str(DATA), "no-such"), ("/no/such/file", "hlom-2021"), ("a\0b", "hlom-2021")]
)
def test_the_command_says_what_is_not_there(file, cycle):
    with pytest.raises(CommandError):
        call_command("load_meeting", file, cycle=cycle)
