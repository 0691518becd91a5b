"""The report on a joint pledge goes to a partner for one window, and comes back."""

import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from accounts.models import Membership
from accounts.tests.factories import make_member, make_stakeholder
from foundation import history
from foundation.models import OutgoingMail
from pledges import handovers, workflow
from pledges.access import get_my_pledge
from pledges.content import empty_content
from pledges.models import Handover, PledgeParty, ProgressUpdate
from pledges.refusals import Refused
from pledges.tests.factories import make_pledge, make_update, make_window

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
NOVEMBER = datetime(2021, 11, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)
    return time_machine


@pytest.fixture
def window(db):
    return make_window()


def url(cast):
    return f"/my/pledges/{cast.pledge.reference}/handover/"


def hand_over(cast, window, **changes):
    fields = {"at": AT, "actor": cast.focal_point, "pledge": cast.pledge, "stakeholder": cast.partner_ngo}
    return handovers.hand_over(**fields | {"window": window} | changes)


def send(client, cast, window, **changes):
    return client.post(url(cast), {"stakeholder": cast.partner_ngo.slug, "window": window.pk} | changes)


def reporter(cast, at=AT):
    return get_my_pledge(cast.focal_point, cast.pledge.reference, at=at).reporter


def verbs(cast):
    return list(history.of(cast.pledge).values_list("verb", flat=True))


def told():
    return sorted(OutgoingMail.objects.values_list("address", flat=True))


def test_the_lead_hands_over_and_both_sides_are_told(cast, log_in, window):
    response = send(log_in(cast.focal_point), cast, window)

    assert (response.status_code, response["Location"]) == (302, url(cast))
    assert reporter(cast) == cast.partner_ngo
    assert told() == ["colleague@example.org", "focal@example.org", "partner@example.org"]
    mail = OutgoingMail.objects.get(address="partner@example.org")
    assert mail.subject == f"You report on {cast.pledge.reference} in this window"
    assert "from 1 October to 31 October 2021" in mail.text
    assert f"/my/pledges/{cast.pledge.reference}/update/" in mail.text
    lead_mail = OutgoingMail.objects.get(address="focal@example.org")
    assert f"/my/pledges/{cast.pledge.reference}/handover/" in lead_mail.text
    entry = history.of(cast.pledge).get()
    assert (entry.verb, entry.actor) == ("report handed over", cast.focal_point)
    assert entry.changes == {"to": cast.partner_ngo.slug, "window": "2021-10-01"}


def test_the_same_again_changes_nothing(cast, log_in, window):
    client = log_in(cast.focal_point)
    send(client, cast, window)
    assert send(client, cast, window).status_code == 302
    assert (Handover.objects.count(), verbs(cast), len(told())) == (1, ["report handed over"], 3)


def test_another_partner_needs_a_taking_back_first(cast, log_in, window):
    third = make_stakeholder("Third Aid")
    make_member(third)
    PledgeParty.objects.create(version=cast.pledge.current, stakeholder=third, role="partner")
    hand_over(cast, window)
    response = send(log_in(cast.focal_point), cast, window, stakeholder=third.slug)
    assert response.status_code == 409
    assert "Partner Aid reports in this window already." in response.content.decode()
    assert Handover.objects.get().stakeholder == cast.partner_ngo


def test_the_lead_takes_it_back_with_the_draft(cast, log_in, window):
    hand_over(cast, window)
    make_update(cast.pledge, "draft", stakeholder=cast.partner_ngo, at=AT, narrative="Written by the partner.")
    OutgoingMail.objects.all().delete()
    client = log_in(cast.focal_point)

    assert client.post(url(cast), {"take_back": window.pk}).status_code == 302
    assert reporter(cast) == cast.ngo
    draft = ProgressUpdate.objects.get()
    assert (draft.stakeholder, draft.narrative) == (cast.ngo, "Written by the partner.")
    assert verbs(cast) == ["report taken back", "report handed over"]
    assert told() == ["colleague@example.org", "focal@example.org", "partner@example.org"]
    assert "Example Relief reports on" in OutgoingMail.objects.first().subject
    assert client.post(url(cast), {"take_back": window.pk}).status_code == 302
    assert verbs(cast) == ["report taken back", "report handed over"]


def test_a_draft_goes_with_the_report_and_the_lead_still_reads_it(cast, log_in, window):
    draft = make_update(cast.pledge, "draft", at=AT, narrative="Begun by the lead.")
    hand_over(cast, window)
    draft.refresh_from_db()
    address = f"/my/pledges/{cast.pledge.reference}/update/"
    assert draft.stakeholder == cast.partner_ngo
    assert "Begun by the lead." in log_in(cast.focal_point).get(address).content.decode()
    assert "<form" in log_in(cast.partner).get(address).content.decode().partition("<main")[2]


def test_what_the_lead_typed_meanwhile_is_not_lost(cast, log_in, window):
    hand_over(cast, window)
    response = log_in(cast.focal_point).post(
        f"/my/pledges/{cast.pledge.reference}/update/",
        {"action": "save", "narrative": "Typed while it was handed over.", "revision": 0},
    )
    assert response.status_code == 403
    assert "Typed while it was handed over." in response.content.decode()


def test_while_the_reviewers_have_it_nobody_moves_it(cast, log_in, window):
    update = make_update(cast.pledge, "submitted", at=AT)
    response = send(log_in(cast.focal_point), cast, window)
    assert response.status_code == 409
    assert "with the reviewers" in response.content.decode()
    ProgressUpdate.objects.filter(pk=update.pk).update(state="draft", first_submitted_at=None)
    hand_over(cast, window)
    ProgressUpdate.objects.filter(pk=update.pk).update(state="submitted", first_submitted_at=AT)
    with pytest.raises(Refused):
        handovers.take_back(at=AT, actor=cast.focal_point, pledge=cast.pledge, window=window)
    assert ProgressUpdate.objects.get().stakeholder == cast.partner_ngo


def test_a_returned_update_moves_and_its_new_owner_corrects_it(cast, window):
    make_update(cast.pledge, "returned", at=AT)
    hand_over(cast, window)
    assert (ProgressUpdate.objects.get().stakeholder, reporter(cast)) == (cast.partner_ngo, cast.partner_ngo)
    handovers.take_back(at=AT, actor=cast.focal_point, pledge=cast.pledge, window=window)
    assert (ProgressUpdate.objects.get().stakeholder, reporter(cast)) == (cast.ngo, cast.ngo)


def test_after_the_window_the_lead_reports_again(cast, log_in, window, clock):
    hand_over(cast, window)
    clock.move_to(NOVEMBER, tick=False)
    assert reporter(cast, NOVEMBER) == cast.ngo
    html = log_in(cast.focal_point).get(url(cast)).content.decode()
    assert "Nothing is handed over now" in html
    assert "No window that asks for this pledge is open or announced." in html


def test_what_was_returned_to_a_partner_can_be_taken_back_after_the_window(cast, log_in, window, clock):
    hand_over(cast, window)
    make_update(cast.pledge, "returned", stakeholder=cast.partner_ngo, at=AT)
    clock.move_to(NOVEMBER, tick=False)
    assert reporter(cast, NOVEMBER) == cast.partner_ngo
    assert log_in(cast.focal_point).post(url(cast), {"take_back": window.pk}).status_code == 302
    assert (reporter(cast, NOVEMBER), ProgressUpdate.objects.get().stakeholder) == (cast.ngo, cast.ngo)


def test_a_window_to_come_can_be_handed_over_already(cast, log_in):
    coming = make_window(date(2021, 11, 1), date(2021, 11, 30))
    make_update(cast.pledge, "submitted", at=AT)
    assert send(log_in(cast.focal_point), cast, coming).status_code == 302
    assert reporter(cast) == cast.ngo


@pytest.mark.parametrize("bad", [{"stakeholder": "nobody"}, {"window": "0"}, {"stakeholder": "\x00"}, {"window": ""}])
def test_bad_choices_are_named(cast, log_in, window, bad):
    fields = {"stakeholder": cast.partner_ngo.slug, "window": window.pk} | bad
    response = log_in(cast.focal_point).post(url(cast), fields)
    assert response.status_code == 422
    assert response.context["form"].errors
    assert not Handover.objects.exists()


def test_never_to_a_label_a_stranger_the_lead_or_a_merged_entry(cast, log_in, window):
    duplicate = make_stakeholder("Partner Aid Inc", merged_into=cast.partner_ngo)
    PledgeParty.objects.create(version=cast.pledge.current, label="118 actors", role="partner")
    PledgeParty.objects.create(version=cast.pledge.current, stakeholder=duplicate, role="partner")
    for impossible in (cast.other, cast.ngo, duplicate):
        with pytest.raises(Refused):
            hand_over(cast, window, stakeholder=impossible)
    offered = log_in(cast.focal_point).get(url(cast)).context["form"].fields["stakeholder"].choices
    assert offered == [(cast.partner_ngo.slug, "Partner Aid")]


def test_never_to_a_partner_without_a_focal_point(cast, log_in, window):
    Membership.objects.filter(stakeholder=cast.partner_ngo).update(ends_at=AT)
    with pytest.raises(Refused, match="Nobody can report for Partner Aid yet"):
        hand_over(cast, window)
    html = log_in(cast.focal_point).get(url(cast)).content.decode()
    assert "No partner of this pledge has a focal point here yet" in html
    assert "Partners that cannot report yet" in html


def test_never_for_a_window_that_is_over_or_asks_for_others(cast, window):
    over = make_window(date(2021, 5, 1), date(2021, 6, 30))
    others = make_window(date(2021, 11, 1), date(2021, 11, 30))
    others.occasions.clear()
    for impossible in (over, others):
        with pytest.raises(Refused, match="over, or does not ask"):
            hand_over(cast, impossible)


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [
        ("colleague", 200, 302),
        ("contributor", 200, 403),
        ("reader", 200, 403),
        ("partner", 200, 403),
        ("stranger", 404, 404),
        ("superuser", 404, 404),
    ],
)
def test_all_parties_read_and_the_lead_decides(cast, log_in, window, who, get, post):
    client = log_in(getattr(cast, who))
    assert (client.get(url(cast)).status_code, send(client, cast, window).status_code) == (get, post)
    assert Handover.objects.exists() is (post == 302)


def test_the_partner_that_reports_does_not_take_itself_off(cast, log_in, window):
    hand_over(cast, window)
    assert log_in(cast.partner).post(url(cast), {"take_back": window.pk}).status_code == 403
    assert Handover.objects.exists()


def test_a_pledge_of_one_stakeholder_has_no_such_page(cast, log_in):
    alone = make_pledge(cast.ngo)
    assert log_in(cast.focal_point).get(f"/my/pledges/{alone.reference}/handover/").status_code == 404


def test_the_overview_says_who_handed_over(cast, log_in, window):
    hand_over(cast, window)
    html = log_in(cast.partner).get("/my/").content.decode()
    assert "Handed over by Example Relief: you report for all in this window." in html


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_many_partners(cast, log_in, window, count, django_assert_num_queries):
    for number in range(count):
        more = make_stakeholder(f"More Aid {number}")
        make_member(more)
        PledgeParty.objects.create(version=cast.pledge.current, stakeholder=more, role="partner")
    client = log_in(cast.focal_point)
    client.get(url(cast))
    with django_assert_num_queries(33):
        client.get(url(cast))


def test_the_administration_hands_over_by_the_same_function(cast, log_in, window):
    client, page = log_in(cast.editor), f"/admin/pledges/updatewindow/{window.pk}/change/"
    cycles = [cycle.pk for cycle in window.occasions.all()]
    facts = {"cycle": window.cycle_id, "occasions": cycles, "opens_on": "2021-10-01", "closes_on": "2021-10-31"}
    facts |= {"rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0, "handovers-TOTAL_FORMS": 1}
    row = {"handovers-0-pledge": cast.pledge.reference, "handovers-0-stakeholder": cast.partner_ngo.pk}
    assert client.post(page, facts | row | {"handovers-INITIAL_FORMS": 0}).status_code == 302
    assert (verbs(cast), len(told())) == (["report handed over"], 3)
    there = {"handovers-0-id": Handover.objects.get().pk, "handovers-0-window": window.pk, "handovers-0-DELETE": "on"}
    assert client.post(page, facts | there | {"handovers-INITIAL_FORMS": 1}).status_code == 302
    assert verbs(cast) == ["report taken back", "report handed over"]
    assert not Handover.objects.exists()


def test_the_administration_is_told_why_it_cannot(cast, log_in, window):
    make_update(cast.pledge, "submitted", at=AT)
    client, page = log_in(cast.editor), f"/admin/pledges/updatewindow/{window.pk}/change/"
    cycles = [cycle.pk for cycle in window.occasions.all()]
    facts = {"cycle": window.cycle_id, "occasions": cycles, "opens_on": "2021-10-01", "closes_on": "2021-10-31"}
    facts |= {"rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0}
    facts |= {"handovers-TOTAL_FORMS": 1, "handovers-INITIAL_FORMS": 0}
    row = {"handovers-0-pledge": cast.pledge.reference, "handovers-0-stakeholder": cast.partner_ngo.pk}
    response = client.post(page, facts | row, follow=True)
    assert "with the reviewers" in response.content.decode()
    assert not Handover.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_make_one_hand_over_and_one_mail_each(cast):
    window, done = make_window(), []

    def act():
        try:
            hand_over(cast, window)
            done.append("done")
        except Refused:
            done.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["done"] * 8
    assert (Handover.objects.count(), verbs(cast), len(told())) == (1, ["report handed over"], 3)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_submission_at_the_same_moment_keeps_one_owner(cast):
    window = make_window()
    draft = make_update(cast.pledge, "draft", at=AT)
    content = empty_content(stage="in-progress", narrative="Sent at the same moment.")

    def submit():
        try:
            workflow.submit(
                at=AT,
                actor=cast.focal_point,
                pledge=cast.pledge,
                stakeholder=cast.ngo,
                revision=draft.revision,
                fields=content,
            )
        finally:
            connection.close()

    thread = threading.Thread(target=submit)
    thread.start()
    try:
        hand_over(cast, window)
    except Refused as refused:
        assert "with the reviewers" in str(refused)  # noqa: PT017 -- either side may be first
    thread.join()
    update = ProgressUpdate.objects.get()
    assert (update.state, update.stakeholder, update.narrative) == ("submitted", cast.ngo, "Sent at the same moment.")
    assert reporter(cast) == cast.ngo
