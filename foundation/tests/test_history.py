"""The history: only added to, told in words, shown on the pages of what it is about."""

from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts.tests.factories import make_stakeholder, make_user
from foundation import history
from foundation.history_words import told
from foundation.models import HistoryEntry

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)


def record(**facts):
    subject = facts.pop("subject", None) or make_stakeholder()
    return history.record(at=NOW, actor=None, verb="changed", subject=subject, **facts)


def all_rows():
    return list(HistoryEntry.objects.order_by("pk").values())


@pytest.mark.parametrize(
    "attempt",
    [
        lambda entry: HistoryEntry.objects.filter(pk=entry.pk).update(verb="nothing"),
        lambda entry: HistoryEntry.objects.filter(pk=entry.pk).update(actor=make_user()),
        lambda entry: entry.save(),
        lambda entry: entry.delete(),
        lambda entry: HistoryEntry.objects.all().delete(),
        lambda entry: connection.cursor().execute("DELETE FROM foundation_historyentry"),
        lambda entry: connection.cursor().execute("UPDATE foundation_historyentry SET verb = 'x'"),
    ],
)
def test_the_database_refuses_to_change_or_delete_an_entry(attempt):
    entry = record()
    before = all_rows()
    with pytest.raises(IntegrityError, match="history is only added to"), transaction.atomic():
        attempt(entry)

    assert all_rows() == before


def test_entries_are_added_as_before():
    record()
    HistoryEntry.objects.bulk_create([HistoryEntry(at=NOW, verb="x", subject_type="y", subject_uuid=make_user().uuid)])

    assert HistoryEntry.objects.count() == 2


def test_the_guard_goes_down_and_up_again():
    """As the migration does, backward and forward; without it the same statement passes: the control."""
    guard = import_module("foundation.migrations.0006_history_only_grows")
    record()
    with transaction.atomic():
        guard.unguard(apps, type("Editor", (), {"connection": connection}))
        HistoryEntry.objects.all().delete()
        guard.guard(apps, type("Editor", (), {"connection": connection}))
    record()
    with pytest.raises(DatabaseError), transaction.atomic():
        HistoryEntry.objects.all().delete()

    assert HistoryEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_guard_stands_in_real_transactions_too():
    record()
    with pytest.raises(IntegrityError):
        HistoryEntry.objects.all().delete()

    assert HistoryEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_guard_stands_again_after_a_test_that_emptied_the_tables():
    record()
    with pytest.raises(IntegrityError):
        HistoryEntry.objects.all().update(verb="x")


def test_of_several_subjects_the_newest_comes_first():
    one, two, other = make_stakeholder(), make_stakeholder(), make_stakeholder()
    entries = [record(subject=subject) for subject in (one, two, other, one)]

    assert list(history.of(one, two)) == [entries[3], entries[1], entries[0]]
    assert list(history.of(one)) == [entries[3], entries[0]]
    assert list(history.of()) == []


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"name": ["Old", "New"]}, [("name", "Old", "New")]),
        ({"role": "reader"}, [("role", "", "reader")]),
        ({"unheard of": 3}, [("unheard of", "", "3")]),
        ({"some": ["a", "b", "c"]}, [("some", "", "a, b, c")]),
        ({"some": {"role": None}}, [("some", "", "role: ")]),
    ],
)
def test_changes_are_told_in_words(changes, fields):
    assert told(record(changes=changes)).fields == fields
