"""The form of an update: saving, submitting, and everything that can be wrong with it."""

from datetime import UTC, datetime

import pytest
import time_machine

from foundation.models import OutgoingMail
from pledges.models import ProgressUpdate, UpdateRound
from pledges.tests.factories import make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _october():
    with time_machine.travel(AT, tick=False):
        yield


def url(pledge):
    return f"/my/pledges/{pledge.reference}/update/"


def typed(revision=0, action="save", **fields):
    return {
        "revision": revision,
        "action": action,
        "stage": "in-progress",
        "narrative": "Four schools\r\nare open.",
        "language": "en",
        **fields,
    }


def test_the_public_is_sent_to_the_login(client, cast):
    response = client.get(url(cast.pledge))
    assert (response.status_code, response["Location"]) == (302, f"/login/?next={url(cast.pledge)}")


@pytest.mark.parametrize("who", ["stranger", "editor", "reviewer", "superuser"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_others_find_nothing(cast, log_in, who, method):
    make_update(cast.pledge, "draft", narrative="secret")
    response = getattr(log_in(getattr(cast, who)), method)(url(cast.pledge), typed())
    assert response.status_code == 404
    assert b"secret" not in response.content
    assert ProgressUpdate.objects.get().narrative == "secret"


def test_other_methods_are_refused(cast, log_in):
    assert log_in(cast.focal_point).put(url(cast.pledge)).status_code == 405


@pytest.mark.parametrize("who", ["focal_point", "contributor"])
def test_writers_get_the_form(cast, log_in, who):
    html = log_in(getattr(cast, who)).get(url(cast.pledge)).content.decode()
    assert "Published after review. Please write no data about refugees or other persons." in html
    assert ("Submit for review" in html) is (who == "focal_point")
    assert not ProgressUpdate.objects.exists()


@pytest.mark.parametrize("who", ["reader", "partner"])
def test_readers_and_partners_read(cast, log_in, who):
    make_update(cast.pledge, "draft", narrative="A draft that they share")
    client = log_in(getattr(cast, who))
    html = client.get(url(cast.pledge)).content.decode()
    assert "A draft that they share" in html
    assert "<textarea" not in html
    response = client.post(url(cast.pledge), typed(narrative="Let me"))
    assert response.status_code == 403
    assert "Let me" in response.content.decode()
    assert ProgressUpdate.objects.get().narrative == "A draft that they share"


def test_the_last_published_values_stand_beside_the_fields(cast, log_in):
    make_update(cast.pledge, narrative="L’an dernier", language="fr", links=["https://example.org/a"])
    html = log_in(cast.focal_point).get(url(cast.pledge)).content.decode()
    assert '<div lang="fr" dir="auto">L’an dernier</div>' in html
    assert "<div>https://example.org/a</div>" in html
    assert '<option value="fr" selected>Français</option>' in html


def test_a_draft_is_saved_and_found_again(cast, log_in):
    client = log_in(cast.focal_point)
    sent = typed(
        result_label_2="Schools", result_value_2="1 250.50", result_unit_2="CHF", links=" https://e.org/x \n\n"
    )
    response = client.post(url(cast.pledge), sent, follow=True)
    update = ProgressUpdate.objects.get()
    assert response.redirect_chain == [(url(cast.pledge), 302)]
    assert "The draft was saved, 20 October 2021, 10:00 (Europe/Zurich)." in response.content.decode()
    assert (update.narrative, update.stage, update.saved_by) == (
        "Four schools\nare open.",
        "in-progress",
        cast.focal_point,
    )
    assert update.results == [{"label": "Schools", "value": "1250.50", "unit": "CHF"}]
    assert update.links == ["https://e.org/x"]
    assert 'value="1250.50"' in response.content.decode()


def test_an_empty_draft_may_be_saved(cast, log_in):
    response = log_in(cast.contributor).post(url(cast.pledge), {"revision": 0})
    assert response.status_code == 302
    assert (ProgressUpdate.objects.get().stage, ProgressUpdate.objects.get().language) == ("", "en")


def test_submitting_leads_to_the_receipt(cast, log_in, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = log_in(cast.focal_point).post(url(cast.pledge), typed(action="submit"))
    row = UpdateRound.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/my/receipts/{row.uuid}/")
    assert [mail.to for mail in mailoutbox] == [["focal@example.org"]]


def test_the_same_click_again_leads_to_the_same_receipt(cast, log_in):
    client = log_in(cast.focal_point)
    places = {client.post(url(cast.pledge), typed(action="submit"))["Location"] for _click in range(3)}
    assert places == {f"/my/receipts/{UpdateRound.objects.get().uuid}/"}
    assert OutgoingMail.objects.count() == 1


def test_a_contributor_is_told_who_submits_and_keeps_the_text(cast, log_in):
    response = log_in(cast.contributor).post(url(cast.pledge), typed(action="submit"))
    assert response.status_code == 403
    assert "A focal point of Example Relief submits" in response.content.decode()
    assert "Four schools" in response.content.decode()
    assert not ProgressUpdate.objects.exists()


def test_submitting_asks_kindly_for_what_is_missing(cast, log_in):
    sent = typed(action="submit", stage="", narrative=" ", result_label_1="Schools")
    response = log_in(cast.focal_point).post(url(cast.pledge), sent)
    html = response.content.decode()
    assert response.status_code == 422
    assert [label for _place, label, _sentence in response.context["form"].problems()] == [
        "Stage",
        "What has happened",
        "Result 1: number",
    ]
    assert "3 things need another look" in html
    assert '<a href="#id_stage_0">Stage</a>: Please choose the stage' in html
    assert '<a href="#id_narrative">What has happened</a>: Please say in a few words' in html
    assert '<a href="#id_result_value_1">Result 1: number</a>: Please give the number' in html
    assert not ProgressUpdate.objects.exists()


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("narrative", "x" * 4001, "This has 4001 characters, 1 more than the 4000 there is room for. Nothing was cut."),
        ("narrative", "a null \x00 here", "invisible control character (U+0000) after “a null”"),
        ("challenges", "bell\x07", "It is shown as ␇ now"),
        ("stage", "nearly-done", "“nearly-done” is not on the list."),
        ("scope_change", "\x00", "is not on the list."),
        ("language", "xx", "“xx” is not on the list."),
        ("result_value_1", "1,5", "Write digits and at most one point"),
        ("result_value_1", "1e9", "Write digits and at most one point"),
        ("result_label_5", "x" * 121, "1 more than the 120"),
        ("links", "javascript:alert(1)", "is not a full web address"),
        ("links", "\n".join(f"https://e.org/{n}" for n in range(11)), "At most 10 links, please; these are 11."),
        ("links", "https://e.org/" + "x" * 500, "more than the 500"),
        ("revision", "", "A part of the form got lost"),
        ("revision", "-1", "greater than or equal to 0"),
        ("revision", "9" * 30, "less than or equal to"),
        ("revision", "1; DROP", "A part of the form got lost"),
    ],
)
def test_bad_input_is_named_and_kept(cast, log_in, field, text, sentence):
    response = log_in(cast.focal_point).post(url(cast.pledge), typed(**{"narrative": "My text", field: text}))
    html = response.content.decode()
    assert response.status_code == 422
    assert sentence in html
    assert ("My text" in html) is (field != "narrative")
    assert "\x00" not in html
    assert not ProgressUpdate.objects.exists()


def test_line_ends_count_once(cast, log_in):
    log_in(cast.focal_point).post(url(cast.pledge), typed(narrative="x\r\n" * 1999 + "xx"))
    assert len(ProgressUpdate.objects.get().narrative) == 4000


def test_text_from_people_is_escaped(cast, log_in):
    client = log_in(cast.focal_point)
    client.post(url(cast.pledge), typed(narrative="</textarea><script>alert(1)</script>"))
    assert b"<script>alert" not in client.get(url(cast.pledge)).content


def test_a_returned_update_shows_the_comment_and_is_submitted_again(cast, log_in):
    make_update(cast.pledge, "returned", narrative="Some schools")
    client = log_in(cast.focal_point)
    html = client.get(url(cast.pledge)).content.decode()
    assert "Please say how many." in html
    assert "Some schools" in html
    client.post(url(cast.pledge), typed(action="submit"))
    assert [row.number for row in UpdateRound.objects.order_by("number")] == [1, 2]


def test_while_it_waits_it_is_read_only(cast, log_in):
    make_update(cast.pledge, "submitted", at=AT, narrative="With the reviewers")
    client = log_in(cast.focal_point)
    html = client.get(url(cast.pledge)).content.decode()
    assert "since 20 October 2021, 10:00 (Europe/Zurich)" in html
    assert "With the reviewers" in html
    assert "<textarea" not in html


@pytest.mark.parametrize("count", [1, 3])
def test_the_form_costs_the_same_after_one_and_many_updates(cast, log_in, django_assert_num_queries, count):
    client = log_in(cast.focal_point)
    for month in range(1, count + 1):
        make_update(cast.pledge, at=datetime(2021, month, 1, tzinfo=UTC))
    with django_assert_num_queries(16):
        client.get(url(cast.pledge))


def test_what_is_fulfilled_shows_something_or_says_why_not(cast, log_in):
    client = log_in(cast.focal_point)
    done = typed(action="submit", stage="fulfilled")

    bare = client.post(url(cast.pledge), done)
    draft = client.post(url(cast.pledge), done | {"action": "save"})
    told = client.post(url(cast.pledge), done | {"revision": 1, "no_evidence_reason": "The school has no website."})

    assert bare.status_code == 422
    sentence = "Please give a link or attach a file that shows the result, or say why there is none."
    assert sentence in bare.content.decode()
    assert draft.status_code == 302
    assert (told.status_code, UpdateRound.objects.get().content["no_evidence_reason"]) == (
        302,
        "The school has no website.",
    )


def test_a_link_is_enough_for_what_is_fulfilled(cast, log_in):
    response = log_in(cast.focal_point).post(
        url(cast.pledge), typed(action="submit", stage="fulfilled", links="https://example.org/school")
    )

    assert (response.status_code, UpdateRound.objects.get().content["links"]) == (302, ["https://example.org/school"])


def test_how_refugees_took_part_and_when_a_number_was_reached_are_kept_and_shown_again(cast, log_in):
    client = log_in(cast.focal_point)
    result = {"result_label_1": "Schools", "result_value_1": "4", "result_reached_on_1": "2021-09-30"}

    client.post(url(cast.pledge), typed(refugees_involved="Two committees.", **result))
    html = client.get(url(cast.pledge)).content.decode()

    update = ProgressUpdate.objects.get()
    assert update.refugees_involved == "Two committees."
    assert update.results == [{"label": "Schools", "value": "4", "unit": "", "reached_on": "2021-09-30"}]
    assert ("Two committees.</textarea>" in html, 'value="2021-09-30"' in html) == (True, True)


@pytest.mark.parametrize("day", ["30.9.2021", "2021-13-01", "soon"])
def test_a_day_that_cannot_be_read_is_named(cast, log_in, day):
    response = log_in(cast.focal_point).post(
        url(cast.pledge), typed(result_label_1="Schools", result_value_1="4", result_reached_on_1=day)
    )

    assert response.status_code == 422
    assert "Write the day as year-month-day, for example 2021-10-31." in response.content.decode()
    assert f'value="{day}"' in response.content.decode()


def test_a_field_that_was_published_last_is_taken_over_and_nothing_is_saved(cast, log_in):
    results = [{"label": "Schools", "value": "12", "unit": "schools"}]
    make_update(cast.pledge, narrative="As last year", challenges="Rain", results=results)
    client = log_in(cast.focal_point)

    page = client.get(url(cast.pledge)).content.decode()
    narrative = client.post(url(cast.pledge), typed(take="narrative", challenges="Typed now")).content.decode()
    numbers = client.post(url(cast.pledge), typed(take="results", result_label_2="Other")).content.decode()

    assert 'name="take" value="narrative"' in page
    # "Enter" presses the first button, which saves.
    assert page.index('name="action" value="save"') < page.index('name="take"')
    assert ("As last year</textarea>" in narrative, "Typed now</textarea>" in narrative) == (True, True)
    assert "data-autosave-unsaved" in narrative
    assert ('value="12"' in numbers, 'value="Other"' in numbers) == (True, False)
    assert not ProgressUpdate.objects.open().exists()


@pytest.mark.parametrize("name", ["nothing", "", "revision"])
def test_what_is_no_field_is_not_taken_over(cast, log_in, name):
    make_update(cast.pledge, narrative="As last year")

    response = log_in(cast.focal_point).post(url(cast.pledge), typed(take=name, narrative="As typed"))

    assert (response.status_code, "As typed</textarea>" in response.content.decode()) == (200, True)


@pytest.mark.parametrize("who", ["reader", "partner"])
def test_who_only_reads_takes_nothing_over(cast, log_in, who):
    make_update(cast.pledge, narrative="As last year")

    assert log_in(getattr(cast, who)).post(url(cast.pledge), typed(take="narrative")).status_code == 403
