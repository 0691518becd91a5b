"""The wrapper that gives the tests their servers."""

import os
import subprocess
import sys

import pytest

WRAPPER = [sys.executable, "-m", "hlom_portal.tests.servers", sys.executable, "-c"]
SHOW = "import os, sys; print(os.environ.get('DATABASE_URL')); print(os.environ.get('REDIS_URL')); sys.exit(3)"


def _run(**environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run([*WRAPPER, SHOW], env=clean | environment, capture_output=True, text=True, check=False)


def test_given_servers_are_used_and_the_first_line_says_so() -> None:
    result = _run(DATABASE_URL="postgres://example/given", REDIS_URL="redis://example/1")

    assert result.stdout.splitlines() == [
        "Tests run on PostgreSQL (given) and Redis (given).",
        "postgres://example/given",
        "redis://example/1",
    ]
    assert result.returncode == 3


@pytest.mark.postgres
@pytest.mark.redis
def test_throw_away_servers_are_started_where_the_binaries_are() -> None:
    result = _run()

    assert result.stdout.splitlines()[0] == "Tests run on PostgreSQL (throw-away) and Redis (throw-away)."
    assert result.returncode == 3


def test_without_binaries_the_tests_run_on_sqlite() -> None:
    result = _run(PATH="/nowhere", HLOM_NO_DEBIAN_BINARIES="1")

    assert result.stdout.splitlines()[0] == "Tests run on SQLite and no Redis."
    assert "not on this machine: redis-server" in result.stderr
