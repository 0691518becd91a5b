"""How fast the calendar is, beside three baselines of the same run.

    make benchmark-calendar

Prints a Markdown table: requests a second of one gunicorn worker (four threads, four connections of wrk, median
of the rounds), and the ratios that the portal promises.
"""

import os
import subprocess
import sys

from benchmarks.load import Target, entity_tag, gunicorn, measure
from hlom_portal.tests.portal import new_database

SIZES = (20, 200, 1000)
VIEWS = {
    "list": "/calendar/speed-{size}/",
    "grid": "/calendar/speed-{size}/month/2021-06/",
    "feed": "/calendar/speed-{size}.ics",
}
ROUNDS, SECONDS = int(os.environ.get("ROUNDS", "3")), int(os.environ.get("SECONDS", "4"))


def prepare() -> None:
    """A database with one public cycle of each size."""
    for command in (["migrate", "-v0"], ["createcachetable"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True)
    fill = f"from benchmarks.calendar_data import make_cycle; [make_cycle(size) for size in {SIZES}]"
    subprocess.run([sys.executable, "manage.py", "shell", "-v0", "-c", fill], check=True)


def targets(baseline: str, fresh: str, kept: str) -> list[Target]:
    """Every address that is measured."""
    found = [
        Target("baseline: constant", f"{baseline}/constant/"),
        Target("baseline: 20 rows", f"{baseline}/rows/"),
        Target("baseline: page cache", f"{baseline}/rows-kept/"),
    ]
    for size in SIZES:
        for name, path in VIEWS.items():
            address = path.format(size=size)
            tag = {"If-None-Match": entity_tag(kept + address)}
            found.append(Target(f"{name}, {size}, made anew", fresh + address))
            found.append(Target(f"{name}, {size}, kept", kept + address))
            found.append(Target(f"{name}, {size}, 304", kept + address, tag))
    return found


def report(measured: list[Target]) -> None:
    """The table and the promises."""
    rates = {target.name: target.rate for target in measured}
    print("\n| what | requests a second | to 20 rows | to the page cache |\n|---|---:|---:|---:|")
    for name, rate in rates.items():
        to_rows, to_kept = rate / rates["baseline: 20 rows"], rate / rates["baseline: page cache"]
        print(f"| {name} | {rate:.0f} | {to_rows:.2f} | {to_kept:.2f} |")
    repeats = [name for name in rates if name.endswith((", kept", ", 304"))]
    slowest = min(repeats, key=lambda name: rates[name])
    print("\n| promise | wanted | measured |\n|---|---|---|")
    list_ratio = rates["list, 20, made anew"] / rates["baseline: 20 rows"]
    print(f"| list of 20 made anew, to the 20-row baseline | at least 0.5 | {list_ratio:.2f} |")
    print(
        f"| slowest repeat ({slowest}), to the page cache | at least 0.7 | "
        f"{rates[slowest] / rates['baseline: page cache']:.2f} |"
    )
    for name in VIEWS:
        spread = rates[f"{name}, 1000, 304"] / rates[f"{name}, 20, 304"]
        print(f"| {name}: 304 at 1,000 events, to 20 events | independent | {spread:.2f} |")
    times = rates["feed, 20, made anew"] / rates["feed, 1000, made anew"]
    print(f"| feed of 1,000 made anew, to that of 20 | at most 40 times | {times:.1f} times |")


def main() -> None:
    """Runs it all on a throw-away database."""
    os.environ |= {
        "DATABASE_URL": new_database(os.environ["DATABASE_URL"]),
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "SITE_URL": "http://127.0.0.1:1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "hlom_portal.settings",
    }
    prepare()
    portal = "hlom_portal.wsgi"
    with (
        gunicorn("benchmarks.baseline.wsgi") as baseline,
        gunicorn(portal, KEEP_PAGES="0") as fresh,
        gunicorn(portal, KEEP_PAGES="1") as kept,
    ):
        measured = targets(baseline, fresh, kept)
        measure(measured, rounds=ROUNDS, seconds=SECONDS)
    report(measured)


if __name__ == "__main__":
    main()
