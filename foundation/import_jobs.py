"""A file is looked at by one job and, when a person has confirmed what was found, saved by the next.

Both are the same row of ``Job``: it waits, is looked at, waits again and is saved, so that one address shows all of
it and of two people who confirm at once one wins.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.functional import Promise

from foundation import jobs
from foundation.held_tables import forget_old, packed, unpacked
from foundation.importing import ChangedMeanwhileError, Importer, Report, first_half, last_half, look, save
from foundation.jobs import JobRefusedError, Work
from foundation.models import Job
from foundation.row_reading import read
from foundation.spreadsheets import Table

# More than anybody reads on a page; the workbook to download has all errors.
MOST_SHOWN = 300
Make = Callable[[dict[str, Any]], Importer[Any]]


@dataclass(frozen=True)
class Kind:
    """One kind of file: its name in the table of jobs, and who makes the importer, told what was confirmed."""

    name: str
    make: Make
    looking: str | Promise
    saving: str | Promise

    @property
    def check(self) -> str:
        """The kind of job that looks."""
        return f"{self.name}-check"

    @property
    def saves(self) -> str:
        """The kind of job that saves."""
        return f"{self.name}-import"

    def register(self) -> None:
        """Lets the workers do both."""
        jobs.register(self.check, lambda work: _look(self, work), label=self.looking)
        jobs.register(self.saves, lambda work: _save(self, work), label=self.saving)


def bring(kind: Kind, *, at: datetime, actor: AbstractBaseUser, table: Table, file_name: str, sha256: str) -> Job:
    """Keeps a file, to be looked at soon; files whose day is over are forgotten."""
    forget_old(at=at, kinds=[kind.check, kind.saves])
    facts = {"name": file_name, "rows": len(table.records)}
    return jobs.ask(at=at, actor=actor, kind=kind.check, report={"table": packed(table), "facts": facts}, sha256=sha256)


def confirm(kind: Kind, job: Job, *, at: datetime, actor: AbstractBaseUser, options: dict[str, bool]) -> bool:
    """Lets what was looked at be saved as it was found; False when somebody else was faster, or it cannot be."""
    if job.kind != kind.check or job.state != Job.State.DONE or not is_kept(job) or job.report["counts"]["troubles"]:
        return False
    return jobs.ask_next(at=at, actor=actor, job=job, kind=kind.saves, report=job.report | {"options": options})


def look_again(kind: Kind, job: Job, *, at: datetime, actor: AbstractBaseUser) -> bool:
    """Lets a file that could not be saved, or was not confirmed yet, be looked at once more."""
    if job.state not in (Job.State.DONE, Job.State.FAILED) or not is_kept(job):
        return False
    kept = {name: job.report[name] for name in ("table", "facts")}
    return jobs.ask_next(at=at, actor=actor, job=job, kind=kind.check, report=kept)


def is_kept(job: Job) -> bool:
    """Whether the file itself is still here: not after it was saved, nor after its day."""
    return "table" in job.report


def table_of(job: Job) -> Table:
    """The file as it was read."""
    return unpacked(job.report["table"])


def last_import(kind: Kind, sha256: str) -> Job | None:
    """The last time that the very same file was saved, by whomever."""
    same = Job.objects.filter(kind=kind.saves, state=Job.State.DONE, sha256=sha256).exclude(sha256="")
    return same.select_related("requested_by").order_by("-finished_at", "-pk").first()


def remember(kind: Kind, *, at: datetime, sha256: str, file_name: str, report: Report) -> None:
    """Notes a file that a command has saved, so that it is known again."""
    Job.objects.create(
        kind=kind.saves,
        state=Job.State.DONE,
        requested_at=at,
        finished_at=at,
        sha256=sha256,
        report={"facts": {"name": file_name}, "counts": _counts(report)},
    )


def _look(kind: Kind, work: Work) -> dict[str, Any]:
    importer = kind.make({})
    reading = read(importer, table_of(work.job), say=first_half(work.say))
    report, _new, _changed = look(importer, reading, say=last_half(work.say))
    return {**work.job.report, **_found(report)}


def _found(report: Report) -> dict[str, Any]:
    """What the page shows, and by what it is known whether the rows are still so."""
    # As one reads: row by row, from the first column on.
    troubles = sorted(report.troubles, key=lambda each: (each.line, len(each.cell), each.cell))
    return {
        "counts": _counts(report),
        "troubles": [trouble._asdict() for trouble in troubles[:MOST_SHOWN]],
        "new": report.new[:MOST_SHOWN],
        "changed": dict(list(report.changed.items())[:MOST_SHOWN]),
        "verdicts": report.verdicts(),
    }


def _counts(report: Report) -> dict[str, int]:
    return {
        "new": len(report.new),
        "changed": len(report.changed),
        "unchanged": len(report.unchanged),
        "troubles": len(report.troubles),
        "written": len(report.changed) if report.written else 0,
    }


def _save(kind: Kind, work: Work) -> dict[str, Any]:
    options = cast("dict[str, bool]", work.job.report["options"])
    importer = kind.make(options)
    reading = read(importer, table_of(work.job), say=first_half(work.say))
    try:
        save(
            importer,
            reading,
            at=work.at,
            actor=work.job.requested_by,
            update=options["update"],
            expected=work.job.report["verdicts"],
            say=last_half(work.say),
            finish=lambda report: work.finish(_result(work.job, report)),
        )
    except ChangedMeanwhileError as error:
        raise JobRefusedError(str(error)) from error
    if not work.is_finished:
        raise JobRefusedError(str(ChangedMeanwhileError([each.cell for each in reading.troubles])))
    return {}


def _result(job: Job, report: Report) -> dict[str, Any]:
    """What stays of it: the cells are forgotten."""
    return {"facts": job.report["facts"], "options": job.report["options"], "counts": _counts(report)}
