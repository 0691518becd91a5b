"""Keeps an uploaded table between two pages, so that exactly what was looked at is saved, or nothing.

It lies in the database, bound to the person who brought it, for a day; packed, since cells may hold characters that
a JSON column refuses.
"""

import base64
import json
import zlib
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from foundation.models import Job
from foundation.spreadsheets import Record, Table

KEPT_FOR = timedelta(days=1)


class NoLongerHeldError(Exception):
    """The table was saved already, or its day is over."""


@transaction.atomic
def hold(*, at: datetime, actor: AbstractBaseUser, kind: str, table: Table, facts: dict[str, Any]) -> Job:
    """Keeps the table, with facts that must be JSON; tables of this kind whose day is over are forgotten."""
    forget_old(at=at, kinds=[kind])
    # Done: there is nothing in it for the background workers.
    return Job.objects.create(
        kind=kind,
        state=Job.State.DONE,
        requested_by_id=actor.pk,
        requested_at=at,
        finished_at=at,
        report={"table": packed(table), "facts": facts},
    )


def forget_old(*, at: datetime, kinds: Collection[str]) -> None:
    """Lets go of the tables of these kinds of jobs whose day is over."""
    for job in Job.objects.filter(kind__in=kinds, finished_at__lte=at - KEPT_FOR, report__has_key="table"):
        _forget(job, {})


def find_held(*, at: datetime, actor: AbstractBaseUser, kind: str, uuid: UUID, lock: bool = False) -> Job:
    """The person's own job. Raises Job.DoesNotExist for anybody else's, NoLongerHeldError when its table is gone."""
    jobs = Job.objects.select_for_update() if lock else Job.objects.all()
    job = jobs.get(uuid=uuid, kind=kind, requested_by_id=actor.pk)
    if "table" not in job.report or job.requested_at <= at - KEPT_FOR:
        raise NoLongerHeldError
    return job


def table_of(job: Job) -> Table:
    """The table as it was read."""
    return unpacked(job.report["table"])


def facts_of(job: Job) -> dict[str, Any]:
    """What was said of the table when it was kept."""
    return cast("dict[str, Any]", job.report["facts"])


def let_go(job: Job, result: dict[str, Any]) -> None:
    """Says that the table was saved, with what came of it, and forgets its cells."""
    _forget(job, result)


def _forget(job: Job, result: dict[str, Any]) -> None:
    job.report = {"facts": job.report.get("facts", {}), "result": result}
    job.save(update_fields=["report"])


def packed(table: Table) -> str:
    """The table as text that JSON can hold."""
    return base64.b85encode(zlib.compress(json.dumps(asdict(table)).encode())).decode()


def unpacked(text: str) -> Table:
    """The table that ``packed`` was given."""
    facts = json.loads(zlib.decompress(base64.b85decode(text)))
    records = [
        # JSON knows no numbers as keys.
        Record(**record | {"refused": {int(position): said for position, said in record["refused"].items()}})
        for record in facts["records"]
    ]
    return Table(facts["names"], records, facts["is_csv"])
