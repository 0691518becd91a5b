"""How fast the calendar is, beside three baselines of the same run.

    make benchmark-calendar

Prints Markdown tables: requests a second of one gunicorn worker (four threads, four connections of wrk), the ratio
of each address to a baseline that is put under load right before or after it (the median of the rounds, with the
lowest and the highest), and what the portal promises.
"""

import os
import subprocess
import sys

from benchmarks.load import Pair, Target, entity_tag, gunicorn, measure
from hlom_portal.tests.portal import new_database

SIZES = (20, 200, 1000)
VIEWS = {
    "list": "/calendar/speed-{size}/",
    "grid": "/calendar/speed-{size}/month/2021-06/",
    "feed": "/calendar/speed-{size}.ics",
}
ROUNDS, SECONDS = int(os.environ.get("ROUNDS", "5")), int(os.environ.get("SECONDS", "1"))


def prepare() -> None:
    """A database with one public cycle of each size."""
    for command in (["migrate", "-v0"], ["createcachetable"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True)
    fill = f"from benchmarks.calendar_data import make_cycle; [make_cycle(size) for size in {SIZES}]"
    subprocess.run([sys.executable, "manage.py", "shell", "-v0", "-c", fill], check=True)


def pairs_of(baseline: str, fresh: str, kept: str) -> dict[str, Pair]:
    """Every address that is measured, beside what it is measured by; by name."""
    constant, rows, page_cache = (
        Target("constant", f"{baseline}/constant/"),
        Target("20 rows", f"{baseline}/rows/"),
        Target("page cache", f"{baseline}/rows-kept/"),
    )
    anew, repeats, unchanged = [], [], {}
    for size in SIZES:
        for view, path in VIEWS.items():
            address = path.format(size=size)
            name = f"{view}, {size}"
            anew.append(Target(f"{name}, made anew", fresh + address))
            unchanged[name] = Target(f"{name}, 304", kept + address, {"If-None-Match": entity_tag(kept + address)})
            repeats += [Target(f"{name}, kept", kept + address), unchanged[name]]
    pairs = [Pair(constant, rows), Pair(page_cache, rows)]
    pairs += [Pair(target, rows) for target in anew] + [Pair(target, page_cache) for target in repeats]
    pairs += [Pair(unchanged[f"{view}, 1000"], unchanged[f"{view}, 20"]) for view in VIEWS]
    feeds = {target.name: target for target in anew if target.name.startswith("feed")}
    pairs.append(Pair(feeds["feed, 1000, made anew"], feeds["feed, 20, made anew"]))
    return {f"{pair.target.name} to {pair.baseline.name}": pair for pair in pairs}


def report(pairs: dict[str, Pair]) -> None:
    """The table and the promises."""
    print("\n| what | requests a second | beside | ratio (median) | lowest | highest |\n|---|---:|---|---:|---:|---:|")
    for pair in pairs.values():
        low, high = pair.ratios[0], pair.ratios[-1]
        numbers = f"{pair.rate:.0f} | {pair.baseline.name} | {pair.ratio:.2f} | {low:.2f} | {high:.2f}"
        print(f"| {pair.target.name} | {numbers} |")
    print("\n| promise | wanted | measured |\n|---|---|---|")
    for promise in promises(pairs):
        print("| " + " | ".join(promise) + " |")


def promises(pairs: dict[str, Pair]) -> list[tuple[str, str, str]]:
    """What the calendar promises, how much, and what was measured."""
    repeats = [pair for pair in pairs.values() if pair.baseline.name == "page cache"]
    slowest = min(repeats, key=lambda pair: pair.ratio)
    anew = pairs["list, 20, made anew to 20 rows"].ratio
    feed = pairs["feed, 1000, made anew to feed, 20, made anew"].ratio
    independent = [
        (f"{view}: 304 at 1,000 events, to 20 events", "independent", f"{pair.ratio:.2f}")
        for view in VIEWS
        for pair in [pairs[f"{view}, 1000, 304 to {view}, 20, 304"]]
    ]
    return [
        ("list of 20 made anew, to the 20-row baseline", "at least 0.5", f"{anew:.2f}"),
        (f"slowest repeat ({slowest.target.name}), to the page cache", "at least 0.7", f"{slowest.ratio:.2f}"),
        *independent,
        ("feed of 1,000 made anew, to that of 20", "at most 40 times", f"{1 / feed:.1f} times"),
    ]


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
        pairs = pairs_of(baseline, fresh, kept)
        measure(list(pairs.values()), rounds=ROUNDS, seconds=SECONDS)
    report(pairs)


if __name__ == "__main__":
    main()
