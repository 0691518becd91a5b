"""The 2021 feed, read by a calendar program that people use: khal, on the command line."""

import csv
import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from events.tests.test_dates import ROADMAP
from events.tests.test_roadmap_rows import span

pytestmark = pytest.mark.django_db

CONFIG = """
[calendars]
[[roadmap]]
path = {path}
type = calendar
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Europe/Zurich
default_timezone = Europe/Zurich
[default]
default_calendar = roadmap
[sqlite]
path = {home}/khal.db
"""
FORMAT = "{start-date}|{end-date}|{title}|{status}|{location}|{uid}"


@pytest.fixture
def khal(tmp_path):
    """Runs khal with a home and an empty calendar of its own."""
    program = Path(sys.executable).with_name("khal")
    calendar = tmp_path / "calendar"
    calendar.mkdir()
    config = tmp_path / "config"
    config.write_text(CONFIG.format(path=calendar, home=tmp_path))
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "Europe/Zurich"}

    def run(*arguments):
        done = subprocess.run(
            [program, "-c", config, *arguments], env=environment, capture_output=True, text=True, check=True
        )
        assert "ERROR" not in done.stderr.upper()
        return done.stdout.strip().split("\n")

    return run


@pytest.fixture
def feed(client, tmp_path):
    call_command("load_roadmap", str(ROADMAP), "--cycle", "hlom-2021", "--publish", stdout=StringIO())
    file = tmp_path / "feed.ics"
    file.write_bytes(client.get("/calendar/hlom-2021.ics").content)
    return file


def expected():
    """What the file of the roadmap says, row by row; khal prints the last day itself."""
    rows = csv.DictReader(ROADMAP.read_text(encoding="utf-8").splitlines())
    for row in rows:
        first, ends_before = span(row)
        place = row["place"] or {"virtual": "Online"}.get(row["mode"], "")
        yield first.isoformat(), (ends_before - timedelta(days=1)).isoformat(), row["title"], place


def test_khal_prints_every_row_of_the_roadmap(khal, feed):
    lines = [line.split("|") for line in khal("printics", "--format", FORMAT, str(feed))[1:]]

    assert [(first, last, title, place) for first, last, title, _status, place, _uid in lines] == list(expected())
    assert len({uid for *_rest, uid in lines}) == len(lines) == 15


def test_khal_keeps_the_rows_and_lists_them_on_their_days(khal, feed):
    khal("import", "--batch", str(feed))

    listed = khal("list", "--once", "--day-format", "", "--format", FORMAT, "2021-01-01", "2021-12-31")

    found = sorted(tuple(line.split("|")[index] for index in (0, 1, 2, 4)) for line in listed if line)
    assert found == sorted(expected())


def test_khal_takes_a_newer_copy_in_place_of_the_older(khal, feed):
    khal("import", "--batch", str(feed))
    moved = feed.read_bytes().replace(b"DTSTART;VALUE=DATE:20211104", b"DTSTART;VALUE=DATE:20211103")
    feed.write_bytes(moved.replace(b"DTEND;VALUE=DATE:20211105", b"DTEND;VALUE=DATE:20211104"))
    khal("import", "--batch", str(feed))

    day = [
        khal("list", "--notstarted", "--day-format", "", "--format", "{title}", on, "1d")
        for on in ("2021-11-03", "2021-11-04")
    ]

    assert day == [["Stocktaking event on statelessness pledges"], [""]]
