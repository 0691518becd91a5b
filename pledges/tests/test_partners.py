"""Partners of a joint pledge: their notes, and whether they agree with the common text."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.models import Membership
from accounts.tests.factories import make_member
from foundation.models import OutgoingMail
from foundation.tests.files import picture
from pledges import evidence, partners, workflow
from pledges.access import get_my_pledge
from pledges.content import empty_content
from pledges.models import PartnerNote
from pledges.refusals import Refused, StaleRevision
from pledges.tests.factories import make_evidence, make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def url(pledge):
    return f"/my/pledges/{pledge.reference}/partners/"


@pytest.fixture
def draft(cast):
    return make_update(cast.pledge, "draft", narrative="Ten schools so far.", at=AT)


def send(client, pledge, **fields):
    return client.post(url(pledge), {"text": "We built four.", "language": "en", "action": "save"} | fields)


def test_a_partner_adds_its_part_and_the_lead_reads_it(cast, log_in, draft):
    assert send(log_in(cast.partner), cast.pledge).status_code == 302
    html = log_in(cast.focal_point).get(url(cast.pledge)).content.decode()
    assert "We built four." in html
    assert "has not agreed yet" in html


def test_a_second_note_takes_the_place_of_the_first(cast, log_in, draft):
    client = log_in(cast.partner)
    send(client, cast.pledge)
    send(client, cast.pledge, text="We built five.")
    assert list(PartnerNote.objects.values_list("text", flat=True)) == ["We built five."]


def test_the_lead_is_told_once_an_hour(cast, draft):
    for text in ("One.", "Two."):
        partners.save_note(
            at=AT, actor=cast.partner, update=draft, stakeholder=cast.partner_ngo, text=text, language="en"
        )
    told = OutgoingMail.objects.filter(purpose="partner-note").values_list("address", flat=True)
    assert sorted(told) == ["colleague@example.org", "focal@example.org"]


def test_the_page_brings_the_fingerprint_that_agreeing_needs(cast, log_in, draft):
    client = log_in(cast.partner)
    seen = client.get(url(cast.pledge)).context["form"]["seen"].value()
    assert send(client, cast.pledge, action="agree", seen=seen).status_code == 302
    assert [voice.agrees for voice in partners.voices_on(draft)] == [True]


def test_agreeing_with_a_text_that_has_changed_is_refused_and_keeps_the_note(cast, log_in, draft):
    client = log_in(cast.partner)
    seen = client.get(url(cast.pledge)).context["form"]["seen"].value()
    type(draft).objects.filter(pk=draft.pk).update(narrative="Eleven schools.")
    response = send(client, cast.pledge, action="agree", seen=seen)
    assert response.status_code == 409
    assert "Eleven schools." in response.content.decode()
    assert PartnerNote.objects.get().text == "We built four."
    again = response.context["form"]["seen"].value()
    assert send(client, cast.pledge, action="agree", seen=again).status_code == 302


def test_agreement_ends_with_the_next_change(cast, draft):
    partners.agree(
        at=AT,
        actor=cast.partner,
        update=draft,
        stakeholder=cast.partner_ngo,
        seen=partners.fingerprint(draft),
    )
    draft.narrative = "Twelve schools."
    voice = partners.voices_on(draft)[0]
    assert (voice.agrees, voice.agreed_with_another_text) == (False, True)


def test_the_round_freezes_who_agreed(cast, draft):
    partners.agree(
        at=AT, actor=cast.partner, update=draft, stakeholder=cast.partner_ngo, seen=partners.fingerprint(draft)
    )
    content = empty_content(stage="in-progress", narrative="Ten schools so far.")
    row = workflow.submit(
        at=AT, actor=cast.focal_point, pledge=cast.pledge, stakeholder=cast.ngo, revision=draft.revision, fields=content
    )
    assert row.labels["agreed_partners"] == "Partner Aid"


def test_agreement_ends_when_a_file_comes_or_goes_and_holds_again_with_the_very_same(cast, draft):
    def agrees():
        return [voice.agrees for voice in partners.voices_on(draft)]

    first = make_evidence(draft)
    partners.agree(
        at=AT, actor=cast.partner, update=draft, stakeholder=cast.partner_ngo, seen=partners.fingerprint(draft)
    )
    assert agrees() == [True]
    more = make_evidence(draft, picture(), name="well.png")
    assert agrees() == [False]
    evidence.take_out(at=AT, actor=cast.focal_point, update=draft, uuid=more.uuid)
    assert agrees() == [True]
    evidence.take_out(at=AT, actor=cast.focal_point, update=draft, uuid=first.uuid)
    assert agrees() == [False]
    make_evidence(draft)
    assert agrees() == [True]


def test_agreeing_is_refused_when_a_file_was_attached_since_the_page_was_opened(cast, log_in, draft):
    client = log_in(cast.partner)
    seen = client.get(url(cast.pledge)).context["form"]["seen"].value()
    make_evidence(draft, caption="Four of them stand empty")
    response = send(client, cast.pledge, action="agree", seen=seen)
    assert response.status_code == 409
    assert "Four of them stand empty" in response.content.decode()
    assert PartnerNote.objects.get().agreed_with == ""


@pytest.mark.parametrize("attached_after", [False, True])
def test_the_public_reads_that_a_partner_agreed_only_if_it_saw_the_files(cast, draft, attached_after):
    content = empty_content(stage="in-progress", narrative="Ten schools so far.")
    if not attached_after:
        make_evidence(draft)
    partners.agree(
        at=AT, actor=cast.partner, update=draft, stakeholder=cast.partner_ngo, seen=partners.fingerprint(draft)
    )
    if attached_after:
        make_evidence(draft)
    row = workflow.submit(
        at=AT, actor=cast.focal_point, pledge=cast.pledge, stakeholder=cast.ngo, revision=draft.revision, fields=content
    )
    assert row.labels.get("agreed_partners") == (None if attached_after else "Partner Aid")
    agreed = PartnerNote.objects.get().agreed_with == partners.fingerprint_of(row.content)
    assert agreed is not attached_after


def test_a_round_with_another_text_has_nobody_s_agreement(cast, draft):
    partners.agree(
        at=AT, actor=cast.partner, update=draft, stakeholder=cast.partner_ngo, seen=partners.fingerprint(draft)
    )
    content = empty_content(stage="in-progress", narrative="Something else.")
    row = workflow.submit(
        at=AT, actor=cast.focal_point, pledge=cast.pledge, stakeholder=cast.ngo, revision=draft.revision, fields=content
    )
    assert "agreed_partners" not in row.labels


@pytest.mark.parametrize("state", ["submitted", "accepted"])
def test_nothing_is_added_to_what_was_submitted(cast, state):
    update = make_update(cast.pledge, state)
    with pytest.raises(Refused):
        partners.save_note(
            at=AT, actor=cast.partner, update=update, stakeholder=cast.partner_ngo, text="Late.", language="en"
        )


def test_without_a_draft_the_text_stays_on_the_page(cast, log_in):
    response = send(log_in(cast.partner), cast.pledge)
    assert response.status_code == 422
    assert "We built four." in response.content.decode()


@pytest.mark.parametrize(
    ("who", "get", "post"),
    [
        ("focal_point", 200, 403),
        ("contributor", 200, 403),
        ("reader", 200, 403),
        ("stranger", 404, 404),
        ("superuser", 404, 404),
    ],
)
def test_who_else_reads_and_nobody_else_writes(cast, log_in, draft, who, get, post):
    client = log_in(getattr(cast, who))
    assert (client.get(url(cast.pledge)).status_code, send(client, cast.pledge).status_code) == (get, post)
    assert not PartnerNote.objects.exists()


def test_a_contributor_of_a_partner_writes_and_does_not_agree(cast, log_in, draft):
    client = log_in(make_member(cast.partner_ngo, Membership.Role.CONTRIBUTOR, email="writer@example.org"))
    assert send(client, cast.pledge).status_code == 302
    assert send(client, cast.pledge, action="agree", seen=partners.fingerprint(draft)).status_code == 403


def test_the_public_is_sent_to_the_login(client, cast, draft):
    answer = client.get(url(cast.pledge))
    assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={url(cast.pledge)}")


def test_whoever_was_logged_out_meanwhile_gets_the_note_back(client, cast, draft):
    answer = send(client, cast.pledge)
    assert answer.status_code == 403
    html = answer.content.decode()
    assert "Your text is still here" in html
    assert "We built four." in html
    assert "Ten schools" not in html
    assert not PartnerNote.objects.exists()


@pytest.mark.parametrize(("who", "keeps"), [("partner", True), ("stranger", False)])
def test_a_note_sent_with_an_old_token_comes_back_in_its_form(cast, log_in, draft, who, keeps):
    client = log_in(getattr(cast, who))
    client.handler.enforce_csrf_checks = True
    fields = {"text": "We built four.", "language": "en", "action": "save"}
    answer = client.post(url(cast.pledge), fields, headers={"origin": "http://testserver"})
    html = answer.content.decode()
    assert (answer.status_code, "We built four." in html, "Press the button once more." in html) == (403, keeps, keeps)
    assert client.post(url(cast.pledge), fields, headers={"origin": "http://evil.example"}).status_code == 403
    assert not PartnerNote.objects.exists()


@pytest.mark.parametrize("text", ["NUL\x00", "x" * 4001])
def test_bad_text_is_named_and_kept(cast, log_in, draft, text):
    response = send(log_in(cast.partner), cast.pledge, text=text)
    assert response.status_code == 422
    assert not PartnerNote.objects.exists()


def test_a_note_is_nowhere_public(cast, log_in, client, draft):
    send(log_in(cast.partner), cast.pledge, text="Secret before the lead takes it over.")
    for address in (f"/pledges/{cast.pledge.reference}/", "/pledges/", "/"):
        assert "Secret before" not in client.get(address).content.decode()


def test_only_joint_pledges_show_the_way(cast):
    assert get_my_pledge(cast.focal_point, cast.pledge.reference, at=AT).is_joint is True


def test_the_queries_do_not_depend_on_the_number_of_partners(cast, draft, django_assert_num_queries):
    partners.save_note(at=AT, actor=cast.partner, update=draft, stakeholder=cast.partner_ngo, text="1", language="en")
    with django_assert_num_queries(2):
        partners.voices_on(draft)
    partners.save_note(at=AT, actor=cast.stranger, update=draft, stakeholder=cast.other, text="2", language="en")
    partners.save_note(at=AT, actor=cast.stranger, update=draft, stakeholder=cast.ngo, text="3", language="en")
    with django_assert_num_queries(2):
        assert len(partners.voices_on(draft)) == 3


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_partner_who_agrees_while_the_lead_saves_agrees_with_one_text(cast):
    draft = make_update(cast.pledge, "draft", narrative="Ten schools so far.", at=AT)
    seen, outcomes = partners.fingerprint(draft), []

    def agree():
        try:
            partners.agree(at=AT, actor=cast.partner, update=draft, stakeholder=cast.partner_ngo, seen=seen)
            outcomes.append("agreed")
        except StaleRevision:
            outcomes.append("stale")
        finally:
            connection.close()

    threads = [threading.Thread(target=agree) for _each in range(4)]
    for thread in threads:
        thread.start()
    workflow.save_draft(
        at=AT,
        actor=cast.focal_point,
        pledge=cast.pledge,
        stakeholder=cast.ngo,
        revision=draft.revision,
        fields=empty_content(narrative="Eleven schools."),
    )
    for thread in threads:
        thread.join()
    draft.refresh_from_db()
    assert len(outcomes) == 4
    assert PartnerNote.objects.count() == (1 if "agreed" in outcomes else 0)
    assert all(not voice.agrees for voice in partners.voices_on(draft))
