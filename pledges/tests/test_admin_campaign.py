"""The page on which staff watch and steer the reminders of a window."""

from datetime import datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse

from accounts.tests.factories import make_member, make_stakeholder
from events.tests.factories import get_cycle
from foundation import outbox, pauses
from foundation.models import HistoryEntry, OutgoingMail
from pledges import not_me, reminder_plan, stop_link
from pledges.campaign_workflow import send_now
from pledges.models import Pledge, Reminder
from pledges.tests.factories import make_pledge, make_rule, make_usual_rules, make_window

GENEVA = ZoneInfo("Europe/Zurich")
OPENING = datetime(2021, 10, 1, 9, tzinfo=GENEVA)
BEFORE, DURING = OPENING - timedelta(days=7), OPENING + timedelta(hours=1)
GETS = ("campaign", "send", "pause", "mail", "mail_html")
POSTS = ("send", "pause", "resume", "test")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(DURING, tick=False)
    return time_machine


@pytest.fixture
def window():
    window = make_window()
    make_usual_rules(window)
    return window


def url(window, name="campaign"):
    return reverse(f"admin:pledges_updatewindow_{name}", args=[window.pk])


def text(response):
    return " ".join(response.content.decode().split())


def messages(response):
    return [str(message) for message in response.context["messages"]]


# Who may.


@pytest.mark.parametrize("name", GETS)
def test_who_may_look(cast, log_in, client, window, name):
    reviewer = 403 if name in ("send", "pause") else 200
    assert client.get(url(window, name)).status_code == 302
    assert log_in(cast.focal_point).get(url(window, name)).status_code == 403
    assert log_in(cast.stranger).get(url(window, name)).status_code == 403
    assert log_in(cast.reviewer).get(url(window, name)).status_code == reviewer
    assert log_in(cast.editor).get(url(window, name)).status_code == 200
    window.pk = 999999
    assert log_in(cast.editor).get(url(window, name)).status_code == 404


@pytest.mark.parametrize("name", POSTS)
def test_who_may_act(cast, log_in, client, window, mailoutbox, name):
    assert client.post(url(window, name), {"reason": "x"}).status_code == 302
    for person in (cast.focal_point, cast.stranger, cast.reviewer):
        assert log_in(person).post(url(window, name), {"reason": "x", "extent": "window"}).status_code == 403
    assert pauses.paused(window.campaign) is None
    assert (Reminder.objects.count(), OutgoingMail.objects.count(), pauses.paused()) == (0, 0, None)
    facts = {"reason": "x", "extent": "window"}
    assert log_in(cast.editor).post(url(window, name), facts).status_code == 302


@pytest.mark.parametrize("name", ["campaign", "mail", "mail_html"])
def test_pages_that_only_show_take_no_post(cast, log_in, window, name):
    assert log_in(cast.editor).post(url(window, name)).status_code == 405


@pytest.mark.parametrize("name", ["resume", "test"])
def test_verbs_without_a_page_take_no_get(cast, log_in, window, name):
    assert log_in(cast.editor).get(url(window, name)).status_code == 405


def test_looking_changes_nothing(cast, log_in, window, mailoutbox):
    client = log_in(cast.editor)
    for name in GETS:
        client.get(url(window, name))
    assert (Reminder.objects.count(), OutgoingMail.objects.count(), mailoutbox) == (0, 0, [])
    assert pauses.paused() is None


# What it says.


def test_a_reviewer_sees_no_buttons(cast, log_in, window):
    page = text(log_in(cast.reviewer).get(url(window)))
    assert '<form method="post" action="/admin/pledges' not in page
    assert "Send now" not in page
    assert "Who gets what" in page


def test_before_the_window_it_says_what_comes(cast, log_in, window, clock):
    clock.move_to(BEFORE, tick=False)
    page = text(log_in(cast.editor).get(url(window)))
    assert "Next: opening" in page
    assert "None was due so far." in page
    assert ">Planned<" not in page
    assert "Friday 1 October 2021, 09:00 (Europe/Zurich). As things stand:" in page
    assert "gets a mail: <strong>2</strong>" in page
    assert "Mails sent" not in page


def test_before_the_reminders_are_switched_on_it_says_what_they_would_do(cast, log_in, clock):
    clock.move_to(BEFORE, tick=False)
    window = make_window(activated_at=None)
    make_usual_rules(window)
    client = log_in(cast.editor)
    page = text(client.get(url(window)))
    assert "The reminders of this window are switched off: nothing is mailed." in page
    assert "gets a mail: <strong>2</strong>" in page
    assert "How do your pledges stand?" in text(client.get(url(window, "mail")))
    window.refresh_from_db()
    assert window.activated_at is None


def test_during_the_window_it_says_how_the_mails_fare(cast, log_in, window):
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING, batch=1, batches=1)
    page = text(log_in(cast.editor).get(url(window)))
    assert "1 of 2 done, 1 waiting in the outbox, 0 not planned yet." in page
    assert '<progress class="campaign-progress" max="2" value="1"' in page
    assert "Mails sent, hour by hour" in page
    assert "Due now: opening" in page
    assert f'href="/admin/foundation/outgoingmail/?campaign__exact={window.campaign.name}"' in page
    assert "0 of 1 (0.0 %)" in page


def test_after_the_window_it_says_that_no_more_comes(cast, log_in, window, clock):
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    clock.move_to(OPENING + timedelta(days=60), tick=False)
    page = text(log_in(cast.editor).get(url(window)))
    assert "The last was “last day”: Sunday 31 October 2021, 09:00 (Europe/Zurich)." in page


def test_the_outbox_of_a_campaign_holds_its_mails_alone(cast, log_in, window):
    other = make_window(cycle=get_cycle("grf-2019"))
    make_usual_rules(other)
    reminder_plan.plan(at=OPENING)
    theirs = {reminder.mail_id for reminder in Reminder.objects.filter(rule__window=window)}
    log_in(cast.editor).post(url(window, "test"))
    assert (len(theirs), OutgoingMail.objects.count()) == (2, 5)
    page = log_in(cast.editor).get(f"/admin/foundation/outgoingmail/?campaign__exact={window.campaign.name}")
    assert {mail.pk for mail in page.context["cl"].result_list} == theirs


def test_a_window_without_rules_says_so(cast, log_in):
    assert "This window has no reminder rule." in text(log_in(cast.editor).get(url(make_window())))


def test_a_name_is_escaped(cast, log_in, window):
    window.rules.filter(name="opening").update(name="<script>x</script>")
    assert "<script>x" not in text(log_in(cast.editor).get(url(window)))


def test_the_list_and_the_page_of_a_window_lead_to_it(cast, log_in, window):
    client = log_in(cast.editor)
    for path in ("/admin/pledges/updatewindow/", f"/admin/pledges/updatewindow/{window.pk}/change/"):
        assert f'href="{url(window)}"' in text(client.get(path))


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_and_many_people(cast, log_in, window, count, django_assert_num_queries):
    for _number in range(count):
        stakeholder = make_stakeholder()
        make_member(stakeholder)
        make_pledge(stakeholder)
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    client = log_in(cast.superuser)
    client.get(url(window))
    with django_assert_num_queries(24):
        page = client.get(url(window))
    assert page.context["campaign"].total.fates == {"sent": count + 2}


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_for_one_and_many_rules(cast, log_in, count, django_assert_num_queries):
    window = make_window()
    for number in range(count):
        make_rule(window, f"rule {number}", days=10 * number)
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    client = log_in(cast.superuser)
    client.get(url(window))
    with django_assert_num_queries(24):
        page = client.get(url(window))
    assert len(page.context["campaign"].rows) == count


# Send now.


def test_send_now_asks_first_and_says_the_number(cast, log_in, window):
    page = text(log_in(cast.editor).get(url(window, "send")))
    assert "<strong>2</strong> new mails go out." in page
    assert 'value="Send 2 mails now"' in page


def test_with_nothing_to_make_there_is_no_button(cast, log_in, window):
    client = log_in(cast.editor)
    client.post(url(window, "send"))
    page = text(client.get(url(window, "send")))
    assert "<strong>0</strong> new mails go out." in page
    assert 'type="submit" class="default"' not in page


def test_send_now_makes_the_reminders_and_twice_makes_no_more(cast, log_in, window, mailoutbox):
    client = log_in(cast.editor)
    first = client.post(url(window, "send"), follow=True)
    second = client.post(url(window, "send"), follow=True)
    assert messages(first) == ["2 reminders were made. The first go out within a minute, unless mail is paused."]
    assert messages(second) == ["Nothing was left to be made. What waits goes out by itself."]
    assert sorted(message.to[0] for message in mailoutbox) == ["colleague@example.org", "focal@example.org"]
    assert (Reminder.objects.count(), OutgoingMail.objects.count()) == (2, 2)


def test_send_now_makes_nothing_for_another_window(cast, log_in, window):
    other = make_window(cycle=get_cycle("grf-2023"))
    make_rule(other)
    log_in(cast.editor).post(url(window, "send"))
    assert {reminder.rule.window for reminder in Reminder.objects.all()} == {window}


@pytest.mark.parametrize("mail_inline", ["off", "thread"])
def test_with_a_worker_the_tick_sends(cast, log_in, window, mailoutbox, settings, mail_inline):
    settings.MAIL_INLINE = mail_inline
    log_in(cast.editor).post(url(window, "send"))
    assert (Reminder.objects.count(), mailoutbox) == (2, [])
    outbox.drain_all(at=DURING)
    assert len(mailoutbox) == 2


def test_with_nothing_due_it_says_so_and_sends_nothing(cast, log_in, window, clock):
    clock.move_to(BEFORE, tick=False)
    client = log_in(cast.editor)
    assert "No rule is due" in text(client.get(url(window, "send")))
    client.post(url(window, "send"))
    assert OutgoingMail.objects.count() == 0


@pytest.mark.parametrize("extent", ["window", "all"])
def test_while_mail_is_paused_it_waits(cast, log_in, window, mailoutbox, extent):
    client = log_in(cast.editor)
    client.post(url(window, "pause"), {"extent": extent, "reason": "The wording is wrong"})
    assert "whatever you make waits until somebody resumes" in text(client.get(url(window, "send")))
    client.post(url(window, "send"))
    assert (Reminder.objects.count(), mailoutbox) == (2, [])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_of_staff_at_once_make_each_reminder_once():
    window = make_window()
    make_usual_rules(window)
    for _number in range(20):
        stakeholder = make_stakeholder()
        make_member(stakeholder)
        make_pledge(stakeholder)

    def press():
        try:
            send_now(at=DURING, window=window)
        finally:
            connection.close()

    threads = [Thread(target=press) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Reminder.objects.count(), OutgoingMail.objects.filter(purpose="reminder").count()) == (20, 20)


def test_whom_no_plan_ever_reached_is_said_beside_the_rule(cast, log_in, window, clock):
    clock.move_to(OPENING + timedelta(days=4), tick=False)
    page = text(log_in(cast.editor).get(url(window)))
    assert "2 people were never told" in page
    assert "Never told: no planning came to its end in the three days after the moment of the rule." in page
    assert "0 of 2 done, 0 waiting in the outbox, 0 not planned yet. 2 were never told." in page


# Pause and resume.


def test_a_pause_says_who_and_why_until_somebody_resumes(cast, log_in, window):
    client = log_in(cast.editor)
    everything = {"extent": "all"}
    client.post(url(window, "pause"), everything | {"reason": "The wording\x0b is <b>wrong</b>"})
    page = text(client.get(url(window)))
    assert "The wording is &lt;b&gt;wrong&lt;/b&gt;" in page
    assert "By editor@example.org, 1 October 2021, 10:00 (Europe/Zurich)." in page
    again = client.post(url(window, "pause"), everything | {"reason": "again"}, follow=True)
    kept = "It was paused already, and the reason that stands below was kept. Yours was: again"
    assert messages(again) == [kept]
    assert pauses.paused().reason == "The wording is <b>wrong</b>"
    assert messages(client.post(url(window, "resume"), everything, follow=True)) == ["Mail goes out again."]
    assert messages(client.post(url(window, "resume"), everything, follow=True)) == ["Mail was not paused."]
    history = HistoryEntry.objects.filter(subject_type="outboxcontrol").order_by("pk")
    assert [(row.verb, row.actor) for row in history] == [("mail paused", cast.editor), ("mail resumed", cast.editor)]


@pytest.mark.parametrize("reason", ["", "  ", "\x0b\u200b", "x" * 301])
def test_a_pause_needs_a_reason(cast, log_in, window, reason):
    response = log_in(cast.editor).post(url(window, "pause"), {"extent": "all", "reason": reason})
    assert response.status_code == 422
    assert pauses.paused() is None


def test_a_pause_of_one_window_holds_its_reminders_alone(cast, log_in, window, mailoutbox):
    other = make_window(window.closes_on + timedelta(days=1), window.closes_on + timedelta(days=30))
    client = log_in(cast.editor)
    assert client.get(url(window, "pause")).context["form"]["extent"].value() == "window"
    facts = {"extent": "window", "reason": "The link is <b>wrong</b>"}
    said = messages(client.post(url(window, "pause"), facts, follow=True))
    assert said == ["The reminders of this window are paused."]
    again = messages(client.post(url(window, "pause"), facts | {"reason": "again"}, follow=True))
    assert again == ["It was paused already, and the reason that stands below was kept. Yours was: again"]
    page = text(client.get(url(window)))
    assert "The link is &lt;b&gt;wrong&lt;/b&gt;" in page
    assert "By editor@example.org, 1 October 2021, 10:00 (Europe/Zurich). This holds no other mail." in page
    assert "paused" not in text(client.get(url(other))).replace("campaign-paused", "")

    client.post(url(window, "send"))
    client.post(url(window, "test"))
    outbox.drain_all(at=DURING)
    total = client.get(url(window)).context["campaign"].total
    assert [message.to for message in mailoutbox] == [["editor@example.org"]]
    assert (total.due, total.fates) == (2, {"waiting": 2})

    assert messages(client.post(url(other, "resume"), {"extent": "window"}, follow=True)) == [
        "The reminders of this window were not paused."
    ]
    assert messages(client.post(url(window, "resume"), {"extent": "window"}, follow=True)) == [
        "The reminders of this window go out again."
    ]
    outbox.drain_all(at=DURING)
    assert client.get(url(window)).context["campaign"].total.fates == {"sent": 2}


def test_who_resumes_a_window_while_all_mail_is_paused_reads_that_it_waits_on(cast, log_in, window):
    client = log_in(cast.editor)
    for extent in ("all", "window"):
        client.post(url(window, "pause"), {"extent": extent, "reason": "x"}, follow=True)
    assert messages(client.post(url(window, "resume"), {"extent": "window"}, follow=True)) == [
        "The reminders of this window are released. They go out once all mail is resumed."
    ]
    assert pauses.paused() is not None


@pytest.mark.parametrize("extent", ["", "everything", "window\x00"])
def test_what_is_to_wait_must_be_chosen(cast, log_in, window, extent):
    client = log_in(cast.editor)
    assert client.post(url(window, "pause"), {"extent": extent, "reason": "x"}).status_code == 422
    said = messages(client.post(url(window, "resume"), {"extent": extent}, follow=True))
    assert said == ["Please use the button of what is to go out again."]
    assert (pauses.paused(), pauses.paused(window.campaign)) == (None, None)


# The mail before it goes out.


def test_the_mail_is_shown_as_it_would_go_out_but_with_ones_own_name_and_links(cast, log_in, window):
    client = log_in(cast.editor)
    shown = client.get(url(window, "mail")).context["content"]
    assert stop_link.token_for(cast.editor) in shown.text
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=DURING)
    sent = OutgoingMail.objects.get(purpose="reminder", address="colleague@example.org")
    theirs, own = sent.text, shown.text
    for module in (stop_link, not_me):
        theirs = theirs.replace(module.token_for(cast.colleague), "TOKEN")
        own = own.replace(module.token_for(cast.editor), "TOKEN")
    assert (shown.subject, own) == (sent.subject, theirs)


def test_of_several_languages_the_one_that_is_asked_for_is_shown(cast, log_in, window, settings):
    settings.LANGUAGES = [("en", "English"), ("fr", "Français")]
    client = log_in(cast.editor)
    assert 'lang="fr"' in client.get(url(window, "mail_html"), {"language": "fr"}).content.decode()
    assert 'lang="en"' in client.get(url(window, "mail_html"), {"language": "en"}).content.decode()


def test_the_html_stands_alone_and_may_do_nothing(cast, log_in, window):
    cast.pledge.versions.update(title="<img src=x onerror=alert(1)>")
    response = log_in(cast.editor).get(url(window, "mail_html"))
    policy = response["Content-Security-Policy"]
    assert "<img" not in response.content.decode()
    assert "script-src 'self'" in policy
    assert "style-src 'sha256-" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "query", [{"rule": "x"}, {"rule": "9" * 30}, {"rule": "\x00"}, {"language": "xx"}, {"rule": "0"}]
)
def test_a_made_up_choice_falls_back_to_the_next_mail(cast, log_in, window, query):
    client = log_in(cast.editor)
    for name in ("mail", "mail_html"):
        assert client.get(url(window, name), query).status_code == 200


def test_where_nobody_is_asked_there_is_no_mail(cast, log_in, window):
    Pledge.objects.update(published_at=None)
    client = log_in(cast.editor)
    assert "There is no mail to look at" in text(client.get(url(window, "mail")))
    assert client.get(url(window, "mail_html")).status_code == 404
    assert "There is no mail to look at" in messages(client.post(url(window, "test"), follow=True))[0]
    assert OutgoingMail.objects.count() == 0


def test_a_test_mail_goes_to_oneself_only_and_is_no_reminder(
    cast, log_in, window, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        response = log_in(cast.editor).post(url(window, "test"), follow=True)
    assert messages(response) == ["A test mail goes to editor@example.org."]
    [message] = mailoutbox
    assert message.to == ["editor@example.org"]
    assert message.subject.startswith("[test] How do your pledges stand?")
    assert cast.pledge.reference in message.body
    people = (cast.focal_point, cast.colleague)
    tokens = [module.token_for(person) for module in (stop_link, not_me) for person in people]
    whole = message.message().as_bytes().decode().replace("=\n", "")
    assert [token in whole for token in tokens] == [False] * 4
    assert Reminder.objects.count() == 0
    reminder_plan.plan(at=DURING)
    assert Reminder.objects.count() == 2


def test_a_test_mail_goes_out_while_mail_is_paused(cast, log_in, window, mailoutbox):
    pauses.pause(at=DURING, actor=None, reason="Looking at it")
    log_in(cast.editor).post(url(window, "test"))
    outbox.drain_all(at=DURING)
    assert [message.to for message in mailoutbox] == [["editor@example.org"]]
