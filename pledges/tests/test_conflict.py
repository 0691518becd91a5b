"""Two tabs, two colleagues, ended sessions and old tokens: nothing typed is lost."""

import pytest
from django.test import Client

from pledges import review, workflow
from pledges.content import empty_content
from pledges.models import ProgressUpdate
from pledges.tests.test_update import AT, typed, url

pytestmark = pytest.mark.django_db


def save(client, pledge, revision, narrative, **fields):
    return client.post(url(pledge), typed(revision, narrative=narrative, **fields))


@pytest.fixture
def beaten(cast, log_in):
    """The client of a colleague whose draft came second, and the page that it got."""
    save(log_in(cast.focal_point), cast.pledge, 0, "First text", challenges="First challenge")
    client = log_in(cast.colleague)
    return client, save(client, cast.pledge, 0, "Second text", challenges="Second challenge")


def test_the_loser_sees_both_texts_field_by_field(cast, beaten):
    _client, response = beaten
    html = response.content.decode()
    assert response.status_code == 409
    assert "focal@example.org saved this update while you were writing" in html
    assert [pair.new.name for pair, _inputs in response.context["differing"]] == ["narrative", "challenges"]
    for text in ("First text", "Second text", "First challenge", "Second challenge"):
        assert text in html
    assert '<input type="hidden" name="stage" value="in-progress"' in html
    assert ProgressUpdate.objects.get().narrative == "First text"


def test_each_field_can_be_chosen_or_edited(cast, beaten):
    client, _response = beaten
    picked = {"pick_narrative": "mine", "pick_challenges": "theirs", "challenges": "Second challenge"}
    response = save(client, cast.pledge, 1, "Second text, edited", **picked)
    assert response.status_code == 302
    update = ProgressUpdate.objects.get()
    assert (update.narrative, update.challenges, update.revision) == ("Second text, edited", "First challenge", 2)


def test_results_and_links_can_be_chosen_as_a_whole(cast, log_in):
    theirs = {"result_label_1": "Schools", "result_value_1": "4", "links": "https://example.org/theirs"}
    save(log_in(cast.focal_point), cast.pledge, 0, "Same", **theirs)
    client = log_in(cast.colleague)
    mine = {"result_label_1": "Homes", "result_value_1": "7", "result_label_2": "Wells", "links": "https://e.org/mine"}
    html = save(client, cast.pledge, 0, "Same", **mine).content.decode()
    assert "Schools: 4" in html
    save(client, cast.pledge, 1, "Same", **mine, pick_results="theirs", pick_links="theirs")
    update = ProgressUpdate.objects.get()
    assert update.results == [{"label": "Schools", "value": "4", "unit": ""}]
    assert update.links == ["https://example.org/theirs"]


def test_who_is_beaten_again_sees_the_newest_text(cast, log_in, beaten):
    client, _response = beaten
    save(log_in(cast.focal_point), cast.pledge, 1, "Third text")
    response = save(client, cast.pledge, 1, "Second text", pick_narrative="theirs")
    assert response.status_code == 409
    assert "Third text" in response.content.decode()
    assert "Second text" in response.content.decode()


def test_two_tabs_of_one_person_are_named_so(cast, log_in):
    client = log_in(cast.focal_point)
    save(client, cast.pledge, 0, "One tab")
    html = save(client, cast.pledge, 0, "Other tab").content.decode()
    assert "You saved this update in another tab or window" in html


def test_after_a_colleague_submitted_the_text_can_only_be_copied(cast, log_in):
    log_in(cast.focal_point).post(url(cast.pledge), typed(action="submit"))
    html = save(log_in(cast.colleague), cast.pledge, 0, "Too late").content.decode()
    assert "focal@example.org submitted this update for review" in html
    assert "Too late" in html
    assert "csrfmiddlewaretoken" not in html.partition("<main")[2]


def test_after_the_publication_the_text_becomes_a_new_draft(cast, log_in):
    row = workflow.submit(
        at=AT,
        actor=cast.focal_point,
        pledge=cast.pledge,
        stakeholder=cast.ngo,
        revision=0,
        fields=empty_content(stage="planning", narrative="Published text"),
    )
    review.accept(at=AT, actor=cast.reviewer, update=row.update, number=1)
    client = log_in(cast.colleague)
    html = save(client, cast.pledge, 0, "Newer text").content.decode()
    assert "was published meanwhile" in html
    assert "Published text" in html
    assert save(client, cast.pledge, 1, "Newer text").status_code == 302
    assert ProgressUpdate.objects.get(state="draft").narrative == "Newer text"


def test_a_logged_out_person_gets_the_text_back_and_the_portal_keeps_none(client, cast):
    response = save(client, cast.pledge, 0, "Typed <b>for</b> an hour")
    html = response.content.decode()
    assert response.status_code == 403
    assert "Your text is still here" in html
    assert "Typed &lt;b&gt;for&lt;/b&gt; an hour" in html
    assert '<input type="hidden" name="stage" value="in-progress">' in html
    assert cast.pledge.current.title not in html
    assert not ProgressUpdate.objects.exists()


def test_the_same_page_for_pledges_that_do_not_exist(client, db):
    assert client.post("/my/pledges/XYZ-1/update/", typed()).status_code == 403


def with_old_token(log_in, user, pledge, **headers):
    logged_in = log_in(user)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = logged_in.cookies
    return strict.post(url(pledge), typed(narrative="Sent again"), headers=headers)


def test_an_old_token_brings_the_form_with_the_text(cast, log_in):
    response = with_old_token(log_in, cast.focal_point, cast.pledge, origin="http://testserver")
    html = response.content.decode()
    assert response.status_code == 403
    assert "Press the button once more." in html
    assert "Sent again" in html
    assert 'name="csrfmiddlewaretoken"' in html
    assert not ProgressUpdate.objects.exists()


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {}])
def test_other_sites_cannot_fill_the_form(cast, log_in, headers):
    html = with_old_token(log_in, cast.focal_point, cast.pledge, **headers).content.decode()
    assert "Please send the form again" in html
    assert "Sent again" not in html


def test_an_old_token_shows_strangers_nothing(cast, log_in):
    response = with_old_token(log_in, cast.stranger, cast.pledge, origin="http://testserver")
    assert response.status_code == 403
    assert cast.pledge.current.title not in response.content.decode()
