"""The query string of a roadmap."""

import pytest
from django.http import QueryDict

from events.filters import RoadmapFilterForm, filter_events
from events.models import Event
from events.tests.factories import make_event


def chosen(query: str) -> dict[str, str]:
    return RoadmapFilterForm(QueryDict(query)).chosen()


def titles(query: str) -> list[str]:
    return sorted(event.title for event in filter_events(Event.objects.all(), chosen(query)))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "kind=",
        "kind=unheard-of",
        "mode=%00",
        "status[]=1",
        "q=%20%20",
        "group=%F0%9F%92%A9",
        "page=99",
        "q=" + "a" * 101,
    ],
)
def test_what_cannot_be_read_filters_nothing(query: str) -> None:
    assert chosen(query) == {}


def test_a_bad_value_is_named_and_the_others_stay() -> None:
    form = RoadmapFilterForm(QueryDict("kind=unheard-of&status=cancelled"))

    assert form.chosen() == {"status": "cancelled"}
    assert list(form.errors) == ["kind"]


def test_one_meaning_has_one_query_string() -> None:
    orders = ["q=a+b&kind=briefing&page=2", "kind=briefing&page=3&q=%20a%20%20b&mode="]

    assert {RoadmapFilterForm(QueryDict(query)).query() for query in orders} == {"kind=briefing&q=a+b"}


@pytest.mark.django_db
def test_each_filter_lets_through_what_it_names() -> None:
    make_event(title="Briefing online", kind="briefing", mode="virtual")
    make_event(title="Launch cancelled", kind="launch", status="cancelled")
    make_event(title="Plain", kind="roundtable", place="Geneva")

    assert titles("kind=briefing") == ["Briefing online"]
    assert titles("mode=virtual") == ["Briefing online"]
    assert titles("status=cancelled") == ["Launch cancelled"]
    assert titles("q=GENEVA") == ["Plain"]
    assert titles("q=laun+canc") == ["Launch cancelled"]
    assert titles("kind=briefing&status=cancelled") == []


@pytest.mark.django_db
def test_a_group_sees_what_names_it_and_what_names_none() -> None:
    make_event(title="For States", audiences=["state"])
    make_event(title="For cities and States", audiences=["city", "state"])
    make_event(title="For all")

    assert titles("group=city") == ["For all", "For cities and States"]
    assert titles("group=state") == ["For States", "For all", "For cities and States"]
    assert titles("group=academia") == ["For all"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["%25", "_", "%27%3B--", "%5C", "%00", "%ED%A0%80"])
def test_hostile_words_are_only_words(text: str) -> None:
    make_event(title="Plain title")

    assert titles(f"q=zz{text}") in ([], ["Plain title"])
