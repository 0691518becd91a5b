"""How staff help the two sides of a match: what they see, do on request, note, and what may fit."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from accounts.models import Membership, Stakeholder
from accounts.tests.factories import make_stakeholder
from foundation import history
from foundation.models import HistoryEntry, OutgoingMail
from pledges import matching
from pledges.models import PledgeMatch
from pledges.refusals import AlreadyDecided
from pledges.tests.factories import make_pledge
from pledges.tests.test_match_suggestions import about

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
LIST = "/admin/pledges/pledgematch/"
ASKED_BY = "Ms. Stranger, by mail on 12 October"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def match(cast):
    """An offer that has waited for ten days."""
    asked = make_pledge(cast.other, title="A law on work", support_asked="Teachers.")
    return offered(cast, asked, days=10, own_pledge=cast.pledge, text="Ten teachers.")


def offered(cast, asked, *, days=0, **fields):
    at = AT - timedelta(days=days)
    return matching.offer(at=at, actor=cast.focal_point, pledge=asked, stakeholder=cast.ngo, **fields)


def page(match, verb="change"):
    return f"{LIST}{match.pk}/{verb}/"


def told(purpose):
    return sorted(OutgoingMail.objects.filter(purpose=purpose).values_list("address", flat=True))


def last_entry(match):
    entry = history.of(match).first()
    return entry.verb, entry.actor, entry.changes


def listed(client, query=""):
    return client.get(f"{LIST}{query}").content.decode()


def test_the_page_shows_both_pledges_and_both_sides_focal_points(cast, log_in, match):
    matching.note(at=AT, actor=cast.editor, match=match, text="Rang them.", seen="")
    html = log_in(cast.reviewer).get(page(match)).content.decode()
    for words in ("A law on work", "Teachers.", "Ten teachers.", cast.pledge.reference, "Rang them."):
        assert words in html
    addresses = ("stranger@example.org", "focal@example.org", "colleague@example.org", "contributor@example.org")
    assert [f"mailto:{address}" in html for address in addresses] == [True, True, True, False]
    assert "<textarea" not in html


@pytest.mark.parametrize(
    ("verb", "state", "purpose", "who", "side"),
    [
        ("accept", "accepted", "match-accepted", ["colleague", "focal", "stranger"], ["stranger"]),
        ("decline", "declined", "match-declined", ["colleague", "focal"], ["stranger"]),
        ("withdraw", "withdrawn", "match-withdrawn", ["stranger"], ["colleague", "focal"]),
    ],
)
def test_an_editor_acts_on_request_with_the_same_mails_and_who_asked(
    cast, log_in, match, verb, state, purpose, who, side
):
    client, sent = log_in(cast.editor), {"on_request_of": ASKED_BY, "reason": "We have enough."}
    response = client.post(page(match, verb), sent)
    assert (response.status_code, response["Location"]) == (302, page(match))
    match.refresh_from_db()
    assert match.state == state
    assert last_entry(match) == (f"match.{state}", cast.editor, {"on_request_of": ASKED_BY})
    assert told(purpose) == [f"{name}@example.org" for name in who]
    assert told("match-done-for") == [f"{name}@example.org" for name in side]
    text = OutgoingMail.objects.filter(purpose="match-done-for").first().text
    assert (ASKED_BY in text, "UNHCR's team acted for you" in text) == (True, True)
    html = client.get(page(match, "history")).content.decode()
    assert ("On request of" in html or "on request of" in html, ASKED_BY in html) == (True, True)


def test_nobody_is_told_of_a_request_when_the_host_answers_itself(cast, match):
    matching.accept(at=AT, actor=cast.stranger, match=match)
    assert (last_entry(match), told("match-done-for")) == (("match.accepted", cast.stranger, {}), [])


@pytest.mark.parametrize("verb", ["accept", "decline", "withdraw"])
@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("focal_point", 403), ("stranger", 403), (None, 302)])
def test_who_may_not_act_changes_nothing(cast, client, log_in, match, verb, who, status):
    asks = log_in(getattr(cast, who)) if who else client
    before = HistoryEntry.objects.count()
    sent = {"on_request_of": ASKED_BY, "reason": "No.", "staff_note": "x", "seen": ""}
    assert [asks.post(page(match, name), sent).status_code for name in (verb, "note")] == [status, status]
    match.refresh_from_db()
    assert (match.state, match.staff_note, HistoryEntry.objects.count()) == ("offered", "", before)


@pytest.mark.parametrize("verb", ["accept", "decline", "withdraw", "note"])
def test_a_get_changes_nothing_and_what_is_not_there_is_404(cast, log_in, match, verb):
    client = log_in(cast.editor)
    assert client.get(page(match, verb)).status_code == 405
    assert client.post(f"{LIST}999999/{verb}/", {"on_request_of": ASKED_BY}).status_code == 404
    assert client.get(f"{LIST}{'9' * 30}/change/").status_code == 404


@pytest.mark.parametrize(
    ("verb", "bad", "status"),
    [
        ("accept", {"on_request_of": " "}, 422),
        ("accept", {"on_request_of": "x" * 201}, 422),
        ("withdraw", {"on_request_of": "NUL\x00"}, 422),
        ("decline", {"on_request_of": ASKED_BY, "reason": " "}, 409),
        ("decline", {"on_request_of": ASKED_BY, "reason": "x" * 4001}, 422),
        ("note", {"staff_note": "x" * 4001, "seen": ""}, 422),
    ],
)
def test_bad_input_is_named_and_kept(cast, log_in, match, verb, bad, status):
    response = log_in(cast.editor).post(page(match, verb), bad)
    kept = max(bad.values(), key=len).replace("\x00", "")
    assert (response.status_code, "errorlist" in response.content.decode()) == (status, True)
    assert kept.strip() in response.content.decode()
    match.refresh_from_db()
    assert (match.state, match.staff_note) == ("offered", "")


def test_who_comes_too_late_is_told_how_it_stands(cast, log_in, match):
    matching.accept(at=AT, actor=cast.stranger, match=match)
    response = log_in(cast.editor).post(page(match, "decline"), {"on_request_of": ASKED_BY, "reason": "No."})
    assert (response.status_code, "Somebody was faster" in response.content.decode()) == (409, True)
    assert told("match-done-for") == []


def test_a_note_is_kept_and_of_two_the_second_sees_the_first(cast, log_in, match):
    client = log_in(cast.editor)
    assert client.post(page(match, "note"), {"seen": "", "staff_note": "Rang them.\r\nTwice."}).status_code == 302
    assert last_entry(match) == ("match.noted", cast.editor, {})
    late = client.post(page(match, "note"), {"seen": "", "staff_note": "Wrote to them."})
    html = late.content.decode()
    assert (late.status_code, "Rang them.\nTwice.</div>" in html, "Wrote to them.</textarea>" in html) == (
        409,
        True,
        True,
    )
    assert 'name="seen" value="Rang them.\nTwice."' in html
    both = {"seen": "Rang them.\r\nTwice.", "staff_note": "Rang them, wrote to them."}
    assert client.post(page(match, "note"), both).status_code == 302
    match.refresh_from_db()
    assert (match.staff_note, OutgoingMail.objects.exclude(purpose="match-offered").count()) == (both["staff_note"], 0)


def test_a_note_without_a_change_is_no_news(cast, match):
    matching.note(at=AT, actor=cast.editor, match=match, text="", seen="")
    assert last_entry(match)[0] == "match.offered"


def test_the_list_opens_on_what_waits_and_filters(cast, log_in, match):
    later = make_pledge(cast.other, support_asked="Money.")
    done = make_pledge(cast.other, support_asked="Tents.")
    offered(cast, later, text="Money.", days=1)
    matching.accept(at=AT, actor=cast.stranger, match=offered(cast, done, text="Tents."))
    client, old = log_in(cast.reviewer), match.pledge
    shown = {
        "": [True, True, False],
        "?stand=matched": [False, False, True],
        "?stand=over": [False, False, False],
        "?stand=all": [True, True, True],
        "?waiting=week": [True, False, False],
        "?stand=all&waiting=week": [True, False, False],
        "?waiting=fortnight": [False, False, False],
        f"?q={later.reference}": [False, True, False],
        f"?pledge__occasion__id__exact={old.occasion_id}": [True, True, False],
    }
    for query, expected in shown.items():
        html = listed(client, query)
        assert [f">{pledge.reference}</a>" in html for pledge in (old, later, done)] == expected, query
    assert '<td class="field-days">10</td>' in listed(client)
    assert 'href="/admin/pledges/pledgematch/suggestions/"' in listed(client)


def test_what_may_fit_is_shown_for_each_pledge_that_asks(cast, log_in, match):
    about(match.pledge, ["TD"], ["education"], ["policy"])
    about(cast.pledge, ["TD"])
    fits = about(make_pledge(cast.partner_ngo, title="School kits"), ["TD"], ["education"], ["material"])
    make_pledge(cast.other, title="Nothing like it", support_asked="Anything.")
    html = log_in(cast.reviewer).get(f"{LIST}suggestions/").content.decode()
    words = "Both name Chad and Education. One is about policy, the other gives material support."
    assert (fits.reference in html, words in html, html.count("Nothing fits now.")) == (True, True, 1)
    # Already offered.
    assert (cast.pledge.reference in html, "1 offer waits for an answer" in html) == (False, True)


@pytest.mark.parametrize(("who", "status"), [("focal_point", 403), ("partner", 403), (None, 302), ("reviewer", 200)])
def test_the_pages_are_for_staff(cast, client, log_in, match, who, status):
    asks = log_in(getattr(cast, who)) if who else client
    assert [asks.get(path).status_code for path in (LIST, page(match), f"{LIST}suggestions/")] == [status] * 3
    assert asks.post(f"{LIST}suggestions/").status_code == {200: 405}.get(status, status)


def test_a_side_without_focal_points_is_reached_by_its_mailbox(cast, log_in, match):
    Membership.objects.filter(stakeholder=cast.other).update(ends_at=AT)
    Stakeholder.objects.filter(pk=cast.other.pk).update(institutional_mailbox="office@example.org")
    assert "mailto:office@example.org" in log_in(cast.editor).get(page(match)).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_for_one_and_many(cast, log_in, django_assert_num_queries, count):
    for number in range(count):
        asked = about(make_pledge(cast.other, support_asked=f"Help {number}"), ["TD"], ["education"], ["policy"])
        offered(cast, asked, text="Ten teachers.")
        about(make_pledge(make_stakeholder()), ["TD"], ["education"], ["financial"])
    client = log_in(cast.reviewer)
    with django_assert_num_queries(9):
        client.get(LIST)
    with django_assert_num_queries(20):
        client.get(f"{LIST}suggestions/")


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_members_of_staff_at_once_one_wins(cast):
    asked = make_pledge(cast.other, support_asked="Teachers.")
    match, outcomes = offered(cast, asked, text="Ten."), []

    def act(verb, **fields):
        try:
            verb(at=AT, match=PledgeMatch.objects.get(pk=match.pk), **fields)
            outcomes.append(verb.__name__)
        except AlreadyDecided:
            outcomes.append("late")
        finally:
            connection.close()

    deeds = [
        (matching.accept, {"actor": cast.editor, "on_request_of": "the focal point"}),
        (matching.decline, {"actor": cast.superuser, "on_request_of": "the mailbox", "reason": "No."}),
        (matching.note, {"actor": cast.editor, "text": "One.", "seen": ""}),
        (matching.note, {"actor": cast.superuser, "text": "Two.", "seen": ""}),
    ]
    threads = [threading.Thread(target=act, args=(verb,), kwargs=fields) for verb, fields in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    match.refresh_from_db()
    won = "accept" if match.state == "accepted" else "decline"
    assert sorted(outcomes) == sorted([won, "late", "note", "late"])
    assert sorted(history.of(match).values_list("verb", flat=True)) == sorted(
        [f"match.{match.state}", "match.noted", "match.offered"]
    )
