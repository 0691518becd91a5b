"""Offers of support to policy pledges: made, answered, taken back, and what the public is told."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.merging import merge_stakeholders
from accounts.models import Membership, Stakeholder
from accounts.tests.factories import make_stakeholder
from foundation import history
from foundation.models import OutgoingMail
from pledges import matching
from pledges.models import Pledge, PledgeMatch
from pledges.refusals import AlreadyDecided, Refused
from pledges.tests.factories import make_pledge

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
SECRET = "zanzibar"

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast):
    return make_pledge(cast.other, title="A law on work", support_asked="Teachers.")


def offer(cast, asked, **fields):
    common = {"at": AT, "actor": cast.focal_point, "pledge": asked, "stakeholder": cast.ngo}
    return matching.offer(**common | {"text": f"{SECRET} teachers"} | fields)


def send(client, asked, cast, **fields):
    sent = {"stakeholder": cast.ngo.slug, "own_pledge": "", "text": "Ten teachers.", "language": "en"}
    return client.post(f"/my/offers/{asked.reference}/", sent | fields)


def url(match):
    return f"/my/matches/{match.uuid}/"


def verbs(match):
    return list(history.of(match).values_list("verb", flat=True))


def mails(purpose):
    return {mail.address: mail.text for mail in OutgoingMail.objects.filter(purpose=purpose)}


def page(client, pledge):
    return client.get(pledge.get_absolute_url()).content.decode()


def test_an_offer_is_made_and_the_host_is_told(cast, log_in, asked):
    response = send(log_in(cast.focal_point), asked, cast, own_pledge=cast.pledge.reference)
    match = PledgeMatch.objects.get()
    assert (response.status_code, response["Location"]) == (302, url(match))
    assert (match.state, match.own_pledge, match.text, verbs(match)) == (
        "offered",
        cast.pledge,
        "Ten teachers.",
        ["match.offered"],
    )
    assert list(mails("match-offered")) == ["stranger@example.org"]
    assert "Example Relief offers support" in mails("match-offered")["stranger@example.org"]
    html = log_in(cast.stranger).get("/my/matches/").content.decode()
    assert f'href="{url(match)}"' in html.partition("All other offers")[0]


def test_the_same_twice_is_one_offer_and_another_waits_for_the_answer(cast, asked):
    first = offer(cast, asked)
    assert offer(cast, asked) == first
    with pytest.raises(Refused):
        offer(cast, asked, text="Something else")
    assert offer(cast, asked, own_pledge=cast.pledge) != first
    assert PledgeMatch.objects.count() == 2


def test_accepting_introduces_both_sides_and_twice_is_once(cast, log_in, asked):
    match, client = offer(cast, asked), log_in(cast.stranger)
    for _time in range(2):
        assert client.post(url(match), {"action": "accept"}).status_code == 302
    match.refresh_from_db()
    assert (match.state, match.answered_by) == ("accepted", cast.stranger)
    assert verbs(match) == ["match.accepted", "match.offered"]
    told = mails("match-accepted")
    assert sorted(told) == ["colleague@example.org", "focal@example.org", "stranger@example.org"]
    assert "stranger@example.org" in told["focal@example.org"]
    assert ("focal@example.org" in told["stranger@example.org"], "contributor@" in told["stranger@example.org"]) == (
        True,
        False,
    )


def test_declining_needs_a_reason_that_the_other_side_reads(cast, log_in, asked):
    match, client = offer(cast, asked), log_in(cast.stranger)
    for bad in ("", "  ", "NUL\x00", "x" * 4001):
        assert client.post(url(match), {"action": "decline", "reason": bad}).status_code == 409
    assert client.post(url(match), {"action": "decline", "reason": "We have enough."}).status_code == 302
    assert "We have enough." in mails("match-declined")["focal@example.org"]
    assert client.post(url(match), {"action": "accept"}).status_code == 409
    with pytest.raises(AlreadyDecided):
        matching.withdraw(at=AT, actor=cast.focal_point, match=match)
    match.refresh_from_db()
    assert (match.state, match.reason) == ("declined", "We have enough.")


@pytest.mark.parametrize("action", ["", "delete", "Accept", "x" * 5000])
def test_what_is_no_button_of_the_page_decides_nothing(cast, log_in, asked, action):
    match = offer(cast, asked)
    response = log_in(cast.stranger).post(url(match), {"action": action, "reason": "We have enough."})
    assert (response.status_code, "Please use one of its buttons" in response.content.decode()) == (409, True)
    match.refresh_from_db()
    assert match.state == "offered"


@pytest.mark.parametrize("accepted", [False, True])
def test_the_one_who_offered_takes_it_back(cast, log_in, asked, accepted):
    match = offer(cast, asked)
    if accepted:
        matching.accept(at=AT, actor=cast.stranger, match=match)
    assert log_in(cast.focal_point).post(url(match), {"action": "withdraw"}).status_code == 302
    match.refresh_from_db()
    assert (match.state, list(mails("match-withdrawn"))) == ("withdrawn", ["stranger@example.org"])
    with pytest.raises(AlreadyDecided):
        matching.decline(at=AT, actor=cast.stranger, match=match, reason="Late.")
    assert "Matched with" not in page(log_in(cast.partner), asked)


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [
        ("contributor", 200, 403),
        ("reader", 200, 403),
        ("focal_point", 200, 403),
        ("partner", 404, 404),
        ("superuser", 404, 404),
    ],
)
def test_nobody_but_the_host_accepts(cast, log_in, asked, who, get, post):
    match, client = offer(cast, asked), log_in(getattr(cast, who))
    assert client.get(url(match)).status_code == get
    assert client.post(url(match), {"action": "accept"}).status_code == post
    match.refresh_from_db()
    assert match.state == "offered"


def test_what_cannot_be_offered_is_refused_in_words(cast, asked):
    sample = make_stakeholder("Sample Aid", is_sample=True)
    for wrong in (
        {"pledge": cast.pledge},
        {"stakeholder": cast.other},
        {"stakeholder": sample},
        {"text": " "},
        {"own_pledge": make_pledge(cast.partner_ngo)},
    ):
        with pytest.raises(Refused):
            offer(cast, asked, **wrong)
    Pledge.objects.filter(pk=asked.pk).update(published_at=None)
    with pytest.raises(Refused):
        offer(cast, asked)
    assert not PledgeMatch.objects.exists()


@pytest.mark.parametrize(
    "bad", [{"stakeholder": "other"}, {"own_pledge": "X-1"}, {"text": "NUL\x00"}, {"text": "x" * 4001}]
)
def test_bad_input_is_named_and_kept(cast, log_in, asked, bad):
    response = send(log_in(cast.focal_point), asked, cast, **bad)
    assert (response.status_code, PledgeMatch.objects.count()) == (422, 0)
    assert "Send the offer" in response.content.decode()


def test_the_public_sees_accepted_matches_on_both_pages_and_never_the_words(cast, client, asked):
    match = offer(cast, asked, own_pledge=cast.pledge)
    assert "Matched with" not in page(client, asked) + page(client, cast.pledge)
    matching.accept(at=AT, actor=cast.stranger, match=match)
    assert f'Example Relief: <a href="/pledges/{cast.pledge.reference}/">' in page(client, asked)
    assert f'Other Aid: <a href="/pledges/{asked.reference}/">' in page(client, cast.pledge)
    assert SECRET not in page(client, asked) + page(client, cast.pledge)
    Pledge.objects.filter(pk=cast.pledge.pk).update(published_at=None)
    Stakeholder.objects.filter(pk=cast.ngo.pk).update(is_public=False)
    assert "a stakeholder that is not named here: support was matched" in page(client, asked)
    Pledge.objects.filter(pk=cast.pledge.pk).update(published_at=AT)
    Pledge.objects.filter(pk=asked.pk).update(published_at=None)
    assert "Matched with" not in page(client, cast.pledge)


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "accepted"},
        {"state": "declined", "answered_at": AT},
        {"state": "withdrawn"},
        {"answered_at": AT},
        {"text": ""},
    ],
)
def test_the_database_refuses_states_without_their_times(cast, asked, wrong):
    match = offer(cast, asked)
    with pytest.raises(IntegrityError), transaction.atomic():
        PledgeMatch.objects.filter(pk=match.pk).update(**wrong)


def test_offers_follow_when_two_stakeholders_become_one(cast, asked):
    kept, double = offer(cast, asked), offer(cast, asked, stakeholder=cast.partner_ngo)
    other = offer(cast, asked, stakeholder=cast.partner_ngo, own_pledge=make_pledge(cast.partner_ngo))
    merge_stakeholders(at=AT, actor=None, duplicate=cast.partner_ngo, into=cast.ngo)
    states = {row.pk: row.state for row in PledgeMatch.objects.filter(stakeholder=cast.ngo)}
    assert states == {kept.pk: "offered", double.pk: "withdrawn", other.pk: "offered"}


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_many(cast, log_in, count, django_assert_num_queries):
    for number in range(count):
        offer(cast, make_pledge(cast.other, support_asked=f"Help {number}"))
    client = log_in(cast.focal_point)
    client.get("/my/matches/")
    with django_assert_num_queries(20):
        client.get("/my/matches/")


def test_long_lists_are_cut_into_pages_that_keep_each_others_place(cast, log_in):
    for number in range(26):
        offer(cast, make_pledge(cast.other, title=f"Law {number:02}", support_asked="Help."))
    html = log_in(cast.focal_point).get("/my/matches/?others=2&asked=2&evil=1").content.decode()
    assert [f"Law {number:02}" in html for number in (24, 25)] == [False, True]
    assert ('href="?others=2&amp;asked=1#asked"' in html, 'href="?asked=2&amp;others=1#others"' in html) == (True, True)
    assert "evil" not in html
    host = log_in(cast.stranger)
    waiting = host.get("/my/matches/?waiting=2").content.decode().partition('id="asked"')[0]
    assert (waiting.count("→"), 'href="?waiting=1#waiting"' in waiting) == (1, True)
    assert host.get("/my/matches/?waiting=x&asked=99999&others=-1").status_code == 200


def test_a_host_without_focal_points_is_told_by_its_mailbox(cast, asked):
    Membership.objects.filter(stakeholder=cast.other).update(ends_at=AT)
    Stakeholder.objects.filter(pk=cast.other.pk).update(institutional_mailbox="office@example.org")
    match = offer(cast, asked)
    matching.accept(at=AT, actor=cast.reviewer, match=match)
    assert list(mails("match-offered")) == ["office@example.org"]
    assert "- office@example.org" in mails("match-accepted")["focal@example.org"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_an_answer_and_a_withdrawal_at_once_leave_one_state(cast):
    asked = make_pledge(cast.other, support_asked="Teachers.")
    match, outcomes = offer(cast, asked), []

    def act(verb, **fields):
        try:
            verb(at=AT, match=PledgeMatch.objects.get(pk=match.pk), **fields)
            outcomes.append("won")
        except AlreadyDecided:
            outcomes.append("late")
        finally:
            connection.close()

    deeds = [
        (matching.accept, {"actor": cast.stranger}),
        (matching.decline, {"actor": cast.stranger, "reason": "No."}),
    ] * 4
    threads = [threading.Thread(target=act, args=(verb,), kwargs=fields) for verb, fields in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The winner's own clicks again change nothing; the other side is told.
    assert sorted(outcomes) == ["late"] * 4 + ["won"] * 4
    assert len(verbs(match)) == 2


def test_a_pledge_taken_back_is_matched_with_nothing_and_its_words_stay_its_host_s(cast, log_in, asked):
    match = offer(cast, asked)
    Pledge.objects.filter(pk=asked.pk).update(published_at=None)
    host, other = log_in(cast.stranger), log_in(cast.focal_point)
    response = host.post(url(match), {"action": "accept"})

    assert (response.status_code, "This pledge is not public now." in response.content.decode()) == (409, True)
    match.refresh_from_db()
    assert (match.state, mails("match-accepted")) == ("offered", {})
    assert "A law on work" in host.get(url(match)).content.decode()
    for address in (url(match), "/my/matches/"):
        assert "A law on work" not in other.get(address).content.decode()
    assert other.get(f"/my/offers/{asked.reference}/").status_code == 404
    assert other.post(url(match), {"action": "withdraw"}).status_code == 302


def test_a_logged_out_person_gets_the_offer_back_and_the_portal_keeps_none(client, cast, asked):
    response = send(client, asked, cast, text="Ten teachers.")

    html = response.content.decode()
    assert (response.status_code, PledgeMatch.objects.count()) == (403, 0)
    assert "Ten teachers." in html
    assert asked.current.title not in html


def send_with_an_old_token(client, asked, cast, *, origin="http://testserver"):
    client.handler.enforce_csrf_checks = True
    fields = {"stakeholder": cast.ngo.slug, "own_pledge": cast.pledge.reference, "text": "Ten teachers."}
    return client.post(f"/my/offers/{asked.reference}/", fields, headers={"origin": origin})


def test_an_offer_sent_with_an_old_token_comes_back_in_its_form(cast, log_in, asked):
    response = send_with_an_old_token(log_in(cast.focal_point), asked, cast)

    html, form = response.content.decode(), response.context["form"]
    assert (response.status_code, PledgeMatch.objects.count()) == (403, 0)
    assert [form[name].value() for name in ("text", "own_pledge")] == ["Ten teachers.", cast.pledge.reference]
    assert "Press the button once more." in html
    assert 'name="csrfmiddlewaretoken"' in html.partition("<main")[2]


@pytest.mark.parametrize(
    ("who", "comes_back"), [("contributor", True), (None, True), ("superuser", False), ("evil", False)]
)
def test_with_an_old_token_nobody_gets_more_than_the_own_words(cast, log_in, client, asked, who, comes_back):
    origin = "http://evil.example" if who == "evil" else "http://testserver"
    person = getattr(cast, who or "", cast.focal_point if who == "evil" else None)
    response = send_with_an_old_token(log_in(person) if person else client, asked, cast, origin=origin)

    html = response.content.decode()
    assert (response.status_code, "Ten teachers." in html) == (403, comes_back)
    assert (asked.current.title in html, PledgeMatch.objects.count()) == (False, 0)


def decline_with_an_old_token(client, match, *, origin="http://testserver", reason="We have enough."):
    client.handler.enforce_csrf_checks = True
    return client.post(url(match), {"action": "decline", "reason": reason}, headers={"origin": origin})


def test_a_reason_sent_with_an_old_token_comes_back_in_its_form(cast, log_in, asked):
    match = offer(cast, asked)

    response = decline_with_an_old_token(log_in(cast.stranger), match)

    html = response.content.decode().partition("<main")[2]
    match.refresh_from_db()
    assert (response.status_code, match.state) == (403, "offered")
    assert ">We have enough.</textarea>" in html
    assert ("Press the button once more." in html, 'name="csrfmiddlewaretoken"' in html) == (True, True)


@pytest.mark.parametrize(
    ("who", "origin", "comes_back"),
    [
        (None, "http://testserver", True),
        (None, "http://evil.example", False),
        ("stranger", "http://evil.example", False),
        ("superuser", "http://testserver", False),
    ],
    ids=["logged out", "logged out, foreign page", "foreign page", "staff"],
)
def test_with_an_old_token_nobody_reads_more_of_an_offer_than_the_own_reason(
    cast, log_in, client, asked, who, origin, comes_back
):
    match = offer(cast, asked)

    response = decline_with_an_old_token(log_in(getattr(cast, who)) if who else client, match, origin=origin)

    html = response.content.decode()
    assert (response.status_code, "We have enough." in html, SECRET in html) == (403, comes_back, False)


def test_a_logged_out_person_gets_the_reason_back_and_an_answer_without_one_leads_to_the_login(client, cast, asked):
    match = offer(cast, asked)

    declined = client.post(url(match), {"action": "decline", "reason": "We have enough."})
    accepted = client.post(url(match), {"action": "accept"})

    html = declined.content.decode()
    assert (declined.status_code, "We have enough." in html, SECRET in html) == (403, True, False)
    assert (accepted.status_code, accepted["Location"].startswith("/login/")) == (302, True)
    match.refresh_from_db()
    assert match.state == "offered"
