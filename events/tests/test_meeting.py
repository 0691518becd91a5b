"""A meeting's own pages: about it, and its questions."""

from datetime import date

import pytest

from events.models import Cycle, MeetingText, Question, QuestionGroup
from events.tests.factories import get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.tests.programme_factories import make_question, make_session, make_text

pytestmark = pytest.mark.django_db
ABOUT, QUESTIONS = "/meetings/hlom-2021/", "/meetings/hlom-2021/questions/"


@pytest.fixture
def cycle():
    return get_cycle()


def body(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def asked(html):
    return texts_of(html, "question")


def test_texts_stand_under_their_headings_as_html(client, cycle):
    make_text(cycle, "purpose", text="# Priorities\n\nFor **refugees**.")
    make_text(cycle, "participation", text="Senior officials.")
    make_text(cycle, "programme", text="Two days.")
    make_text(cycle, "contact", text="<hqgcr@unhcr.org>")

    html = body(client, ABOUT)

    assert texts_of(html, "rich-text") == [
        "Priorities For refugees.",
        "Senior officials.",
        "Two days.",
        "hqgcr@unhcr.org",
    ]
    assert "<h3>Priorities</h3>" in html
    assert "<strong>refugees</strong>" in html


def test_a_meeting_without_texts_still_says_when_and_whom_to_ask(client, cycle):
    html = body(client, ABOUT)

    assert "The days and the place of the meeting have not been announced here yet." in html
    assert "mailto:hqgcr@unhcr.org" in html


def test_dates_place_registration_and_programme_come_from_the_events(client, cycle):
    meeting = make_event(
        kind="meeting",
        title="The meeting itself",
        slug="itself",
        place="Geneva",
        mode="hybrid",
        starts_on=date(2021, 12, 14),
        ends_before=date(2021, 12, 16),
        registration_url="https://register.example/1",
    )
    make_session(meeting)
    make_event(title="Called off", status="cancelled", registration_url="https://register.example/2")
    make_event(title="Not yet public", registration_url="https://register.example/3", published_at=None)
    make_event(title="Odd", registration_url="javascript:alert(1)")

    html = body(client, ABOUT)

    assert texts_of(html, "roadmap-title") == ["The meeting itself"]
    assert texts_of(html, "registration-list") == [
        "Register for The meeting itself 14 and 15 December 2021, in another registration system",
        "Programme: The meeting itself 14 and 15 December 2021",
    ]
    assert 'href="/events/itself/programme/"' in html
    assert [number for number in "23" if f"register.example/{number}" in html] == []
    assert "javascript:" not in html


@pytest.mark.parametrize(("languages", "shown"), [(["fr", "en"], "en"), (["fr", "es"], "es"), (["en"], "en")])
def test_a_text_comes_in_the_readers_language_else_in_english_else_in_any(client, cycle, languages, shown):
    for language in languages:
        make_text(cycle, language=language, text=f"In {language}")

    assert texts_of(body(client, ABOUT), "rich-text") == [f"In {shown}"]


def test_hostile_markdown_stays_text(client, cycle):
    make_text(cycle, text="<script>alert(1)</script> [x](javascript:alert(1))")
    make_question(cycle, question="<script>alert(2)</script>", answer="<img src=x onerror=alert(3)>")

    assert "<script>alert" not in body(client, ABOUT)
    html = body(client, QUESTIONS)
    assert "<script>alert" not in html
    assert "<img" not in html


def test_questions_stand_by_group_each_with_an_address_of_its_own(client, cycle):
    make_question(cycle, group="Later", question="Third?", slug="third", answer="3")
    QuestionGroup.objects.update(position=9)
    make_question(cycle, group="First", question="Second?", slug="second", answer="2", position=2)
    make_question(cycle, group="First", question="First?", slug="first", answer="1", position=1)
    make_question(cycle, group="Empty", published_at=None)

    html = body(client, QUESTIONS)

    assert asked(html) == ["First? 1", "Second? 2", "Third? 3"]
    assert texts_of(html, "question-contents-group") == ["First", "Later"]
    assert [f'id="{slug}"' in html and f'href="#{slug}"' in html for slug in ("first", "second", "third")] == [True] * 3


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("matching", ["What is matching?"]),
        ("MATCHING pledge", ["What is matching?"]),
        ("refugies", ["Où sont les réfugiés ?"]),
        ("ÉTAT", ["Où sont les réfugiés ?"]),
        ("bold", ["What is matching?"]),
        ("**bold**", []),
        ("draft", []),
        ("nothing of the kind", []),
        ("   ", ["What is matching?", "Où sont les réfugiés ?"]),
        ("%", []),
        ("'; DROP TABLE--", []),
    ],
)
def test_the_search_finds_words_whatever_capitals_and_accents(client, cycle, wanted, found):
    make_question(cycle, question="What is matching?", answer="A **bold** pledge.", position=1)
    make_question(cycle, question="Où sont les réfugiés ?", answer="Dans un état.", position=2, language="fr")
    make_question(cycle, question="A draft?", published_at=None)

    response = client.get(QUESTIONS, {"q": wanted.encode("utf-8", "surrogatepass")})

    assert response.status_code == 200
    html = response.content.decode()
    assert [
        question for question in ("What is matching?", "Où sont les réfugiés ?") if f">{question}</a></h3>" in html
    ] == found


def test_the_search_says_what_it_looked_for(client, cycle):
    make_question(cycle, question="Where?", answer="In Geneva.")

    html = client.get(QUESTIONS, {"q": '"><b>geneva'}).content.decode()

    assert "0 answers have “&quot;&gt;&lt;b&gt;geneva”." in html
    assert "1 answer has “geneva”." in client.get(QUESTIONS, {"q": "geneva"}).content.decode()


@pytest.mark.parametrize(
    ("wanted", "words"), [("x" * 101, "at most 100 characters"), ("a\x00b", "Null characters are not allowed.")]
)
def test_a_search_that_cannot_be_is_told_so_and_shows_all(client, cycle, wanted, words):
    make_question(cycle, question="Where?")

    html = client.get(QUESTIONS, {"q": wanted}).content.decode()

    assert words in html
    assert len(asked(html)) == 1


def test_a_page_without_questions_says_whom_to_ask(client, cycle):
    html = body(client, QUESTIONS)

    assert "No question has been answered here yet." in html
    assert "<form" not in html.partition("<main")[2]


@pytest.mark.parametrize("page", ["", "questions/", "documents/"])
def test_only_public_cycles_have_pages(client, page):
    make_cycle("hidden", published_at=None)

    assert client.get(f"/meetings/hidden/{page}").status_code == 404
    assert client.get(f"/meetings/nowhere/{page}").status_code == 404
    assert client.post(f"/meetings/hlom-2021/{page}").status_code == 405


@pytest.mark.parametrize("address", ["/", "/calendar/hlom-2021/"])
def test_home_and_roadmap_lead_to_the_pages(client, address):
    Cycle.objects.filter(slug="hlom-2021").update(is_current=True)

    html = body(client, address)

    assert [f'href="{page}"' in html for page in (ABOUT, QUESTIONS, "/meetings/hlom-2021/documents/")] == [True] * 3


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_for_any_number_of_rows(client, django_assert_num_queries, cycle, count):
    for number in range(count):
        make_question(cycle, group=f"Group {number}")
        make_session(make_event(kind="meeting"))
        make_text(cycle, list(MeetingText.Part.values)[number])

    with django_assert_num_queries(5):
        body(client, ABOUT)
    with django_assert_num_queries(3):
        assert len(asked(body(client, QUESTIONS))) == count
    assert Question.objects.count() == count
