"""Servers to measure and the load that measures them: gunicorn here, wrk there, both on this machine only."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from shutil import which
from statistics import median

from hlom_portal.tests.servers import free_port


@dataclass
class Target:
    """One address under load."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Pair:
    """A target beside its baseline: both under load right after one another, so that they share the machine's mood."""

    target: Target
    baseline: Target
    rates: list[tuple[float, float]] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """The target's requests a second: the median of the rounds."""
        return median(target for target, _baseline in self.rates)

    @property
    def ratios(self) -> list[float]:
        """The target's rate as a share of its baseline's, round by round, lowest first."""
        return sorted(target / baseline for target, baseline in self.rates)

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)


@contextmanager
def gunicorn(application: str, **environment: str) -> Iterator[str]:
    """Serves a WSGI application with one worker of four threads; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    settings = {"PORT": str(port), "SITE_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen([*command, "--log-level", "warning"], env=os.environ | settings | environment)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int) -> None:
    for _attempt in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("not served within 20 seconds")


def entity_tag(url: str) -> str:
    """The ETag of what an address answers."""
    with urllib.request.urlopen(url, timeout=30) as response:
        return str(response.headers["ETag"])


def measure(pairs: list[Pair], *, rounds: int, seconds: float) -> None:
    """Puts each pair under load in turn, ``rounds`` times over; who goes first alternates."""
    if which("wrk") is None:
        raise SystemExit("wrk is not on this machine; on Debian: apt-get install wrk")
    for target in (target for pair in pairs for target in (pair.target, pair.baseline)):
        # What is made and kept once, connections and imports belong to no round.
        _ask_once(target)
    for number in range(rounds):
        for pair in pairs:
            pair.rates.append(_one_round(pair, seconds, baseline_first=bool(number % 2)))
            said = f"{pair.rates[-1][0]:.0f}/s, {pair.ratios[0]:.2f} to {pair.ratios[-1]:.2f} of {pair.baseline.name}"
            print(f"round {number + 1} of {rounds}: {pair.target.name}: {said}", file=sys.stderr)


def _one_round(pair: Pair, seconds: float, *, baseline_first: bool) -> tuple[float, float]:
    order = (pair.baseline, pair.target) if baseline_first else (pair.target, pair.baseline)
    first, second = (_rate_and_rest(target, seconds) for target in order)
    return (second, first) if baseline_first else (first, second)


def _rate_and_rest(target: Target, seconds: float) -> float:
    took = _ask_once(target)
    # A few answers a connection at least, however slow they are.
    rate = _requests_a_second(target, max(seconds, 12 * took))
    # wrk hangs up at the end; the server works on, and this waits until it is done.
    _ask_once(target)
    return rate


def _ask_once(target: Target) -> float:
    """How long one answer takes, in seconds."""
    began = time.perf_counter()
    request = urllib.request.Request(target.url, headers=target.headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            response.read()
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise
    return time.perf_counter() - began


def _requests_a_second(target: Target, seconds: float) -> float:
    headers = [word for name, value in target.headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", "-c4", f"-d{ceil(seconds)}s", "--timeout", "30s", *headers, target.url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError(f"{target.name} answers with errors: {output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise RuntimeError(output)
    return float(found[1])
