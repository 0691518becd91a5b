"""Updates of the past from a file, by page and by command."""

from datetime import UTC, datetime
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from foundation import history
from foundation.models import OutgoingMail
from foundation.spreadsheets import UnreadableFileError
from pledges import review
from pledges.importing import import_updates
from pledges.models import ProgressUpdate

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
URL = "/admin/pledges/progressupdate/import/"
HEADER = "reference,date,stage,narrative,challenges,support_needed,links,language,source\r\n"
ALL_COLUMNS = HEADER.replace(",links,", ",refugees_involved,links,no_evidence_reason,")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


def file(cast, *rows):
    return (HEADER + "".join(row.replace("REF", cast.pledge.reference) + "\r\n" for row in rows)).encode()


GOOD = 'REF,2020-06-15,planning,"Zwei\r\nZeilen",Geld,,https://e.org/a; https://e.org/b,de,Report 2020'
OTHER = "REF,2021-02-01,in-progress,Begun,,,,,"


def load(content, **options):
    return import_updates(content, at=AT, actor=None, **options)


def test_the_past_is_published_under_its_own_dates(cast):
    report = load(file(cast, GOOD, OTHER))
    assert (len(report.new), report.unchanged, report.saved) == (2, 0, True)
    update = ProgressUpdate.objects.get(stage="planning")
    noon = datetime(2020, 6, 15, 10, tzinfo=UTC)
    assert (update.state, update.first_submitted_at, update.accepted_at) == ("accepted", noon, noon)
    assert (update.narrative, update.language) == ("Zwei\nZeilen", "de")
    assert update.links == ["https://e.org/a", "https://e.org/b"]
    row = update.rounds.get()
    assert (row.channel, row.source_note, row.decision, row.decided_at) == ("import", "Report 2020", "accepted", noon)
    assert row.labels["stage"] == "Planning stage"
    assert history.of(update).get().verb == "imported"
    assert not OutgoingMail.objects.exists()


def test_how_refugees_took_part_and_why_nothing_is_shown_come_too(cast):
    row = f"{cast.pledge.reference},2020-06-15,fulfilled,Done,,,Two committees.,,No website.,,\r\n"

    load((ALL_COLUMNS + row).encode())

    update = ProgressUpdate.objects.get()
    assert (update.refugees_involved, update.no_evidence_reason) == ("Two committees.", "No website.")


def test_the_same_file_again_changes_nothing(cast):
    load(file(cast, GOOD))
    report = load(file(cast, GOOD, OTHER))
    assert (len(report.new), report.unchanged) == (1, 1)
    assert ProgressUpdate.objects.count() == 2


def test_what_is_published_is_not_overwritten(cast):
    load(file(cast, OTHER))
    report = load(file(cast, OTHER.replace("Begun", "Changed")))
    assert [(trouble.line, trouble.column) for trouble in report.troubles] == [(2, "narrative")]
    assert ProgressUpdate.objects.get().narrative == "Begun"


def test_what_was_withdrawn_does_not_come_back(cast):
    load(file(cast, OTHER))
    review.revoke(at=AT, actor=cast.reviewer, update=ProgressUpdate.objects.get(), note="Named a person")
    assert load(file(cast, OTHER)).unchanged == 1
    assert ProgressUpdate.objects.get().state == "revoked"


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("XYZ-1,2021-03-01,planning,Text,,,,,", "reference"),
        ("R\x00,2021-03-01,planning,Text,,,,,", "reference"),
        ("REF,1.2.2021,planning,Text,,,,,", "date"),
        ("REF,20210201,planning,Text,,,,,", "date"),
        ("REF,2021-02-30,planning,Text,,,,,", "date"),
        ("REF,2021-10-21,planning,Text,,,,,", "date"),
        ("REF,0001-01-01,planning,Text,,,,,", "date"),
        ("REF,0202-10-01,planning,Text,,,,,", "date"),
        ("REF,2021-03-01,begun,Text,,,,,", "stage"),
        ("REF,2021-03-01,planning,,,,,,", "narrative"),
        (f"REF,2021-03-01,planning,{'x' * 4001},,,,,", "narrative"),
        ("REF,2021-03-01,planning,Text,bell\x07,,,,", "challenges"),
        ("REF,2021-03-01,planning,Text,,,javascript:x,,", "links"),
        ("REF,2021-03-01,planning,Text,,,,xx,", "language"),
        (f"REF,2021-03-01,planning,Text,,,,,{'x' * 501}", "source"),
        ("REF,2021-03-01,planning,Text", ""),
        (OTHER, "date"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_saved(cast, row, column):
    report = load(file(cast, GOOD, OTHER, row))
    assert [(trouble.line, trouble.column) for trouble in report.troubles] == [(5, column)]
    assert not report.saved
    assert not ProgressUpdate.objects.exists()


def test_all_bad_cells_are_named_at_once(cast):
    report = load(file(cast, "XYZ-1,x,y,,,,,,", "REF,x,planning,Text,,,,zz,"))
    assert [(trouble.line, trouble.column) for trouble in report.troubles] == [
        (2, "reference"),
        (2, "date"),
        (2, "stage"),
        (2, "narrative"),
        (3, "date"),
        (3, "language"),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must name the columns"),
        (b"reference,date\n", "Missing: stage, narrative"),
        (b"reference,date,stage,narrative,colour\n", "Unknown or twice: colour"),
        (b"reference,date,stage,narrative,date\n", "Unknown or twice: date"),
        (b"reference,date,stage,narrative\n\xff\xfe", "not in UTF-8: see line 2"),
        (b'reference,date,stage,narrative\n"open', "no CSV from line"),
        (b"reference,date,stage,narrative\nA\nB\nC\n", "more than 2 rows"),
    ],
)
def test_what_is_no_such_file_is_refused_as_a_whole(db, content, words):
    with pytest.raises(UnreadableFileError, match=words):
        load(content, most_rows=2)


def post(client, content, action="import"):
    upload = BytesIO(content)
    upload.name = "updates.csv"
    return client.post(URL, {"file": upload, "action": action})


def test_the_page_checks_before_it_imports(cast, log_in):
    client = log_in(cast.editor)
    assert "1 new, 0 already here. Nothing is saved yet" in post(client, file(cast, GOOD), "check").content.decode()
    assert not ProgressUpdate.objects.exists()
    assert "Saved: 1 new. Already here: 0." in post(client, file(cast, GOOD)).content.decode()
    assert ProgressUpdate.objects.get().saved_by == cast.editor


def test_the_page_names_bad_cells_and_files(cast, log_in):
    client = log_in(cast.editor)
    response = post(client, file(cast, "XYZ-1,2021-02-01,planning,<b>,,,,,"))
    assert response.status_code == 422
    assert "<td>2</td><td>reference</td><td>There is no pledge “XYZ-1”.</td>" in response.content.decode().replace(
        "\n", ""
    ).replace("  ", "")
    assert "not in UTF-8" in post(client, b"\xff").content.decode()
    assert client.post(URL, {"action": "import"}).status_code == 422


@pytest.mark.parametrize("who", ["reviewer", "focal_point"])
def test_others_may_not_import(cast, log_in, who):
    assert post(log_in(getattr(cast, who)), file(cast, GOOD)).status_code in (302, 403)
    assert not ProgressUpdate.objects.exists()


def test_the_command_reports_and_saves(cast, tmp_path):
    path, out = tmp_path / "updates.csv", StringIO()
    path.write_bytes(file(cast, GOOD))
    call_command("load_updates", str(path), "--dry-run", stdout=out)
    assert not ProgressUpdate.objects.exists()
    call_command("load_updates", str(path), stdout=out)
    assert out.getvalue().splitlines() == [
        f"new: {cast.pledge.reference}, 2020-06-15, planning",
        "1 new, 0 unchanged. Nothing was saved: this was a dry run.",
        f"new: {cast.pledge.reference}, 2020-06-15, planning",
        "1 new, 0 unchanged.",
    ]


def test_the_command_names_bad_cells_and_files(cast, tmp_path):
    path, err = tmp_path / "updates.csv", StringIO()
    path.write_bytes(file(cast, "XYZ-1,2021-02-01,planning,Text,,,,,"))
    with pytest.raises(CommandError, match="Nothing was saved: 1 to mend"):
        call_command("load_updates", str(path), stderr=err)
    assert err.getvalue() == "line 2, column reference: There is no pledge “XYZ-1”.\n"
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("load_updates", str(tmp_path / "nothing.csv"))


@pytest.mark.parametrize("count", [1, 3])
def test_checking_costs_the_same_for_one_and_many(cast, django_assert_num_queries, count):
    content = file(cast, *(f"REF,2020-0{month}-01,planning,Text,,,,," for month in range(1, count + 1)))
    with django_assert_num_queries(6):
        load(content, save=False)
