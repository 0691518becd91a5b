"""manage.py load_pledges: all or nothing, every bad cell named, nothing edited silently."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from accounts.models import Stakeholder
from foundation.models import HistoryEntry
from foundation.row_reading import read
from foundation.spreadsheets import BY_COMMAND, UnreadableFileError, read_table
from pledges.facts import facts_of
from pledges.loading import PledgeImporter, load
from pledges.models import Pledge, PledgeParty, PledgeVersion

pytestmark = pytest.mark.django_db
AT = datetime(2021, 5, 1, 9, tzinfo=UTC)
REQUIRED = PledgeImporter.required
FILE = Path(__file__).parents[1] / "data" / "pledges-public.csv"
GOOD = {
    "reference": "TST-1",
    "title": "Grants for jobs",
    "entity": "Example Fund",
    "entity_type": "foundation",
    "country": "",
    "partners": "",
    "contribution_types": "financial",
    "area_of_focus": "education",
    "occasion": "GRF 2019",
    "target_value": "",
    "target_unit": "",
    "target_year": "",
    "host_countries": "",
    "source": "https://example.org/1",
}


def as_csv(*rows, columns=REQUIRED):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(GOOD | row for row in rows)
    return text.getvalue().encode()


def bad_cells(content):
    return [str(trouble) for trouble in reading(content).troubles]


def reading(content):
    return read(PledgeImporter(), read_table(content, BY_COMMAND))


def place(line, column):
    """Where a cell of a file with the usual columns stands, in words."""
    return f"line {line}, column {column} (cell {get_column_letter(REQUIRED.index(column) + 1)}{line})"


def load_one(**cells):
    load(as_csv(cells), at=AT, update=False)
    return Pledge.objects.get(reference=cells.get("reference", "TST-1"))


def test_the_real_file_is_loaded_once(capsys):
    call_command("load_pledges", FILE)
    call_command("load_pledges", FILE)
    first, told, again = capsys.readouterr().out.splitlines()
    assert first == "30 new, 0 changed, 0 unchanged pledges."
    assert re.fullmatch(r"This very file was imported before: \d{4}-\d\d-\d\d \d\d:\d\d UTC by a command\.", told)
    assert again == "0 new, 0 changed, 30 unchanged pledges."
    assert Pledge.objects.count() == PledgeVersion.objects.count() == 30


def test_every_cell_of_the_real_file_is_in_the_database():
    load(FILE.read_bytes(), at=AT, update=False)
    for row in csv.DictReader(io.StringIO(FILE.read_text(encoding="utf-8"))):
        pledge = Pledge.objects.select_related("occasion").get(reference=row["reference"])
        facts, lead = facts_of(pledge.current), Stakeholder.objects.get(name=row["entity"])
        unit = facts.target_currency or facts.target_unit
        period = " a year" if facts.target_period == "year" else ""
        number = facts.target_value
        assert (row["title"], row["language"], row["source"]) == (facts.title, facts.language, pledge.source_url)
        assert (lead.slug, lead.kind) == (facts.lead, row["entity_type"])
        assert (lead.country.code if lead.country else "") == row["country"]
        assert facts.contribution_types == set(row["contribution_types"].split("; "))
        assert facts.themes == {row["area_of_focus"]}
        assert pledge.occasion.slug == row["occasion"].lower().replace(" ", "-")
        assert ("" if number is None else str(int(number))) == row["target_value"]
        assert unit + period == row["target_unit"]
        assert str(facts.target_year or "") == row["target_year"]
        assert facts.host_countries == set(filter(None, row["host_countries"].split("; ")))


def test_partners_that_are_entities_become_stakeholders_and_others_labels():
    load(FILE.read_bytes(), at=AT, update=False)
    partners = PledgeParty.objects.filter(role="partner")
    assert sorted(party.label for party in partners if party.label) == [
        "118 actors",
        "234 partners",
        "28 law firms and companies",
        "55 civil society organizations",
    ]
    assert {(party.stakeholder.name, party.stakeholder.kind) for party in partners if party.stakeholder} == {
        ("Inter IKEA Group", "other"),
        ("International Rescue Committee", "other"),
        ("Korea International Cooperation Agency", "other"),
        ("Student Action for Refugees", "other"),
        ("UN Smart Maps Group", "other"),
    }


def test_pledges_are_published_the_day_after_their_occasion():
    load(FILE.read_bytes(), at=AT, update=False)
    since = {
        pledge.occasion.slug: (pledge.published_at, pledge.current.valid_from)
        for pledge in Pledge.objects.select_related("occasion")
    }
    assert since == {
        "grf-2019": (datetime(2019, 12, 19, tzinfo=UTC),) * 2,
        "hls-2019": (datetime(2019, 10, 8, tzinfo=UTC),) * 2,
        "grf-2023": (datetime(2023, 12, 16, tzinfo=UTC),) * 2,
    }


@pytest.mark.parametrize(
    ("cells", "unit", "currency", "period"),
    [
        ({"target_value": "5", "target_unit": "EUR"}, "", "EUR", "total"),
        ({"target_value": "5", "target_unit": "EUR a year"}, "", "EUR", "year"),
        ({"target_value": "2.5", "target_unit": "hours a year"}, "hours", "", "year"),
        ({"target_value": "5", "target_unit": "tents"}, "tents", "", "total"),
    ],
)
def test_units_are_currencies_or_what_is_counted(cells, unit, currency, period):
    facts = facts_of(load_one(**cells).current)
    assert (facts.target_unit, facts.target_currency, facts.target_period) == (unit, currency, period)
    assert facts.target_value == Decimal(cells["target_value"])


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            {"reference": "tst-1"},
            "reference: A reference is capital letters, a hyphen and digits, for example PUB-001.",
        ),
        ({"reference": ""}, "reference: This field is required."),
        ({"title": ""}, "title: This field is required."),
        ({"title": "x" * 301}, "title: Ensure this value has at most 300 characters (it has 301)."),
        ({"entity_type": "club"}, "entity_type: Select a valid choice. club is not one of the available choices."),
        ({"country": "ZZ"}, "country: “ZZ” is not a code that the portal knows."),
        ({"area_of_focus": "fun"}, "area_of_focus: “fun” is not a code that the portal knows."),
        ({"contribution_types": ""}, "contribution_types: This field is required."),
        ({"occasion": "GRF 2018"}, "occasion: “GRF 2018” is no forum or meeting that the portal knows."),
        ({"target_year": "19"}, "target_year: Ensure this value is greater than or equal to 2000."),
        ({"target_unit": "tents"}, "target_value: Give the number, or take the unit away."),
        ({"target_value": "5"}, "target_unit: Say what the target counts, or in which currency it is."),
        (
            {"target_value": "5", "target_unit": "EUO"},
            "target_unit: “EUO” looks like a currency, but is no code of ISO 4217.",
        ),
        ({"host_countries": "BI; XX"}, "host_countries: “XX” is not a code that the portal knows."),
        ({"partners": "Example Fund"}, "partners: The lead is not a partner as well."),
        ({"partners": "Fund B; Fund B"}, "partners: An entity is named twice."),
        ({"partners": "Fund B; " + "x" * 201}, "partners: Ensure this value has at most 200 characters (it has 201)."),
        ({"partners": "118 " + "x" * 200}, "partners: A line has at most 200 characters."),
        ({"entity": "\u200b"}, "entity: This field is required."),
        ({"entity": "x" * 201}, "entity: Ensure this value has at most 200 characters (it has 201)."),
        ({"source": ""}, "source: This field is required."),
        (
            {"target_value": "9" * 17, "target_unit": "tents"},
            "target_value: Ensure that there are no more than 16 digits before the decimal point.",
        ),
        (
            {"source": "javascript:alert(1)"},
            "source: Enter a valid URL.",
        ),
    ],
)
def test_a_bad_cell_is_named_by_line_and_column(cells, message):
    column, _colon, sentence = message.partition(": ")
    assert bad_cells(as_csv({"reference": "TST-2"}, cells)) == [f"{place(3, column)}: {sentence}"]


@pytest.mark.parametrize("column", ["title", "entity", "partners", "source", "target_unit"])
def test_characters_that_hide_are_taken_out_or_named(column):
    for sign in ("\x00", "\x07", "\u202e", "\u2066", "\ufeff"):
        row = {"target_value": "5", "target_unit": "tents", "reference": "TST-1"}
        rows = reading(as_csv(row | {column: f"https://example.org/a{sign}b"}))

        said = [str(trouble) for trouble in rows.troubles] or [str(rows.rows[0])]
        assert len(said) == 1
        assert sign not in said[0]
        assert repr(sign).strip("'") not in said[0]


@pytest.mark.parametrize("value", ["1,000", "1e3", "-5", "0", "NaN", "٥", "1.234"])
def test_a_number_is_plain_digits(value):
    (message,) = bad_cells(as_csv({"target_value": value, "target_unit": "tents"}))
    assert message.startswith(f"{place(2, 'target_value')}: “{value}” ")


def test_one_bad_cell_saves_nothing_and_all_are_named(tmp_path):
    path = tmp_path / "pledges.csv"
    path.write_bytes(as_csv({}, {"reference": "TST-2", "country": "ZZ", "source": "x"}, {"reference": "TST-1"}))
    with pytest.raises(CommandError) as caught:
        call_command("load_pledges", path)
    assert str(caught.value).splitlines() == [
        f"{place(3, 'country')}: “ZZ” is not a code that the portal knows.",
        f"{place(3, 'source')}: Enter a valid URL.",
        f"{place(4, 'reference')}: TST-1 stands in line 2 already.",
        "Nothing was saved.",
    ]
    assert caught.value.returncode == 1
    assert (Pledge.objects.count(), Stakeholder.objects.count()) == (0, 0)


def test_lines_are_counted_through_cells_of_several_lines():
    columns = (*REQUIRED, "description")
    content = as_csv({"description": "one\ntwo\nthree"}, {"reference": "X", "description": ""}, columns=columns)
    assert bad_cells(content) == [
        "line 5, column reference (cell A3): A reference is capital letters, a hyphen and digits, for example PUB-001."
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1, column reference: this column is missing."),
        (as_csv(columns=(*REQUIRED, "colour")), "line 1, column colour: this column is not known."),
        (as_csv({}) + b"a,b\n", "line 3: has 2 cells, the header has 14."),
        (as_csv({}) + b"\x00", "line 3: has 1 cells, the header has 14."),
    ],
)
def test_what_is_no_such_file_is_refused(content, message):
    assert bad_cells(content)[0] == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (as_csv({}) + b"\xff", "The file is not in UTF-8: see line 3. Save it as “CSV UTF-8”."),
        (as_csv({}) + b'"open', "This is no CSV from line 3 on: unexpected end of data."),
    ],
)
def test_what_cannot_be_read_is_said(content, message, tmp_path):
    path = tmp_path / "pledges.csv"
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError) as unreadable:
        load(content, at=AT, update=False)
    with pytest.raises(CommandError) as caught:
        call_command("load_pledges", path)
    assert (str(unreadable.value), str(caught.value)) == (message, f"{path}: {message}")


def test_a_file_that_contradicts_itself_is_refused():
    rows = [{"entity": "Fund A"}, {"reference": "TST-2", "entity": "Fund A", "entity_type": "state"}]
    rows.append({"reference": "TST-3", "partners": "Fund-A"})
    assert bad_cells(as_csv(*rows)) == [
        f"{place(3, 'entity')}: “Fund A” has another entity_type or country in an earlier line.",
        f"{place(4, 'partners')}: “Fund-A” would get the same address as “Fund A”.",
    ]


def test_a_lead_that_was_a_partner_before_keeps_its_kind():
    load(as_csv({"partners": "Fund B"}, {"reference": "TST-2", "entity": "Fund B"}), at=AT, update=False)
    assert Stakeholder.objects.get(slug="fund-b").kind == "foundation"


def test_a_missing_file_is_said():
    with pytest.raises(CommandError, match=r"^/nowhere\.csv cannot be read: No such file or directory\.$"):
        call_command("load_pledges", "/nowhere.csv")


def test_differences_are_reported_and_not_written():
    load_one()
    report = load(as_csv({"title": "More grants"}), at=AT, update=False)
    assert report.changed == {"TST-1": {"title": ["Grants for jobs", "More grants"]}}
    assert [version.title for version in PledgeVersion.objects.all()] == ["Grants for jobs"]


def test_differences_become_a_new_version_when_told_to():
    pledge = load_one()
    load(as_csv({"title": "More grants", "source": "https://example.org/2"}), at=AT, update=True)
    versions = PledgeVersion.objects.order_by("number")
    since = datetime(2019, 12, 19, tzinfo=UTC)
    assert [(row.number, row.title, row.valid_from, row.valid_until) for row in versions] == [
        (1, "Grants for jobs", since, AT),
        (2, "More grants", AT, None),
    ]
    entry = HistoryEntry.objects.get(verb="pledge.revised", subject_uuid=pledge.uuid)
    assert sorted(entry.changes) == ["source_url", "title"]


def test_what_the_file_does_not_say_stays():
    pledge = load_one()
    PledgeVersion.objects.filter(pledge=pledge).update(description="Written by staff.")
    load(as_csv({"title": "More grants"}), at=AT, update=True)
    assert Pledge.objects.get().current.description == "Written by staff."


def test_what_staff_made_of_a_stakeholder_stays():
    load_one()
    Stakeholder.objects.update(name="The Example Fund", kind="other")
    report = load(as_csv({}), at=AT, update=True)
    assert (report.unchanged, Stakeholder.objects.get().name) == (["TST-1"], "The Example Fund")


def as_xlsx(*rows):
    written, book = io.BytesIO(), Workbook()
    book.active.append(REQUIRED)
    for row in rows:
        book.active.append([(GOOD | row)[name] for name in REQUIRED])
    book.save(written)
    return written.getvalue()


def test_a_workbook_says_the_same_as_a_csv_file():
    rows = [{"target_value": "2.5", "target_unit": "EUR"}, {"reference": "TST-2", "partners": "Fund B; 118 actors"}]

    assert reading(as_xlsx(*rows)) == reading(as_csv(*rows))
    assert len(reading(as_xlsx(*rows)).rows) == 2


@pytest.mark.parametrize("title", ["=1+1", '=HYPERLINK("https://example.org")'])
def test_a_formula_in_a_workbook_is_refused_by_its_cell(title):
    (message,) = bad_cells(as_xlsx({"title": title}))

    assert message.startswith("line 2, column title (cell B2): ")
    assert "formula" in message


def many(bad=()):
    """3,500 rows, a hundred stakeholders; ``bad`` are the rows, counted from 0, that know an unknown country."""
    return as_csv(
        *(
            {"reference": f"TST-{number}", "entity": f"Fund {number % 100}", "country": "ZZ" if number in bad else "CH"}
            for number in range(3500)
        )
    )


def test_seven_bad_cells_of_3500_rows_are_named_and_nothing_is_saved():
    bad = (0, 499, 500, 1234, 2999, 3000, 3499)

    report = load(many(bad), at=AT, update=True)

    assert [cell.cell for cell in report.troubles] == [f"E{number + 2}" for number in bad]
    assert (Pledge.objects.count(), Stakeholder.objects.count()) == (0, 0)


def test_3500_rows_are_saved_and_the_same_file_again_changes_nothing():
    first, again = (load(many(), at=AT, update=True) for _time in range(2))

    assert (len(first.new), first.troubles) == (3500, [])
    assert (again.new, again.changed, len(again.unchanged)) == ([], {}, 3500)
    assert (Pledge.objects.count(), PledgeVersion.objects.count(), Stakeholder.objects.count()) == (3500, 3500, 100)
