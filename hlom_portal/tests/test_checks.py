"""What a deployment must not have."""

from datetime import UTC, datetime

import pytest

from hlom_portal.checks import check_deployment, header_breaks_are_refused

GOOD = {
    "PORTAL_CLOCK_STARTS_AT": None,
    "QUICK_START": False,
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "REDIS_URL": "redis://example/0",
    "EMAIL_BACKEND": "foundation.smtp.OutboxEmailBackend",
    "SITE_URL": "https://portal.example.org",
    "UPLOAD_SCANNER": "foundation.text.clean_line",
}


class Settings:
    """Settings that are looked at only."""

    def __init__(self, **changes):
        self.__dict__.update(GOOD | changes)


def found(monkeypatch, **changes):
    monkeypatch.setattr("hlom_portal.checks.settings", Settings(**changes))
    return [message.id for message in check_deployment() if message.id != "hlom.W001"]


def test_a_good_deployment_passes(monkeypatch):
    assert found(monkeypatch) == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"PORTAL_CLOCK_STARTS_AT": datetime(2021, 10, 20, tzinfo=UTC)}, ["hlom.E001"]),
        ({"QUICK_START": True}, ["hlom.E002"]),
        ({"DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3"}}}, ["hlom.E003"]),
        ({"REDIS_URL": ""}, ["hlom.E004"]),
        ({"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}, ["hlom.E005"]),
        ({"SITE_URL": "http://portal.example.org"}, ["hlom.E006"]),
        ({"UPLOAD_SCANNER": "nowhere.scan"}, ["hlom.E007"]),
        ({"UPLOAD_SCANNER": "foundation.uploads.ENDINGS"}, ["hlom.E007"]),
        ({"UPLOAD_SCANNER": ""}, []),
    ],
)
def test_each_thing_that_must_not_be_is_named(monkeypatch, changes, wrong):
    assert found(monkeypatch, **changes) == wrong


def test_an_old_python_is_warned_of(monkeypatch):
    monkeypatch.setattr("hlom_portal.checks.header_breaks_are_refused", lambda: False)
    monkeypatch.setattr("hlom_portal.checks.settings", Settings())
    assert [message.id for message in check_deployment()] == ["hlom.W001"]


def test_the_python_in_use_is_judged_by_what_it_does():
    assert header_breaks_are_refused() in (True, False)
