"""One command, a second time without effect, and edits that stay."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parent.parent.parent
SERVERS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "SITE_URL", "MAIL_INLINE")


def _quick_start(folder: Path, **names: str) -> str:
    clean = {name: value for name, value in os.environ.items() if name not in SERVERS}
    return subprocess.run(
        [sys.executable, "manage.py", "quick_start"],
        env=clean | {"QUICK_START": "1", "VAR_DIR": str(folder), "CALENDAR_UID_HOST": "calendar.testserver"} | names,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@contextmanager
def _open(folder: Path) -> Iterator[sqlite3.Connection]:
    """Commits and closes at the end: an open connection would leave files that vanish while they are copied."""
    with closing(sqlite3.connect(folder / "portal.sqlite3")) as database, database:
        yield database


def _counts(folder: Path) -> dict[str, int]:
    tables = ("events_event", "pledges_pledge", "pledges_updatewindow", "pledges_reminderrule", "accounts_user")
    with _open(folder) as database:
        return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("quick-start")
    return folder, _quick_start(folder)


def test_the_real_data_is_there(started: tuple[Path, str]) -> None:
    counts = _counts(started[0])

    assert counts["events_event"] == 23
    assert counts["pledges_updatewindow"] == 2
    assert counts["pledges_reminderrule"] == 8
    assert counts["pledges_pledge"] > 30


def test_it_says_where_to_look(started: tuple[Path, str]) -> None:
    folder, said = started

    assert "http://127.0.0.1:8000/" in said
    assert "focal.point@sample.example" in said
    assert str(folder / "mail") in said
    # WhiteNoise would warn of a missing folder right under the addresses.
    assert (folder / "static").is_dir()


@pytest.mark.parametrize("clock", ["tomorrow", "2021-10-20", "2021-13-01T10:00+02:00"])
def test_a_clock_that_cannot_be_read_is_said_in_a_sentence(clock: str, tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        _quick_start(tmp_path, PORTAL_CLOCK=clock)

    assert "example 2021-10-20T10:00+02:00" in failed.value.stderr


def test_a_second_run_loads_nothing_and_keeps_edits(started: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(started[0], folder)
    before = _counts(folder)
    with _open(folder) as database:
        database.execute("UPDATE events_event SET title = 'Edited by staff' WHERE starts_on = '2021-07-08'")

    said = _quick_start(folder)

    assert "nothing to load" in said
    assert _counts(folder) == before
    with _open(folder) as database:
        titles = database.execute("SELECT title FROM events_event WHERE starts_on = '2021-07-08'").fetchall()
    assert titles == [("Edited by staff",)]


def _dry_make(venv: Path) -> str:
    return subprocess.run(
        ["make", "--dry-run", "run", f"VENV={venv}"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def test_a_first_make_run_installs_and_a_second_does_not(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    assert "pip install" in _dry_make(venv)

    venv.mkdir()
    (venv / "installed").touch()

    assert "pip install" not in _dry_make(venv)


def test_a_new_lock_file_is_installed(tmp_path: Path) -> None:
    (tmp_path / "installed").touch()
    os.utime(tmp_path / "installed", (0, 0))

    assert "pip install" in _dry_make(tmp_path)


def test_it_refuses_to_run_in_production() -> None:
    with pytest.raises(CommandError, match="for the quick start only"):
        call_command("quick_start")
