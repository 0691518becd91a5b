"""What changed: in words, on its page, as Atom, and as marks on the rows that moved."""

from datetime import UTC, date, datetime, time
from xml.etree import ElementTree

import pytest

from events.changes import change_words, fact_words
from events.facts import changed_facts
from events.models import Event
from events.moves import moves_of, with_moves
from events.tests.factories import make_cycle, make_event
from events.workflow import save_event, withdraw_events

pytestmark = pytest.mark.django_db
AT = datetime(2021, 9, 1, 22, 30, tzinfo=UTC)
PAGE, FEED = "/calendar/hlom-2021/changes/", "/calendar/hlom-2021/changes.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


def edit(event: Event, *, at: datetime = AT, announce: bool = True, reason: str = "", **fields) -> Event:
    """Saves the event with these fields, by the workflow."""
    for name, value in fields.items():
        setattr(event, name, value)
    save_event(at=at, actor=None, event=event, announce=announce, reason=reason)
    return event


def words(before: dict, after: dict) -> list[str]:
    usual = {"starts_on": date(2021, 11, 4), "ends_before": date(2021, 11, 5)}
    facts = changed_facts(Event(**(usual | before)), Event(**(usual | after)))
    return [change_words(fact, old, new) for fact, (old, new) in facts.items()]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {},
            {"starts_on": date(2021, 11, 11), "ends_before": date(2021, 11, 12)},
            "Date: 4 November 2021 → 11 November 2021",
        ),
        (
            {"precision": "unknown", "starts_on": None, "ends_before": None},
            {},
            "Date: Date to be announced → 4 November 2021",
        ),
        ({}, {"start_time": time(15), "end_time": time(17)}, "Time: not said → 15:00–17:00, Geneva time"),
        (
            {"mode": "in-person", "place": "CICG, Geneva"},
            {"mode": "virtual"},
            "Moved online: CICG, Geneva, in person → online",
        ),
        ({}, {"status": "postponed"}, "Status: scheduled → postponed"),
        ({}, {"date_confirmed": False}, "Date confirmed: yes → no"),
    ],
)
def test_a_change_in_words(before, after, expected: str) -> None:
    assert words(before, after) == [expected]


@pytest.mark.parametrize("text", ["", "Bern", "[1]", "{", "null"])
def test_a_text_that_is_no_fact_is_shown_as_it_is(text: str) -> None:
    assert fact_words("where", text) == (text or "not said")


def moved() -> tuple[str, str]:
    moves = moves_of(with_moves(Event.objects.all()).get())
    return moves.date, moves.place


@pytest.mark.parametrize(
    ("fields", "was"),
    [
        ({"starts_on": date(2021, 11, 11), "ends_before": date(2021, 11, 12), "precision": "day"}, "October 2021"),
        ({"starts_on": date(2021, 10, 27), "ends_before": date(2021, 10, 28), "precision": "day"}, ""),
        ({"starts_on": None, "ends_before": None, "precision": "unknown"}, "October 2021"),
        ({"date_confirmed": True}, ""),
    ],
)
def test_only_a_date_that_moved_keeps_the_old_one(fields, was: str) -> None:
    october = {"starts_on": date(2021, 10, 1), "ends_before": date(2021, 11, 1), "precision": "month"}
    edit(make_event(date_confirmed=False, **october), **fields)

    assert moved() == (was, "")


def test_what_moved_online_keeps_the_old_place_until_it_moves_back() -> None:
    event = edit(make_event(mode="in-person", place="Geneva"), mode="virtual", place="")
    assert moved() == ("", "Geneva, in person")

    edit(event, mode="in-person", place="Bern")
    assert moved() == ("", "")


def test_a_correction_is_no_move() -> None:
    edit(make_event(), announce=False, starts_on=date(2021, 7, 1), ends_before=date(2021, 7, 2))

    assert moved() == ("", "")


@pytest.mark.parametrize("path", ["", "timeline/", "print/"])
def test_every_list_shows_the_old_date_and_the_place_that_was_left(client, path: str) -> None:
    event = make_event(mode="in-person", place="Geneva")
    edit(event, starts_on=date(2021, 7, 15), ends_before=date(2021, 7, 16))
    edit(event, mode="virtual", place="")

    page = client.get(f"/calendar/hlom-2021/{path}").content.decode()

    assert "was <s>8 July 2021</s>" in page
    assert "moved online; was <s>Geneva, in person</s>" in page


@pytest.mark.parametrize("path", ["/calendar/hlom-2021/", "/events/moved/"])
def test_rows_and_pages_show_the_old_date_crossed_out(client, path: str) -> None:
    edit(make_event(slug="moved"), starts_on=date(2021, 7, 15), ends_before=date(2021, 7, 16))

    assert "was <s>8 July 2021</s>" in client.get(path).content.decode()


def test_the_page_lists_newest_first_by_the_cycles_own_days(client) -> None:
    event = edit(make_event(title="Briefing"), place="Bern", reason="A larger room.")
    edit(event, at=datetime(2021, 9, 3, tzinfo=UTC), place="Geneva")

    page = client.get(PAGE).content.decode()

    # 22:30 UTC is the next day in Geneva.
    assert page.index("3 September") < page.index("2 September")
    assert page.index("Geneva") < page.index("A larger room.")


def test_what_was_changed_at_once_stands_under_one_title(client) -> None:
    event = edit(make_event(title="Briefing"), place="Bern", date_confirmed=False)
    edit(event, at=datetime(2021, 9, 3, tzinfo=UTC), place="Geneva")

    page = client.get(PAGE).content.decode()

    assert (page.count(">Briefing</a>"), page.count("<strong>")) == (2, 3)


def test_drafts_corrections_withdrawn_and_other_cycles_events_are_not_told(client) -> None:
    edit(make_event(published_at=None, title="Draft"), place="Secret")
    edit(make_event(title="Corrected"), place="Secret", announce=False)
    withdraw_events(at=AT, actor=None, events=[edit(make_event(title="Withdrawn"), place="Secret")])
    edit(make_event(make_cycle("other"), title="Other"), place="Elsewhere")

    for path in (PAGE, FEED):
        content = client.get(path).content.decode()
        assert [word in content for word in ("Draft", "Corrected", "Withdrawn", "Secret", "Elsewhere")] == [False] * 5
    assert "Nothing has changed" in client.get(PAGE).content.decode()


def test_hidden_cycles_have_no_page_and_no_feed(client) -> None:
    make_cycle("hidden", published_at=None)

    assert [client.get(f"/calendar/hidden/changes{end}").status_code for end in ("/", ".atom")] == [404, 404]


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999", "%00"])
def test_odd_page_numbers_get_a_page(client, page: str) -> None:
    edit(make_event(), place="Bern")

    assert client.get(f"{PAGE}?page={page}").status_code == 200


def test_the_feed_names_each_change_for_ever_and_answers_304(client) -> None:
    event = edit(make_event(title="Briefing ]]> & \x0b"), place="<b>Bern</b>", reason="\ufffe")
    first, second = client.get(FEED), client.get(FEED)

    entry = ElementTree.fromstring(first.content).find(f"{ATOM}entry")
    assert entry is not None
    assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{event.changes.get().uuid}"
    assert entry.findtext(f"{ATOM}updated") == "2021-09-01T22:30:00+00:00"
    assert first.content == second.content
    assert client.get(FEED, headers={"if-none-match": first["ETag"]}).status_code == 304


@pytest.mark.parametrize("count", [1, 40])
def test_queries_do_not_grow_with_the_changes(client, django_assert_num_queries, count: int) -> None:
    event = make_event()
    for number in range(count):
        edit(event, place=f"Room {number}")

    with django_assert_num_queries(4):
        client.get(PAGE)
    with django_assert_num_queries(3):
        client.get(FEED)
