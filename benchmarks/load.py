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
from shutil import which
from statistics import median

from hlom_portal.tests.servers import free_port


@dataclass
class Target:
    """One address under load, with the requests a second of each round."""

    name: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Requests a second: the median of the rounds."""
        return median(self.rates)


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


def measure(targets: list[Target], *, rounds: int, seconds: int) -> None:
    """Puts each target under load in turn, ``rounds`` times over, so that all share the machine's moods."""
    if which("wrk") is None:
        raise SystemExit("wrk is not on this machine; on Debian: apt-get install wrk")
    for target in targets:
        # What is made and kept once, connections and imports belong to no round.
        _ask_once(target)
    for number in range(rounds):
        for target in targets:
            target.rates.append(_requests_a_second(target, seconds))
            # wrk hangs up at the end; the server works on, and this waits until it is done.
            _ask_once(target)
            print(f"round {number + 1} of {rounds}: {target.name}: {target.rates[-1]:.0f}/s", file=sys.stderr)


def _ask_once(target: Target) -> None:
    request = urllib.request.Request(target.url, headers=target.headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            response.read()
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise


def _requests_a_second(target: Target, seconds: int) -> float:
    headers = [word for name, value in target.headers.items() for word in ("-H", f"{name}: {value}")]
    command = ["wrk", "-t1", "-c4", f"-d{seconds}s", "--timeout", "30s", *headers, target.url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in output:
        raise RuntimeError(f"{target.name} answers with errors: {output}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None:
        raise RuntimeError(output)
    return float(found[1])
