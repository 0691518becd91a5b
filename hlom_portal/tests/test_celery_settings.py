"""The settings that keep wake-ups harmless, and the beat that carries nothing."""

from datetime import timedelta

from hlom_portal.beat import beat_schedule
from hlom_portal.celery import app


def test_every_entry_of_the_beat_is_a_task_that_is_there():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in beat_schedule().values()} <= set(app.tasks)


def test_the_usual_beat():
    periods = {name: entry["schedule"] for name, entry in beat_schedule().items()}
    assert periods == {
        "drain-outbox": timedelta(seconds=60),
        "run-jobs": timedelta(seconds=10),
        "plan-reminders": timedelta(minutes=60),
        "digest-for-reviewers": timedelta(minutes=60),
    }


def test_a_wake_up_is_dropped_before_the_next_one_and_carries_nothing():
    for entry in beat_schedule().values():
        assert 0 < entry["options"]["expires"] < entry["schedule"].total_seconds()
        assert not entry.keys() & {"args", "kwargs"}


def test_the_app_reads_our_settings():
    conf = app.conf
    assert (conf.task_serializer, conf.accept_content, conf.result_backend) == ("json", ["json"], None)
    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (False, False, 1)
    assert (conf.timezone, conf.enable_utc) == ("UTC", True)
    assert conf.broker_transport_options["socket_timeout"] == 5
    assert conf.task_time_limit < conf.broker_transport_options["visibility_timeout"] / 2
