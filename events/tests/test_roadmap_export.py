"""What is written as a roadmap is read back without a difference."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import Stakeholder
from events.dates import whole_span
from events.loading import load_roadmap
from events.models import Cycle, Event
from events.roadmap_export import COLUMNS, write_roadmap
from events.roadmap_file import read_roadmap
from events.tests.factories import get_cycle, make_event
from events.tests.test_dates import ROADMAP
from foundation.spreadsheet_out import csv_lines, xlsx_bytes
from foundation.tests.sheets import DAY, xlsx
from foundation.text import clean_line, clean_text

pytestmark = pytest.mark.django_db
AT = datetime(2021, 1, 2, tzinfo=UTC)
CYCLE = Cycle(slug="hlom-2021", zone="Europe/Zurich")


def as_csv(rows):
    return "".join(csv_lines(rows)).encode()


def as_xlsx(rows):
    return xlsx_bytes(rows, title="Roadmap")


def load(content, **wanted):
    return load_roadmap(content, cycle=get_cycle(), at=AT, actor=None, update=True, publish=True, **wanted)


@pytest.mark.parametrize("file", [as_csv, as_xlsx])
def test_the_real_roadmap_comes_back_unchanged(file):
    call_command("load_roadmap", str(ROADMAP), "--cycle", "hlom-2021", "--publish", verbosity=0)
    before = list(Event.objects.order_by("pk").values())

    report = load(file(write_roadmap(get_cycle().events.in_roadmap_order())))

    assert (report.new, report.changed, report.unchanged, report.troubles) == ([], [], 15, [])
    assert list(Event.objects.order_by("pk").values()) == before


FULL = {
    "title": "=Briefing; with “quotes”, commas",
    "description": "Bern",
    "place": "Bern",
    "mode": "hybrid",
    "status": "postponed",
    "status_reason": "-storm",
    "start_time": time(15, 0, 30),
    "end_time": time(17),
    "zone": "Asia/Tokyo",
    "language": "fr",
    "date_confirmed": False,
    "links": [{"label": "A | b; c", "url": "https://a.example/x|y"}, {"label": "B", "url": "http://b.example/"}],
    "audiences": ["state", "refugee-led"],
    "registration_url": "https://reg.example/?a=1;b=2",
}


@pytest.mark.parametrize("file", [as_csv, as_xlsx])
def test_every_column_comes_back(file):
    stored = make_event(**FULL)
    content = file(write_roadmap([stored]))

    assert load(content).unchanged == 1
    Event.objects.all().delete()
    assert len(load(content).new) == 1
    assert Event.objects.values(*FULL).get() == FULL | {"description": ""}  # the note that is the place, said once
    assert Event.objects.values_list("slug", "source_key").get() == (stored.slug, stored.source_key)


LINES = st.text(max_size=40).map(clean_line)
PARAGRAPHS = st.text(max_size=60).map(clean_text)


@st.composite
def events(draw):
    precision = draw(st.sampled_from(Event.Precision.values))
    first = draw(st.dates(date(1950, 1, 1), date(2190, 1, 1)))
    last = first + timedelta(days=draw(st.integers(0, 900)))
    starts_on, ends_before = (None, None) if precision == "unknown" else whole_span(precision, first, last)
    return Event(
        title=draw(LINES) or "T",
        description=draw(PARAGRAPHS),
        place=draw(LINES),
        status_reason=draw(LINES),
        source_key=draw(LINES) or "k",
        slug="a-slug",
        precision=precision,
        starts_on=starts_on,
        ends_before=ends_before,
        kind=draw(st.sampled_from(Event.Kind.values)),
        mode=draw(st.sampled_from(Event.Mode.values)),
        status=draw(st.sampled_from(Event.Status.values)),
        date_confirmed=draw(st.booleans()),
        audiences=[kind for kind in Stakeholder.Kind.values if draw(st.booleans())],
    )


@given(event=events())
@hypothesis_settings(max_examples=300)
def test_any_event_comes_back(event):
    ((row,), troubles) = read_roadmap(as_csv(write_roadmap([event])), CYCLE)
    same_as_place = {"description": ""} if event.description and event.description == event.place else {}

    assert troubles == []
    assert row.fields == {name: getattr(event, name) for name in row.fields} | same_as_place
    assert set(row.fields) > {"starts_on", "ends_before", "source_key", "audiences", "links", "zone"}


def test_the_columns_have_one_order():
    assert ",".join(COLUMNS) == (
        "start,end,precision,kind,title,note,key,slug,place,mode,status,status_reason,start_time,end_time,zone,"
        "date_confirmed,language,links,audiences,registration_url"
    )


def test_a_workbook_of_dates_is_read_by_the_command(tmp_path, capsys):
    path = tmp_path / "roadmap.xlsx"
    head = ["start", "end", "precision", "kind", "title", "note", "start_time"]
    month = [DAY.replace(day=1), None, "month", "other", "Month", None]
    day = [DAY, None, "day", "other", "Day", None, time(15)]
    path.write_bytes(xlsx(head, month, day, [2021, "", "year", "other", "Year"], formats={"A2": "mmm yyyy"}))

    call_command("load_roadmap", str(path), "--cycle", "hlom-2021")

    assert capsys.readouterr().out.splitlines()[-1] == "3 new, 0 changed, 0 unchanged."
    assert list(Event.objects.order_by("pk").values_list("title", "starts_on", "precision", "start_time")) == [
        ("Month", date(2021, 7, 1), "month", None),
        ("Day", date(2021, 7, 8), "day", time(15)),
        ("Year", date(2021, 1, 1), "year", None),
    ]


def test_bad_cells_of_a_workbook_are_named():
    head = ["start", "end", "precision", "kind", "title", "note", "links", "audiences", "registration_url"]
    good = ["2021", "", "year", "other", "T", ""]
    content = xlsx(
        head, [], [*good, "no link"], [*good, "", "states; x"], ["=1+1", "", "year", "party", "U", "", "", "", "x"]
    )
    _rows, troubles = read_roadmap(content, CYCLE)

    assert [(trouble.cell, trouble.sentence[:20]) for trouble in troubles] == [
        ("G3", "Line 1: write a labe"),
        ("H4", "“states; x” is not o"),
        ("E4", "“T” stands in line 3"),
        ("A5", "holds a formula. Put"),
        ("D5", "“party” is not one o"),
        ("I5", "Write a web address "),
    ]
