"""The page "Who reports for us" and what can be done from it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts import colleagues
from accounts.models import ContactRequest, Invitation, Membership
from accounts.tests.factories import make_member, make_stakeholder
from accounts.workflow import invite
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
WHOM = {"address": "new@example.org", "name": "Ann Lee", "language": "en"}
EXPIRES = datetime(2100, 1, 1, tzinfo=UTC)


def url(ngo, rest=""):
    return f"/my/stakeholders/{ngo.slug}/people/{rest}"


def words(response):
    return " ".join(response.content.decode().split())


def said(response):
    return [str(message) for message in response.context["messages"]]


@pytest.mark.parametrize("address", ["a\x00@example.org", "z" * 100_000, "%", ""])
def test_an_address_that_cannot_be_one_takes_nothing_back(cast, log_in, address):
    invite(at=timezone.now(), actor=cast.colleague, stakeholder=cast.ngo, address="new@example.org", role="reader")
    answer = log_in(cast.focal_point).post(url(cast.ngo), {"address": address})
    assert (answer.status_code, answer["Location"]) == (302, url(cast.ngo))
    assert Invitation.objects.get().revoked_at is None


def test_the_page_lists_colleagues_and_open_invitations(cast, log_in):
    now = timezone.now()
    make_member(cast.ngo, email="closed@example.org", is_active=False)
    make_member(cast.ngo, email="failed@example.org", address_failed_at=now)
    left = make_member(cast.ngo, email="left@example.org").memberships
    left.update(ends_at=now)
    invite(at=now, actor=cast.colleague, stakeholder=cast.ngo, address="new@example.org", role="reader")
    invite(at=now - timedelta(days=30), actor=None, stakeholder=cast.ngo, address="expired@example.org")
    page = log_in(cast.focal_point).get(url(cast.ngo))

    assert [row.user.email for row in page.context["rows"]] == [
        "focal@example.org",
        "colleague@example.org",
        "failed@example.org",
        "contributor@example.org",
        "reader@example.org",
    ]
    assert [row.address for row in page.context["invitations"]] == ["new@example.org"]
    assert "invited by colleague@example.org" in words(page)
    assert words(page).count("Mail to this address comes back") == 1
    assert str(Invitation.objects.last().uuid) not in words(page)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(cast, log_in, rows, django_assert_num_queries):
    for number in range(rows):
        make_member(cast.ngo)
        Invitation.objects.create(
            stakeholder=cast.ngo,
            address=f"{number}@example.org",
            expires_at=EXPIRES,
            invited_by=cast.focal_point,
            hands_over=make_member(cast.ngo).memberships.get(),
        )
    client = log_in(cast.focal_point)

    with django_assert_num_queries(6):
        page = client.get(url(cast.ngo))
    assert page.status_code == 200


@pytest.mark.parametrize("who", ["contributor", "reader"])
def test_lesser_roles_see_the_list_and_change_nothing_but_their_own(cast, log_in, who):
    client = log_in(getattr(cast, who))
    page = words(client.get(url(cast.ngo)))
    links = [part for part in page.split('"') if part.startswith(url(cast.ngo)) and part != url(cast.ngo)]

    assert links == [url(cast.ngo, "leave/")]
    assert "Take back" not in page


def test_my_pledges_lead_there(cast, log_in):
    assert f'href="{url(cast.ngo)}"' in words(log_in(cast.reader).get("/my/"))


def test_the_address_of_a_merged_entry_leads_to_the_other(cast, log_in):
    old = make_stakeholder(merged_into=cast.ngo)
    client = log_in(cast.focal_point)

    assert (client.get(url(old)).status_code, client.get(url(old))["Location"]) == (301, url(cast.ngo))
    assert log_in(cast.stranger).get(url(old)).status_code == 404


def test_inviting(cast, log_in):
    client = log_in(cast.focal_point)
    answer = client.post(url(cast.ngo, "invite/"), {**WHOM, "role": "reader"}, follow=True)
    invitation = Invitation.objects.get()

    assert answer.redirect_chain == [(url(cast.ngo), 302)]
    assert said(answer) == ["The invitation for new@example.org is on its way. It is open for 14 days."]
    assert (invitation.invited_by, invitation.role) == (cast.focal_point, "reader")


@pytest.mark.parametrize(
    "fields",
    [
        {"address": ""},
        {"address": "nobody"},
        {"address": "a@example.org\r\nBcc: b@example.org"},
        {"role": "king"},
        {"language": "xx"},
        {"name": "x" * 121},
        {"name": "See https://example.org/win"},
        {"name": "www.example.org"},
    ],
)
def test_bad_input_is_said_in_words_and_nothing_typed_is_lost(cast, log_in, fields):
    given = {**WHOM, "role": "reader", **fields}
    page = log_in(cast.focal_point).post(url(cast.ngo, "invite/"), given)

    assert page.status_code == 422
    assert page.context["form"]["name"].value() == given["name"]
    assert (Invitation.objects.count(), OutgoingMail.objects.count()) == (0, 0)


def test_inviting_the_same_person_twice_says_so(cast, log_in):
    client = log_in(cast.focal_point)
    answers = [client.post(url(cast.ngo, "invite/"), {**WHOM, "role": "reader"}) for _number in range(2)]

    assert [answer.status_code for answer in answers] == [302, 409]
    assert "has an open invitation" in words(answers[1])
    assert 'value="new@example.org"' in words(answers[1])


def test_taking_an_invitation_back_twice(cast, log_in):
    invite(at=timezone.now(), actor=None, stakeholder=cast.ngo, address="new@example.org")
    client = log_in(cast.colleague)
    answers = [client.post(url(cast.ngo), {"address": "new@example.org"}, follow=True) for _number in range(2)]

    assert said(answers[0]) == ["The invitation of new@example.org is taken back."]
    assert said(answers[1])[0].startswith("That invitation is no longer open")


def test_changing_and_ending_the_role_of_a_colleague(cast, log_in):
    client = log_in(cast.focal_point)
    where = url(cast.ngo, f"{cast.reader.uuid}/")
    changed = client.post(where, {"role": "contributor", "action": "role"}, follow=True)
    ended = client.post(where, {"action": "end"}, follow=True)
    gone = client.post(where, {"action": "end"})

    assert said(changed) == ["The role of reader@example.org is changed."]
    assert said(ended) == ["The role of reader@example.org has ended. All who report are told."]
    assert gone.status_code == 404
    rows = cast.reader.memberships.order_by("pk").values_list("role", "ends_at")
    assert [(role, bool(ends_at)) for role, ends_at in rows] == [("reader", True), ("contributor", True)]


def test_people_of_other_stakeholders_are_not_there(cast, log_in):
    client = log_in(cast.focal_point)

    assert client.post(url(cast.ngo, f"{cast.stranger.uuid}/"), {"action": "end"}).status_code == 404
    assert client.post(url(cast.other, f"{cast.stranger.uuid}/"), {"action": "end"}).status_code == 404
    assert cast.stranger.memberships.get().ends_at is None


def test_the_own_role_is_ended_by_leaving(cast, log_in):
    answer = log_in(cast.focal_point).post(url(cast.ngo, f"{cast.focal_point.uuid}/"), {"action": "end"})

    assert answer["Location"] == url(cast.ngo, "leave/")
    assert cast.focal_point.memberships.get().ends_at is None


def test_leaving_needs_a_tick(cast, log_in):
    client = log_in(cast.reader)
    without = client.post(url(cast.ngo, "leave/"))
    left = client.post(url(cast.ngo, "leave/"), {"sure": "on"}, follow=True)

    assert without.status_code == 422
    assert "Please tick this box" in words(without)
    assert said(left) == ["Thank you for reporting. Your role for Example Relief has ended."]
    assert client.get(url(cast.ngo)).status_code == 404
    assert not ContactRequest.objects.exists()


def test_the_last_one_reads_what_follows_before_leaving(cast, log_in):
    client = log_in(cast.partner)
    page = client.get(url(cast.partner_ngo, "leave/"))
    left = client.post(url(cast.partner_ngo, "leave/"), {"sure": "on", "last": "yes"})

    assert "Nobody else is focal point of Partner Aid" in words(page)
    assert left.status_code == 302
    assert ContactRequest.objects.get().stakeholder == cast.partner_ngo


def test_who_became_the_last_while_the_page_was_open_is_asked_again(cast, log_in):
    client = log_in(cast.focal_point)
    client.get(url(cast.ngo, "leave/"))
    cast.colleague.memberships.update(ends_at=timezone.now())
    asked = client.post(url(cast.ngo, "leave/"), {"sure": "on"})

    assert asked.status_code == 409
    assert "Nobody else is focal point of Example Relief" in words(asked)
    assert 'name="last" value="yes"' in words(asked)
    assert cast.focal_point.memberships.get().ends_at is None


def test_handing_over_on_acceptance(cast, log_in):
    client = log_in(cast.focal_point)
    answer = client.post(url(cast.ngo, "hand-over/"), {**WHOM, "when": "accepted"}, follow=True)
    again = client.post(url(cast.ngo, "hand-over/"), {**WHOM, "address": "b@example.org", "when": "accepted"})

    assert said(answer)[0].startswith("new@example.org is invited. Your role ends as soon as")
    assert "Takes over from focal@example.org" in words(answer)
    assert again.status_code == 409
    assert Invitation.objects.get().hands_over == cast.focal_point.memberships.get()


def test_handing_over_at_once(cast, log_in):
    client = log_in(cast.focal_point)
    answer = client.post(url(cast.ngo, "hand-over/"), {**WHOM, "when": "at-once"}, follow=True)

    assert said(answer) == ["Thank you. new@example.org is invited, and your role for Example Relief has ended."]
    assert client.get(url(cast.ngo)).status_code == 404


def test_the_last_one_hands_over_at_once_only_with_a_tick(cast, log_in):
    client = log_in(cast.partner)
    where, given = url(cast.partner_ngo, "hand-over/"), {**WHOM, "when": "at-once"}
    asked = client.post(where, given)
    assert asked.status_code == 409
    assert "Nobody else reports now. Tick this" in words(asked)
    assert Membership.objects.filter(user=cast.partner, ends_at=None).exists()

    assert client.post(where, {**given, "sure": "on"}).status_code == 302
    assert not Membership.objects.filter(user=cast.partner, ends_at=None).exists()


def test_a_role_that_ended_while_the_form_was_sent_is_said(cast, log_in, monkeypatch):
    """The page looked at the role before the lock; what happened in between is seen after it."""
    monkeypatch.setattr(colleagues, "role_for", lambda *args, **kwargs: None)
    client = log_in(cast.focal_point)
    answers = [
        client.post(url(cast.ngo, "invite/"), {**WHOM, "role": "reader"}),
        client.post(url(cast.ngo, "hand-over/"), {**WHOM, "when": "accepted"}),
        client.post(url(cast.ngo), {"address": "new@example.org"}, follow=True),
        client.post(url(cast.ngo, f"{cast.reader.uuid}/"), {"action": "end"}, follow=True),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 200, 200]
    assert all("so nothing was done" in words(answer) for answer in answers)
