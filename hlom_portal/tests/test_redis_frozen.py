"""Redis stands still while people submit updates: every submission is answered, nothing is lost, mails go out after."""

import os
import subprocess
import sys

import pytest

from hlom_portal.tests.portal import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


def test_a_frozen_redis_harms_no_submission_and_no_mail() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.redis_frozen"],
        cwd=ROOT,
        env=os.environ | {"FROZEN_SECONDS": "20"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].endswith("| 200 | 201 |")
