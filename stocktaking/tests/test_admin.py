"""Findings in the administration."""

from datetime import UTC, datetime

import pytest

from events.tests.factories import make_event
from foundation import history
from pledges.models import Theme
from stocktaking.models import Finding
from stocktaking.tests.factories import LONG_AGO, make_finding

URL = "/admin/stocktaking/finding/"
AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(AT, tick=False)


def fields(**changes):
    theme = Theme.objects.get(slug="education").pk
    return {"kind": "progress", "theme": theme, "text": "Schools opened.", "language": "en"} | changes


def act(client, action, *findings):
    return client.post(URL, {"action": action, "_selected_action": [row.pk for row in findings]}, follow=True)


def messages(page):
    return [str(message) for message in page.context["messages"]]


def test_saving_does_not_publish(cast, log_in):
    log_in(cast.editor).post(f"{URL}add/", fields(is_sample="on", published_at_0="2021-01-01", published_at_1="00:00"))
    finding = Finding.objects.get()
    assert (finding.text, finding.published_at, finding.is_sample) == ("Schools opened.", None, False)
    assert [(entry.verb, entry.actor) for entry in history.of(finding)] == [("finding.added", cast.editor)]


@pytest.mark.parametrize("text", ["\u200b", "\u200f\u2069\n"])
def test_a_text_that_shows_nothing_is_refused(cast, log_in, text):
    assert log_in(cast.editor).post(f"{URL}add/", fields(text=text)).status_code == 200
    assert not Finding.objects.exists()


def test_a_finding_is_about_pledges_and_an_event(cast, log_in):
    event = make_event()
    log_in(cast.reviewer).post(f"{URL}add/", fields(event=event.pk, pledges=[cast.pledge.pk]))
    finding = Finding.objects.get()
    assert (finding.event, list(finding.pledges.all())) == (event, [cast.pledge])


def test_a_change_is_written_down_once(cast, log_in):
    finding = make_finding()
    client = log_in(cast.editor)
    for _time in range(2):
        client.post(f"{URL}{finding.pk}/change/", fields(text="Two schools."))
    finding.refresh_from_db()
    assert (finding.text, finding.published_at) == ("Two schools.", LONG_AGO)
    assert [entry.changes for entry in history.of(finding)] == [{"fields": ["text"]}]


def test_a_text_is_cleaned(cast, log_in):
    log_in(cast.editor).post(f"{URL}add/", fields(text="Two\r\nlines\x0b"))
    assert Finding.objects.get().text == "Two\nlines"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": ""}, "This field is required."),
        ({"text": "x" * 4001}, "Please use at most 4000 characters; there are 4001."),
        ({"text": "a\x00b"}, "Null characters are not allowed."),
        ({"kind": "rumour"}, "Select a valid choice."),
        ({"theme": "0"}, "Select a valid choice."),
        ({"pledges": ["999999"]}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(cast, log_in, changes, sentence):
    page = log_in(cast.editor).post(f"{URL}add/", fields(**changes))
    assert sentence in page.content.decode()
    assert Finding.objects.count() == 0


def test_publishing_and_withdrawing(cast, log_in, client):
    first, second = make_finding("First finding", published=False), make_finding("Second finding")
    staff = log_in(cast.editor)
    assert messages(act(staff, "publish", first, second)) == ["1 finding became public."]
    assert "First finding" in client.get("/stocktaking/").content.decode()
    assert messages(act(staff, "withdraw", first, second)) == ["2 findings were withdrawn."]
    assert "finding</p>" not in client.get("/stocktaking/").content.decode()
    assert [entry.verb for entry in history.of(first)] == ["finding.withdrawn", "finding.published"]


def test_a_public_finding_is_not_deleted(cast, log_in):
    public, private = make_finding(), make_finding(published=False)
    client = log_in(cast.superuser)
    assert client.post(f"{URL}{public.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.post(f"{URL}{private.pk}/delete/", {"post": "yes"}).status_code == 302
    assert list(Finding.objects.all()) == [public]


def test_who_is_not_staff_stays_out(cast, log_in, client):
    assert client.get(URL).status_code == 302
    assert log_in(cast.focal_point).get(URL).status_code == 403


def test_filters_and_search(cast, log_in):
    public, private = make_finding("Wells were dug"), make_finding("Schools were built", published=False)
    client = log_in(cast.reviewer)

    def rows(**query):
        return set(client.get(URL, query).context["cl"].result_list)

    assert rows(public="yes") == {public}
    assert rows(public="no") == {private}
    assert rows(public="x") == {public, private}
    assert rows(q="schools") == {private}


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_many(cast, log_in, count, django_assert_num_queries):
    for _number in range(count):
        make_finding(event=make_event())
    client = log_in(cast.superuser)
    client.get(URL)
    with django_assert_num_queries(8):
        client.get(URL)
