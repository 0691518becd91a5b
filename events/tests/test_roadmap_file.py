"""Reading a roadmap file: every bad cell is named, and nothing else is said."""

# ruff: noqa: E501 -- sentences in tables read better whole

from datetime import date, time

import pytest

from events.models import Cycle
from events.roadmap_file import read_roadmap
from foundation.spreadsheets import Limits, UnreadableFileError

CYCLE = Cycle(slug="hlom-2021", zone="Europe/Zurich")
HEAD = "start,end,precision,kind,title,note"


def read(*lines, head=HEAD):
    rows, troubles = read_roadmap("\n".join([head, *lines]).encode(), CYCLE)
    return rows, [str(trouble._replace(cell="")) for trouble in troubles]


def troubles_of(*lines, head=HEAD):
    return read(*lines, head=head)[1]


def test_good_row():
    ((row,), troubles) = read("2021-12-14,2021-12-15,day,meeting,The meeting,A note")

    assert troubles == []
    assert (row.line, row.key, row.start) == (2, "", "2021-12-14")
    assert row.fields == {
        "title": "The meeting",
        "kind": "meeting",
        "description": "A note",
        "precision": "day",
        "starts_on": date(2021, 12, 14),
        "ends_before": date(2021, 12, 16),
    }


def test_optional_columns():
    head = f"{HEAD},key,slug,place,mode,status,status_reason,start_time,end_time,zone,date_confirmed,language"
    ((row,), troubles) = read(
        "2021-07-08,,day,briefing,Brief,,k,brief,Geneva,hybrid,postponed,Storm,15:00,17:00,Asia/Tokyo,no,fr", head=head
    )

    assert troubles == []
    assert row.key == row.fields.pop("source_key") == "k"
    assert {name: row.fields[name] for name in ("slug", "place", "mode", "status", "status_reason", "language")} == {
        "slug": "brief",
        "place": "Geneva",
        "mode": "hybrid",
        "status": "postponed",
        "status_reason": "Storm",
        "language": "fr",
    }
    assert [row.fields[name] for name in ("start_time", "end_time", "zone", "date_confirmed")] == [
        time(15),
        time(17),
        "Asia/Tokyo",
        False,
    ]


def test_empty_optional_cells_mean_the_usual():
    ((row,), troubles) = read("2021-07-08,,day,briefing,Brief,,,,,,", head=f"{HEAD},key,slug,place,mode,status")

    assert troubles == []
    assert (row.fields["place"], row.fields["mode"]) == ("", "")
    assert not {"slug", "status", "source_key"} & set(row.fields)


@pytest.mark.parametrize(
    ("start", "end", "precision", "first", "ends_before"),
    [
        ("2021-05", "2021-06", "month", date(2021, 5, 1), date(2021, 7, 1)),
        ("2021-Q3", "", "quarter", date(2021, 7, 1), date(2021, 10, 1)),
        ("2021-Q3", "2021-Q4", "quarter", date(2021, 7, 1), date(2022, 1, 1)),
        ("2021", "", "year", date(2021, 1, 1), date(2022, 1, 1)),
        ("", "", "unknown", None, None),
    ],
)
def test_precisions(start, end, precision, first, ends_before):
    ((row,), _troubles) = read(f"{start},{end},{precision},other,T,")

    assert (row.fields["starts_on"], row.fields["ends_before"]) == (first, ends_before)


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("2021-13-01,,day,other,T,", "line 2, column start: “2021-13-01” is not in the calendar."),
        ("2021-02-29,,day,other,T,", "line 2, column start: “2021-02-29” is not in the calendar."),
        ("0021-02-01,,day,other,T,", "line 2, column start: “0021-02-01” is not in the calendar."),
        ("2021-05,,day,other,T,", "line 2, column start: “2021-05” does not fit the precision “day”; write it like 2021-07-08."),
        ("٢٠٢١-05-01,,day,other,T,", "line 2, column start: “٢٠٢١-05-01” does not fit the precision “day”; write it like 2021-07-08."),
        ("2021-05-01,,month,other,T,", "line 2, column start: “2021-05-01” does not fit the precision “month”; write it like 2021-07."),
        ("2021-Q5,,quarter,other,T,", "line 2, column start: “2021-Q5” does not fit the precision “quarter”; write it like 2021-Q3."),
        (",,day,other,T,", "line 2, column start: “” does not fit the precision “day”; write it like 2021-07-08."),
        ("2021-05-02,2021-05-01,day,other,T,", "line 2, column end: 2021-05-01 comes before the start, 2021-05-02."),
        ("2021,,unknown,other,T,", "line 2, column start: must be empty when the date is not known."),
        ("2021,,week,other,T,", "line 2, column precision: “week” is not one of day, month, quarter, year, unknown."),
        ("2021,,year,party,T,", "line 2, column kind: “party” is not one of stocktaking, consultation, pledge-update-window, briefing, launch, roundtable, advance-day, meeting, other."),
        ("2021,,year,other,,", "line 2, column title: is empty."),
        (f"2021,,year,other,{'x' * 251},", "line 2, column title: too long: 251 characters, at most 250."),
        (f"2021,,year,other,T,{'x' * 5001}", "line 2, column note: too long: 5001 characters, at most 5000."),
        ("2021,,year,other,a\x00b,", "line 2, column title: contains a control character or a line break; take it out."),
        ('2021,,year,other,"a\nb",', "line 2, column title: contains a control character or a line break; take it out."),
        ("2021,,year,other,T,a\x1bb", "line 2, column note: contains a control character or a line break; take it out."),
        ("2021,,year,other,T", "line 2: 5 cells where the first line names 6 columns."),
        ("2021,,year,other,T,,", "line 2: 7 cells where the first line names 6 columns."),
    ],
)  # fmt: skip
def test_bad_cells_are_named(line, trouble):
    assert troubles_of(line) == [trouble]


HOURS = f"{HEAD},key,slug,status,start_time,end_time,zone,date_confirmed,language"


@pytest.mark.parametrize(
    ("cells", "trouble"),
    [
        (",a b,,,,,,", "slug: only letters without accents, digits, hyphens and underscores."),
        (",admin,,,,,,", "slug: this word is an address of the portal. Choose another."),
        (",,late,,,,,", "status: “late” is not one of scheduled, postponed, cancelled."),
        (",,,25:00,,,,", "start_time: “25:00” is no time of day; write it like 15:00."),
        (",,,3pm,,,,", "start_time: “3pm” is no time of day; write it like 15:00."),
        (",,,,17:00,,,", "end_time: an end time needs a start time."),
        (",,,17:00,15:00,,,", "end_time: The end must come after the beginning."),
        (",,,02:30,,,,", "start_time: On this day the clocks of Europe/Zurich pass over 02:30. Choose another time."),
        (",,,,,,maybe,", "date_confirmed: “maybe” is not one of yes, no."),
        (",,,,,,,french", "language: “french” is no language code; write it like fr."),
    ],
)
def test_bad_optional_cells_are_named(cells, trouble):
    assert troubles_of(f"2021-03-28,,day,other,T,,{cells}", head=HOURS) == [f"line 2, column {trouble}"]


def test_hours_need_a_day():
    assert troubles_of("2021,,year,other,T,,,,,15:00,,,,", head=HOURS) == [
        "line 2, column start_time: a time needs an exact day."
    ]


def test_unknown_zone_is_named_without_listing_all():
    (trouble,) = troubles_of("2021-03-01,,day,other,T,,,,,,,Mars/Base,,", head=HOURS)

    assert trouble == "line 2, column zone: “Mars/Base” is no time zone; write it like Europe/Zurich."


def test_all_troubles_of_all_rows_are_reported():
    troubles = troubles_of("x,,day,party,,", "2021,,year,other,fine,", "", "2021-02-30,,day,other,T,")

    assert [trouble.split(":")[0] for trouble in troubles] == [
        "line 2, column title",
        "line 2, column kind",
        "line 2, column start",
        "line 5, column start",
    ]


def test_lines_are_counted_as_an_editor_shows_them():
    assert troubles_of('2021,,year,other,T,"two\nlines"', "x,,year,other,U,")[0].startswith("line 4, column start")


def test_duplicates_are_named_with_the_first_line():
    with_keys = troubles_of("2021,,year,other,T,,k", "2022,,year,other,U,,k", head=f"{HEAD},key")
    without = troubles_of("2021,,year,other,T,", "2022,,year,other,T,", "2021,,year,other,T,other note")

    assert with_keys == ["line 3, column key: “k” stands in line 2 already."]
    assert without == ["line 4, column title: “T” stands in line 2 already."]


def test_formula_like_text_is_text():
    ((row,), troubles) = read('2021,,year,other,=1+1,"@SUM(1,2)"')

    assert (troubles, row.fields["title"], row.fields["description"]) == ([], "=1+1", "@SUM(1,2)")


def test_note_that_repeats_the_place_is_not_said_twice():
    ((row,), _troubles) = read('2021,,year,other,T,"Geneva, CH","Geneva, CH"', head=f"{HEAD},place")

    assert (row.fields["place"], row.fields["description"]) == ("Geneva, CH", "")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_byte_order_mark_and_line_ends_make_no_difference(ends, mark):
    content = mark + ends.join([HEAD, "2021,,year,other,Été,", ""]).encode()

    (row,), troubles = read_roadmap(content, CYCLE)

    assert (troubles, row.line, row.fields["title"]) == ([], 2, "Été")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty. Its first line must name the columns."),
        (f"{HEAD}\n2021,,year,other,Fran\xe7ais,".encode("latin-1"), "The file is not in UTF-8: see line 2. Save it as “CSV UTF-8”."),
        (b"start,end,kind,title,note,colour,colour", "Missing columns: precision. Unknown columns: colour, colour. Known columns"),
        (b"start,end,precision,kind,title,note,note", "Columns named twice: note."),
        (b"start;end;precision;kind;title;note", "The columns must be separated by commas, not semicolons."),
        (f'{HEAD}\n2021,,year,other,"open'.encode(), "This is no CSV from line"),
        (f"{HEAD}\n2021,,year,other,{'x' * 140_000},".encode(), "This is no CSV from line"),
        (b"PK\x03\x04\x14\x00\x00", "The file is damaged or no .xlsx."),
    ],
)  # fmt: skip
def test_what_is_no_roadmap_says_why(content, sentence):
    with pytest.raises(UnreadableFileError) as refusal:
        read_roadmap(content, CYCLE)

    assert sentence in str(refusal.value)


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr("events.roadmap_file.BY_COMMAND", Limits(rows=2))

    with pytest.raises(UnreadableFileError, match="more than 2 rows"):
        read(*(f"2021,,year,other,T{number}," for number in range(3)))
