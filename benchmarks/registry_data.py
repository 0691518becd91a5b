"""Registries to measure, and what is asked of them inside their own process: queries, places, plans."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Country, Stakeholder, User
from events.models import Cycle
from pledges.models import (
    Confirmation,
    ContributionType,
    Pledge,
    PledgeParty,
    PledgeVersion,
    ProgressUpdate,
    Stage,
    Theme,
    UpdateRound,
)
from pledges.orders import in_full, place_words
from pledges.selectors import with_stage
from pledges.words import keep_words

THEN = datetime(2020, 1, 1, tzinfo=UTC)
AT_ONCE = 5000
RARE, HITS = "zebrafinch", 50
TOPICS = ("Schools", "Jobs", "Solar power", "Clinics", "Scholarships", "Legal help", "Clean water")
TEXT = "With partners and local authorities we support refugees and their hosts by training, grants and advice. " * 4
DEEP = 0.9


def make(size: int) -> None:
    """``size`` published pledges; one in three without an update, one with one, one with two."""
    leads = _stakeholders(max(size // 30, 5))
    occasions = list(Cycle.objects.filter(slug__in=["grf-2019", "hls-2019"]))
    pledges = _bulk(
        Pledge,
        (
            Pledge(reference=f"SPD-{number:06}", occasion=occasions[number % 2], published_at=THEN, is_sample=True)
            for number in range(size)
        ),
    )
    _versions(pledges, leads)
    _updates(pledges, leads)
    keep_words(Pledge.objects.all())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _bulk(model: Any, rows: Iterable[Model]) -> list[Any]:
    made, rows = list[Any](), iter(rows)
    while some := list(islice(rows, AT_ONCE)):
        made += model.objects.bulk_create(some)
    return made


def _stakeholders(count: int) -> list[Stakeholder]:
    kinds, countries = Stakeholder.Kind.values, list(Country.objects.order_by("code"))
    return _bulk(
        Stakeholder,
        (
            Stakeholder(
                slug=f"speed-{number}",
                name=f"Sample fund {number}",
                kind=kinds[number % len(kinds)],
                country=countries[number % len(countries)],
                is_sample=True,
            )
            for number in range(count)
        ),
    )


def _versions(pledges: list[Pledge], leads: list[Stakeholder]) -> None:
    rare_every = len(pledges) // HITS
    versions = _bulk(
        PledgeVersion,
        (
            PledgeVersion(
                pledge=pledge,
                number=1,
                valid_from=THEN,
                title=f"{TOPICS[number % 7]} for refugees in district {number * 7919 % len(pledges)}",
                description=f"{TEXT}{RARE if number % rare_every == 0 else ''}",
            )
            for number, pledge in enumerate(pledges)
        ),
    )
    parties = [
        PledgeParty(version=version, stakeholder=leads[number % len(leads)], role="lead")
        for number, version in enumerate(versions)
    ]
    parties += [
        PledgeParty(version=version, stakeholder=leads[(number + 1) % len(leads)], role="partner")
        for number, version in enumerate(versions)
        if number % 3 == 0
    ]
    _bulk(PledgeParty, parties)
    _link(PledgeVersion.themes.through, "theme_id", versions, Theme.objects.filter(is_area_of_focus=True), 2)
    _link(PledgeVersion.contribution_types.through, "contributiontype_id", versions, ContributionType.objects.all(), 1)
    _link(PledgeVersion.host_countries.through, "country_id", versions, Country.objects.order_by("code"), 1)


def _link(through: Any, column: str, versions: list[PledgeVersion], rows: Iterable[Any], each: int) -> None:
    keys = [row.pk for row in rows]
    _bulk(
        through,
        (
            through(pledgeversion_id=version.pk, **{column: keys[(number + more) % len(keys)]})
            for number, version in enumerate(versions)
            for more in range(each)
        ),
    )


def _updates(pledges: list[Pledge], leads: list[Stakeholder]) -> None:
    moments = [THEN + timedelta(minutes=7 * number) for number in range(len(pledges))]
    updates = _bulk(
        ProgressUpdate,
        (
            ProgressUpdate(
                pledge=pledge,
                stakeholder=leads[number % len(leads)],
                state="accepted",
                stage=Stage.values[(number // 3 + more) % 3],
                narrative="Work has begun.",
                saved_at=moments[number],
                first_submitted_at=moments[number] + timedelta(days=90 * more),
                accepted_at=moments[number] + timedelta(days=90 * more + 1),
            )
            for number, pledge in enumerate(pledges)
            for more in range(number % 3)
        ),
    )
    rounds = _bulk(
        UpdateRound,
        (
            UpdateRound(
                update=update,
                number=1,
                content={},
                submitted_at=update.first_submitted_at,
                decision="accepted",
                decided_at=update.accepted_at,
            )
            for update in updates
        ),
    )
    by = User.objects.create(email="speed@example.org")
    _bulk(
        Confirmation,
        (
            Confirmation(
                pledge=one.update.pledge, stakeholder=one.update.stakeholder, by=by, at=one.decided_at, since_round=one
            )
            for one in rounds[::10]
        ),
    )


def addresses() -> dict[str, str]:
    """What is measured, by name; deep pages begin behind nine tenths of all pledges."""
    deep = {
        order: f"/pledges/?{urlencode({'sort': order, 'after': _place(order)} if order else {'after': _place('')})}"
        for order in ("", "title", "lead", "updated", "waiting")
    }
    return {
        "first page": "/pledges/",
        "deep page": deep.pop(""),
        f"search, {HITS} hits": f"/pledges/?q={RARE}",
        **{f"deep page by {order}": address for order, address in deep.items()},
        "first page by updated": "/pledges/?sort=updated",
        "broad: search, all are hits": "/pledges/?q=refugees",
        "broad: search, a seventh are hits": "/pledges/?q=solar+power",
        "broad: stage in progress": "/pledges/?stage=in-progress",
        "broad: a stakeholder group": "/pledges/?kind=city",
        "one pledge": f"/pledges/SPD-{int(Pledge.objects.count() * DEEP):06}/",
    }


def _place(order: str) -> str:
    now = timezone.now()
    pledges = in_full(order, with_stage(Pledge.objects.published_by(now), at=now), words="", at=now)
    pledge = pledges[int(pledges.count() * DEEP)]
    return f"{place_words(pledge.place)}~{pledge.reference}"  # type: ignore[attr-defined] # annotated


def describe() -> None:
    """Prints as JSON: the addresses, how many queries each costs, and the slowest query's plan of some."""
    found = addresses()
    queries = {name: _queries(address) for name, address in found.items()}
    plans = {
        name: _plan(queries[name])
        for name in ("deep page", f"search, {HITS} hits", "deep page by updated", "broad: search, all are hits")
    }
    counts = {name: len(sql) for name, sql in queries.items()}
    print(json.dumps({"addresses": found, "queries": counts, "plans": plans}))


def _queries(address: str) -> list[str]:
    client: Callable[[str], Any] = Client(SERVER_NAME="127.0.0.1").get
    client(address)
    with CaptureQueriesContext(connection) as captured:
        assert client(address).status_code == 200
    return [query["sql"] for query in captured]


def _plan(queries: list[str]) -> list[str]:
    """The plan of the query that lists pledges."""
    listing = next(sql for sql in queries if re.search(r'FROM "pledges_pledge".* LIMIT 26', sql, re.DOTALL))
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {listing}")
        return [str(row[0]) for row in cursor.fetchall()]
