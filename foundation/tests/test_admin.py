"""The outbox and the history as staff see them."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation import history
from foundation.heartbeats import beat
from foundation.mail import Content, enqueue
from foundation.models import HistoryEntry, Job, OutgoingMail

pytestmark = pytest.mark.django_db
NOW = datetime(2021, 5, 3, 9, tzinfo=UTC)
MAILS = "/admin/foundation/outgoingmail/"
SECRET = "BCDF-GHJK"


def make_mail(address="ann@example.org", *, state="sent", text="Please report.", **fields):
    number = OutgoingMail.objects.count()
    mail = enqueue(
        dedupe_key=f"mail-{number}",
        purpose=fields.pop("purpose", "receipt"),
        address=address,
        content=Content(subject=f"Subject {number}", text=text) if text else None,
        at=NOW,
        lasts=timedelta(days=3),
        **fields,
    )
    OutgoingMail.objects.filter(pk=mail.pk).update(state=state, sent_at=NOW if state == "sent" else None)
    mail.refresh_from_db()
    return mail


def send_again(client, *mails):
    return client.post(
        MAILS, {"action": "send_again_as_new", "_selected_action": [mail.pk for mail in mails]}, follow=True
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_the_outbox_costs_the_same_however_long_it_is(cast, log_in, rows, django_assert_num_queries):
    for _number in range(rows):
        make_mail()
    client = log_in(cast.superuser)

    with django_assert_num_queries(10):
        page = client.get(MAILS)
    assert page.status_code == 200


@pytest.mark.parametrize(
    ("state", "facts", "said"),
    [
        ("sent", {"sent_at": NOW}, 'sent<span class="queue-day">3 May 2021, 09:00 UTC</span>'),
        ("due", {"reply": "held"}, 'waiting<span class="queue-day">held</span>'),
        (
            "due",
            {"attempts": 1, "reply": "450 <b>later</b>", "not_before": NOW + timedelta(hours=1)},
            'waiting<span class="queue-day">again from 3 May 2021, 10:00 UTC: 450 &lt;b&gt;later&lt;/b&gt;</span>',
        ),
        (
            "due",
            {"attempts": 1, "unknown_outcomes": 1},
            'waiting<span class="queue-day">again from 3 May 2021, 09:00 UTC</span>',
        ),
        ("failed", {"reply": "x" * 99}, f'failed<span class="queue-day">{"x" * 80}</span>'),
    ],
)
def test_the_list_says_how_a_mail_stands_and_why(cast, log_in, state, facts, said):
    mail = make_mail(state="failed")
    OutgoingMail.objects.filter(pk=mail.pk).update(state=state, **facts)
    page = log_in(cast.editor).get(MAILS).content.decode()
    assert f'<td class="field-standing">{said}</td>' in page
    assert 'Subject 0<span class="queue-day">receipt</span>' in page


def test_a_mail_that_is_not_written_yet_has_a_link_all_the_same(cast, log_in):
    mail = make_mail(state="due", text="")
    page = log_in(cast.editor).get(MAILS).content.decode()
    assert f'{MAILS}{mail.pk}/change/">(not written yet)<span' in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_history_costs_the_same_however_long_it_is(cast, log_in, rows, django_assert_num_queries):
    for _number in range(rows):
        history.record(at=NOW, actor=cast.editor, verb="published", subject=cast.ngo)
    client = log_in(cast.superuser)

    with django_assert_num_queries(8):
        page = client.get("/admin/foundation/historyentry/")
    assert page.status_code == 200


def test_the_outbox_is_searched_by_address(cast, log_in):
    make_mail("ann@example.org"), make_mail("bob@example.org")
    page = log_in(cast.editor).get(MAILS, {"q": "bob@"}).content.decode()

    assert "bob@example.org" in page
    assert "ann@example.org" not in page


@pytest.mark.parametrize("state", ["due", "sent"])
def test_a_code_is_never_shown(cast, log_in, state):
    mail = make_mail(state=state, text=f"Your code: {SECRET}", sensitive=True)
    client = log_in(cast.superuser)
    pages = [client.get(url).content.decode() for url in (MAILS, f"{MAILS}{mail.pk}/change/")]

    assert [SECRET in page for page in pages] == [False, False]


def test_the_text_of_other_mails_is_shown(cast, log_in):
    mail = make_mail()

    assert "Please report." in log_in(cast.editor).get(f"{MAILS}{mail.pk}/change/").content.decode()


def test_a_mail_is_sent_again_as_a_new_one(cast, log_in):
    mail = make_mail(state="failed")
    send_again(log_in(cast.editor), mail)
    again = OutgoingMail.objects.get(resend_of=mail)

    assert (again.address, again.subject, again.text) == (mail.address, mail.subject, mail.text)
    assert (again.state, again.purpose) == ("due", "sent-again")
    assert again.message_id != mail.message_id
    assert again.expires_at - again.not_before == timedelta(days=3)


def test_one_that_was_put_off_lasts_as_long_as_it_did_from_the_beginning(cast, log_in):
    mail = make_mail(state="failed")
    OutgoingMail.objects.filter(pk=mail.pk).update(not_before=mail.expires_at - timedelta(minutes=1))
    send_again(log_in(cast.editor), mail)
    again = OutgoingMail.objects.get(resend_of=mail)

    assert again.expires_at - again.not_before == timedelta(days=3)


def test_pressed_twice_it_is_sent_again_once_and_the_later_one_after_that(cast, log_in):
    mail = make_mail(state="failed")
    client = log_in(cast.editor)
    send_again(client, mail)
    page = send_again(client, mail).content.decode()
    later = OutgoingMail.objects.get(resend_of=mail)
    OutgoingMail.objects.filter(pk=later.pk).update(state="failed", sent_at=None)
    send_again(client, later)

    assert "It was sent again already" in page
    assert OutgoingMail.objects.get(resend_of=later).text == mail.text
    assert OutgoingMail.objects.count() == 3


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"sensitive": True, "state": "sent"}, "is erased"),
        ({"state": "due"}, "still on its way"),
        ({"state": "skipped", "text": ""}, "never written"),
        # Nobody writes mails of this purpose as they go out.
        ({"state": "failed", "text": "", "purpose": "other"}, "never written"),
        ({"state": "suppressed"}, "It is not wanted: asked for no more."),
    ],
)
def test_what_cannot_be_sent_again_is_refused_in_words(cast, log_in, fields, why):
    mail = make_mail(**fields)
    OutgoingMail.objects.update(reply="asked for no more")
    page = send_again(log_in(cast.superuser), mail).content.decode()

    assert why in page
    assert OutgoingMail.objects.count() == 1


def test_reviewers_read_the_outbox_and_send_nothing(cast, log_in):
    mail = make_mail()
    client = log_in(cast.reviewer)
    page = send_again(client, mail)

    assert page.status_code == 200
    assert "Send again" not in page.content.decode()
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize("model", ["outgoingmail", "historyentry", "heartbeat", "job"])
def test_nothing_is_added_changed_or_deleted_by_hand(cast, log_in, model):
    beat("drain", at=NOW)
    make_mail()
    history.record(at=NOW, actor=None, verb="published", subject=cast.ngo)
    Job.objects.create(kind="import", requested_at=NOW)
    client, url = log_in(cast.superuser), f"/admin/foundation/{model}/"
    row = client.get(url).context["cl"].result_list[0].pk

    assert client.get(f"{url}add/").status_code == 403
    assert client.get(f"{url}{row}/change/").status_code == 200
    assert client.post(f"{url}{row}/change/", {"verb": "x"}).status_code == 403
    assert client.post(f"{url}{row}/delete/", {"post": "yes"}).status_code == 403


def test_history_says_who(cast, log_in):
    history.record(at=NOW, actor=None, verb="expired", subject=cast.ngo)
    history.record(at=NOW, actor=cast.editor, verb="published", subject=cast.ngo)
    page = log_in(cast.editor).get("/admin/foundation/historyentry/", {"q": str(cast.ngo.uuid)}).content.decode()

    assert "the portal" in page
    assert "editor@example.org" in page
    assert HistoryEntry.objects.count() == 2


@pytest.mark.parametrize("query", ["\x00", "'", "%", "x" * 5000, "1 OR 1=1"])
def test_strange_searches_are_answered(cast, log_in, query):
    client = log_in(cast.superuser)

    assert client.get(MAILS, {"q": query}, follow=True).status_code == 200
    assert client.get("/admin/foundation/historyentry/", {"q": query}, follow=True).status_code == 200


def test_the_list_of_the_history_shows_the_beginning_of_long_changes(cast, log_in):
    entry = history.record(at=NOW, actor=None, verb="changed", subject=cast.ngo, changes={"text": "ä" * 5000})
    client = log_in(cast.editor)
    pages = [client.get(f"/admin/foundation/historyentry/{path}") for path in ("", f"{entry.pk}/change/")]

    assert [page.content.decode().count("ä") > 200 for page in pages] == [False, True]
