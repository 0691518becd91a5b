"""manage.py load_windows, and the check that windows and roadmap say the same."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from events.models import Event
from events.tests.factories import make_event
from pledges.checks import check_windows_agree_with_roadmap
from pledges.models import Reminder, ReminderRule, UpdateWindow
from pledges.reminders import due_rules
from pledges.tests.factories import make_window

FILE = Path(__file__).parent.parent / "data" / "windows-2021.csv"
HEADER = "cycle,occasions,opens_on,closes_on,event_key,activated_on,rules"
GOOD = "hlom-2021,grf-2019; hls-2019,2021-10-01,2021-10-31,updates-october,2021-01-01,opening=opens+0"
GENEVA = ZoneInfo("Europe/Zurich")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roadmap():
    """The two rows of the roadmap that the windows are the truth behind."""
    spans = {
        "updates-may-june": (date(2021, 5, 1), date(2021, 7, 1)),
        "updates-october": (date(2021, 10, 1), date(2021, 11, 1)),
    }
    for key, (starts_on, ends_before) in spans.items():
        make_event(source_key=key, precision="month", starts_on=starts_on, ends_before=ends_before)


def load(file, *options):
    out, errors = StringIO(), StringIO()
    try:
        call_command("load_windows", str(file), *options, stdout=out, stderr=errors)
    except CommandError as error:
        return f"{errors.getvalue()}{error}"
    return out.getvalue()


@pytest.fixture
def written(tmp_path):
    """Loads a file made of these rows."""

    def write(*rows, header=HEADER, options=()):
        file = tmp_path / "windows.csv"
        file.write_text("\n".join([header, *rows]) + "\n")
        return load(file, *options)

    return write


def test_the_windows_of_2021():
    assert load(FILE).endswith("Windows: 2 new, 0 changed, 0 unchanged.\n")
    spring, autumn = UpdateWindow.objects.order_by("opens_on")
    assert (spring.opens_on, spring.closes_on) == (date(2021, 5, 1), date(2021, 6, 30))
    assert (autumn.opens_on, autumn.closes_on) == (date(2021, 10, 1), date(2021, 10, 31))
    assert [window.event.source_key for window in (spring, autumn)] == ["updates-may-june", "updates-october"]
    assert {cycle.slug for cycle in spring.occasions.all()} == {"grf-2019", "hls-2019"}


def test_the_moments_of_2021():
    load(FILE)
    moments = [rule.moment for rule in ReminderRule.objects.order_by("window__opens_on", "pk")]
    days = [(5, 1), (6, 16), (6, 27), (6, 30), (10, 1), (10, 17), (10, 28), (10, 31)]
    assert moments == [datetime(2021, month, day, 9, tzinfo=GENEVA) for month, day in days]
    assert all(due_rules(moment + timedelta(minutes=1)) for moment in moments)


def test_a_second_run_changes_nothing():
    load(FILE)
    before = list(UpdateWindow.objects.values()), list(ReminderRule.objects.values())
    assert load(FILE) == "Windows: 0 new, 0 changed, 2 unchanged.\n"
    assert (list(UpdateWindow.objects.values()), list(ReminderRule.objects.values())) == before


def test_the_file_of_2021_agrees_with_the_roadmap():
    load(FILE)
    assert check_windows_agree_with_roadmap(databases=["default"]) == []


def test_what_staff_changed_is_told_and_stays(written):
    written(GOOD)
    UpdateWindow.objects.update(closes_on=date(2021, 11, 15))
    text = written(GOOD)
    assert "closes_on: 2021-11-15 → 2021-10-31" in text
    assert "left as it is" in text
    assert UpdateWindow.objects.get().closes_on == date(2021, 11, 15)


def test_with_update_the_file_wins(written):
    written(GOOD)
    UpdateWindow.objects.update(closes_on=date(2021, 11, 15))
    UpdateWindow.objects.get().occasions.clear()
    written(f"{GOOD}; last day=closes-0", options=["--update"])
    window = UpdateWindow.objects.get()
    assert (window.closes_on, window.occasions.count()) == (date(2021, 10, 31), 2)
    assert [rule.name for rule in window.rules.all()] == ["opening", "last day"]


def test_a_window_that_overlaps_a_stored_one_is_refused(written):
    make_window(date(2021, 9, 1), date(2021, 10, 15))
    assert "Nothing was saved: This window overlaps another one" in written(GOOD)
    assert UpdateWindow.objects.count() == 1


def test_a_window_without_row_and_without_reminders(written):
    written("hlom-2021,grf-2019,2021-10-01,2021-10-31,,,")
    window = UpdateWindow.objects.get()
    assert (window.event, window.activated_at, window.rules.count()) == (None, None, 0)


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("cycle", "nowhere", "there is no cycle “nowhere”"),
        ("occasions", "grf-2019; x", "there is no cycle “x”"),
        ("occasions", "", "is empty"),
        ("opens_on", "1 October", "“1 October” is not a day of the form 2021-05-01"),
        ("opens_on", "2021-02-30", "day is out of range for month"),
        ("opens_on", "9999-12-31", "“9999-12-31” is not a day of the form 2021-05-01"),
        ("closes_on", "2021-09-30", "lies before opens_on"),
        ("event_key", "nothing", "there is no event “nothing” in this cycle; load the roadmap first"),
        ("activated_on", "soon", "“soon” is not a day of the form 2021-05-01"),
        ("rules", "opening=opens-1", "“opening=opens-1” is not of the form “name=opens+days” or “name=closes-days”"),
        ("rules", "a=opens+0; a=closes-1", "names a rule twice"),
        ("rules", "x" * 41 + "=opens+0", f"“{'x' * 41}=opens+0” is not of the form"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_saved(written, column, cell, sentence):
    cells = dict(zip(HEADER.split(","), GOOD.split(","), strict=True)) | {column: cell}
    text = written("hlom-2021,grf-2019,2021-05-01,2021-05-31,,,", ",".join(cells.values()))
    assert f"line 3, {column}: {sentence}" in text
    assert "Nothing was saved" in text
    assert UpdateWindow.objects.count() == 0


@pytest.mark.parametrize(
    ("rows", "header", "sentence"),
    [
        ([GOOD], "a,b", "line 1, header: must be cycle,"),
        ([GOOD + ",more"], HEADER, "line 2, row: must have 7 cells"),
        (["hlom-2021,grf-2019"], HEADER, "line 2, row: must have 7 cells"),
        ([GOOD, GOOD], HEADER, "line 3, opens_on: overlaps line 2"),
        (['"'], HEADER, "line 1, file: cannot be read"),
    ],
)
def test_a_bad_file_is_refused(written, rows, header, sentence):
    assert sentence in written(*rows, header=header)
    assert UpdateWindow.objects.count() == 0


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    assert "cannot be read" in load(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read as CSV in UTF-8" in load(tmp_path / "binary.csv")


def test_a_window_with_other_days_than_its_row_is_warned_of():
    load(FILE)
    Event.objects.filter(source_key="updates-october").update(ends_before=date(2021, 12, 1))
    (warning,) = check_windows_agree_with_roadmap(databases=["default"])
    assert warning.id == "pledges.W001"
    assert "2021-10-01 to 2021-10-31" in warning.msg


def test_without_a_database_the_check_says_nothing():
    load(FILE)
    Event.objects.filter(source_key="updates-october").update(ends_before=date(2021, 12, 1))
    assert check_windows_agree_with_roadmap() == []


def test_a_late_load_makes_no_reminder_of_the_past(written, time_machine):
    time_machine.move_to(datetime(2021, 10, 2, tzinfo=UTC))
    written(GOOD.replace("2021-01-01", ""))
    UpdateWindow.objects.update(activated_at=datetime(2021, 10, 2, tzinfo=UTC))
    assert due_rules(datetime(2021, 10, 2, 1, tzinfo=UTC)) == []
    assert Reminder.objects.count() == 0
