"""The fixed cast, the clock, and what a test may ask of the machine."""

import os
import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.test import Client
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import blocking_manager_key

from accounts.models import Membership, Stakeholder, User
from accounts.roles import EDITORS, REVIEWERS, set_up_roles
from accounts.tests.factories import make_member, make_stakeholder, make_user
from pledges.models import Pledge
from pledges.tests.factories import make_pledge

# CI sets this: what would be skipped elsewhere must run there.
# Modules and functions of the migrations that add rows.
DATA_MIGRATIONS = {
    "accounts.migrations.0002_countries": "load",
    "events.migrations.0002_cycles": "add_cycles",
    "pledges.migrations.0002_small_tables": "fill_all",
}
MUST_RUN_ALL = os.environ.get("TESTS_MUST_ALL_RUN") == "1"

# A busy machine is no reason for a property to fail.
hypothesis_settings.register_profile("portal", deadline=None)
hypothesis_settings.load_profile("portal")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips, with the reason, what this machine cannot run; in CI that is a failure."""
    for reason in _reasons_not_to_run(item):
        if MUST_RUN_ALL:
            pytest.fail(f"must run here, but: {reason}")
        pytest.skip(reason)


def _reasons_not_to_run(item: pytest.Item) -> list[str]:
    on_postgres = os.environ.get("DATABASE_URL", "").startswith("postgres")
    needs = {
        "postgres": (on_postgres, "PostgreSQL is not on this machine"),
        "redis": (bool(os.environ.get("REDIS_URL")), "Redis is not on this machine"),
        "browser": (on_postgres and bool(shutil.which("chromium")), "Chromium or PostgreSQL is not on this machine"),
        "java": (bool(shutil.which("java")), "Java is not on this machine"),
    }
    return [reason for mark, (there, reason) in needs.items() if item.get_closest_marker(mark) and not there]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """A transactional test empties every table; the rows of the data migrations come back for the next one.

    The history, which SQLite would not let go, is unguarded for that moment only.
    """
    guard = import_module("foundation.migrations.0006_history_only_grows")
    empties = _empties_tables(item)
    if empties:
        with item.config.stash[blocking_manager_key].unblock():
            guard.unguard(apps, SimpleNamespace(connection=connection))
    yield
    # After the last test the database itself is gone.
    if nextitem is not None and empties:
        with item.config.stash[blocking_manager_key].unblock():
            guard.guard(apps, SimpleNamespace(connection=connection))
            _load_migrated_rows()


def _empties_tables(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    fixtures = getattr(item, "fixturenames", [])
    return bool(mark and mark.kwargs.get("transaction")) or bool({"live_server", "transactional_db"} & set(fixtures))


def _load_migrated_rows() -> None:
    """Runs the data migrations' own functions again; they add only what is missing."""
    if not ContentType.objects.exists():
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    for module, function in DATA_MIGRATIONS.items():
        getattr(import_module(module), function)(apps, None)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits of one test must not meet another."""
    cache.clear()
    yield
    cache.clear()


@dataclass
class Cast:
    """Who plays in the tests; the public is a client that is not logged in."""

    ngo: Stakeholder
    other: Stakeholder
    partner_ngo: Stakeholder
    pledge: Pledge
    focal_point: User
    colleague: User
    contributor: User
    reader: User
    stranger: User
    partner: User
    editor: User
    reviewer: User
    superuser: User


@pytest.fixture
def cast(db: None) -> Cast:
    """One stakeholder with its people, a partner in its joint pledge, a stranger, and staff."""
    set_up_roles()
    ngo, other, partner_ngo = (make_stakeholder(name) for name in ("Example Relief", "Other Aid", "Partner Aid"))
    editor, reviewer = make_user("editor@example.org", is_staff=True), make_user("reviewer@example.org", is_staff=True)
    editor.groups.add(Group.objects.get(name=EDITORS))
    reviewer.groups.add(Group.objects.get(name=REVIEWERS))
    return Cast(
        ngo=ngo,
        other=other,
        partner_ngo=partner_ngo,
        pledge=make_pledge(ngo, partners=(partner_ngo,), title="Schools for 500 children"),
        focal_point=make_member(ngo, email="focal@example.org"),
        colleague=make_member(ngo, email="colleague@example.org"),
        contributor=make_member(ngo, Membership.Role.CONTRIBUTOR, email="contributor@example.org"),
        reader=make_member(ngo, Membership.Role.READER, email="reader@example.org"),
        stranger=make_member(other, email="stranger@example.org"),
        partner=make_member(partner_ngo, email="partner@example.org"),
        editor=editor,
        reviewer=reviewer,
        superuser=make_user("superuser@example.org", is_staff=True, is_superuser=True),
    )


@pytest.fixture
def log_in() -> "LogIn":
    """Logs a person in as the two login steps would: with the second factor for staff."""
    return LogIn()


class LogIn:
    """Makes clients that are logged in."""

    def __call__(self, user: User, *, second_factor: bool | None = None) -> Client:
        """A client of ``user``; staff get their second factor unless told otherwise."""
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        self._note(client, user, {"method": "code", "email": user.email})
        if user.is_staff if second_factor is None else second_factor:
            if not user.authenticator_set.exists():
                TOTP.activate(user, generate_totp_secret())
            self._note(client, user, {"method": "mfa", "type": "totp"})
        return client

    @staticmethod
    def _note(client: Client, user: User, what: dict[str, str]) -> None:
        """Writes down, as allauth does, by what the person has logged in just now."""
        session = client.session
        session["account_authentication_methods"] = [
            *session.get("account_authentication_methods", []),
            what | {"at": datetime.now(tz=UTC).timestamp()},
        ]
        # allauth believes the records only of the person whom they were written for.
        session["account_authentication_methods_user"] = str(user.pk)
        session.save()


@pytest.fixture
def on_postgres() -> bool:
    """Whether this run's database is PostgreSQL."""
    return connection.vendor == "postgresql"
