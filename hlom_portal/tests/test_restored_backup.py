"""A backup that is restored in another cluster: nothing goes out before a person compared, and nothing twice after."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hlom_portal.tests.portal import ROOT, Portal, prepared_portal
from hlom_portal.tests.servers import find_binary, postgres

pytestmark = pytest.mark.postgres

# A window that opened yesterday, with a rule that is due, and five people who owe an answer.
MAKE_WINDOW = """
from datetime import date, timedelta
from accounts.tests.factories import make_member, make_stakeholder
from pledges.tests.factories import make_pledge, make_rule, make_window
stakeholder = make_stakeholder()
make_pledge(stakeholder)
for _number in range(5):
    make_member(stakeholder)
make_rule(make_window(date.today() - timedelta(days=1), date.today() + timedelta(days=20)))
"""
PAUSED = "This database was restored or moved. Compare with the mail server's log before you resume."


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with prepared_portal(tmp_path) as prepared:
        prepared.manage("shell", "-c", MAKE_WINDOW)
        yield prepared


@pytest.fixture
def second_cluster() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="hlom-restored-") as folder:
        # The server may run under an account of its own.
        Path(folder).chmod(0o755)
        with postgres(Path(folder)) as url:
            yield url


def copied(portal: Portal, backup: Path, *, to: str) -> Portal:
    """The portal as it runs on what was restored."""
    tool = find_binary("pg_restore")
    assert tool
    subprocess.run([tool, "--no-owner", "--dbname", to, str(backup)], check=True)
    return replace(portal, environment=portal.environment | {"DATABASE_URL": to})


def message_ids(portal: Portal) -> list[str]:
    return [str(message["Message-ID"]) for message in portal.sink.messages]


def drained_twice_at_once(portal: Portal) -> list[str]:
    command = [sys.executable, "manage.py", "reminders", "drain"]
    both = [
        subprocess.Popen(command, env=portal.environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _number in range(2)
    ]
    return [one.communicate()[0] for one in both]


def test_nothing_is_sent_twice_after_a_backup_was_restored(portal: Portal, second_cluster: str, tmp_path: Path) -> None:
    portal.manage("reminders", "drain")
    portal.manage("reminders", "plan")
    dump = find_binary("pg_dump")
    assert dump
    backup = tmp_path / "backup"
    subprocess.run([dump, "-Fc", "-f", str(backup), portal.environment["DATABASE_URL"]], check=True)
    portal.manage("reminders", "drain")
    sent = message_ids(portal)
    assert len(set(sent)) == 5
    restored = copied(portal, backup, to=second_cluster)

    for said in drained_twice_at_once(restored):
        assert PAUSED in said
        assert "Outbox: sent 0," in said
    assert message_ids(portal) == sent

    log = tmp_path / "mail.log"
    log.write_text("\n".join(f"to=<someone>, message-id={one}, status=sent" for one in sent[:3]))
    said = [re.sub(r"^Reminders.*\n", "", restored.manage("reminders", "reconcile", str(log))) for _time in range(2)]
    assert said == [
        "3 Message-IDs in the log; 3 mails marked as sent.\n",
        "3 Message-IDs in the log; 0 mails marked as sent.\n",
    ]
    assert restored.manage("reminders", "resume") == "Resumed.\n"
    for _time in range(2):
        restored.manage("reminders", "drain")
    assert sorted(message_ids(portal)[5:]) == sorted(sent[3:])
    assert restored.manage("reminders", "check") == "Plan, drain and outbox are in order.\n"
