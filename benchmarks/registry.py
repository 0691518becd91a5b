"""How much slower the registry is with 100,000 pledges than with 1,000.

    make benchmark-registry

Prints a Markdown table: for each address the queries it costs and the median time of one answer, by a gunicorn of
one worker that nobody else asks, at 1,000, 10,000 and 100,000 pledges. Sizes take turns within each round, so that
they share the machine's mood. Then the plans of some queries at the largest size.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg2

from benchmarks.load import gunicorn
from hlom_portal.tests.portal import new_database

SIZES = tuple(int(size) for size in os.environ.get("SIZES", "1000,10000,100000").split(","))
ROUNDS = int(os.environ.get("ROUNDS", "15"))
ANEW = "first page, figures worked out anew"
PROMISED = ("first page", "deep page", "search, 50 hits")
AT_MOST = 3.0
Told = dict[str, Any]


def prepare(size: int) -> tuple[str, Told]:
    """A database with a registry of that size; its URL, and what the portal says of it."""
    url = new_database(os.environ["DATABASE_URL"])
    began = time.perf_counter()
    _manage(url, "migrate", "-v0")
    for command in (["createcachetable"], ["collectstatic", "--noinput", "-v0"]):
        _manage(url, *command)
    _manage(url, "shell", "-v0", "-c", f"from benchmarks.registry_data import make; make({size})")
    told = _manage(url, "shell", "-v0", "-c", "from benchmarks.registry_data import describe; describe()")
    print(f"{size} pledges made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
    return url, json.loads(told.splitlines()[-1])


def _manage(url: str, *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    environment = os.environ | {"DATABASE_URL": url}
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def forget_figures(url: str) -> None:
    """Writes a line into the history, so that the figures kept by it no longer hold."""
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://"))
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foundation_historyentry (at, verb, subject_type, subject_uuid, changes)"
            " VALUES (now(), 'accepted', 'progressupdate', %s, '{}')",
            [str(uuid4())],
        )
    connection.close()


def answer_takes(url: str) -> float:
    """Seconds until the whole answer is there."""
    began = time.perf_counter()
    with urllib.request.urlopen(url, timeout=60) as response:
        response.read()
    return time.perf_counter() - began


def measure(served: dict[int, str], urls: dict[int, str], told: dict[int, Told]) -> dict[str, dict[int, float]]:
    """The median time of each address at each size, in milliseconds."""
    names = [ANEW, *told[SIZES[0]]["addresses"]]
    times: dict[str, dict[int, list[float]]] = {name: {size: [] for size in SIZES} for name in names}
    for number in range(ROUNDS + 1):
        for name in names:
            for size in SIZES:
                if name == ANEW:
                    forget_figures(urls[size])
                path = told[size]["addresses"]["first page" if name == ANEW else name]
                times[name][size].append(answer_takes(served[size] + path))
        print(f"round {number} of {ROUNDS}", file=sys.stderr)
    # The first round warms connections and imports.
    return {name: {size: 1000 * median(all_[1:]) for size, all_ in of.items()} for name, of in times.items()}


def report(times: dict[str, dict[int, float]], told: dict[int, Told]) -> None:
    """The table, the promises and the plans."""
    print("\n| what | queries | " + " | ".join(f"ms at {size:,}" for size in SIZES) + " | largest to smallest |")
    print("|---|---:|" + "---:|" * (len(SIZES) + 1))
    for name, of in times.items():
        # What is kept costs one query less than what is worked out.
        counts = {told[size]["queries"].get(name) or told[size]["queries"]["first page"] + 1 for size in SIZES}
        cells = [f"{of[size]:.0f}" for size in SIZES]
        ratio = of[SIZES[-1]] / of[SIZES[0]]
        print(f"| {name} | {' or '.join(map(str, sorted(counts)))} | {' | '.join(cells)} | {ratio:.1f} |")
    print("\n| promise | wanted | measured |\n|---|---|---|")
    for name in PROMISED:
        print(f"| {name} | at most {AT_MOST:.0f} times | {times[name][SIZES[-1]] / times[name][SIZES[0]]:.1f} times |")
    for name, plan in told[SIZES[-1]]["plans"].items():
        print(f"\n{name}, {SIZES[-1]:,} pledges:\n\n```\n" + "\n".join(plan) + "\n```")


def main() -> None:
    """Runs it all on throw-away databases."""
    os.environ |= {
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "SITE_URL": "http://127.0.0.1:1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "hlom_portal.settings",
    }
    made = {size: prepare(size) for size in SIZES}
    urls, told = {size: one[0] for size, one in made.items()}, {size: one[1] for size, one in made.items()}
    with ExitStack() as stack:
        served = {
            size: stack.enter_context(gunicorn("hlom_portal.wsgi", DATABASE_URL=url)) for size, url in urls.items()
        }
        times = measure(served, urls, told)
    report(times, told)


if __name__ == "__main__":
    main()
