"""A stakeholder's pledges in a workbook: downloaded, filled in offline, brought back, looked at, saved."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from events.tests.pages import texts_of
from foundation.models import HistoryEntry, Job, OutgoingMail
from foundation.spreadsheet_out import xlsx_bytes
from foundation.spreadsheets import ON_THE_WEB, read_table
from pledges.models import ProgressUpdate, UpdateRound
from pledges.my_sheet import COLUMNS
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db


@pytest.fixture
def focal(cast, log_in):
    return log_in(cast.focal_point)


def base(cast):
    return f"/my/stakeholders/{cast.ngo.slug}"


def downloaded(client, cast):
    """The rows of the workbook by reference, each as a dictionary."""
    response = client.get(f"{base(cast)}/pledges.xlsx")
    assert response.status_code == 200
    table = read_table(response.getvalue(), ON_THE_WEB)
    assert table.names == list(COLUMNS)
    rows = [dict(zip(table.names, record.cells, strict=True)) for record in table.records]
    return {row["reference"]: row for row in rows}


def as_xlsx(rows, columns=COLUMNS):
    return xlsx_bytes([list(columns), *([row.get(name, "") for name in columns] for row in rows)], title="x")


def brought(client, cast, *rows, columns=COLUMNS):
    """The address of the page that shows what the rows would do."""
    file = SimpleUploadedFile("filled.xlsx", as_xlsx(rows, columns))
    response = client.post(f"{base(cast)}/sheet/", {"file": file})
    assert response.status_code == 302
    return response["Location"]


def sums(client, address):
    return texts_of(client.get(address).content.decode(), "lede")[0]


FILLED = {
    "stage": "In progress",
    "narrative": "Two schools were opened.",
    "result_label_1": "Children in school",
    "result_value_1": "250",
    "result_unit_1": "children",
    "result_reached_on_1": "2021-09-30",
    "challenges": "Roads.",
    "support_needed": "Books.",
    "refugees_involved": "They chose the places.",
    "links": "https://example.org/a; https://example.org/b",
    "scope_change": "accelerated",
    "language": "fr",
}


def test_the_workbook_holds_what_was_published_last_and_the_drafts(focal, cast):
    make_update(cast.pledge, narrative="=Work has begun.", stage="in-progress")
    other = make_pledge(cast.ngo, title="Books")
    make_update(other, "draft", narrative="A draft", stage="planning", links=["https://example.org/"], revision=4)
    make_pledge(cast.other)
    make_pledge(cast.partner_ngo, partners=(cast.ngo,))

    rows = downloaded(focal, cast)

    assert sorted(rows) == sorted([cast.pledge.reference, other.reference])
    row = rows[cast.pledge.reference]
    assert [
        row[name] for name in ("title", "last_stage", "last_update_on", "last_narrative", "stage", "narrative")
    ] == [
        "Schools for 500 children",
        "In progress",
        "2021-02-01",
        "=Work has begun.",
        "In progress",
        "",
    ]
    row = rows[other.reference]
    assert [row[name] for name in ("stands", "stage", "narrative", "links", "revision", "submit")] == [
        "draft",
        "Planning stage",
        "A draft",
        "https://example.org/",
        "4",
        "no",
    ]


def test_nothing_in_the_workbook_is_a_formula(focal, cast):
    make_update(cast.pledge, narrative='=HYPERLINK("https://a.example")')
    response = focal.get(f"{base(cast)}/pledges.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(response.getvalue())).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value} == {"s"}
    assert response["Content-Disposition"] == f'attachment; filename="pledges-{cast.ngo.slug}.xlsx"'
    assert "private, no-store" in response["Cache-Control"]


def test_an_untouched_workbook_changes_nothing(focal, cast):
    make_update(cast.pledge)
    make_update(make_pledge(cast.ngo), "draft", narrative="A draft", results=[{"label": "a", "value": "1", "unit": ""}])
    make_update(make_pledge(cast.ngo), "submitted")
    rows = downloaded(focal, cast)

    address = brought(focal, cast, *rows.values())

    assert sums(focal, address) == "filled.xlsx: 0 new, 0 changed, 3 unchanged, 0 to mend. Nothing is saved yet."
    before = list(ProgressUpdate.objects.values())
    focal.post(address)
    assert list(ProgressUpdate.objects.values()) == before


def test_a_filled_row_becomes_a_draft_with_all_its_fields(focal, cast):
    rows = downloaded(focal, cast)
    address = brought(focal, cast, rows[cast.pledge.reference] | FILLED)

    assert sums(focal, address) == "filled.xlsx: 1 new, 0 changed, 0 unchanged, 0 to mend. Nothing is saved yet."
    assert not ProgressUpdate.objects.exists()
    page = focal.post(address, follow=True).content.decode()

    assert f"Saved as drafts: {cast.pledge.reference}." in page
    update = ProgressUpdate.objects.get()
    assert (update.state, update.stage, update.narrative, update.language, update.scope_change) == (
        "draft",
        "in-progress",
        "Two schools were opened.",
        "fr",
        "accelerated",
    )
    assert update.results == [
        {"label": "Children in school", "value": "250", "unit": "children", "reached_on": "2021-09-30"}
    ]
    assert update.links == ["https://example.org/a", "https://example.org/b"]
    assert HistoryEntry.objects.get(verb="draft saved").actor == cast.focal_point


def test_rows_marked_so_are_submitted_with_a_receipt(focal, cast):
    other = make_pledge(cast.ngo)
    rows = downloaded(focal, cast)
    address = brought(
        focal,
        cast,
        rows[cast.pledge.reference] | FILLED | {"submit": "yes"},
        rows[other.reference] | {"narrative": "Only begun", "stage": ""},
    )

    page = focal.post(address, follow=True).content.decode()

    assert f"Submitted, with a receipt by mail for each: {cast.pledge.reference}." in page
    assert UpdateRound.objects.get().submitted_by == cast.focal_point
    assert OutgoingMail.objects.filter(address="focal@example.org").exists()
    assert [(update.pledge, update.state) for update in ProgressUpdate.objects.order_by("pk")] == [
        (cast.pledge, "submitted"),
        (other, "draft"),
    ]


@pytest.mark.parametrize(
    ("change", "column", "sentence"),
    [
        ({"stage": "Nearly"}, "stage", "“Nearly” is not on the list. Please choose one that is."),
        ({"language": "xx"}, "language", "“xx” is not on the list. Please choose one that is."),
        ({"narrative": "a\u202eb"}, "narrative", "There is an invisible control character"),
        ({"narrative": "x" * 6001}, "narrative", "room for. Nothing was cut."),
        ({"links": "no link"}, "links", "is not a full web address"),
        ({"result_value_1": "1,000"}, "result_value_1", "Write digits and at most one point"),
        ({"result_reached_on_1": "soon"}, "result_reached_on_1", "Write the day as year-month-day"),
        ({"submit": "perhaps"}, "submit", "“perhaps” is neither yes nor no."),
        ({"submit": "yes", "stage": "Planning"}, "narrative", "Please say in a few words what has happened."),
        ({"submit": "yes", "stage": "Fulfilled", "narrative": "Done"}, "links", "Please give a link"),
        ({"revision": "x"}, "revision", "A part of the form got lost on the way."),
        ({"revision": ""}, "revision", "A part of the form got lost on the way."),
    ],
)
def test_each_bad_cell_is_named_and_nothing_can_be_saved(focal, cast, change, column, sentence):
    other = make_pledge(cast.ngo)
    rows = downloaded(focal, cast)
    address = brought(focal, cast, rows[other.reference] | {"narrative": "Good"}, rows[cast.pledge.reference] | change)
    page = focal.get(address).content.decode()

    cell = f"{openpyxl.utils.get_column_letter(COLUMNS.index(column) + 1)}3"
    assert (f"<b>{cell}</b> <code>{column}</code>" in page, sentence in page) == (True, True)
    assert "1 to mend" in sums(focal, address)
    assert focal.post(address).status_code == 422
    assert not ProgressUpdate.objects.exists()
    sheet = openpyxl.load_workbook(io.BytesIO(focal.get(f"{address}errors.xlsx").getvalue())).active
    assert sheet.cell(1, len(COLUMNS) + 1).value == "errors"
    assert sheet.cell(3, len(COLUMNS) + 1).value.startswith(f"{cell} {column}: ")


def test_anothers_pledge_is_named_in_the_words_for_one_that_is_not_there(focal, cast):
    foreign = make_pledge(cast.other, title="Secret title")
    shared = make_pledge(cast.partner_ngo, partners=(cast.ngo,))
    rows = [{"reference": reference, "revision": "0"} for reference in (foreign.reference, "NONE-1", shared.reference)]

    page = focal.get(brought(focal, cast, *rows, columns=("reference", "revision"))).content.decode()

    for reference in (foreign.reference, "NONE-1", shared.reference):
        assert f"“{reference}” is none of your pledges." in page
    assert "Secret title" not in page


def test_a_reference_twice_is_named(focal, cast):
    row = downloaded(focal, cast)[cast.pledge.reference]

    page = focal.get(brought(focal, cast, row, row)).content.decode()

    assert f"{cast.pledge.reference} stands in line 2 already." in page


def test_a_draft_that_was_changed_meanwhile_is_named_and_not_written_over(focal, cast):
    other = make_pledge(cast.ngo)
    make_update(cast.pledge, "draft", narrative="Old", revision=1)
    rows = downloaded(focal, cast)
    ProgressUpdate.objects.update(narrative="By a colleague", revision=2)
    filled = [row | {"narrative": "From the file"} for row in rows.values()]
    address = brought(focal, cast, *filled)

    page = focal.get(address).content.decode()
    assert "Somebody saved this update after you had downloaded the file." in page
    page = focal.post(address, follow=True).content.decode()

    assert f"Not saved: {cast.pledge.reference}." in page
    assert ProgressUpdate.objects.get(pledge=cast.pledge).narrative == "By a colleague"
    assert ProgressUpdate.objects.get(pledge=other).narrative == "From the file"


def test_a_draft_that_is_changed_between_the_page_and_the_button_is_named_too(focal, cast):
    make_update(cast.pledge, "draft", narrative="Old", revision=1)
    row = downloaded(focal, cast)[cast.pledge.reference]
    address = brought(focal, cast, row | {"narrative": "From the file"})
    ProgressUpdate.objects.update(narrative="By a colleague", revision=2)

    page = focal.post(address, follow=True).content.decode()

    assert f"Not saved: {cast.pledge.reference}." in page
    assert ProgressUpdate.objects.get().narrative == "By a colleague"


def test_an_update_in_review_is_left_alone(focal, cast):
    make_update(cast.pledge, "submitted")
    row = downloaded(focal, cast)[cast.pledge.reference]

    address = brought(focal, cast, row | {"narrative": "Another text"})

    assert "The reviewers have an update of this pledge." in focal.get(address).content.decode()
    focal.post(address)
    assert ProgressUpdate.objects.get().narrative == "Work has begun."


def test_a_contributor_drafts_and_does_not_submit(cast, log_in):
    client = log_in(cast.contributor)
    row = downloaded(client, cast)[cast.pledge.reference] | FILLED

    page = client.get(brought(client, cast, row | {"submit": "yes"})).content.decode()
    assert "As a contributor you can save drafts; a focal point submits them." in page
    client.post(brought(client, cast, row))

    assert ProgressUpdate.objects.get().saved_by == cast.contributor


def test_columns_that_were_taken_out_leave_their_fields_as_they_are(focal, cast):
    make_update(cast.pledge, "draft", narrative="Old", challenges="Stay", revision=1)
    row = {"reference": cast.pledge.reference, "revision": "1", "narrative": "New"}

    focal.post(brought(focal, cast, row, columns=("reference", "revision", "narrative")))

    update = ProgressUpdate.objects.get()
    assert (update.narrative, update.challenges) == ("New", "Stay")


def test_a_second_click_saves_nothing_twice_and_a_day_later_the_file_is_gone(focal, cast):
    row = downloaded(focal, cast)[cast.pledge.reference] | FILLED
    address = brought(focal, cast, row)
    focal.post(address)
    assert "This file was saved already" in focal.post(address, follow=True).content.decode()
    assert (ProgressUpdate.objects.count(), HistoryEntry.objects.filter(verb="draft saved").count()) == (1, 1)

    address = brought(focal, cast, row)
    Job.objects.update(requested_at=timezone.now() - timedelta(days=2))
    assert focal.get(address).status_code == 302
    assert focal.get(f"{address}errors.xlsx").status_code == 404


def test_nobody_else_sees_a_brought_file(focal, cast, log_in, client):
    address = brought(focal, cast, downloaded(focal, cast)[cast.pledge.reference] | FILLED)
    others = [log_in(getattr(cast, role)) for role in ("colleague", "stranger", "partner", "editor")]

    for path in (address, f"{address}errors.xlsx"):
        assert [person.get(path).status_code for person in (client, *others)] == [302, 404, 404, 404, 404]
    assert [person.post(address).status_code for person in (client, *others)] == [302, 404, 404, 404, 404]
    assert not ProgressUpdate.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "empty"), (b"PK\x03\x04", "damaged"), (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel file")],
)
def test_what_is_no_spreadsheet_is_told(focal, cast, content, sentence):
    response = focal.post(f"{base(cast)}/sheet/", {"file": SimpleUploadedFile("x.xlsx", content)})

    assert (response.status_code, sentence in response.content.decode()) == (422, True)


def test_a_table_of_something_else_is_told_by_its_columns(focal, cast):
    page = focal.get(brought(focal, cast, {"colour": "red"}, columns=("colour",))).content.decode()

    assert ("this column is missing." in page, "this column is not known." in page) == (True, True)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_pledges_costs_the_same(focal, cast, count, django_assert_num_queries):
    for _number in range(count - 1):
        make_pledge(cast.ngo)
    with django_assert_num_queries(17):
        focal.get(f"{base(cast)}/pledges.xlsx")
    rows = downloaded(focal, cast)
    address = brought(focal, cast, *(row | {"narrative": "New"} for row in rows.values()))

    with django_assert_num_queries(18):
        focal.get(address)
