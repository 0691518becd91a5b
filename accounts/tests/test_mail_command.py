"""manage.py mail bounced"""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import make_user
from foundation.models import HistoryEntry, OutgoingMail

pytestmark = pytest.mark.django_db


def bounced(*addresses):
    out, err = io.StringIO(), io.StringIO()
    call_command("mail", "bounced", *addresses, stdout=out, stderr=err)
    return out.getvalue().splitlines(), err.getvalue().splitlines()


def test_an_address_is_marked_and_the_colleagues_are_told(cast):
    assert bounced("Focal@Example.org") == (["marked: focal@example.org", "1 of 1 marked."], [])
    cast.focal_point.refresh_from_db()
    assert cast.focal_point.address_failed_at is not None
    assert [mail.address for mail in OutgoingMail.objects.all()] == ["colleague@example.org"]


def test_marked_again_nothing_changes(cast):
    bounced("focal@example.org")
    cast.focal_point.refresh_from_db()
    before = (cast.focal_point.address_failed_at, OutgoingMail.objects.count(), HistoryEntry.objects.count())
    assert bounced("focal@example.org", "focal@example.org ")[0] == [
        "known already: focal@example.org",
        "0 of 1 marked.",
    ]
    cast.focal_point.refresh_from_db()
    after = (cast.focal_point.address_failed_at, OutgoingMail.objects.count(), HistoryEntry.objects.count())
    assert after == before


def test_unknown_addresses_are_said_and_change_nothing(cast):
    assert bounced("nobody@example.org", "focal@example.org") == (
        ["marked: focal@example.org", "1 of 2 marked."],
        ["unknown: nobody@example.org"],
    )


@pytest.mark.parametrize("hostile", ["\x00", "a\x00b", "é" * 400, "x\x0b@example.org", "'; --"])
def test_made_up_addresses_are_only_unknown(cast, hostile):
    out, _err = bounced(hostile)
    assert out[-1].startswith("0 of ")


def test_they_can_come_from_standard_input(cast, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("focal@example.org\n\nCOLLEAGUE@example.org\nfocal@example.org\n"))
    assert bounced("-")[0] == ["marked: focal@example.org", "marked: colleague@example.org", "2 of 2 marked."]


def test_a_byte_that_is_no_utf_8_stops_nothing_and_names_nobody_else(cast, monkeypatch):
    make_user("caf@example.org")
    stdin = io.TextIOWrapper(io.BytesIO(b"caf\xe9@example.org\nfocal@example.org\n"), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    assert bounced("-") == (["marked: focal@example.org", "1 of 2 marked."], ["unknown: caf\ufffd@example.org"])


def test_who_bounces_counts_as_no_living_contact(cast):
    bounced("focal@example.org", "colleague@example.org")
    assert cast.ngo.lacks_living_contact(cast.focal_point.created_at) is True


def test_without_an_address_it_says_what_is_missing():
    with pytest.raises(CommandError, match="ADDRESS"):
        bounced()
