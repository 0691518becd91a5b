"""/pledges/: search, filters, order, pages, figures; and what must never be on it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.tests.factories import make_member, make_stakeholder
from events.tests.factories import get_cycle
from pledges.models import Confirmation, ContributionType, Pledge, PledgeParty, Theme
from pledges.tests.factories import make_pledge, make_update
from pledges.words import keep_words

pytestmark = pytest.mark.django_db
SECRET = "zanzibar"


def titles(client, query=""):
    response = client.get(f"/pledges/{query}")
    assert response.status_code == 200
    return [pledge.current.title for pledge in response.context["page"]]


def page(client, query=""):
    response = client.get(f"/pledges/{query}")
    assert response.status_code == 200
    return response.content.decode()


def make(title, **fields):
    lead = fields.pop("lead", None) or make_stakeholder()
    return make_pledge(lead, title=title, **fields)


def test_published_pledges_are_listed_by_reference(client):
    make("First")
    make("Hidden", published=False)
    make("Second")
    assert titles(client) == ["First", "Second"]


def test_a_pledge_that_will_be_published_later_is_not_there_yet(client):
    Pledge.objects.filter(pk=make("Later").pk).update(published_at=timezone.now() + timedelta(days=1))
    assert titles(client) == []
    assert "No pledge has been published yet." in page(client)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_for_reading(client, method):
    assert getattr(client, method)("/pledges/").status_code == 405
    assert client.head("/pledges/").status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("schools", ["Schools for girls", "Schools for boys"]),
        ("SCHOOLS girls", ["Schools for girls"]),
        ("schools red", ["Schools for girls"]),
        ("écoles", ["Des ÉCOLES"]),
        ("Ecole", ["Des ÉCOLES"]),
        ("solar", ["Schools for boys"]),
        ("118 actors", ["Schools for boys"]),
        ("schools tents", []),
        ("100%", []),
        ("_", []),
    ],
)
def test_search_needs_every_word_somewhere(client, query, found):
    make("Schools for girls", lead=make_stakeholder("Red Fund"))
    pledge = make("Schools for boys", description="With solar panels.")
    PledgeParty.objects.create(version=pledge.current, label="118 actors", role="partner")
    keep_words(Pledge.objects.all())
    make("Des ÉCOLES", language="fr")
    response = client.get("/pledges/", {"q": query})
    assert [pledge.current.title for pledge in response.context["page"]] == found


def test_search_finds_the_reference(client):
    pledge = make("One")
    make("Two")
    assert titles(client, f"?q={pledge.reference.lower()}") == ["One"]


def test_search_looks_at_what_is_true_now(client):
    pledge = make("Ancient words")
    pledge.current.__class__.objects.update(valid_until=timezone.now())
    version = pledge.versions.create(number=2, valid_from=timezone.now(), title="New title")
    PledgeParty.objects.create(version=version, stakeholder=make_stakeholder(), role="lead")
    keep_words(Pledge.objects.all())
    assert (titles(client, "?q=ancient"), titles(client, "?q=new")) == ([], ["New title"])


@pytest.mark.parametrize(
    ("stage", "found"),
    [("planning", ["Plan"]), ("in-progress", ["Go"]), ("fulfilled", ["Done"]), ("none", ["Draft", "Nothing"])],
)
def test_stages_filter(client, stage, found):
    for title, value in (("Plan", "planning"), ("Go", "in-progress"), ("Done", "fulfilled")):
        make_update(make(title), stage=value)
    make_update(make("Draft"), "draft", stage="fulfilled")
    make("Nothing")
    assert titles(client, f"?stage={stage}") == found


def test_the_other_filters(client):
    pledge = make("One", lead=make_stakeholder(kind="state"), occasion=get_cycle("hls-2019"))
    pledge.current.themes.add(*Theme.objects.filter(slug__in=["education", "solutions"]))
    pledge.current.contribution_types.add(*ContributionType.objects.filter(slug__in=["policy", "financial"]))
    make("Two", lead=make_stakeholder(kind="city"), partners=(make_stakeholder(kind="sports"),))
    for query in ("area=education", "type=policy", "kind=state", "occasion=hls-2019", "area=solutions&type=financial"):
        assert titles(client, f"?{query}") == ["One"]
    assert titles(client, "?kind=sports") == ["Two"]
    assert titles(client, "?kind=city&area=education") == []


def test_the_order_that_is_not_chosen_says_what_it_is(client):
    make("School")
    assert '<option value="" selected>By reference</option>' in page(client)
    assert '<option value="" selected>Best match first</option>' in page(client, "?q=school")


def test_orders(client):
    old, new = datetime(2020, 6, 1, tzinfo=UTC), datetime(2021, 2, 1, tzinfo=UTC)
    make_update(make("Beta", lead=make_stakeholder("Zeta")), at=old)
    make_update(make("Alpha", lead=make_stakeholder("Yankee")), at=new)
    make("Gamma", lead=make_stakeholder("Xray"))
    assert titles(client, "?sort=title") == ["Alpha", "Beta", "Gamma"]
    assert titles(client, "?sort=lead") == ["Gamma", "Alpha", "Beta"]
    assert titles(client, "?sort=updated") == ["Alpha", "Beta", "Gamma"]
    assert titles(client, "?sort=waiting") == ["Gamma", "Beta", "Alpha"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?stage=done", "This page does not know “done”; it was left out."),
        ("?area=climate", "This page does not know “climate”; it was left out."),
        ("?occasion=hlom-2021", "This page does not know “hlom-2021”; it was left out."),
        ("?sort=%00", "it was left out."),
        ("?page=0", "Something in the address could not be understood"),
        ("?page=x", "Something in the address could not be understood"),
        (f"?page={'9' * 30}", "Something in the address could not be understood"),
        ("?q=%00", "Null characters are not allowed."),
        (f"?q={'x' * 201}", "has 201"),
        ("?colour=red", "This page cannot filter by: colour."),
        ("?%00%ff=1", "This page cannot filter by"),
    ],
)
def test_what_is_not_understood_is_said_and_left_out(client, query, message):
    make("One")
    assert titles(client, query) == ["One"]
    assert message in page(client, query)


@pytest.mark.parametrize(
    "query", ["?utm_source=x&fbclid=y", "?page=100000", "?q=%ED%A0%80", "?q=+", "?page=", "?q=%F0%9F"]
)
def test_what_needs_no_message_gets_none(client, query):
    make("One")
    assert "notice-warning" not in page(client, query)


def test_there_are_25_on_a_page_and_the_links_keep_the_filters(client):
    for number in range(26):
        make(f"Pledge {number:02}")
    first = page(client, "?q=pledge&sort=title")
    assert len(titles(client, "?q=pledge&sort=title")) == 25
    assert "26 pledges found" in first
    assert 'rel="next" href="?q=pledge&amp;sort=title&amp;after=pledge%2024~TST-' in first
    assert (
        titles(client, "?q=pledge&sort=title&page=2") == titles(client, "?q=pledge&sort=title&page=99") == ["Pledge 25"]
    )


def test_nothing_found_says_what_to_do(client):
    make("One")
    assert "No published pledge fits all of this. Take a word or a filter away." in page(client, "?q=nowhere")


def test_the_figures_belong_to_the_pledges_found(client):
    make_update(make("Green school"), stage="fulfilled")
    make("Green field")
    make_update(make("Red school"), stage="planning")
    for query, figures in (("", (3, 2)), ("?q=green", (2, 1)), ("?stage=none", (1, 0)), ("?q=none", (0, 0))):
        counts = client.get(f"/pledges/{query}").context["counts"]
        assert (counts.total, counts.with_update) == figures


def test_a_row_says_stage_age_and_language(client):
    now = timezone.now()
    pledge = make("Des écoles", language="fr", lead=make_stakeholder("Le fonds"))
    update = make_update(pledge, at=now - timedelta(days=95), stage="in-progress", scope_change="delayed")
    Confirmation.objects.create(
        pledge=pledge,
        stakeholder=update.stakeholder,
        by=make_member(update.stakeholder),
        at=now - timedelta(days=31),
        since_round=update.rounds.get(),
    )
    text = page(client).replace("\xa0", " ")
    assert f'<a href="/pledges/{pledge.reference}/" lang="fr" dir="ltr">Des écoles</a>' in text
    assert '<span class="status status-in-progress">In progress</span>' in text
    for words in ("Delayed", "Updated 3 months ago", "“No significant change” 1 month ago", "Le fonds"):
        assert words in text


def test_what_is_fresh_is_not_counted_in_minutes(client):
    make_update(make("One"), at=timezone.now() - timedelta(seconds=20))
    assert "Updated just now" in page(client)


def test_a_confirmation_of_a_withdrawn_update_is_not_shown(client):
    update = make_update(make("One"), "revoked")
    Confirmation.objects.create(
        pledge=update.pledge,
        stakeholder=update.stakeholder,
        by=make_member(update.stakeholder),
        at=update.accepted_at,
        since_round=update.rounds.get(),
    )
    assert "No significant change" not in page(client)


def test_samples_are_marked(client):
    pledge = make("One")
    assert "tag-sample" not in page(client)
    Pledge.objects.filter(pk=pledge.pk).update(is_sample=True)
    assert '<span class="tag tag-sample">sample</span>' in page(client)
    assert "1 of these pledges is a sample and no real pledge." in page(client)


def plant_secrets():
    lead = make_stakeholder("Open Fund", institutional_mailbox=f"{SECRET}@example.org")
    make_member(lead, email=f"{SECRET}.person@example.org", name=SECRET)
    make(f"{SECRET} unpublished", lead=lead, published=False)
    for state in ("draft", "submitted", "returned", "revoked"):
        update = make_update(make("Open", lead=lead), state, narrative=SECRET, challenges=SECRET, links=[SECRET])
        update.rounds.update(comment=SECRET, source_note=SECRET)
    make("Open too", lead=make_stakeholder(SECRET, is_public=False))


@pytest.mark.parametrize("query", ["", f"?q={SECRET}", "?stage=none", "?sort=lead", "?stage=in-progress"])
def test_secrets_are_not_there(client, query):
    plant_secrets()
    response = client.get(f"/pledges/{query}")
    asked_for = 1 if "q=" in query else 0
    assert response.content.decode().lower().count(SECRET) == asked_for
    if asked_for:
        assert response.context["counts"].total == 0


def test_markup_in_texts_stays_text(client):
    make("<script>alert(1)</script>")
    text = page(client, '?q=<script>"')
    assert "<script" not in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(client, count, django_assert_num_queries):
    for number in range(count):
        pledge = make(f"Pledge {number}", partners=(make_stakeholder(),))
        pledge.current.themes.add(*Theme.objects.filter(slug__in=["education", "solutions"]))
        make_update(pledge)
    with django_assert_num_queries(11):
        assert len(titles(client)) == count
