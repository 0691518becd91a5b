"""What focal points do about their colleagues, whom it is told, and what happens when two do it at once."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import colleagues, membership_workflow, workflow
from accounts.membership_workflow import LastFocalPointError
from accounts.models import ContactRequest, Invitation, Membership
from accounts.tests.at_once import at_once
from accounts.tests.factories import make_member, make_stakeholder, make_user
from accounts.workflow import accept_invitation
from foundation import history
from foundation.models import OutgoingMail

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROLE = Membership.Role
WHOM = {"address": "new@example.org", "name": "Ann Lee", "language": "en"}


@pytest.fixture
def ngo():
    return make_stakeholder("Example Relief", institutional_mailbox="office@example.org")


@pytest.fixture
def ann(ngo):
    return make_member(ngo, email="ann@example.org", name="Ann")


@pytest.fixture
def bob(ngo):
    return make_member(ngo, email="bob@example.org")


def invite(ngo, actor, **facts):
    return colleagues.invite_colleague(at=NOW, actor=actor, stakeholder=ngo, **{**WHOM, "role": "reader", **facts})


def hand_over(ngo, actor, **facts):
    return colleagues.hand_over(at=NOW, actor=actor, stakeholder=ngo, **{**WHOM, "at_once": False, **facts})


def told(purpose):
    return sorted(OutgoingMail.objects.filter(purpose=purpose).values_list("address", flat=True))


def standing():
    return [(row.user.email, row.role, row.ends_at) for row in Membership.objects.order_by("pk")]


def verbs(ngo):
    return [entry.verb for entry in history.of(ngo).order_by("pk")]


# Inviting


def test_an_invitation_by_a_colleague_is_told_to_the_others_and_the_mailbox(ngo, ann, bob):
    invitation = invite(ngo, ann)
    mail = OutgoingMail.objects.get(purpose="invitation")

    assert (invitation.invited_by, invitation.role) == (ann, "reader")
    assert "Ann <ann@example.org> invites you to report for Example Relief" in mail.text
    assert told("member-invited") == ["bob@example.org", "office@example.org"]
    text = OutgoingMail.objects.filter(purpose="member-invited")[0].text
    assert "Ann <ann@example.org> invited Ann Lee <new@example.org> to report" in text
    assert "Is it a mistake? Write to" in text
    assert str(invitation.uuid) not in text
    assert verbs(ngo) == ["invited"]


@pytest.mark.parametrize("role", [ROLE.CONTRIBUTOR, ROLE.READER])
def test_lesser_roles_change_nothing(ngo, ann, role):
    lesser = make_member(ngo, role)
    facts = {"at": NOW, "actor": lesser}
    refused = [
        lambda: invite(ngo, lesser),
        lambda: hand_over(ngo, lesser),
        lambda: colleagues.revoke_invitation(stakeholder=ngo, address="x@example.org", **facts),
        lambda: colleagues.end_colleagues_role(membership=ann.memberships.get(), **facts),
        lambda: colleagues.change_colleagues_role(membership=ann.memberships.get(), role="reader", **facts),
    ]
    for verb in refused:
        with pytest.raises(ValidationError, match="changed or ended meanwhile"):
            verb()
    assert (OutgoingMail.objects.count(), verbs(ngo)) == (0, [])


def test_the_portal_does_not_say_whom_it_knows(ngo, ann):
    """A closed account, somebody of another stakeholder and a stranger are invited alike."""
    make_user("closed@example.org", is_active=False)
    make_member(make_stakeholder(), email="known@example.org")
    addresses = ["closed@example.org", "known@example.org", "unknown@example.org"]
    for address in addresses:
        invite(ngo, ann, address=address)

    assert told("invitation") == addresses


def test_only_so_many_a_day(ngo, ann, monkeypatch):
    monkeypatch.setattr(colleagues, "INVITATIONS_A_DAY", 2)
    staff = make_user(is_staff=True)
    for number in range(2):
        invite(ngo, ann, address=f"{number}@example.org")

    with pytest.raises(ValidationError, match="2 invitations went out within a day"):
        invite(ngo, ann)
    with pytest.raises(ValidationError, match="2 invitations went out within a day"):
        hand_over(ngo, ann)
    workflow.invite(at=NOW, actor=staff, stakeholder=ngo, address="staff@example.org")
    next_day = NOW + timedelta(days=1, seconds=1)
    colleagues.invite_colleague(at=next_day, actor=ann, stakeholder=ngo, role="reader", **WHOM)
    assert Invitation.objects.count() == 4


def test_taking_an_invitation_back(ngo, ann):
    invite(ngo, ann)
    facts = {"at": NOW, "actor": ann, "stakeholder": ngo}
    revoked = [colleagues.revoke_invitation(address=address, **facts) for address in ("NEW@example.org",) * 2]

    assert revoked == [True, False]
    assert Invitation.objects.get().revoked_at == NOW


def test_nobody_takes_back_the_invitation_of_another_stakeholder(ngo, ann):
    other = make_stakeholder()
    invite(other, make_member(other))

    assert not colleagues.revoke_invitation(at=NOW, actor=ann, stakeholder=ngo, address="new@example.org")
    assert Invitation.objects.get().revoked_at is None


# Roles


def test_a_changed_role_is_a_new_row_and_is_told(ngo, ann, bob):
    facts = {"at": NOW, "actor": ann}
    given = colleagues.change_colleagues_role(membership=bob.memberships.get(), role="reader", **facts)
    again = colleagues.change_colleagues_role(membership=given, role="reader", **facts)

    assert again == given
    assert standing() == [
        ("ann@example.org", "focal-point", None),
        ("bob@example.org", "focal-point", NOW),
        ("bob@example.org", "reader", None),
    ]
    assert told("member-role-changed") == ["bob@example.org", "office@example.org"]
    assert history.of(ngo).get().changes == {"person": "bob@example.org", "role": ["focal-point", "reader"]}


def test_a_role_that_ended_meanwhile_is_not_changed(ngo, ann, bob):
    membership = bob.memberships.get()
    colleagues.end_colleagues_role(at=NOW, actor=ann, membership=membership)

    with pytest.raises(ValidationError, match="ended meanwhile"):
        colleagues.change_colleagues_role(at=LATER, actor=ann, membership=membership, role="reader")


def test_who_is_ended_by_a_colleague_is_told_as_well(ngo, ann, bob):
    facts = {"at": NOW, "actor": ann, "membership": bob.memberships.get()}
    ended = [colleagues.end_colleagues_role(**facts) for _number in range(2)]

    assert ended == [True, False]
    assert told("member-left") == ["ann@example.org", "office@example.org"]
    assert told("role-ended") == ["bob@example.org"]
    assert "Ann <ann@example.org> ended your role" in OutgoingMail.objects.get(purpose="role-ended").text
    assert verbs(ngo) == ["role ended"]
    assert not ContactRequest.objects.exists()


# Leaving


def test_leaving_is_told_to_those_who_stay(ngo, ann, bob):
    facts = {"at": NOW, "actor": bob, "membership": bob.memberships.get()}
    left = [colleagues.leave(**facts) for _number in range(2)]

    assert left == [True, False]
    assert told("member-left") == ["ann@example.org", "office@example.org"]
    assert "bob@example.org gave up the role" in OutgoingMail.objects.filter(purpose="member-left")[0].text
    assert told("role-ended") == []
    assert verbs(ngo) == ["role left"]


def test_the_last_focal_point_does_not_leave_unawares(ngo, ann):
    facts = {"at": NOW, "actor": ann, "membership": ann.memberships.get()}
    make_member(ngo, ROLE.CONTRIBUTOR)

    with pytest.raises(LastFocalPointError):
        colleagues.leave(**facts)
    assert (verbs(ngo), OutgoingMail.objects.count()) == ([], 0)

    assert colleagues.leave(even_if_last=True, **facts)
    request = ContactRequest.objects.get()
    assert (request.reason, request.user, request.closed_at) == ("nobody-left", ann, None)
    assert told("contact-request") == ["hqgcr@unhcr.org"]
    assert told("member-left") == ["office@example.org"]
    assert verbs(ngo) == ["role left", "contact asked for"]


def test_a_new_focal_point_answers_the_request(ngo, ann):
    colleagues.leave(at=NOW, actor=ann, membership=ann.memberships.get(), even_if_last=True)
    for role in (ROLE.READER, ROLE.FOCAL_POINT):
        membership_workflow.open_membership(at=LATER, actor=None, user=make_user(), stakeholder=ngo, role=role)
        answered = ContactRequest.objects.get().closed_at == LATER
        assert answered == (role == ROLE.FOCAL_POINT)


def test_nobody_ends_the_role_of_somebody_else_by_leaving(ngo, ann, bob):
    with pytest.raises(ValidationError):
        colleagues.leave(at=NOW, actor=ann, membership=bob.memberships.get(), even_if_last=True)
    assert standing()[1] == ("bob@example.org", "focal-point", None)


# Handing over


def test_the_old_role_ends_when_the_successor_accepts(ngo, ann, bob):
    invitation = hand_over(ngo, ann)
    assert standing()[0] == ("ann@example.org", "focal-point", None)
    assert told("member-invited") == ["bob@example.org", "office@example.org"]
    mail = OutgoingMail.objects.filter(purpose="member-invited")[0]
    assert "the role of Ann <ann@example.org> ends" in " ".join(mail.text.split())

    accept_invitation(at=LATER, invitation=invitation)
    accept_invitation(at=LATER, invitation=invitation)

    assert standing() == [
        ("ann@example.org", "focal-point", LATER),
        ("bob@example.org", "focal-point", None),
        ("new@example.org", "focal-point", None),
    ]
    assert told("member-handed-over") == ["ann@example.org", "bob@example.org", "office@example.org"]
    assert (told("member-joined"), told("member-left")) == ([], [])
    assert verbs(ngo) == ["invited", "invitation accepted", "role given", "role handed over"]


def test_the_only_focal_point_hands_over_without_a_gap(ngo, ann):
    accept_invitation(at=LATER, invitation=hand_over(ngo, ann))

    assert [row[0] for row in standing() if row[2] is None] == ["new@example.org"]
    assert not ContactRequest.objects.exists()


def test_handing_over_at_once_ends_the_role_before_the_successor_accepts(ngo, ann, bob):
    invitation = hand_over(ngo, ann, at_once=True)

    assert invitation.hands_over is None
    assert standing()[0] == ("ann@example.org", "focal-point", NOW)
    assert told("member-handed-over") == ["ann@example.org", "bob@example.org", "office@example.org"]
    assert told("member-invited") == []
    assert "new@example.org is invited" in OutgoingMail.objects.filter(purpose="member-handed-over")[0].text


def test_the_last_one_hands_over_at_once_only_knowingly(ngo, ann):
    with pytest.raises(LastFocalPointError):
        hand_over(ngo, ann, at_once=True)
    assert (Invitation.objects.count(), OutgoingMail.objects.count()) == (0, 0)

    hand_over(ngo, ann, at_once=True, even_if_last=True)
    assert standing() == [("ann@example.org", "focal-point", NOW)]
    assert ContactRequest.objects.get().reason == "nobody-left"


def test_one_successor_at_a_time(ngo, ann):
    hand_over(ngo, ann)

    with pytest.raises(ValidationError, match=r"You invited new@example\.org as your successor already"):
        hand_over(ngo, ann, address="other@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            address="third@example.org", stakeholder=ngo, hands_over=ann.memberships.get(), expires_at=LATER
        )
    assert Invitation.objects.count() == 1


def test_an_expired_successor_makes_room(ngo, ann):
    hand_over(ngo, ann)
    much_later = NOW + timedelta(days=15)
    colleagues.hand_over(
        at=much_later, actor=ann, stakeholder=ngo, at_once=False, **{**WHOM, "address": "other@example.org"}
    )

    assert list(Invitation.objects.order_by("pk").values_list("address", "revoked_at")) == [
        ("new@example.org", much_later),
        ("other@example.org", None),
    ]


def test_a_role_that_ended_meanwhile_is_not_handed_over_again(ngo, ann, bob):
    invitation = hand_over(ngo, ann)
    colleagues.leave(at=NOW, actor=ann, membership=ann.memberships.get())
    accept_invitation(at=LATER, invitation=invitation)

    assert standing()[0] == ("ann@example.org", "focal-point", NOW)
    assert told("member-joined") == ["bob@example.org", "office@example.org"]


def test_a_hand_over_follows_a_changed_role(ngo, ann, bob):
    invitation = hand_over(ngo, ann)
    colleagues.change_colleagues_role(at=NOW, actor=bob, membership=ann.memberships.get(), role="contributor")
    accept_invitation(at=LATER, invitation=invitation)

    assert [row for row in standing() if row[0] == "ann@example.org"] == [
        ("ann@example.org", "focal-point", NOW),
        ("ann@example.org", "contributor", LATER),
    ]


# At once


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_last_two_do_not_leave_at_once_unawares(ngo, ann, bob):
    done = at_once(
        *(
            lambda person=person: colleagues.leave(at=NOW, actor=person, membership=person.memberships.get())
            for person in (ann, bob)
        )
    )

    assert sorted(map(str, done)) == sorted([str(LastFocalPointError), "True"])
    assert Membership.objects.filter(ends_at=None).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_lock_both_would_leave(ngo, ann, bob, monkeypatch):
    """The negative control: the rule holds by the lock, not by luck."""
    monkeypatch.setattr(membership_workflow, "lock", lambda _stakeholder: None)
    slow = membership_workflow.is_last

    def is_last(membership, *, at):
        answer = slow(membership, at=at)
        time.sleep(0.3)
        return answer

    monkeypatch.setattr(membership_workflow, "is_last", is_last)
    done = at_once(
        *(
            lambda person=person: colleagues.leave(at=NOW, actor=person, membership=person.memberships.get())
            for person in (ann, bob)
        )
    )

    assert done == [True, True]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_who_end_each_other_at_once_leave_one(ngo, ann, bob):
    pairs = [(ann, bob), (bob, ann)]
    done = at_once(
        *(
            lambda actor=actor, other=other: colleagues.end_colleagues_role(
                at=NOW, actor=actor, membership=other.memberships.get()
            )
            for actor, other in pairs
        )
    )

    assert sorted(map(str, done)) == sorted([str(ValidationError), "True"])
    assert Membership.objects.filter(ends_at=None).count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_hand_over_to_the_same_person_at_once(ngo, ann, bob):
    done = at_once(*(lambda person=person: hand_over(ngo, person) and "invited" for person in (ann, bob)))

    assert sorted(map(str, done)) == sorted([str(ValidationError), "invited"])
    assert Invitation.objects.count() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_successors_who_accept_at_once_both_take_over(ngo, ann, bob):
    people = zip((ann, bob), ("a@example.org", "b@example.org"), strict=True)
    invitations = [hand_over(ngo, person, address=address) for person, address in people]
    at_once(*(lambda one=one: accept_invitation(at=LATER, invitation=one) for one in invitations))

    assert sorted(row[0] for row in standing() if row[2] is None) == ["a@example.org", "b@example.org"]
    assert not ContactRequest.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_limit_of_a_day_holds_at_once(ngo, ann, monkeypatch):
    monkeypatch.setattr(colleagues, "INVITATIONS_A_DAY", 2)
    at_once(*(lambda number=number: invite(ngo, ann, address=f"{number}@example.org") for number in range(4)))

    assert Invitation.objects.count() == 2
