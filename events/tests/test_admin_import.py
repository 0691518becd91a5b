"""Bringing a roadmap file in through the administration: looked at first, then saved whole or not at all."""

import io
from datetime import UTC, datetime

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile

from events.models import Event
from events.roadmap_export import write_roadmap
from events.tests.factories import LONG_AGO, get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.tests.test_dates import ROADMAP
from foundation.models import HistoryEntry, Job
from foundation.spreadsheet_out import csv_lines, xlsx_bytes

pytestmark = pytest.mark.django_db
HEAD = "start,end,precision,kind,title,note,key"
LIST = "/admin/events/cycle/"


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.editor)


def upload(staff, content, name="roadmap.csv", cycle=None):
    content = content if isinstance(content, bytes) else content.encode()
    file = SimpleUploadedFile(name, content)
    return staff.post(f"{LIST}{(cycle or get_cycle()).pk}/import/", {"file": file})


def lines(*rows):
    return "\n".join([HEAD, *rows])


def checked(staff, *rows):
    """The address of the page that shows what the file would do."""
    response = upload(staff, lines(*rows))
    assert response.status_code == 302
    return response["Location"]


def sums(staff, address):
    return texts_of(staff.get(address).content.decode(), "sheet-sums")


def test_a_new_file_is_looked_at_and_then_saved(staff, cast):
    response = upload(staff, ROADMAP.read_bytes())
    address = response["Location"]

    assert sums(staff, address) == ["roadmap.csv: 15 new, 0 changed, 0 unchanged, 0 to mend. Nothing is saved yet."]
    assert (Event.objects.count(), HistoryEntry.objects.count()) == (0, 0)
    saved = staff.get(staff.post(address, {"publish": "on"})["Location"]).content.decode()
    assert "Imported: 15 new, 0 changed, 0 unchanged, 15 made public." in saved
    assert Event.objects.for_public().count() == 15
    assert {entry.actor for entry in HistoryEntry.objects.all()} == {cast.editor}
    assert "15 new" in LogEntry.objects.get(object_id=str(get_cycle().pk)).change_message


def test_new_rows_stay_private_and_changes_unwritten_unless_asked(staff):
    make_event(title="Old", source_key="k", kind="other")
    address = checked(staff, "2021-07-08,,day,other,New,,k", "2022,,year,other,U,,l")

    assert texts_of(staff.get(address).content.decode(), "sheet-list") == ["Title: Old → New"]
    staff.post(address)

    assert [(event.title, event.published_at) for event in Event.objects.order_by("pk")] == [
        ("Old", LONG_AGO),
        ("U", None),
    ]


def test_changes_are_written_on_request(staff):
    event = make_event(title="Old", source_key="k", kind="other")

    staff.post(checked(staff, "2021-07-08,,day,other,New,,k"), {"update": "on"})

    event.refresh_from_db()
    assert event.title == "New"


def test_every_bad_cell_is_named_and_nothing_can_be_saved(staff):
    address = checked(staff, "2021,,year,party,T,,k", "x,,year,other,,,l", "2021,,year,other,Good,,m")
    page = staff.get(address).content.decode()

    assert sums(staff, address) == ["roadmap.csv: 1 new, 0 changed, 0 unchanged, 3 to mend. Nothing is saved yet."]
    assert [cell for cell in ("D2", "A3", "E3") if f">{cell}<" not in page] == []
    assert 'name="publish"' not in page
    assert staff.post(address, {"publish": "on"}).status_code == 422
    assert Event.objects.count() == 0


def test_the_file_comes_back_with_a_column_of_errors(staff):
    address = checked(staff, "2021,,year,party,=T,,k", "2021,,year,other,Good,,m")

    response = staff.get(f"{address}errors.xlsx")

    sheet = openpyxl.load_workbook(io.BytesIO(response.getvalue())).active
    assert [cell.value for cell in sheet[1]] == [*HEAD.split(","), "errors"]
    assert sheet["H2"].value.startswith("D2 kind: “party” is not one of stocktaking")
    assert (sheet["E2"].value, sheet["H3"].value) == ("'=T", None)
    mended = response.getvalue()
    assert "1 to mend" in sums(staff, upload(staff, mended, "errors.xlsx")["Location"])[0]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_that_comes_back_changes_nothing(staff, kind):
    make_event(
        title="=Row", description="a\nb", audiences=["state"], links=[{"label": "a", "url": "https://a.example/"}]
    )
    rows = write_roadmap(get_cycle().events.in_roadmap_order())
    content = xlsx_bytes(rows, title="t") if kind == "xlsx" else "".join(csv_lines(rows))

    address = upload(staff, content, f"roadmap.{kind}")["Location"]

    assert sums(staff, address) == [f"roadmap.{kind}: 0 new, 0 changed, 1 unchanged, 0 to mend. Nothing is saved yet."]
    assert "There is nothing to import" in staff.get(address).content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The submitted file is empty."),
        (b"a,b\n1,2", "Missing columns: start, end, precision, kind, title, note."),
        (b"\xff\xfe", "not in UTF-8"),
        (b"PK\x03\x04", "damaged or no .xlsx"),
        (b"x" * (5 * 1024 * 1024 + 1), "at most 5 MB"),
    ],
)
def test_what_is_no_roadmap_is_told(staff, content, sentence):
    response = upload(staff, content)

    assert response.status_code == 422
    assert sentence in " ".join(texts_of(response.content.decode(), "errorlist"))
    assert not Job.objects.exists()


def test_a_form_without_a_file_is_told(staff):
    response = staff.post(f"{LIST}{get_cycle().pk}/import/")

    assert (response.status_code, "This field is required." in response.content.decode()) == (422, True)


def test_a_second_click_saves_nothing_twice(staff):
    address = checked(staff, "2022,,year,other,U,,l")
    staff.post(address)
    before = HistoryEntry.objects.count()

    response = staff.get(staff.post(address)["Location"])

    assert "This file was imported already, or was kept for a day." in response.content.decode()
    assert (Event.objects.count(), HistoryEntry.objects.count()) == (1, before)
    assert staff.get(f"{address}errors.xlsx").status_code == 404


def test_a_file_is_forgotten_after_a_day(staff):
    address = checked(staff, "2022,,year,other,U,,l")
    Job.objects.update(requested_at=datetime(2020, 1, 1, tzinfo=UTC))

    assert [staff.get(address).status_code, staff.post(address).status_code] == [302, 302]
    assert not Event.objects.exists()


def test_nobody_else_sees_or_saves_a_kept_file(staff, cast, log_in, client):
    address = checked(staff, "2022,,year,other,Secret row,,l")
    others = (client, log_in(cast.focal_point), log_in(cast.reviewer), log_in(cast.superuser))

    for path, wanted in ((address, [302, 403, 403, 404]), (f"{address}errors.xlsx", [302, 403, 403, 404])):
        assert [visitor.get(path).status_code for visitor in others] == wanted
    assert [visitor.post(address).status_code for visitor in others] == [302, 403, 403, 404]
    assert (staff.put(address).status_code, staff.post(f"{address}errors.xlsx").status_code) == (405, 405)
    assert not Event.objects.exists()


def test_an_edit_between_the_two_pages_is_seen_again(staff):
    event = make_event(title="T", source_key="k", kind="other")
    address = checked(staff, "2021-07,,month,other,T,,k")
    Event.objects.filter(pk=event.pk).update(start_time="15:00")

    response = staff.post(address, {"update": "on"})

    assert response.status_code == 422
    assert "A time needs an exact day." in response.content.decode()
    assert Event.objects.get().precision == "day"


def test_rows_of_other_cycles_are_left_alone(staff):
    other = make_cycle()
    make_event(other, source_key="l", title="U")

    staff.post(checked(staff, "2022,,year,other,U,,l"))

    assert (other.events.count(), get_cycle().events.count()) == (1, 1)


def test_hostile_names_of_files_are_only_text(staff):
    address = upload(staff, lines("2022,,year,other,U,,l"), "../<script>\u202e.csv")["Location"]
    page = staff.get(address).content.decode()

    assert ("<script>\u202e" in page, "../" in texts_of(page, "sheet-sums")[0]) == (False, False)


@pytest.mark.parametrize("count", [1, 300])
def test_looking_costs_the_same_for_any_number_of_rows(staff, django_assert_num_queries, count):
    make_event(title="Old", source_key="k0", kind="other")
    address = checked(staff, *(f"2021-07-08,,day,other,T{number},,n{number}" for number in range(count)))
    staff.get(address)

    with django_assert_num_queries(11):
        staff.get(address)
