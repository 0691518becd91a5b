"""One seed of the drill: twelve faults while 400 reminders go out. Ten seeds stand in docs/benchmarks.md."""

import subprocess
import sys

import pytest

from hlom_portal.tests.portal import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def drill(*options: str) -> subprocess.CompletedProcess[str]:
    """Runs the drill with servers of its own."""
    command = [sys.executable, "-m", "benchmarks.drill", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)


def test_twelve_faults_leave_nobody_out_and_tell_nobody_twice_without_a_reason() -> None:
    done = drill("--seeds", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| 0 |" in done.stdout
    assert ", 0 never delivered," in done.stdout


def test_negative_control_without_the_claim_the_drill_fails() -> None:
    done = drill("--seeds", "1", "--recipients", "100", "--without-claim")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "no more copies than lost acknowledgements and kills" in done.stdout
