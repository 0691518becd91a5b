"""Live and ready."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from foundation import heartbeats, pauses
from foundation.mail import Content, enqueue
from foundation.models import OutboxControl, OutgoingMail

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
READY = {"database": "ok", "migrations": "ok", "drain": "ok", "plan": "ok", "oldest_mail": "ok", "mail_server": "ok"}


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def working(db):
    """The worker has just done its work."""
    heartbeats.beat("drain", at=AT)
    heartbeats.beat("plan", at=AT)


def answers(client):
    response = client.get("/health/ready")
    said = response.json()
    assert said["ready"] == (response.status_code == 200)
    return response.status_code, said["checks"]


def put(**fields):
    content = Content(subject="Subject", text="Text\n")
    facts = {"dedupe_key": "a", "purpose": "test", "address": "a@example.org", "lasts": timedelta(days=1)}
    return enqueue(content=content, **(facts | fields))


@pytest.mark.parametrize("method", ["get", "head"])
def test_live_asks_no_database(client, method):
    response = getattr(client, method)("/health/live")
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert response.content == (b"ok" if method == "get" else b"")


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_answers_are_not_kept(client, working, path):
    assert "no-store" in client.get(path)["Cache-Control"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_only_reading(client, method, path):
    assert getattr(client, method)(path).status_code == 405


def test_ready_when_all_is_well(client, working):
    assert answers(client) == (200, READY)


@pytest.mark.parametrize(
    ("name", "late", "status"),
    [
        ("drain", timedelta(minutes=10), 200),
        ("drain", timedelta(minutes=10, seconds=1), 503),
        ("plan", timedelta(hours=2), 200),
        ("plan", timedelta(hours=2, seconds=1), 503),
    ],
)
def test_late_work_is_red(client, working, name, late, status):
    heartbeats.beat(name, at=AT - late)
    code, checks = answers(client)
    assert code == status
    assert {key for key, answer in checks.items() if answer != "ok"} == (set() if status == 200 else {name})


def test_work_that_never_ran_is_red(client, db):
    code, checks = answers(client)
    assert code == 503
    assert checks["drain"] == "has not come to its end for 10 minutes"
    assert checks["plan"] == "has not come to its end for 120 minutes"


@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (60, 503)])
def test_a_mail_that_waits_for_an_hour_is_red(client, working, minutes, status):
    put(at=AT - timedelta(minutes=minutes))
    assert answers(client)[0] == status


def test_mails_that_wait_for_their_hour_or_are_over_are_no_trouble(client, working):
    put(at=AT + timedelta(days=1))
    put(dedupe_key="b", at=AT - timedelta(days=2))
    failed = put(dedupe_key="c", at=AT - timedelta(hours=3))
    OutgoingMail.objects.filter(pk=failed.pk).update(state="failed")
    assert answers(client)[0] == 200


def test_the_quick_start_says_that_it_has_no_worker(client, db, settings):
    settings.QUICK_START = True
    code, checks = answers(client)
    assert code == 200
    assert checks["drain"] == checks["plan"] == "not asked for: the quick start has no worker"


def test_a_missing_migration_is_red(client, working):
    from django.db.migrations.recorder import MigrationRecorder

    MigrationRecorder.Migration.objects.filter(app="stocktaking").latest("pk").delete()
    code, checks = answers(client)
    assert (code, checks["migrations"]) == (503, "1 not applied")


def test_a_database_that_is_away_is_red_and_tells_no_secret(client, working, monkeypatch):
    from django.db import OperationalError

    def away(*_args, **_kwargs):
        raise OperationalError("connection to server at 10.0.0.1 failed for user portal")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", away)
        response = client.get("/health/ready")
    assert response.status_code == 503
    assert b"10.0.0.1" not in response.content
    assert response.json()["checks"]["database"].startswith("cannot be asked")


def test_a_mail_server_that_keeps_failing_is_told(client, working):
    OutboxControl.objects.create(pk=1, failures_in_a_row=5, rests_until=AT + timedelta(minutes=1))
    told = {"mail_server": "has failed several times in a row; the outbox tries it less often"}
    assert answers(client) == (503, READY | told)


@pytest.mark.parametrize(
    ("failures", "waits", "status"), [(5, True, 503), (4, True, 200), (5, False, 200), (0, True, 200)]
)
def test_between_a_rest_and_the_next_try_a_failing_mail_server_is_still_red(client, working, failures, waits, status):
    OutboxControl.objects.create(pk=1, failures_in_a_row=failures, rests_until=AT - timedelta(seconds=1))
    mail = put(at=AT - timedelta(minutes=5))
    OutgoingMail.objects.filter(pk=mail.pk).update(state="due" if waits else "failed")
    assert answers(client)[0] == status


def test_mail_that_a_person_holds_is_no_trouble_of_the_mail_server(client, working):
    OutboxControl.objects.create(pk=1, failures_in_a_row=5, rests_until=AT - timedelta(seconds=1))
    put(at=AT - timedelta(minutes=5))
    pauses.pause(at=AT, actor=None, reason="The server moves.")
    assert answers(client) == (200, READY)


def test_a_pause_alone_alarms_nobody(client, working):
    pauses.pause(at=AT, actor=None, reason="The server moves.")
    assert answers(client) == (200, READY)


@pytest.mark.parametrize(
    ("campaign", "priority", "status"),
    [("may", 9, 503), ("june", 9, 200), ("may", 0, 200)],
    ids=["held", "another campaign", "a code"],
)
def test_a_forgotten_pause_is_red_although_other_mail_keeps_its_pace(
    client, working, settings, campaign, priority, status
):
    settings.MAIL_PER_MINUTE = 1
    for number in range(10):
        gone = put(dedupe_key=str(number), at=AT - timedelta(hours=2))
        OutgoingMail.objects.filter(pk=gone.pk).update(state="sent", sent_at=AT - timedelta(minutes=number / 2))
    waits = put(at=AT - timedelta(hours=2))
    OutgoingMail.objects.filter(pk=waits.pk).update(campaign=campaign, priority=priority)
    pauses.pause(at=AT - timedelta(hours=2), actor=None, reason="A bad link.", of=pauses.Campaign("may", "May"))
    told = {"oldest_mail": "a mail has been waiting for more than an hour, held by a pause"} if status == 503 else {}
    assert answers(client) == (status, READY | told)


@pytest.mark.parametrize(("pace", "sent", "status"), [(2, 10, 200), (2, 9, 503), (0, 10, 503), (0, 0, 503)])
def test_a_mail_may_wait_while_a_pace_is_set_and_kept(client, working, settings, pace, sent, status):
    settings.MAIL_PER_MINUTE = pace
    put(at=AT - timedelta(hours=2))
    for number in range(sent):
        mail = put(dedupe_key=str(number), at=AT - timedelta(hours=2))
        OutgoingMail.objects.filter(pk=mail.pk).update(state="sent", sent_at=AT - timedelta(minutes=number / 2))
    assert answers(client)[0] == status
