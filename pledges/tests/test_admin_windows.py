"""Windows, rules and reminders in the administration."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from accounts.tests.factories import make_member, make_stakeholder
from events.tests.factories import get_cycle, make_event
from foundation import outbox, pauses
from foundation.models import HistoryEntry
from pledges import reminder_plan
from pledges.models import Handover, Reminder, ReminderRule, UpdateWindow
from pledges.tests.factories import make_pledge, make_rule, make_update, make_usual_rules, make_window

URL = "/admin/pledges/updatewindow/"
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)
OPENING = datetime(2021, 10, 1, 9, tzinfo=ZoneInfo("Europe/Zurich"))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)


def fields(*rules, handovers=(), initial=(0, 0), **window):
    """What the page of a window sends."""
    cycles = [get_cycle(slug).pk for slug in ("grf-2019", "hls-2019")]
    facts = {"cycle": get_cycle().pk, "occasions": cycles, "opens_on": "2021-10-01", "closes_on": "2021-10-31"}
    sent = facts | window
    for prefix, rows, there in (("rules", rules, initial[0]), ("handovers", handovers, initial[1])):
        sent |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": there}
        for number, row in enumerate(rows):
            sent |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return sent


def rule(**changes):
    return {"name": "opening", "anchor": "opens", "offset_days": 0, "at_time": "09:00", "enabled": "on"} | changes


def errors(page):
    """All that the page complains of, in one text."""
    return " ".join(re.findall(r'<ul class="errorlist.*?</ul>', page.content.decode(), re.DOTALL))


def messages(page):
    return [str(message) for message in page.context["messages"]]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long_it_is(cast, log_in, rows, django_assert_num_queries):
    for slug in ("hlom-2021", "grf-2023", "progress-review-2025")[:rows]:
        make_window(cycle=get_cycle(slug))
    client = log_in(cast.superuser)
    client.get(URL)
    with django_assert_num_queries(9):
        page = client.get(URL)
    assert len(page.context["cl"].result_list) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_a_window_costs_the_same_however_many_rules_it_has(cast, log_in, rows, django_assert_num_queries):
    window = make_window()
    for number in range(rows):
        make_rule(window, f"rule {number}")
        Handover.objects.create(pledge=make_pledge(cast.ngo), stakeholder=cast.partner_ngo, window=window)
    client = log_in(cast.superuser)
    client.get(f"{URL}{window.pk}/change/")
    with django_assert_num_queries(12):
        client.get(f"{URL}{window.pk}/change/")


def test_the_list_says_what_is_open_and_how_many_answered(cast, log_in):
    make_window(date(2021, 5, 1), date(2021, 6, 30))
    window = make_window()
    make_update(cast.pledge, "submitted", at=OPENING)
    make_pledge(cast.other)
    rows = log_in(cast.reviewer).get(URL).context["cl"].result_list
    assert [(row.opens_on, row.is_open_now, row.coverage_now) for row in rows] == [
        (window.opens_on, True, (1, 2)),
        (date(2021, 5, 1), False, (0, 2)),
    ]


def test_an_editor_makes_a_window_with_a_rule(cast, log_in):
    page = log_in(cast.editor).post(f"{URL}add/", fields(rule()), follow=True)
    assert errors(page) == ""
    made = ReminderRule.objects.get()
    assert (made.name, made.moment, made.created_at) == ("opening", OPENING, AT)
    assert made.window.activated_at is None


def test_days_of_the_roadmap_that_differ_are_said(cast, log_in):
    event = make_event(
        kind="pledge-update-window", precision="month", starts_on=date(2021, 10, 1), ends_before=date(2021, 12, 1)
    )
    page = log_in(cast.editor).post(f"{URL}add/", fields(event=event.pk), follow=True)
    assert "The roadmap shows other days than this window. Correct one of them." in messages(page)


@pytest.mark.parametrize(
    ("window", "row", "sentence"),
    [
        ({"closes_on": "2021-09-30"}, {}, "A window cannot close before it opens."),
        ({"occasions": []}, {}, "This field is required."),
        ({"opens_on": "9999-99-99"}, {}, "Enter a valid date."),
        ({}, {"offset_days": 40}, "This day does not lie in the window."),
        ({}, {"anchor": "closes", "offset_days": 31}, "This day does not lie in the window."),
        ({}, {"offset_days": "99999"}, "This day does not lie in the window."),
        ({"opens_on": "0001-01-01"}, {}, "Check the year."),
        ({"closes_on": "9999-12-31"}, {"offset_days": 32767}, "Check the year."),
        ({}, {"name": "\x07"}, "This field cannot be blank."),
        ({"opens_on": "2021-03-28"}, {"at_time": "02:30"}, "pass over 02:30"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(cast, log_in, window, row, sentence):
    page = log_in(cast.editor).post(f"{URL}add/", fields(rule(**row), **window))
    assert page.status_code == 200
    assert re.search(sentence, errors(page))
    assert UpdateWindow.objects.count() == 0


def test_a_window_that_overlaps_another_is_refused(cast, log_in):
    make_window()
    page = log_in(cast.editor).post(f"{URL}add/", fields(opens_on="2021-10-31", closes_on="2021-11-30"))
    assert "This window overlaps another one of the same cycle." in errors(page)


def test_a_row_of_another_roadmap_is_refused(cast, log_in):
    event = make_event(get_cycle("grf-2023"), kind="pledge-update-window")
    page = log_in(cast.editor).post(f"{URL}add/", fields(event=event.pk))
    assert "belongs to the roadmap of another cycle" in errors(page)


def test_a_rule_that_is_moved_does_not_look_back(cast, log_in):
    window = make_window()
    old = make_rule(window)
    row = rule(id=old.pk, window=window.pk, offset_days=18)
    log_in(cast.editor).post(f"{URL}{window.pk}/change/", fields(row, initial=(1, 0)))
    old.refresh_from_db()
    assert (old.offset_days, old.created_at) == (18, AT)


def test_a_rule_that_only_gets_another_name_keeps_its_past(cast, log_in):
    window = make_window()
    old = make_rule(window)
    row = rule(id=old.pk, window=window.pk, name="the opening")
    log_in(cast.editor).post(f"{URL}{window.pk}/change/", fields(row, initial=(1, 0)))
    old.refresh_from_db()
    assert (old.name, old.created_at) == ("the opening", datetime(2020, 1, 1, tzinfo=UTC))


def test_a_rule_with_reminders_is_not_deleted(cast, log_in):
    window = make_window()
    old = make_rule(window)
    reminder_plan.plan(at=OPENING)
    row = rule(id=old.pk, window=window.pk, DELETE="on")
    page = log_in(cast.superuser).post(f"{URL}{window.pk}/change/", fields(row, initial=(1, 0)))
    assert page.status_code == 200
    assert "protected related objects" in page.content.decode()
    assert ReminderRule.objects.filter(pk=old.pk).exists()


@pytest.mark.parametrize(
    ("path", "facts"),
    [("{pk}/delete/", {"post": "yes"}), ("", {"action": "delete_selected", "post": "yes"})],
    ids=["on its page", "in the list"],
)
def test_a_window_that_is_deleted_takes_its_pause_along(cast, log_in, path, facts):
    window, other = make_window(), make_window(date(2021, 5, 1), date(2021, 6, 30))
    for one in (window, other):
        pauses.pause(at=AT, actor=cast.editor, reason="A typo.", of=one.campaign)
    log_in(cast.superuser).post(URL + path.format(pk=window.pk), facts | {"_selected_action": [window.pk]})
    assert list(UpdateWindow.objects.all()) == [other]
    assert (pauses.paused(window.campaign), pauses.paused(other.campaign).reason) == (None, "A typo.")
    assert HistoryEntry.objects.filter(verb="campaign released").get().actor == cast.superuser


def test_switching_on_and_off(cast, log_in):
    window = make_window(activated_at=None)
    client = log_in(cast.editor)
    seen = []
    for action in ("switch_on", "switch_on", "switch_off"):
        page = client.post(URL, {"action": action, "_selected_action": [window.pk]}, follow=True)
        window.refresh_from_db()
        seen.append((messages(page), window.activated_at))
    assert seen == [
        (["Done for 1 of the chosen windows."], AT),
        (["Done for 0 of the chosen windows."], AT),
        (["Done for 1 of the chosen windows."], None),
    ]


def test_a_reviewer_reads_only(cast, log_in):
    window = make_window(activated_at=None)
    client = log_in(cast.reviewer)
    assert client.post(f"{URL}{window.pk}/change/", fields()).status_code == 403
    assert client.get(f"{URL}add/").status_code == 403
    client.post(URL, {"action": "switch_on", "_selected_action": [window.pk]})
    window.refresh_from_db()
    assert window.activated_at is None


def test_a_report_is_handed_over_by_its_reference_and_to_a_party_only(cast, log_in):
    window = make_window()
    client, url = log_in(cast.editor), f"{URL}{window.pk}/change/"

    def hand_over(reference, stakeholder):
        return client.post(url, fields(handovers=[{"pledge": reference, "stakeholder": stakeholder.pk}]))

    assert "is no party of this pledge" in errors(hand_over(cast.pledge.reference, cast.other))
    assert "Select a valid choice" in errors(hand_over("TST-999999", cast.partner_ngo))
    assert "Null characters are not allowed" in errors(hand_over("x\x00", cast.partner_ngo))
    assert hand_over(cast.pledge.reference, cast.partner_ngo).status_code == 302
    assert Handover.objects.get().stakeholder == cast.partner_ngo
    assert cast.pledge.reference in client.get(url).content.decode()


def test_a_window_says_its_times_with_their_zone_and_days_before_months(cast, log_in):
    window = make_window(activated_at=datetime(2020, 12, 31, 23, tzinfo=UTC))
    client = log_in(cast.editor)
    assert "31 December 2020, 23:00 UTC" in client.get(f"{URL}{window.pk}/change/").content.decode()
    assert "1 October 2021 – 31 October 2021" in client.get(URL).content.decode()


# Who gets what.


def people(client, window, **query):
    return client.get(f"{URL}{window.pk}/people/", query)


def listed(page):
    return {case.address: str(case.why) for case in page.context["page"]}


def test_it_says_who_will_get_the_next_reminder_and_who_will_not(cast, log_in):
    window = make_window()
    make_usual_rules(window)
    make_member(cast.ngo, email="stopped@example.org", reminders_stopped_at=AT)
    page = people(log_in(cast.editor), window)
    assert page.context["seen"].rule.name == "three days left"
    assert listed(page) == {
        "focal@example.org": "mail",
        "colleague@example.org": "mail",
        "stopped@example.org": "stopped",
    }
    assert page.context["seen"].counts == [("gets a mail", 2), ("asked for no more reminders", 1)]


def test_what_it_says_is_what_is_planned_then(cast, log_in):
    window = make_window()
    make_usual_rules(window)
    page = people(log_in(cast.editor), window, rule=window.rules.get(name="last day").pk)
    promised = {address for address, why in listed(page).items() if why == "mail"}
    reminder_plan.plan(at=datetime(2021, 10, 31, 8, tzinfo=UTC))
    assert {row.address for row in Reminder.objects.all()} == promised


def test_a_rule_that_is_over_points_to_its_reminders(cast, log_in):
    window = make_window()
    make_usual_rules(window)
    text = people(log_in(cast.editor), window, rule=window.rules.get(name="opening").pk).content.decode()
    assert "It is over." in text


def test_a_rule_that_says_nothing_says_why(cast, log_in):
    window = make_window(activated_at=None)
    silent = make_rule(window)
    text = people(log_in(cast.editor), window, rule=silent.pk).content.decode()
    assert "the reminders of this window are switched off" in text
    assert "it has no rule, or its reminders are switched off" in people(log_in(cast.editor), window).content.decode()


@pytest.mark.parametrize("query", [{"rule": "x"}, {"rule": "0"}, {"page": "9" * 30}, {"page": "-1"}, {"rule": "\x00"}])
def test_bad_query_strings_fall_back_to_the_next_rule(cast, log_in, query):
    window = make_window()
    make_usual_rules(window)
    page = people(log_in(cast.editor), window, **query)
    assert (page.status_code, page.context["seen"].rule.name) == (200, "three days left")


def test_looking_writes_nothing(cast, log_in, mailoutbox):
    window = make_window()
    make_usual_rules(window)
    people(log_in(cast.editor), window)
    outbox.drain_all(at=AT + timedelta(days=9))
    assert (Reminder.objects.count(), mailoutbox) == (0, [])


def test_who_may_look(cast, log_in, client):
    window = make_window()
    assert people(client, window).status_code == 302
    assert people(log_in(cast.focal_point), window).status_code == 403
    assert people(log_in(cast.reviewer), window).status_code == 200
    assert log_in(cast.editor).get(f"{URL}999999/people/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_looking_costs_the_same_for_one_and_many(cast, log_in, count, django_assert_num_queries):
    window = make_window()
    make_usual_rules(window)
    for _number in range(count):
        stakeholder = make_stakeholder()
        make_member(stakeholder)
        make_pledge(stakeholder)
    client = log_in(cast.superuser)
    with django_assert_num_queries(16):
        assert len(people(client, window).context["page"].object_list) == count + 2


# Reminders.


@pytest.mark.parametrize("days", [1, 17])
def test_reminders_are_read_with_the_fate_of_their_mail(cast, log_in, days, django_assert_num_queries, mailoutbox):
    make_usual_rules(make_window())
    for day in range(1, days + 1, 16):
        at = datetime(2021, 10, day, 9, tzinfo=ZoneInfo("Europe/Zurich"))
        reminder_plan.plan(at=at)
        outbox.drain_all(at=at)
    client = log_in(cast.superuser)
    client.get("/admin/pledges/reminder/")
    with django_assert_num_queries(9):
        page = client.get("/admin/pledges/reminder/")
    assert {row.mail.state for row in page.context["cl"].result_list} == {"sent"}
    assert len(page.context["cl"].result_list) == Reminder.objects.count()
    said = page.content.decode()
    assert 'opening<span class="queue-day">High-Level Officials Meeting 2021: 2021-10-01 – 2021-10-31</span>' in said
    assert 'sent<span class="queue-day"></span>' in said
    assert "By rule" in said


def test_a_reminder_without_a_mail_says_why(cast, log_in):
    window = make_window()
    for name in ("opening", "beside"):
        make_rule(window, name)
    reminder_plan.plan(at=OPENING)
    page = log_in(cast.superuser).get("/admin/pledges/reminder/?outcome__exact=superseded").content.decode()
    assert 'a later reminder was due as well<span class="queue-day">' in page


def test_a_reminder_cannot_be_changed_by_anyone(cast, log_in):
    make_usual_rules(make_window())
    reminder_plan.plan(at=OPENING)
    reminder = Reminder.objects.first()
    client, url = log_in(cast.superuser), f"/admin/pledges/reminder/{reminder.pk}/"
    assert client.get(f"{url}change/").status_code == 200
    assert client.post(f"{url}change/", {"address": "x@example.org"}).status_code == 403
    assert client.post(f"{url}delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/pledges/reminder/add/").status_code == 403
