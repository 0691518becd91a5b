"""The roadmap on paper, and the list of all cycles."""

from datetime import date

import pytest
import time_machine
from django.test import Client

from events.tests.factories import make_cycle, make_event

pytestmark = pytest.mark.django_db


def test_the_sheet_has_a_row_for_each_event_with_all_that_paper_needs(client: Client) -> None:
    make_event(title="The meeting", mode="hybrid", place="Geneva", date_confirmed=False)
    make_event(title="Off", status="cancelled", status_reason="No room.")
    make_event(title="Draft", published_at=None)

    page = client.get("/calendar/hlom-2021/print/").content.decode()

    assert page.count("<tr") == 3
    assert "8 July 2021 <em>(to be confirmed)</em>" in page
    assert "In person and online, Geneva" in page
    assert "<s>Off</s> <strong>cancelled.</strong> No room." in page
    assert "http://testserver/calendar/hlom-2021/print/" in page


def test_the_sheet_keeps_the_filters(client: Client) -> None:
    make_event(title="Briefing", kind="briefing")
    make_event(title="Launch", kind="launch")

    page = client.get("/calendar/hlom-2021/print/?kind=launch").content.decode()

    assert "<td>Launch</td>" in page
    assert "<td>Briefing</td>" not in page


@pytest.mark.parametrize("count", [1, 300])
def test_queries_do_not_grow_with_the_rows(client: Client, django_assert_num_queries, count: int) -> None:
    cycle = make_cycle("many")
    for _ in range(count):
        make_event(cycle)

    with django_assert_num_queries(3):
        client.get("/calendar/many/print/")


def test_cycles_are_coming_or_past_and_private_ones_are_not_there(client: Client) -> None:
    make_cycle("next", title="Next forum", starts_on=date(2027, 12, 1), ends_on=date(2027, 12, 2))
    make_cycle("someday", title="Some day")
    make_cycle("hidden", title="Hidden forum", published_at=None)

    with time_machine.travel("2026-11-24T12:00+00:00"):
        page = client.get("/calendar/cycles/").content.decode()

    coming, past = page.split("<h2>Past</h2>")
    assert "Next forum" in coming
    assert "Some day" in coming
    assert "High-Level Officials Meeting 2021" in past
    assert "Hidden forum" not in page


def test_two_cycles_cost_no_more_queries_than_many(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        client.get("/calendar/cycles/")
    make_cycle()
    make_cycle()
    with django_assert_num_queries(2):
        client.get("/calendar/cycles/")
