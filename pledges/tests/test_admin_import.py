"""Bringing pledges in from a file through the administration: looked at, confirmed, saved whole or not at all."""

import io
import threading
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models.functions import Now
from django.test import TestCase

from accounts.models import Stakeholder
from accounts.tests.factories import make_user
from events.tests.pages import texts_of
from foundation import import_jobs, jobs
from foundation.models import HistoryEntry, Job
from foundation.spreadsheets import ON_THE_WEB, read_table
from pledges.loading import PLEDGES, load
from pledges.models import Pledge, PledgeVersion
from pledges.tests.test_load_pledges import as_csv, as_xlsx, many

pytestmark = pytest.mark.django_db
AT = datetime(2021, 5, 1, 9, tzinfo=UTC)
UPLOAD = "/admin/pledges/pledge/import/"


@pytest.fixture
def staff(cast, log_in):
    # No file of these tests names it.
    Pledge.objects.filter(pk=cast.pledge.pk).update(reference="CAST-1")
    return log_in(cast.editor)


def upload(staff, content, name="pledges.csv"):
    """The address of the job's page."""
    response = staff.post(UPLOAD, {"file": SimpleUploadedFile(name, content)})
    assert response.status_code == 302
    return response["Location"]


def looked_at(staff, content, name="pledges.csv"):
    """The same, after the worker has looked at the file."""
    address = upload(staff, content, name)
    jobs.run_waiting(at=AT)
    return address


def sums(staff, address):
    return texts_of(staff.get(address).content.decode(), "sheet-sums")


def confirm(staff, address, **options):
    staff.post(address, {"action": "import", **options})
    jobs.run_waiting(at=AT)
    return staff.get(address).content.decode()


def test_a_file_waits_is_looked_at_confirmed_and_saved(staff, cast):
    address = upload(staff, as_csv({}, {"reference": "TST-2"}))
    assert "This waits for the background worker" in staff.get(address).content.decode()
    jobs.run_waiting(at=AT)

    assert sums(staff, address) == ["pledges.csv: 2 new, 0 changed, 0 unchanged, 0 to mend. Nothing is saved yet."]
    assert Pledge.objects.get() == cast.pledge
    page = confirm(staff, address)

    assert texts_of(page, "sheet-sums") == ["pledges.csv is imported: 2 new, 0 changed, 0 unchanged."]
    rows = Pledge.objects.filter(reference__in=["TST-1", "TST-2"])
    assert [(row.reference, row.published_at) for row in rows] == [("TST-1", None), ("TST-2", None)]
    entries = HistoryEntry.objects.filter(verb="pledge.created")
    assert {entry.actor for entry in entries} == {cast.editor}
    # The cells are forgotten.
    assert "table" not in Job.objects.get().report


def test_new_rows_become_public_only_when_asked(staff):
    confirm(staff, looked_at(staff, as_csv({})), publish="on")

    assert Pledge.objects.get(reference="TST-1").published_at == datetime(2019, 12, 19, tzinfo=UTC)
    assert HistoryEntry.objects.filter(verb="pledge.published").count() == 1


def test_changes_are_shown_from_what_to_what_and_written_when_asked(staff):
    load(as_csv({}), at=AT, update=False)
    address = looked_at(staff, as_csv({"title": "More grants"}))

    assert texts_of(staff.get(address).content.decode(), "sheet-list") == ["Title: Grants for jobs → More grants"]
    page = confirm(staff, address)
    assert "1 row would have changed and was left as it was." in page

    again = looked_at(staff, as_csv({"title": "More grants"}))
    page = confirm(staff, again, update="on")
    assert texts_of(page, "sheet-sums") == ["pledges.csv is imported: 0 new, 1 changed, 0 unchanged."]
    assert [version.title for version in PledgeVersion.objects.filter(pledge__reference="TST-1")] == [
        "More grants",
        "Grants for jobs",
    ]


def test_3500_rows_with_seven_bad_cells_are_all_named_and_nothing_can_be_saved(staff, cast):
    bad = (0, 499, 500, 1234, 2999, 3000, 3499)
    address = looked_at(staff, many(bad))
    page = staff.get(address).content.decode()

    assert sums(staff, address) == ["pledges.csv: 3493 new, 0 changed, 0 unchanged, 7 to mend. Nothing is saved yet."]
    assert [number for number in bad if f">E{number + 2}<" not in page] == []
    assert 'value="import"' not in page
    confirm(staff, address, publish="on")
    assert (Pledge.objects.get(), Stakeholder.objects.count()) == (cast.pledge, 3)

    sheet = openpyxl.load_workbook(io.BytesIO(staff.get(f"{address}errors.xlsx").getvalue())).active
    column = [row[0].value for row in sheet.iter_rows(min_col=15, max_col=15)]
    assert column[0] == "errors"
    named = {number: text for number, text in enumerate(column[1:]) if text}
    assert sorted(named) == list(bad)
    assert named[0] == "E2 country: “ZZ” is not a code that the portal knows."


def test_3500_rows_without_are_saved_and_the_same_file_again_changes_nothing(staff, cast):
    page = confirm(staff, looked_at(staff, many()))
    assert texts_of(page, "sheet-sums") == ["pledges.csv is imported: 3500 new, 0 changed, 0 unchanged."]
    history = HistoryEntry.objects.count()

    again = looked_at(staff, many())
    page = staff.get(again).content.decode()

    assert sums(staff, again) == ["pledges.csv: 0 new, 0 changed, 3500 unchanged, 0 to mend. Nothing is saved yet."]
    assert "There is nothing to import" in page
    assert "This very file was imported before: on 1 May 2021, 09:00 UTC by editor@example.org." in page
    confirm(staff, again, update="on")
    assert (Pledge.objects.count(), HistoryEntry.objects.count()) == (3501, history)


def test_a_workbook_that_comes_back_with_its_errors_can_be_mended(staff):
    address = looked_at(staff, as_xlsx({"title": "=1+1"}, {"reference": "TST-2"}), "pledges.xlsx")
    assert ">B2<" in staff.get(address).content.decode()
    mended = openpyxl.load_workbook(io.BytesIO(staff.get(f"{address}errors.xlsx").getvalue()))
    mended.active["B2"] = "Grants"
    out = io.BytesIO()
    mended.save(out)

    address = looked_at(staff, out.getvalue(), "mended.xlsx")

    assert sums(staff, address) == ["mended.xlsx: 2 new, 0 changed, 0 unchanged, 0 to mend. Nothing is saved yet."]


def test_what_was_edited_since_is_refused_by_name_and_looked_at_again(staff):
    load(as_csv({}), at=AT, update=False)
    address = looked_at(staff, as_csv({}, {"reference": "TST-2"}))
    PledgeVersion.objects.filter(pledge__reference="TST-1").update(title="Edited by a colleague")

    page = confirm(staff, address, update="on")

    assert "Changed since the file was looked at: TST-1. Nothing was saved; look at it again." in page
    assert not Pledge.objects.filter(reference="TST-2").exists()
    staff.post(address, {"action": "again"})
    jobs.run_waiting(at=AT)
    assert sums(staff, address) == ["pledges.csv: 1 new, 1 changed, 0 unchanged, 0 to mend. Nothing is saved yet."]


def test_of_two_staff_who_confirm_one_file_one_wins(staff, cast, log_in):
    address = looked_at(staff, as_csv({}))
    other = log_in(cast.superuser)
    staff.post(address, {"action": "import"})

    page = other.post(address, {"action": "import"}, follow=True).content.decode()

    assert "This page was no longer up to date." in page
    assert [job.requested_by for job in jobs.run_waiting(at=AT)] == [cast.editor]
    assert other.get(address).content.decode().count("is imported: 1 new") == 1


def test_of_two_files_with_the_same_new_row_the_second_is_refused(staff):
    first, second = upload(staff, as_csv({})), upload(staff, as_csv({}, {"reference": "TST-2"}))
    jobs.run_waiting(at=AT)
    confirm(staff, first)

    page = confirm(staff, second)

    assert "Changed since the file was looked at: TST-1." in texts_of(page, "errornote")[0]
    assert not Pledge.objects.filter(reference="TST-2").exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_files_saved_at_once_make_each_pledge_once(cast):
    made = []
    for rows in ([{}], [{}, {"reference": "TST-2"}]):
        table = read_table(as_csv(*rows), ON_THE_WEB)
        actor = make_user()
        job = import_jobs.bring(PLEDGES, at=AT, actor=actor, table=table, file_name="x", sha256="")
        jobs.run_one(at=AT, only=job.pk)
        job.refresh_from_db()
        assert import_jobs.confirm(PLEDGES, job, at=AT, actor=actor, options={"update": True, "publish": False})
        made.append(job)
    barrier = threading.Barrier(2)

    def save(job):
        barrier.wait()
        jobs.run_one(at=AT, only=job.pk)
        connection.close()

    threads = [threading.Thread(target=save, args=[job]) for job in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    states = sorted(Job.objects.values_list("state", flat=True))
    assert states == ["done", "failed"]
    assert Pledge.objects.filter(reference="TST-1").count() == 1


def test_progress_is_shown_with_words_and_a_way_to_look_again(staff):
    address = upload(staff, as_csv({}))
    Job.objects.update(state="running", progress=1200, total=7000, lease_until=AT, claim_token=Job.objects.get().uuid)
    page = staff.get(address).content.decode()

    assert "1200 of 7000 steps done" in page.replace(",", "")
    assert '<progress id="job-bar" class="job-bar" max="7000" value="1200"></progress>' in page
    assert ("Look again" in page, "js/look-again.js" in page) == (True, True)


def test_without_a_worker_what_was_broken_off_is_begun_again(staff, settings):
    address = upload(staff, as_csv({}))
    button = 'value="go-on"'
    assert button not in staff.get(address).content.decode()
    staff.post(address, {"action": "go-on"})
    assert Job.objects.get().state == "waiting"

    # As in the quick start, whose process was ended while it worked.
    settings.JOBS_INLINE = "now"
    job = jobs.claim(at=AT)
    Job.objects.update(lease_until=Now() + timedelta(minutes=1))
    assert button not in staff.get(address).content.decode()
    Job.objects.update(lease_until=Now() - timedelta(minutes=1))
    assert button in staff.get(address).content.decode()
    with TestCase.captureOnCommitCallbacks(execute=True):
        staff.post(address, {"action": "go-on"})

    assert sums(staff, address) == ["pledges.csv: 1 new, 0 changed, 0 unchanged, 0 to mend. Nothing is saved yet."]
    assert Job.objects.get().attempts == job.attempts + 1


def test_a_file_is_forgotten_after_a_day(staff):
    address = looked_at(staff, as_csv({}))
    import_jobs.forget_old(at=datetime(2100, 1, 1, tzinfo=UTC), kinds=[PLEDGES.check])

    assert "This file was kept for a day and is forgotten now" in staff.get(address).content.decode()
    assert staff.get(f"{address}errors.xlsx").status_code == 404
    confirm(staff, address)
    assert not Pledge.objects.filter(reference="TST-1").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The submitted file is empty."),
        (b"\xff\xfe", "not in UTF-8"),
        (b"PK\x03\x04", "damaged or no .xlsx"),
        (b"a\n" + b"1\n" * 5_001, "more than 5000 rows"),
    ],
)
def test_what_cannot_be_read_is_told_at_once(staff, content, sentence):
    response = staff.post(UPLOAD, {"file": SimpleUploadedFile("x.csv", content)})

    assert response.status_code == 422
    assert sentence in " ".join(texts_of(response.content.decode(), "errorlist"))
    assert not Job.objects.exists()


def test_a_file_without_the_columns_is_told_by_column(staff):
    page = staff.get(looked_at(staff, b"reference,colour\nTST-1,red\n")).content.decode()

    assert ("this column is missing." in page, "this column is not known." in page) == (True, True)


def test_only_who_keeps_pledges_brings_files(staff, cast, log_in, client):
    address = looked_at(staff, as_csv({}))
    people = [client, *(log_in(getattr(cast, role)) for role in ("focal_point", "stranger", "reviewer"))]

    for path in (UPLOAD, address, f"{address}errors.xlsx"):
        assert [person.get(path).status_code for person in people] == [302, 403, 403, 403]
    for path in (UPLOAD, address):
        assert [person.post(path).status_code for person in people] == [302, 403, 403, 403]
    unknown = "/admin/pledges/pledge/import/00000000-0000-0000-0000-000000000000/"
    assert [staff.get(unknown).status_code, staff.put(address).status_code, staff.put(UPLOAD).status_code] == [
        404,
        405,
        405,
    ]
    assert staff.post(f"{address}errors.xlsx").status_code == 405


@pytest.mark.parametrize("count", [1, 300])
def test_the_page_costs_the_same_for_any_number_of_rows(staff, django_assert_num_queries, count):
    address = looked_at(staff, as_csv(*({"reference": f"TST-{number + 1}"} for number in range(count))))
    staff.get(address)

    with django_assert_num_queries(7):
        staff.get(address)


@pytest.mark.parametrize(("count", "queries"), [(1, 26), (50, 26)])
def test_loading_costs_the_same_for_some_rows(cast, django_assert_num_queries, count, queries):
    content = as_csv(*({"reference": f"TST-{number + 1}"} for number in range(count)))

    with django_assert_num_queries(queries):
        load(content, at=AT, update=True)


def test_hostile_names_of_files_are_only_text(staff):
    page = staff.get(looked_at(staff, as_csv({}), "../<script>\u202e.csv")).content.decode()

    assert ("<script>\u202e" in page, "../" in texts_of(page, "sheet-sums")[0]) == (False, False)
