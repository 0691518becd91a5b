"""How fast files of pledges come in, and what memory that takes, beside writing the same rows without any check.

    make benchmark-imports

Each figure is measured in a process of its own, on one throw-away PostgreSQL: the seconds of the work itself (without
starting Python), and the greatest memory of the process and of the reader that it starts for XLSX.
"""

import csv
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.import_data import columns, row_of
from hlom_portal.tests.portal import new_database

SIZES = (350, 3_500, 35_000)
WORK = ("bulk_create without any check", "load_pledges, CSV", "the same CSV again", "load_pledges, XLSX")


def main() -> None:
    """Measures all, and prints Markdown."""
    os.environ |= {
        "DATABASE_URL": new_database(os.environ["DATABASE_URL"]),
        "SECRET_KEY": "only-for-benchmarks-" * 3,
        "SITE_URL": "http://127.0.0.1:1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "hlom_portal.settings",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
    found = {(what, size): _measured(what, size) for what in WORK for size in SIZES}
    _report(found)


def _measured(what: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.imports", what, str(size)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, float] = json.loads(out.splitlines()[-1])
    print(f"{what}, {size:,} rows: {measured}", file=sys.stderr)
    return measured


def _report(found: dict[tuple[str, int], dict[str, float]]) -> None:
    print("\n| what | rows | rows a second | beside bulk_create | peak memory, MB | of that each row, KB |")
    print("|---|---:|---:|---:|---:|---:|")
    for (what, size), one in found.items():
        share = found[WORK[0], size]["seconds"] / one["seconds"]
        rate, per_row = size / one["seconds"], max(one["peak"] - one["start"], 0) * 1024 / size
        print(f"| {what} | {size:,} | {rate:,.0f} | {share:.2f} | {one['peak']:.0f} | {per_row:.1f} |")
    print("\n| each row at 35,000, to each row at 350 | time on the clock | time of the processor |\n|---|---:|---:|")
    for what in WORK:
        few, many = found[what, SIZES[0]], found[what, SIZES[-1]]
        ratios = [many[unit] / few[unit] * SIZES[0] / SIZES[-1] for unit in ("seconds", "processor")]
        print(f"| {what} | {ratios[0]:.2f} | {ratios[1]:.2f} |")


def measure(what: str, size: int) -> dict[str, float]:
    """Does one piece of work in this process."""
    import django  # noqa: PLC0415 -- the process that reports needs none of it

    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        work = _work(what, size, Path(folder))
        start = _megabytes(resource.RUSAGE_SELF)
        began, busy = time.perf_counter(), _processor()
        work()
        seconds, processor = time.perf_counter() - began, _processor() - busy
    peak = max(_megabytes(resource.RUSAGE_SELF), _megabytes(resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "processor": processor, "start": start, "peak": peak}


def _processor() -> float:
    """Seconds of this process and of those that it started and has seen end; the database's own are not in it."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _megabytes(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def _work(what: str, size: int, folder: Path) -> Callable[[], object]:
    from django.core.management import call_command  # noqa: PLC0415 -- as above

    from benchmarks.import_data import write_without_checks  # noqa: PLC0415 -- as above

    if what == WORK[0]:
        content = _csv(size, "BULK")
        return lambda: write_without_checks(content)
    path = folder / "pledges"
    if what == WORK[3]:
        # In a process of its own without Django, so that its memory is not counted.
        subprocess.run([sys.executable, "-c", _WRITE_XLSX, str(path), str(size), *columns()], check=True)
    else:
        path.write_text(_csv(size, "CSV"))
    return lambda: call_command("load_pledges", str(path))


_WRITE_XLSX = """
import sys
from openpyxl import Workbook
from benchmarks.import_data import row_of
book = Workbook(write_only=True)
sheet = book.create_sheet()
sheet.append(sys.argv[3:])
for number in range(int(sys.argv[2])):
    sheet.append(list(row_of("XLSX", int(sys.argv[2]), number)))
book.save(sys.argv[1])
"""


def _csv(size: int, prefix: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns())
    writer.writerows(_rows(size, prefix))
    return out.getvalue()


def _rows(size: int, prefix: str) -> Iterator[tuple[str, ...]]:
    return (row_of(prefix, size, number) for number in range(size))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
