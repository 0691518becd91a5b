"""Texts and questions of a meeting in the administration."""

import pytest

from events.models import MeetingText, Question, QuestionGroup
from events.tests.factories import get_cycle, make_cycle
from events.tests.pages import texts_of
from events.tests.programme_factories import make_question, make_text
from foundation import history

pytestmark = pytest.mark.django_db
TEXTS, QUESTIONS, GROUPS = "/admin/events/meetingtext/", "/admin/events/question/", "/admin/events/questiongroup/"


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.editor)


def text_form(**fields):
    return {
        "cycle": get_cycle().pk,
        "part": "purpose",
        "language": "en",
        "text": "For refugees.",
        "revision": "",
    } | fields


def question_form(question=None, **fields):
    data = {"question": "What is it?", "answer": "A meeting.", "language": "en", "position": "0", "revision": ""}
    if question:
        data |= {"revision": question.updated_at.isoformat(), "group": question.group_id}
    return data | fields


def errors(response):
    assert response.status_code == 200
    return " ".join(texts_of(response.content.decode(), "errorlist"))


def test_a_text_is_saved_and_stays_private(staff, cast):
    response = staff.post(f"{TEXTS}add/", text_form())

    text = MeetingText.objects.get()
    assert (response.status_code, text.published_at, text.text) == (302, None, "For refugees.")
    assert [(entry.verb, entry.actor) for entry in history.of(text)] == [("meetingtext.created", cast.editor)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "x" * 20_001}, "at most 20000 characters"),
        ({"text": ""}, "required"),
        ({"part": "no-such"}, "valid choice"),
        ({"language": "english!"}, "language code"),
    ],
)
def test_bad_texts_are_told_and_nothing_saved(staff, fields, words):
    assert words in errors(staff.post(f"{TEXTS}add/", text_form(**fields)))
    assert not MeetingText.objects.exists()


def test_a_part_has_one_text_in_a_language(staff):
    make_text(get_cycle())

    assert "text in this language already" in errors(staff.post(f"{TEXTS}add/", text_form()))
    assert staff.post(f"{TEXTS}add/", text_form(language="fr")).status_code == 302


def test_two_people_in_one_text_overwrite_nothing(staff):
    text = make_text(get_cycle(), text="Before")
    address, stale = f"{TEXTS}{text.pk}/change/", text_form(text="Mine", revision=text.updated_at.isoformat())
    staff.post(address, stale | {"text": "Theirs"})

    refused = staff.post(address, stale)

    assert "Text is now “Theirs”" in refused.content.decode()
    assert MeetingText.objects.get().text == "Theirs"


def test_publish_and_withdraw_from_the_lists(staff, client):
    text = make_text(get_cycle(), text="Shown once", published_at=None)
    question = make_question(get_cycle(), question="Shown once?", published_at=None)
    pages = ["/meetings/hlom-2021/", "/meetings/hlom-2021/questions/"]

    for action, shown in (("publish", True), ("withdraw", False)):
        staff.post(TEXTS, {"action": action, "_selected_action": [text.pk]})
        staff.post(QUESTIONS, {"action": action, "_selected_action": [question.pk]})
        assert ["Shown once" in client.get(page).content.decode() for page in pages] == [shown, shown]


def test_a_question_gets_its_address_when_it_is_saved(staff):
    staff.post(f"{GROUPS}add/", {"cycle": get_cycle().pk, "title": " The  meeting ", "position": "1"})
    group = QuestionGroup.objects.get()

    response = staff.post(f"{QUESTIONS}add/", question_form(group=group.pk))

    question = Question.objects.get()
    assert (response.status_code, question.slug, question.published_at, group.title) == (
        302,
        "what-is-it",
        None,
        "The meeting",
    )


def test_a_question_stays_with_its_cycle(staff):
    question = make_question(get_cycle())
    other = QuestionGroup.objects.create(cycle=make_cycle(), title="Other")

    response = staff.post(f"{QUESTIONS}{question.pk}/change/", question_form(question, group=other.pk))

    assert "stays with its cycle" in errors(response)


def test_the_order_is_changed_in_the_list(staff):
    question = make_question(get_cycle())
    data = {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": question.pk,
        "form-0-position": 7,
        "_save": "x",
    }

    staff.post(QUESTIONS, data)

    assert Question.objects.get().position == 7
    assert [entry.changes for entry in history.of(question)] == [{"position": ["0", "7"]}]


def test_a_group_shows_its_questions_and_goes_only_when_empty(staff):
    question = make_question(get_cycle(), question="A listed one?")
    group = question.group

    html = staff.get(f"{GROUPS}{group.pk}/change/").content.decode()

    assert "A listed one?" in html
    assert f'href="/admin/events/question/add/?group={group.pk}"' in html
    assert staff.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}).status_code == 403
    Question.objects.all().delete()
    assert staff.post(f"{GROUPS}{group.pk}/delete/", {"post": "yes"}).status_code == 302


def test_the_cycle_shows_its_pages(staff):
    make_question(get_cycle(), group="A listed group")
    make_text(get_cycle())

    html = staff.get(f"/admin/events/cycle/{get_cycle().pk}/change/").content.decode()

    assert "A listed group" in html
    assert f'href="/admin/events/meetingtext/add/?cycle={get_cycle().pk}"' in html


@pytest.mark.parametrize("page", ["meetingtext", "question", "document"])
def test_previews_show_what_is_not_public_to_staff_alone(staff, client, cast, log_in, page):
    make_text(get_cycle(), text="A draft", published_at=None)
    make_question(get_cycle(), question="A draft?", published_at=None)
    address = f"/admin/events/{page}/cycle/{get_cycle().pk}/preview/"

    assert ("A draft" in staff.get(address).content.decode()) is (page != "document")
    assert (client.get(address).status_code, log_in(cast.focal_point).get(address).status_code) == (302, 403)
    assert staff.get(address.replace(str(get_cycle().pk), "0")).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_any_number_of_rows(staff, django_assert_num_queries, count):
    for number in range(count):
        make_question(get_cycle(), group=f"Group {number}")
        make_text(get_cycle(), list(MeetingText.Part.values)[number])

    with django_assert_num_queries(9):
        staff.get(TEXTS)
    with django_assert_num_queries(10):
        staff.get(QUESTIONS)
    with django_assert_num_queries(9):
        staff.get(GROUPS)
