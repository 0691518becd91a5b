"""Whether the portal lives, and whether it does its work. Says nothing that a stranger may not know."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foundation.http import PortalRequest
from pledges import pipeline

OK = "ok"
NOT_ASKED = "not asked for: the quick start has no worker"


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; asks nothing else, so a database that is down restarts no process."""
    return HttpResponse(OK, content_type="text/plain; charset=utf-8")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Each check with "ok" or what is wrong; 503 when one is wrong."""
    checks = readiness(cast("PortalRequest", request).at)
    is_ready = all(answer in (OK, NOT_ASKED) for answer in checks.values())
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


def readiness(at: datetime) -> dict[str, str]:
    """What each check says at ``at``. Without a database nothing else can be asked."""
    checks: dict[str, Callable[[datetime], str]] = {
        "database": _database,
        "migrations": _migrations,
        "drain": _background(pipeline.drain_fault),
        "plan": _background(pipeline.plan_fault),
        "oldest_mail": _background(pipeline.waiting_fault),
        "mail_server": _background(pipeline.mail_server_fault),
    }
    answers: dict[str, str] = {}
    for name, check in checks.items():
        try:
            answers[name] = check(at)
        except DatabaseError:
            # The driver's own words may name hosts and accounts.
            answers[name] = "cannot be asked: the database does not answer as it should"
    return answers


def _database(at: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return OK


def _migrations(at: datetime) -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} not applied" if missing else OK


def _background(fault: Callable[[datetime], str]) -> Callable[[datetime], str]:
    """A check of what the worker does; the quick start has none."""
    return lambda at: NOT_ASKED if settings.QUICK_START else fault(at) or OK
