"""How fast the outbox sends, beside Django that writes nothing down, in the same run.

    make benchmark-mails

One worker, and two, against a mail server that takes 20 ms a mail and against one that takes none; the order within
a round alternates, and the ratio is the median of the rounds. Beside them: the standard library alone, the disk's
fsync, the peak memory at 400 and 40,000 rows, and the planning of 40,000 reminders in one pass.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.drill_world import ROOT, Database
from hlom_portal.tests.servers import _wait_for_port, free_port

ROUNDS = int(os.environ.get("ROUNDS", "5"))
MAILS = {0.02: 300, 0.0: 1000}
SECONDS_TO_START = 4
MANY = int(os.environ.get("MANY", "40000"))


class Bench:
    """A database as durable as in production, and a mail server of a given speed."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "hlom_portal.settings",
            "SECRET_KEY": "only-for-this-benchmark-" * 3,
            "SITE_URL": "https://portal.example.org",
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": database.url,
            "MAIL_INLINE": "off",
        }
        self.environment.pop("REDIS_URL", None)

    @contextmanager
    def server(self, seconds: float) -> Iterator[None]:
        """A mail server that takes so long for each mail."""
        port = free_port()
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.mail_sink", str(port), str(seconds)], cwd=ROOT)
        try:
            _wait_for_port(port, process)
            self.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{port}"
            yield
        finally:
            process.kill()
            process.wait()

    def run(self, part: str, count: int, *, workers: int = 1) -> dict[str, Any]:
        """Runs a part in so many processes at once; the rate of all together, and the highest peak."""
        # Together, or the slower start of one would count as slowness of both.
        begin = time.time() + (SECONDS_TO_START if workers > 1 else 0)
        command = [sys.executable, "-m", "benchmarks.mails_part", part, str(count), str(begin)]
        started = [
            subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _worker in range(workers)
        ]
        answers = []
        for process in started:
            out, errors = process.communicate()
            if process.returncode:
                raise RuntimeError(errors.decode())
            answers.append(json.loads(out.splitlines()[-1]) | _said(errors))
        seconds = max(each["ended"] for each in answers) - min(each["began"] for each in answers)
        handled = sum(each["handled"] for each in answers)
        return answers[0] | {"rate": handled / seconds, "handled": handled, "peak": max(e["peak"] for e in answers)}


def _said(errors: bytes) -> dict[str, Any]:
    lines = [line for line in errors.decode().splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def compare(bench: Bench, seconds: float) -> dict[str, list[float]]:
    """The rates of every way, round by round."""
    rates: dict[str, list[float]] = {"without": [], "one": [], "two": [], "bare": []}
    count = MAILS[seconds]
    with bench.server(seconds):
        for number in range(ROUNDS):
            ways = ["without", "one", "two", "bare"]
            for way in ways if number % 2 else reversed(ways):
                if way in ("one", "two"):
                    bench.run("fill", count)
                    result = bench.run("ledger", count, workers=1 if way == "one" else 2)
                    assert result["handled"] == count, result
                else:
                    result = bench.run(way, count)
                rates[way].append(result["rate"])
    return rates


def fsync_milliseconds(folder: Path) -> float:
    """The median time in which the disk says that a page is safe."""
    times = []
    with (folder / "fsync").open("wb") as file:
        for _time in range(200):
            file.write(b"x" * 8192)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - began) * 1000)
    return median(times)


def ratios(rates: dict[str, list[float]], way: str, beside: str) -> list[float]:
    """The ratio of two ways in each round, lowest first."""
    return sorted(one / other for one, other in zip(rates[way], rates[beside], strict=True))


def report(rates: dict[str, list[float]], seconds: float) -> None:
    """A table of one mail server's speed."""
    print(f"\nMail server that takes {seconds * 1000:.0f} ms a mail, {MAILS[seconds]} mails, {ROUNDS} rounds:\n")
    print("| what | mails a second (median) | beside | ratio (median) | lowest | highest |")
    print("|---|---:|---|---:|---:|---:|")
    named = {"bare": "smtplib alone", "without": "Django without a ledger", "one": "one worker", "two": "two workers"}
    for way, beside in (("bare", "without"), ("without", "without"), ("one", "without"), ("two", "one")):
        found = ratios(rates, way, beside)
        numbers = f"{median(found):.2f} | {found[0]:.2f} | {found[-1]:.2f}"
        print(f"| {named[way]} | {median(rates[way]):.0f} | {named[beside]} | {numbers} |")


def main() -> None:
    """Prints Markdown."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hlom-mails-")))
        folder.chmod(0o755)
        database = Database(folder)
        stack.callback(database.stop)
        bench = Bench(database, folder)
        bench.environment["EMAIL_URL"] = "smtp://127.0.0.1:1"
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=bench.environment, check=True)
        print(f"fsync of the disk: {fsync_milliseconds(folder):.2f} ms (median)")
        for seconds in MAILS:
            report(compare(bench, seconds), seconds)
        print("\n| rows in the outbox | mails a second | peak memory of the worker, MiB |\n|---:|---:|---:|")
        with bench.server(0):
            for count in (400, MANY):
                bench.run("fill", count)
                result = bench.run("ledger", count)
                print(f"| {count} | {result['rate']:.0f} | {result['peak']:.0f} |", flush=True)
        bench.run("people", MANY)
        planned = bench.run("plan", MANY)
        took = planned["ended"] - planned["began"]
        for_500 = planned["statements"] / (MANY / 500)
        print(f"\nPlanning {planned['handled']} reminders in one pass: {planned['statements']} statements", end=" ")
        print(f"({for_500:.2f} for 500 people), {took:.1f} s, peak memory {planned['peak']:.0f} MiB.")


if __name__ == "__main__":
    main()
