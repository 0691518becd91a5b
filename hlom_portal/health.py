"""Whether the portal lives, and whether it does its work. Says nothing that a stranger may not know."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foundation import heartbeats, outbox
from foundation.http import PortalRequest
from foundation.models import OutgoingMail
from foundation.outbox_control import rests_until
from pledges import reminder_plan

# How late the background work may be before somebody should look.
DRAIN_MAY_REST = timedelta(minutes=10)
PLAN_MAY_REST = timedelta(hours=2)
MAIL_MAY_WAIT = timedelta(hours=1)

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
        "drain": _drain,
        "plan": _plan,
        "oldest_mail": _oldest_mail,
        "mail_server": _mail_server,
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


def _drain(at: datetime) -> str:
    return _beats(outbox.HEARTBEAT, at, DRAIN_MAY_REST)


def _plan(at: datetime) -> str:
    return _beats(reminder_plan.HEARTBEAT, at, PLAN_MAY_REST)


def _beats(name: str, at: datetime, allowed: timedelta) -> str:
    if settings.QUICK_START:
        return NOT_ASKED
    minutes = int(allowed.total_seconds() // 60)
    return f"has not come to its end for {minutes} minutes" if heartbeats.is_late(name, at=at, allowed=allowed) else OK


def _oldest_mail(at: datetime) -> str:
    if settings.QUICK_START:
        return NOT_ASKED
    is_waiting = OutgoingMail.objects.filter(
        state=OutgoingMail.State.DUE, not_before__lte=at - MAIL_MAY_WAIT, expires_at__gt=at
    )
    return "a mail has been waiting for more than an hour" if is_waiting.exists() else OK


def _mail_server(at: datetime) -> str:
    # A forgotten pause shows as the oldest mail; this is about what nobody decided.
    return "has failed several times in a row; the outbox tries it less often" if rests_until(at=at) else OK
