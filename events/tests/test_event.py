"""An event's own page."""

from datetime import UTC, date, datetime, time

import pytest

from events.models import Event
from events.tests.factories import get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.workflow import save_event

pytestmark = pytest.mark.django_db
AT = datetime(2021, 6, 30, 23, tzinfo=UTC)


def read(client, event):
    response = client.get(event.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def test_all_facts_are_on_the_page(client):
    event = make_event(
        title="Briefing on outcomes",
        description="Open to all.\nBring questions.",
        place="Palais des Nations",
        mode="hybrid",
        start_time=time(15),
        end_time=time(17),
        links=[{"label": "Concept note", "url": "https://a.example/note?a=1&b=2"}],
    )

    page = read(client, event)

    assert texts_of(page, "big-date") == ["8 July 2021"]
    assert texts_of(page, "facts")[0] == (
        "Date 8 July 2021 Time 15:00–17:00 Geneva time, UTC+2 Choose your time zone Place Palais des Nations "
        "Held In person and online Part of High-Level Officials Meeting 2021"
    )
    assert texts_of(page, "event-text") == ["Open to all. Bring questions."]
    assert '<time datetime="2021-07-08">8 July 2021</time>' in page
    assert '<a href="https://a.example/note?a=1&amp;b=2" rel="noopener">Concept note</a>' in page
    assert f'<a class="button" href="/events/{event.slug}.ics">' in page
    assert (
        '<meta name="description" content="8 July 2021. Briefing on outcomes. High-Level Officials Meeting 2021.">'
        in page
    )


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.example", "https://[x", 5, "https://u:p@x.example/"]
)
def test_links_that_are_not_safe_are_not_shown(client, url):
    page = read(client, make_event(links=[{"label": "Trap", "url": url}]))

    assert "Trap" not in page


@pytest.mark.parametrize("links", [{}, "text", None, [None], [{"label": "Trap"}], [[]]])
def test_odd_stored_links_do_no_harm(client, links):
    event = make_event()
    Event.objects.filter(pk=event.pk).update(links=[] if links is None else links)

    assert "Links" not in read(client, event)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("cancelled", "This event is cancelled. The room is closed."),
        ("postponed", "This event is postponed. The room is closed."),
    ],
)
def test_status_is_said_with_its_reason(client, status, sentence):
    page = read(client, make_event(status=status, status_reason="The room is closed."))

    assert sentence in texts_of(page, "notice")
    assert texts_of(page, "status") == [status]


def test_unconfirmed_date_is_marked(client):
    assert "8 July 2021 (to be confirmed)" in texts_of(read(client, make_event(date_confirmed=False)), "facts")[0]


def test_unknown_date_has_no_calendar_file(client):
    page = read(client, make_event(precision="unknown", starts_on=None, ends_before=None))

    assert texts_of(page, "big-date") == ["Date to be announced"]
    assert ".ics" not in page


def test_neighbours_are_those_before_and_after_in_public(client):
    first = make_event(title="First", starts_on=date(2021, 7, 1), ends_before=date(2021, 7, 2))
    middle = make_event(title="Middle")
    make_event(title="Hidden", published_at=None)
    last = make_event(title="Last", starts_on=date(2021, 7, 9), ends_before=date(2021, 7, 10))
    make_event(make_cycle(), title="Elsewhere", starts_on=date(2021, 7, 2), ends_before=date(2021, 7, 3))

    assert [texts_of(read(client, event), "neighbours") for event in (first, middle, last)] == [
        ["8 July → Middle"],
        ["← 1 July First 9 July → Last"],
        ["← 8 July Middle"],
    ]


def test_changes_are_told_in_words_and_in_the_zone_of_the_cycle(client):
    event = make_event(mode="in-person")
    event.starts_on, event.ends_before, event.mode = date(2021, 7, 9), date(2021, 7, 10), "virtual"
    event.start_time, event.date_confirmed, event.zone = time(15), False, "UTC"
    save_event(at=AT, actor=None, event=event)
    event.status, event.status_reason, event.title = "postponed", "A strike.", "Renamed"
    save_event(at=AT, actor=None, event=event)

    (told,) = texts_of(read(client, event), "change-list")

    for words in [
        "1 July 2021 Status: postponed (before: scheduled) A strike.",
        "Date: 9 July 2021 (before: 8 July 2021)",
        "Time: from 15:00, UTC (before: not said)",
        "Moved online: online (before: in person)",
        "Date confirmed: no (before: yes)",
    ]:
        assert words in told
    assert "Renamed" not in told


def test_what_is_not_public_is_not_here_for_anybody(client, cast, log_in):
    hidden = make_event(published_at=None)
    of_hidden = make_event(make_cycle(published_at=None))

    for visitor in (client, log_in(cast.stranger), log_in(cast.superuser)):
        assert [visitor.get(event.get_absolute_url()).status_code for event in (hidden, of_hidden)] == [404, 404]


def test_only_reading(client):
    path = make_event().get_absolute_url()

    assert [client.head(path).status_code, client.post(path).status_code] == [200, 405]


@pytest.mark.parametrize("path", ["/events/none/", "/events/none.ics", "/events/", f"/events/{'x' * 3000}/"])
def test_unknown_addresses(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number_of_neighbours_and_changes(client, django_assert_num_queries, count):
    event = make_event(get_cycle())
    for number in range(count):
        make_event()
        event.place = f"Place {number}"
        save_event(at=AT, actor=None, event=event)

    with django_assert_num_queries(7):
        page = read(client, event)

    assert page.count("Place:</strong>") == count
