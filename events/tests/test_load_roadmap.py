"""The command that loads a roadmap."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from events import workflow
from events.models import Event
from events.tests.factories import LONG_AGO, get_cycle, make_event
from events.tests.test_dates import ROADMAP
from foundation.models import HistoryEntry

pytestmark = pytest.mark.django_db
HEAD = "start,end,precision,kind,title,note,key"


@pytest.fixture
def load(tmp_path):
    """Loads lines, or a file; returns what was said."""

    def run(*lines, head=HEAD, options=(), path=None):
        path = path or tmp_path / "roadmap.csv"
        if lines:
            path.write_text("\n".join([head, *lines]), encoding="utf-8")
        said, complaints = StringIO(), StringIO()
        try:
            call_command("load_roadmap", str(path), "--cycle", "hlom-2021", *options, stdout=said, stderr=complaints)
        except CommandError as error:
            return [*complaints.getvalue().splitlines(), str(error)]
        return said.getvalue().splitlines()

    return run


def stored():
    return list(Event.objects.order_by("pk").values()), HistoryEntry.objects.count()


def test_second_run_says_unchanged_and_changes_no_byte(load):
    first = load(path=ROADMAP, options=["--publish"])
    before = stored()
    again = [load(path=ROADMAP, options=options)[-1] for options in ([], ["--update"], ["--publish", "--update"])]

    assert first[-1] == "15 new, 0 changed, 0 unchanged, 15 published."
    assert again == ["0 new, 0 changed, 15 unchanged."] * 3
    assert stored() == before


def test_new_rows_are_private_unless_published(load):
    load("2021,,year,other,T,,k")
    load("2021,,year,other,T,,k", "2022,,year,other,U,,l", options=["--publish"])

    assert list(Event.objects.filter(published_at=None).values_list("title", flat=True)) == ["T"]
    assert list(Event.objects.for_public().values_list("title", flat=True)) == ["U"]


def test_withdrawn_row_stays_withdrawn(load):
    load("2021,,year,other,T,,k", options=["--publish"])
    workflow.withdraw_events(at=LONG_AGO, actor=None, events=Event.objects.all())

    load("2021,,year,other,T,,k", options=["--publish", "--update"])

    assert Event.objects.get().published_at is None


def test_changes_are_told_and_written_only_on_request(load):
    load("2021-07-08,,day,briefing,Brief,,k", options=["--publish"])
    before = stored()
    changed = "2021-07-09,,day,briefing,Briefing,,k"
    told = [
        "changed: line 2, Brief",
        "  title: “Brief” → “Briefing”",
        "  starts_on: “2021-07-08” → “2021-07-09”",
        "  ends_before: “2021-07-09” → “2021-07-10”",
        "0 new, 1 changed, 0 unchanged.",
    ]

    assert load(changed) == [*told, "Changed rows were left as they are. Run again with --update to write them."]
    assert stored() == before
    assert load(changed, options=["--update"]) == told
    event = Event.objects.get()
    assert (event.title, event.starts_on.day, event.sequence, event.slug) == ("Briefing", 9, 1, "brief")
    assert sorted(event.changes.values_list("field", flat=True)) == ["date"]


def test_one_bad_cell_and_nothing_is_saved(load):
    load("2021,,year,other,Old,,k")
    before = stored()

    said = load("2021,,year,other,New name,,k", "2022,,year,other,U,,l", "x,,year,party,V,,m", options=["--update"])

    assert [line.split(":")[0] for line in said] == [
        "line 4, column kind (cell D4)",
        "line 4, column start (cell A4)",
        "Nothing was saved",
    ]
    assert said[-1] == "Nothing was saved: 2 to mend (see above)."
    assert stored() == before


def test_row_without_key_is_found_by_title_and_start(load):
    head = "start,end,precision,kind,title,note"
    load("2021,,year,other,T,", "2022,,year,other,T,", head=head)

    assert load("2021,,year,other,T,", "2022,,year,other,T,more", head=head) == [
        "changed: line 3, T",
        "  description: “” → “more”",
        "0 new, 1 changed, 1 unchanged.",
        "Changed rows were left as they are. Run again with --update to write them.",
    ]


def test_row_that_staff_wrote_takes_the_key_of_the_file(load):
    event = make_event(title="T", kind="other")

    said = load("2021-07-08,,day,other,T,,k", options=["--update"])

    event.refresh_from_db()
    assert (said[-1], event.source_key) == ("0 new, 1 changed, 0 unchanged.", "k")


def test_row_of_another_cycle_is_not_touched(load):
    other = make_event(get_cycle("grf-2023"), source_key="k", title="T")

    assert load("2021-07-08,,day,briefing,T,,k")[-1] == "1 new, 0 changed, 0 unchanged."
    other.refresh_from_db()
    assert other.updated_at == LONG_AGO


def test_columns_that_the_file_has_not_stay_as_stored(load):
    make_event(title="T", kind="other", source_key="k", place="Bern", mode="virtual", status="postponed")

    assert load("2021-07-08,,day,other,T,,k") == ["0 new, 0 changed, 1 unchanged."]


def test_stored_hours_that_no_longer_fit_are_told(load):
    make_event(title="T", kind="other", source_key="k", start_time="15:00")
    before = stored()

    said = load("2021-07,,month,other,T,,k", options=["--update"])

    assert said == ["line 2: A time needs an exact day.", "Nothing was saved: 1 to mend (see above)."]
    assert stored() == before


def test_new_rows_take_the_zone_of_their_cycle(load):
    cycle = get_cycle()
    cycle.zone = "Asia/Tokyo"
    cycle.save()

    load("2021-07-08,,day,briefing,T,,k")

    assert Event.objects.get().zone == "Asia/Tokyo"


def test_missing_file_and_unknown_cycle_are_said(load, tmp_path):
    missing = tmp_path / "none.csv"

    assert load(path=missing) == [f"{missing} cannot be read: No such file or directory."]
    assert load(path=tmp_path) == [f"{tmp_path} cannot be read: Is a directory."]
    with pytest.raises(CommandError, match="There is no cycle “x”"):
        call_command("load_roadmap", str(ROADMAP), "--cycle", "x")


def test_file_that_is_no_roadmap_is_said_with_its_name(load, tmp_path):
    path = tmp_path / "picture.csv"
    path.write_bytes(b"\x89PNG\xff")

    assert load(path=path) == [f"{path}: The file is not in UTF-8: see line 1. Save it as “CSV UTF-8”."]


def test_long_files_show_progress(load, tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("\n".join([HEAD, *(f"2021,,year,other,T {number},,k{number}" for number in range(501))]))
    complaints = StringIO()

    call_command("load_roadmap", str(path), "--cycle", "hlom-2021", stdout=StringIO(), stderr=complaints)

    assert complaints.getvalue() == "500 of 501 rows …\n"
