"""What a reminder says, and whether it still goes out."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from foundation import outbox
from foundation.models import OutgoingMail
from foundation.resend import CannotResendError, send_again
from pledges import not_me, reminder_mail, reminder_plan, stop_link
from pledges.models import Handover, Reminder
from pledges.tests.factories import make_pledge, make_rule, make_update, make_usual_rules, make_window

GENEVA = ZoneInfo("Europe/Zurich")
OPENING = datetime(2021, 10, 1, 9, tzinfo=GENEVA)
LATER = OPENING + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture
def window(cast):
    window = make_window()
    make_usual_rules(window)
    # One reader is enough to read one mail.
    cast.colleague.memberships.update(ends_at=OPENING - timedelta(days=1))
    return window


def remind(mailoutbox, at=OPENING):
    """The focal point's mail."""
    reminder_plan.plan(at=at)
    outbox.drain_all(at=at)
    return next(message for message in mailoutbox if message.to == ["focal@example.org"])


def fate(at=LATER):
    """What became of the one reminder when the outbox was emptied later."""
    outbox.drain_all(at=at)
    mail = OutgoingMail.objects.get(purpose="reminder")
    return mail.state, mail.reply


def test_it_says_who_asks_for_what_until_when(cast, window, mailoutbox):
    cast.focal_point.name = "Ana Example"
    cast.focal_point.save()
    make_update(cast.pledge, at=datetime(2021, 2, 1, tzinfo=UTC))
    message = remind(mailoutbox)
    assert message.to == ["focal@example.org"]
    assert message.subject == (
        "How do your pledges stand? Please tell us by 31 October 2021 (High-Level Officials Meeting 2021)"
    )
    for sentence in (
        "Dear Ana Example,",
        "UNHCR asks",
        "from 1 October to 31 October 2021 (end of the day, time zone Europe/Zurich)",
        "30 days are left.",
        f"- {cast.pledge.reference}: Schools for 500 children (In progress, ",
        "last update 1 February 2021, 8\xa0months ago)",
        "http://testserver/my/\n",
        "nothing significant has changed",
        not_me.address_for(cast.focal_point),
        stop_link.address_for(cast.focal_point),
    ):
        # Lines end somewhere before the 72nd sign; a space that does not break stays one.
        assert sentence.strip() in message.body.replace("\n  ", " ").replace("\n", " ")


@pytest.mark.parametrize("state", ["submitted", "returned"])
def test_an_update_that_waits_for_review_is_named(cast, window, mailoutbox, state):
    make_update(cast.pledge, state, at=datetime(2021, 2, 1, tzinfo=UTC))
    assert ("is with the reviewers: you need do nothing" in remind(mailoutbox).body) is (state == "submitted")


def test_the_last_day_says_so(window, mailoutbox):
    message = remind(mailoutbox, at=datetime(2021, 10, 31, 9, tzinfo=GENEVA))
    assert message.subject.startswith("Last day: how do your pledges stand?")
    assert "Today is the last day" in message.body


def test_all_pledges_stand_in_one_mail_and_those_of_others_in_none(cast, window, mailoutbox):
    second, foreign = make_pledge(cast.ngo, title="Wells"), make_pledge(cast.partner_ngo, title="Roads")
    body = remind(mailoutbox).body
    assert [
        reference for reference in (cast.pledge.reference, second.reference, foreign.reference) if reference in body
    ] == [
        cast.pledge.reference,
        second.reference,
    ]
    assert "(no update yet)" in body


def test_a_title_cannot_break_the_mail(cast, window, mailoutbox):
    cast.pledge.versions.update(title='<b>Wells</b>\r\nBcc: x@example.org\n- another "item"')
    message = remind(mailoutbox)
    html = message.alternatives[0].content
    assert '<b>Wells</b> Bcc: x@example.org - another "item"' in message.body
    assert "<b>Wells" not in html
    assert html.count("<li>") == 1


def test_headers_let_mail_programs_stop_reminders(cast, window, mailoutbox):
    headers = remind(mailoutbox).message()
    assert headers["List-Unsubscribe"] == f"<{stop_link.address_for(cast.focal_point)}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == OutgoingMail.objects.get().message_id


def test_no_link_but_the_two_signed_ones_carries_anything_personal(cast, window, mailoutbox):
    message = remind(mailoutbox)
    links = set(re.findall(r"https?://\S+", message.body))
    signed = {module.address_for(cast.focal_point) for module in (stop_link, not_me)}
    assert links == {"http://testserver/my/"} | signed


def test_the_text_is_written_from_what_is_true_when_it_goes_out(cast, window, mailoutbox):
    done, open_one = cast.pledge, make_pledge(cast.ngo)
    reminder_plan.plan(at=OPENING)
    make_update(done, "submitted", at=OPENING + timedelta(minutes=5))
    outbox.drain_all(at=LATER)
    assert done.reference not in mailoutbox[0].body
    assert open_one.reference in mailoutbox[0].body


def test_who_answered_meanwhile_gets_none(cast, window):
    reminder_plan.plan(at=OPENING)
    make_update(cast.pledge, "submitted", at=OPENING + timedelta(minutes=5))
    assert fate() == ("skipped", "has responded for every pledge")


def test_who_left_meanwhile_gets_none(cast, window):
    reminder_plan.plan(at=OPENING)
    cast.focal_point.memberships.update(ends_at=OPENING + timedelta(minutes=5))
    assert fate() == ("skipped", "is no longer focal point")


def test_who_was_switched_off_meanwhile_gets_none(cast, window):
    reminder_plan.plan(at=OPENING)
    cast.focal_point.is_active = False
    cast.focal_point.save()
    assert fate() == ("skipped", "the account is switched off")


def test_who_stopped_meanwhile_gets_none(cast, window):
    reminder_plan.plan(at=OPENING)
    stop_link.stop(at=LATER, user=cast.focal_point)
    assert fate() == ("suppressed", "asked for no more reminders")


def test_a_refused_address_gets_none(cast, window):
    reminder_plan.plan(at=OPENING)
    cast.focal_point.address_failed_at = LATER
    cast.focal_point.save()
    assert fate() == ("suppressed", "a mail server refused the address")


def test_who_has_another_address_meanwhile_gets_none_at_the_old_one(cast, window):
    reminder_plan.plan(at=OPENING)
    cast.focal_point.email = "new@example.org"
    cast.focal_point.save()
    assert fate() == ("skipped", "the person has another address now")


def test_a_report_that_was_handed_over_meanwhile_is_not_asked_here(cast, window):
    reminder_plan.plan(at=OPENING)
    Handover.objects.create(pledge=cast.pledge, stakeholder=cast.partner_ngo, window=window)
    assert fate() == ("skipped", "no pledge of this person is asked for any more")


@pytest.mark.parametrize("switch_off", ["rule", "window"])
def test_what_was_switched_off_meanwhile_is_not_sent(window, switch_off):
    reminder_plan.plan(at=OPENING)
    if switch_off == "rule":
        window.rules.update(enabled=False)
    else:
        window.activated_at = None
        window.save()
    assert fate() == ("skipped", "the reminder rule or its window was switched off, moved or is over")


def test_a_later_reminder_that_is_due_by_now_replaces_it(window):
    reminder_plan.plan(at=OPENING)
    make_rule(window, "the day after", "opens", 1)
    assert fate(OPENING + timedelta(days=1)) == ("skipped", "a later reminder of this window is due as well")


def test_after_three_days_it_is_not_sent_any_more(window):
    reminder_plan.plan(at=OPENING)
    assert fate(OPENING + timedelta(days=3)) == ("expired", "too late to be of use")


def test_a_mail_without_its_reminder_is_not_sent(window):
    reminder_plan.plan(at=OPENING)
    Reminder.objects.all().delete()
    assert fate() == ("skipped", "this mailbox was reminded already")


def fails_in_writing(monkeypatch):
    """The reminder as it stands after a fault in our own words, which is mended now."""
    with monkeypatch.context() as broken:
        broken.setattr(reminder_mail, "render_mail", lambda *args, **facts: 1 / 0)
        broken.setattr("django.conf.settings.MAIL_MAX_ATTEMPTS", 1)
        reminder_plan.plan(at=OPENING)
        assert fate() == ("failed", "given up: cannot be written: ZeroDivisionError('division by zero')")
    return OutgoingMail.objects.get()


def test_one_that_could_not_be_written_is_written_when_it_is_sent_again(cast, window, mailoutbox, monkeypatch):
    mail = fails_in_writing(monkeypatch)
    second = make_pledge(cast.ngo)
    again = send_again(mail, at=LATER)
    outbox.drain_all(at=LATER)
    again.refresh_from_db()
    assert (again.state, again.purpose, again.text) == ("sent", "reminder", mailoutbox[0].body)
    assert second.reference in again.text


def test_one_that_could_not_be_written_is_checked_when_it_is_sent_again(cast, window, mailoutbox, monkeypatch):
    again = send_again(fails_in_writing(monkeypatch), at=LATER)
    make_update(cast.pledge, "submitted", at=OPENING + timedelta(minutes=5))
    outbox.drain_all(at=LATER)
    again.refresh_from_db()
    assert (again.state, again.reply, mailoutbox) == ("skipped", "has responded for every pledge", [])


def test_who_asked_for_no_more_gets_none_again_either(cast, window, mailoutbox):
    remind(mailoutbox)
    first = OutgoingMail.objects.get()
    second = send_again(first, at=LATER)
    outbox.drain_all(at=LATER)
    stop_link.stop(at=LATER, user=cast.focal_point)
    with pytest.raises(CannotResendError, match="asked for no more reminders"):
        send_again(second, at=LATER)
    assert (len(mailoutbox), OutgoingMail.objects.count()) == (2, 2)


@pytest.mark.parametrize("count", [1, 3])
def test_writing_costs_the_same_for_one_pledge_and_many(cast, window, count, django_assert_num_queries):
    from pledges.reminder_mail import prepare

    for _number in range(count - 1):
        make_pledge(cast.ngo)
    reminder_plan.plan(at=OPENING)
    mail = OutgoingMail.objects.get()
    with django_assert_num_queries(13):
        assert prepare(mail, OPENING).text.count("- TST-") == count


def test_no_line_of_the_text_is_longer_than_72_signs_but_links(cast, window, mailoutbox):
    cast.pledge.versions.update(title="Schools and teachers for children who had to flee, " * 4)
    lines = remind(mailoutbox).body.splitlines()
    assert [line for line in lines if len(line) > 72 and not line.startswith("http")] == []
    first = next(number for number, line in enumerate(lines) if line.startswith("- "))
    assert lines[first + 1].startswith("  ")


def test_the_html_says_the_same_as_the_text(cast, window, mailoutbox):
    message = remind(mailoutbox)
    [(html, kind)] = [(part.content, part.mimetype) for part in message.alternatives]
    words = re.sub(r"<style>.*?</style>|<title>.*?</title>|<[^>]+>", " ", html, flags=re.DOTALL)
    said = " ".join(words.split()).removeprefix("HLOM portal ")
    assert (kind, said) == ("text/html", " ".join(message.body.replace("\n- ", "\n").split()))


def test_a_digest_stays_short_however_many_pledges_there_are(cast, window, mailoutbox):
    for _number in range(24):
        make_pledge(cast.ngo)
    body = remind(mailoutbox).body
    assert (body.count("\n- "), "- and 5 more, on your page" in body) == (21, True)


def test_it_is_written_in_the_readers_language(cast, window, mailoutbox, settings):
    settings.LANGUAGES = [("en", "English"), ("fr", "Français")]
    cast.focal_point.language = "fr"
    cast.focal_point.save()
    message = remind(mailoutbox)
    assert message.extra_headers["Content-Language"] == "fr"
    assert '<html lang="fr">' in message.alternatives[0].content
    assert "31 octobre 2021" in message.subject
    assert "http://testserver/fr/my/" in message.body
