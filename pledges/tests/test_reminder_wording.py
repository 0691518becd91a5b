"""The words that staff give to reminders: checked, looked at, saved; and what happens when they are bad."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from foundation import outbox
from foundation.models import HistoryEntry, OutgoingMail
from pledges import reminder_plan
from pledges.models import ReminderWording
from pledges.reminder_wording import PLACEHOLDERS, WordingError, check, filled, save_wording, wording_for
from pledges.tests.factories import make_usual_rules, make_window

OPENING = datetime(2021, 10, 1, 9, tzinfo=ZoneInfo("Europe/Zurich"))
AT = OPENING + timedelta(hours=1)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)


@pytest.fixture
def window():
    window = make_window()
    make_usual_rules(window)
    return window


@pytest.fixture
def rule(window):
    return window.rules.get(name="opening")


def url(window):
    return reverse("admin:pledges_updatewindow_wording", args=[window.pk])


def text(response):
    return " ".join(response.content.decode().split())


def sent(mailoutbox):
    reminder_plan.plan(at=OPENING)
    outbox.drain_all(at=OPENING)
    return next(message for message in mailoutbox if message.to == ["focal@example.org"])


@pytest.mark.parametrize(
    "template",
    ["{unknown}", "{", "}", "{{cycle}}", "{cycle.pk}", "{cycle!r}", "{cycle:>99}", "{0}", "{}", "<b>x</b>", "a > b",
     "https://example.org", "WWW.example.org", "mailto:x@example.org", "{% load x %}"],
)  # fmt: skip
def test_only_plain_text_with_known_names_can_be_used(cast, window, template):
    with pytest.raises(WordingError):
        check(template)
    with pytest.raises(WordingError):
        save_wording(at=AT, actor=cast.editor, language="en", window=window, rule=None, subject="", intro=template)
    assert ReminderWording.objects.count() == 0


def test_names_are_filled_in_as_one_line():
    values = dict.fromkeys(PLACEHOLDERS, "x") | {"cycle": "A\nB {zone}"}
    assert filled("{cycle}: {days_left}", values) == "A B {zone}: x"


def test_the_mail_says_it_with_the_links_of_the_portal(cast, window, mailoutbox):
    save_wording(
        at=AT, actor=cast.editor, language="en", window=window, rule=None,
        subject="{cycle}: {number} to go", intro="Please write by {last_day} ({zone}).\nThank you, {days_left} days.",
    )  # fmt: skip
    message = sent(mailoutbox)
    assert message.subject == "High-Level Officials Meeting 2021: 1 to go"
    assert "Please write by 31 October 2021 (Europe/Zurich).\nThank you, 30 days." in message.body
    assert "UNHCR asks all" not in message.body
    assert "http://testserver/my/\n" in message.body


def test_the_narrower_wording_goes_first_and_what_is_empty_is_taken_from_the_wider(cast, window, rule):
    places = [(None, None, "for all", "intro for all"), (window, None, "", "for window"), (None, rule, "for rule", "")]
    for of_window, of_rule, subject, intro in places:
        save_wording(
            at=AT, actor=cast.editor, language="en", window=of_window, rule=of_rule, subject=subject, intro=intro
        )
    found = wording_for(rule, "en")
    other = wording_for(window.rules.get(name="last day"), "en")
    assert (found.subject, found.intro) == ("for rule", "for window")
    assert (other.subject, other.intro) == ("for all", "for window")
    assert wording_for(rule, "fr").subject == ""


def test_one_that_cannot_be_used_falls_back_and_staff_are_told_once(cast, window, rule, mailoutbox):
    ReminderWording.objects.create(language="en", rule=rule, subject="{nonsense}", intro="Good words.")
    ReminderWording.objects.create(language="en", window=window, subject="For the window")
    message = sent(mailoutbox)
    assert message.subject == "For the window"
    assert "Good words." in message.body
    assert OutgoingMail.objects.filter(purpose="reminder", state="sent").count() == 2
    [told] = OutgoingMail.objects.filter(purpose="wording")
    assert told.address == "hqgcr@unhcr.org"
    assert "is not on the list of names" in told.text


def test_a_subject_that_comes_out_empty_is_the_built_in_one(cast, window, mailoutbox):
    save_wording(at=AT, actor=cast.editor, language="en", window=window, rule=None, subject="{name}", intro="")
    assert sent(mailoutbox).subject.startswith("How do your pledges stand?")


def test_saving_keeps_what_was_said_before_and_twice_changes_nothing(cast, window):
    for subject in ("One", "Two", "Two", ""):
        save_wording(at=AT, actor=cast.editor, language="en", window=window, rule=None, subject=subject, intro="")
    entries = HistoryEntry.objects.filter(verb="wording changed").order_by("pk")
    assert [entry.changes for entry in entries] == [
        {"subject": ["", "One"]}, {"subject": ["One", "Two"]}, {"subject": ["Two", ""]},
    ]  # fmt: skip
    assert ReminderWording.objects.count() == 1


@pytest.mark.parametrize("place", ["all", "window", "rule"])
def test_the_database_keeps_one_for_each_place_and_language(window, rule, place):
    facts = {"all": {}, "window": {"window": window}, "rule": {"rule": rule}}[place]
    ReminderWording.objects.create(language="en", **facts)
    ReminderWording.objects.create(language="fr", **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderWording.objects.create(language="en", **facts)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReminderWording.objects.create(language="ar", window=window, rule=rule)


# The page.


def test_who_may(cast, log_in, client, window):
    assert client.get(url(window)).status_code == 302
    for person, status in ((cast.focal_point, 403), (cast.reviewer, 403), (cast.editor, 200)):
        assert log_in(person).get(url(window)).status_code == status
    for person in (cast.focal_point, cast.reviewer):
        log_in(person).post(url(window), {"place": "window", "language": "en", "subject": "x", "do": "save"})
    assert ReminderWording.objects.count() == 0


def test_looking_shows_the_mail_and_saves_nothing(cast, log_in, window):
    shown = log_in(cast.editor).post(
        url(window),
        {"place": "window", "language": "en", "subject": "New {number}", "intro": "Hello\nyou", "do": "look"},
    )
    page = text(shown)
    assert "<dd>New 1</dd>" in page
    assert "Hello you 30 days are left." in page
    assert 'value="New {number}"' in page
    assert ReminderWording.objects.count() == 0


def test_saved_words_are_shown_again_in_their_place_only(cast, log_in, window, rule):
    client = log_in(cast.editor)
    saved = client.post(
        url(window),
        {"place": f"rule-{rule.pk}", "language": "en", "subject": "Of\x0bthe rule", "intro": "", "do": "save"},
        follow=True,
    )
    assert 'value="Of the rule"' in text(saved)
    assert "Last changed by editor@example.org, 1 October 2021, 10:00 (Europe/Zurich)." in text(saved)
    assert 'value="Of the rule"' not in text(client.get(url(window)))


@pytest.mark.parametrize(
    "changes",
    [{"subject": "{x}"}, {"intro": "<i>"}, {"place": "rule-0"}, {"language": "xx"}, {"subject": "x" * 151},
     {"intro": "x" * 1001}, {"place": "\x00"}],
)  # fmt: skip
@pytest.mark.parametrize("do", ["save", "look", ""])
def test_what_cannot_be_is_refused_and_nothing_typed_is_lost(cast, log_in, window, changes, do):
    typed = {"place": "window", "language": "en", "subject": "Kept subject", "intro": "Kept intro", "do": do}
    response = log_in(cast.editor).post(url(window), typed | changes)
    assert response.status_code == 422
    assert "errorlist" in text(response)
    kept = {"subject": "Kept subject", "intro": "Kept intro"}
    assert [kept[name] in text(response) for name in kept if name not in changes] == [
        True for name in kept if name not in changes
    ]
    assert ReminderWording.objects.count() == 0


@pytest.mark.parametrize("do", ["save", "look"])
@pytest.mark.parametrize(
    "changes",
    [
        {"intro": "See www\u202e.example.org"},
        {"intro": "See http:\x02//example.org"},
        # Grows by the cleaning, so that the cut falls into the braces.
        {"subject": "\U0001d160" * 47 + "{last_day}"},
    ],
)
def test_what_only_the_cleaning_brings_about_is_refused_as_well(cast, log_in, window, changes, do):
    data = {"place": "window", "language": "en", "subject": "", "intro": "", "do": do}
    assert log_in(cast.editor).post(url(window), data | changes).status_code == 422
    assert ReminderWording.objects.count() == 0


@pytest.mark.parametrize("query", [{"place": "x"}, {"language": "xx"}, {"place": "\x00", "language": "en"}])
def test_a_made_up_place_falls_back_to_the_window(cast, log_in, window, query):
    assert log_in(cast.editor).get(url(window), query).status_code == 200


def test_looking_at_it_before_the_window_needs_no_rule_that_is_due(cast, log_in, time_machine, window):
    time_machine.move_to(datetime(2021, 9, 1, tzinfo=UTC), tick=False)
    shown = log_in(cast.editor).post(url(window), {"place": "all", "language": "en", "subject": "New", "do": "look"})
    assert "<dd>New</dd>" in text(shown)
