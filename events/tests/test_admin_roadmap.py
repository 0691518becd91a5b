"""A cycle's roadmap on one page of the administration: sorted, exported, duplicated, with the history of its rows."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command

from events import workflow
from events.models import Cycle, Event
from events.tests.factories import LONG_AGO, get_cycle, make_cycle, make_event
from events.tests.pages import texts_of
from events.tests.test_dates import ROADMAP

pytestmark = pytest.mark.django_db
LIST = "/admin/events/cycle/"


@pytest.fixture
def staff(cast, log_in):
    return log_in(cast.editor)


@pytest.fixture
def cycle():
    return get_cycle()


def path(cycle, name):
    return f"{LIST}{cycle.pk}/{name}"


def three_rows(cycle):
    make_event(cycle, title="Beta", kind="briefing", starts_on=date(2021, 3, 1), ends_before=date(2021, 3, 2))
    make_event(cycle, title="Alpha", kind="roundtable", published_at=None, mode="virtual")
    make_event(cycle, title="Gamma", kind="launch", precision="unknown", starts_on=None, ends_before=None)
    make_event(make_cycle(), title="Elsewhere")


def titles(response):
    return [
        line.split("</a>")[0].split(">")[-1]
        for line in response.content.decode().split('<table class="sheet')[1].split('scope="row"')[1:]
    ]


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "Beta Alpha Gamma"),
        ("?sort=date", "Beta Alpha Gamma"),
        ("?sort=-date", "Alpha Beta Gamma"),
        ("?sort=title", "Alpha Beta Gamma"),
        ("?sort=-title", "Gamma Beta Alpha"),
        ("?sort=kind", "Beta Gamma Alpha"),
        ("?sort=mode", "Beta Gamma Alpha"),
        ("?sort=-status", "Beta Alpha Gamma"),
        ("?sort=public", "Beta Gamma Alpha"),
        ("?sort=-changed", "Beta Alpha Gamma"),
        ("?sort=password", "Beta Alpha Gamma"),
        ("?sort=%00", "Beta Alpha Gamma"),
        ("?sort=-", "Beta Alpha Gamma"),
    ],
)
def test_headings_sort(staff, cycle, query, order):
    three_rows(cycle)

    response = staff.get(path(cycle, f"roadmap/{query}"))

    assert (response.status_code, titles(response)) == (200, order.split())


def test_page_says_how_it_is_sorted_and_turns_round(staff, cycle):
    three_rows(cycle)

    by_date = staff.get(path(cycle, "roadmap/")).content.decode()
    by_title = staff.get(path(cycle, "roadmap/?sort=-title")).content.decode()

    assert '<th scope="col" aria-sort="ascending"><a href="?sort=-date">' in by_date
    assert '<th scope="col" aria-sort="descending"><a href="?sort=title">' in by_title
    assert texts_of(by_date, "sheet-date")[::2] == ["1 March 2021", "8 July 2021", "Date to be announced"]
    assert "3 rows, 2 public." in by_date


def test_every_row_leads_to_its_form_its_preview_and_its_history(staff, cycle):
    event = make_event(cycle, title="Row")
    page = staff.get(path(cycle, "roadmap/")).content.decode()

    for name in ("change", "preview", "history"):
        assert staff.get(f"/admin/events/event/{event.pk}/{name}/").status_code == 200
        assert f'href="/admin/events/event/{event.pk}/{name}/"' in page


@pytest.mark.parametrize("count", [1, 300])
def test_page_costs_the_same_for_any_number_of_rows(staff, cycle, django_assert_num_queries, count):
    for _ in range(count):
        make_event(cycle)
    staff.get(path(cycle, "roadmap/"))

    with django_assert_num_queries(7):
        page = staff.get(path(cycle, "roadmap/")).content.decode()

    assert page.split("sheet-sorted")[1].count("<tr") == count + 1


@pytest.mark.parametrize("count", [1, 300])
def test_export_costs_the_same_for_any_number_of_rows(staff, cycle, django_assert_num_queries, count):
    for _ in range(count):
        make_event(cycle)
    for name in ("roadmap.csv", "roadmap.xlsx"):
        staff.get(path(cycle, name))
        with django_assert_num_queries(7):
            assert staff.get(path(cycle, name)).getvalue()


def test_export_holds_all_rows_public_or_not_and_no_formula(staff, cycle):
    make_event(cycle, title="=cmd|' /C calc'!A0", published_at=None)
    by_csv = staff.get(path(cycle, "roadmap.csv"))
    by_xlsx = staff.get(path(cycle, "roadmap.xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(by_xlsx.getvalue())).active

    (row,) = csv.DictReader(io.StringIO(by_csv.getvalue().decode("utf-8-sig")))
    assert row["title"] == sheet["E2"].value == "'=cmd|' /C calc'!A0"
    assert by_csv["Content-Disposition"] == 'attachment; filename="roadmap-hlom-2021.csv"'
    assert by_xlsx["Content-Disposition"] == 'attachment; filename="roadmap-hlom-2021.xlsx"'
    assert ("no-store" in by_csv["Cache-Control"], by_csv["X-Content-Type-Options"]) == (True, "nosniff")


@pytest.mark.parametrize("name", ["roadmap/", "roadmap.csv", "roadmap.xlsx"])
def test_readers_look_and_export(cast, log_in, client, cycle, name):
    three_rows(cycle)
    statuses = [
        who.get(path(cycle, name)).status_code for who in (client, log_in(cast.focal_point), log_in(cast.reviewer))
    ]
    editor = log_in(cast.editor)

    assert statuses == [302, 403, 200]
    assert (editor.post(path(cycle, name)).status_code, editor.get(f"{LIST}999999/{name}").status_code) == (405, 404)


@pytest.mark.parametrize("name", ["import/", "duplicate/"])
def test_readers_do_not_bring_in_or_copy(cast, log_in, client, cycle, name):
    make_event(cycle)
    for method in ("get", "post"):
        visitors = (client, log_in(cast.focal_point), log_in(cast.reviewer), log_in(cast.editor))
        statuses = [getattr(visitor, method)(path(cycle, name)).status_code for visitor in visitors]
        assert statuses == [302, 403, 403, 200 if method == "get" else 422]

    assert "Import" not in log_in(cast.reviewer).get(path(cycle, "roadmap/")).content.decode()
    assert log_in(cast.editor).put(path(cycle, name)).status_code == 405
    assert log_in(cast.editor).get(f"{LIST}999999/{name}").status_code == 404


def copy(staff, cycle, **fields):
    return staff.post(path(cycle, "duplicate/"), fields)


def test_roadmap_is_duplicated_into_an_empty_cycle(staff, cycle):
    call_command("load_roadmap", str(ROADMAP), "--cycle", "hlom-2021", "--publish", verbosity=0)
    target = get_cycle("progress-review-2025")

    response = staff.get(copy(staff, cycle, target=target.pk)["Location"])

    assert (
        "15 rows of High-Level Officials Meeting 2021 copied, 4 years later, to be confirmed."
        in response.content.decode()
    )
    assert (target.events.count(), target.events.filter(date_confirmed=True).count()) == (15, 0)
    assert not target.events.for_public().exists()
    assert "15 rows" in LogEntry.objects.get(object_id=str(target.pk)).change_message


def test_roadmap_is_duplicated_into_a_new_cycle(staff, cycle):
    make_event(cycle)

    copy(staff, cycle, title="Meeting 2029", slug="hlom-2029", kind="mid_term_review", years="8", keep_weekday="on")

    new = Cycle.objects.get(slug="hlom-2029")
    assert (new.starts_on, new.ends_on, new.published_at) == (date(2029, 12, 14), date(2029, 12, 15), None)
    assert new.events.get().starts_on == date(2029, 7, 5)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Say how many years later the new cycle is."),
        ({"years": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"years": "99"}, "Ensure this value is less than or equal to 20."),
        ({"years": "2"}, "This field cannot be blank."),
        ({"years": "2", "title": "T", "slug": "feed"}, "This word is an address of the portal. Choose another."),
        ({"years": "2", "title": "T", "slug": "grf-2019"}, "Cycle with this Address already exists."),
        ({"years": "2", "title": "T", "slug": "t", "kind": "x"}, "Select a valid choice. x is not one"),
        ({"target": "hlom-2021"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_duplicated_is_told(staff, cycle, fields, sentence):
    make_event(cycle)
    before = Cycle.objects.count()

    response = copy(staff, cycle, **fields)

    assert response.status_code == 422
    assert sentence in " ".join(texts_of(response.content.decode(), "errorlist"))
    assert (Cycle.objects.count(), Event.objects.count()) == (before, 1)


def test_cycles_with_rows_and_unknown_distances_are_refused(staff, cycle):
    make_event(cycle)
    full, undated = make_cycle(), make_cycle()
    make_event(full)

    into_full = copy(staff, cycle, target=full.pk, years="2")
    into_undated = copy(staff, cycle, target=undated.pk)

    assert "Select a valid choice." in into_full.content.decode()
    assert "The distance is not known" in into_undated.content.decode()
    assert undated.events.count() == 0


def test_history_says_who_did_what(staff, cast):
    event = make_event(title="Old", place="Bern")
    event.title, event.place = "New", "<b>Geneva</b>"
    workflow.save_event(at=LONG_AGO, actor=cast.editor, event=event)
    workflow.withdraw_events(at=LONG_AGO, actor=None, events=[event])

    page = staff.get(f"/admin/events/event/{event.pk}/history/").content.decode()

    assert texts_of(page, "sheet-list") == ["Place: Bern → <b>Geneva</b>Title: Old → New"]
    assert [word for word in ("withdrawn", "changed", "the portal itself", str(cast.editor)) if word not in page] == []
    assert page.index("withdrawn") < page.index("changed")
    assert "<b>Geneva" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_history_costs_the_same_for_any_number_of_entries(staff, cast, django_assert_num_queries, count):
    event = make_event(title="0")
    for number in range(count):
        event.title = f"{number} more"
        workflow.save_event(at=LONG_AGO, actor=cast.editor, event=event)
    address = f"/admin/events/event/{event.pk}/history/"
    staff.get(address)

    with django_assert_num_queries(10):
        page = staff.get(address).content.decode()

    assert len(texts_of(page, "sheet-list")) == count


@pytest.mark.parametrize("key", ["999999", "x", "%00"])
def test_history_of_what_is_not_there(staff, key):
    assert staff.get(f"/admin/events/event/{key}/history/").status_code in {302, 404}
