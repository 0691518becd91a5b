"""/pledges/<reference>/: facts and the public timeline; and what must never be on it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Country
from accounts.tests.factories import make_member, make_stakeholder
from pledges.models import Confirmation, ContributionType, Objective, Pledge, PledgeParty, ProgressUpdate, Theme
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db
SECRET = "zanzibar"
FEBRUARY = datetime(2021, 2, 8, tzinfo=UTC)


def page(client, pledge):
    response = client.get(f"/pledges/{pledge.reference}/")
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


def entries(client, pledge):
    return client.get(f"/pledges/{pledge.reference}/").context["timeline"]


def make(**fields):
    return make_pledge(fields.pop("lead", None) or make_stakeholder("Red Fund"), **fields)


def freeze(update, labels=None, **content):
    """Gives the accepted round of an update other content."""
    round_ = update.rounds.get()
    round_.content |= content
    round_.labels = labels if labels is not None else round_.labels
    round_.save()


def test_the_facts_are_shown(client):
    pledge = make(
        title="Grants",
        partners=(make_stakeholder("Blue Fund"),),
        description="For <jobs> & more.",
        target_value=Decimal(100000000),
        target_currency="EUR",
        target_year=2024,
    )
    version = pledge.current
    PledgeParty.objects.create(version=version, label="118 actors", role="partner")
    version.themes.set(Theme.objects.filter(slug="education"))
    version.contribution_types.set(ContributionType.objects.filter(slug="financial"))
    version.objectives.set(Objective.objects.filter(slug="self-reliance"))
    version.host_countries.set(Country.objects.filter(code__in=["BI", "KE"]))
    text = page(client, pledge)
    for words in (
        "<dd>Red Fund</dd>",
        "<dd>Blue Fund; 118 actors</dd>",
        "<dd>Global Refugee Forum 2019</dd>",
        "EUR 100,000,000 in all by the end of 2024</dd>",
        "<dd>Education</dd>",
        "<dd>Financial</dd>",
        "<dd>Enhance refugee self-reliance</dd>",
        "<dd>Burundi; Kenya</dd>",
        '<a href="https://example.org/pledge" rel="nofollow noopener">example.org</a>',
        "For &lt;jobs&gt; &amp; more.",
        "No update has been published yet.",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"target_value": 127000, "target_unit": "pro bono hours", "target_period": "year"},
            "127,000 pro bono hours a year",
        ),
        ({"target_value": Decimal("2.5"), "target_currency": "USD"}, "USD 2.5 in all"),
        (
            {"target_value": 2500, "target_unit": "people trained", "target_year": 2022},
            "2,500 people trained in all by the end of 2022",
        ),
        ({"target_year": 2020}, "by the end of 2020"),
    ],
)
def test_the_target_is_said_in_words(client, fields, words):
    assert f'<dd class="pledge-target">{words}</dd>' in page(client, make(**fields))


def test_without_a_target_there_is_no_such_line(client):
    assert "pledge-target" not in page(client, make())


@pytest.mark.parametrize("reference", ["tst-{0}", "Tst-{0}"])
def test_another_spelling_leads_to_the_one_address(client, reference):
    pledge = make()
    response = client.get(f"/pledges/{reference.format(pledge.reference[4:])}/")
    assert (response.status_code, response["Location"]) == (301, f"/pledges/{pledge.reference}/")


@pytest.mark.parametrize(
    "reference", ["TST-0", "tst", "TST-1%00", "TST-1%0A", "%ED%A0%80", "TST-" + "9" * 999, "ＴＳＴ-1"]
)
def test_what_is_no_reference_is_not_found(client, reference):
    assert client.get(f"/pledges/{reference}/").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_it_is_for_reading(client, method):
    assert getattr(client, method)(f"/pledges/{make().reference}/").status_code == 405


@pytest.mark.parametrize("who", ["public", "focal_point", "stranger", "editor", "superuser"])
def test_an_unpublished_pledge_is_there_for_nobody(client, cast, log_in, who):
    visitor = client if who == "public" else log_in(getattr(cast, who))
    for published_at in (None, timezone.now() + timedelta(days=1)):
        Pledge.objects.filter(pk=cast.pledge.pk).update(published_at=published_at)
        for reference in (cast.pledge.reference, cast.pledge.reference.lower()):
            assert visitor.get(f"/pledges/{reference}/").status_code == 404


def test_updates_stand_newest_first_by_the_day_they_were_submitted(client):
    pledge = make()
    for day, stage in ((1, "planning"), (20, "fulfilled"), (10, "in-progress")):
        make_update(pledge, at=datetime(2021, 2, day, tzinfo=UTC), stage=stage)
    assert [(entry.at.day, entry.stage) for entry in entries(client, pledge)] == [
        (20, "fulfilled"),
        (10, "in-progress"),
        (1, "planning"),
    ]


def test_an_update_shows_what_was_accepted_and_with_which_words(client):
    pledge = make()
    update = make_update(pledge, at=FEBRUARY)
    results = [{"label": "Children", "value": "12345.50", "unit": "girls"}]
    labels = {"stage": "Under way", "scope_change": "Put off", "stakeholder": "Red Fund as it was"}
    content = {"scope_change": "delayed", "results": results, "challenges": "Rain.", "support_needed": "Desks."}
    freeze(update, labels, narrative="Work\nwent on.", links=["https://example.org/r"], **content)
    ProgressUpdate.objects.filter(pk=update.pk).update(narrative=SECRET)
    text = page(client, pledge)
    for words in (
        '<time datetime="2021-02-08">8 February 2021</time>',
        '<span class="status status-in-progress">Under way</span>',
        '<span class="tag">Put off</span>',
        "Reported by Red Fund as it was",
        "Work\nwent on.",
        '<dt lang="en" dir="ltr">Children</dt>',
        '<strong>12,345.5</strong> <span lang="en">girls</span>',
        "Rain.",
        "Desks.",
        '<a href="https://example.org/r" rel="nofollow noopener">https://example.org/r</a>',
    ):
        assert words in text
    assert SECRET not in text


def test_the_day_is_that_of_the_cycle(client):
    pledge = make()
    make_update(pledge, at=datetime(2021, 2, 8, 23, 30, tzinfo=UTC))
    assert "9 February 2021" in page(client, pledge)


def test_another_language_is_marked_and_named(client):
    pledge = make(title="تعهد", language="ar", description="وصف")
    make_update(pledge, language="fr", narrative="Le travail a commencé.")
    text = page(client, pledge)
    assert '<h1 lang="ar" dir="rtl">تعهد</h1>' in text
    assert '<div class="prose" lang="ar" dir="rtl">وصف</div>' in text
    assert '<div class="prose" lang="fr" dir="ltr">Le travail a commencé.</div>' in text
    assert ("Written in Arabic" in text, "Written in French" in text) == (True, True)


def test_the_language_of_the_page_is_not_named(client):
    pledge = make()
    make_update(pledge)
    assert "Written in" not in page(client, pledge)


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "ftp://example.org", "//example.org", "https://", "http://[", 7, None],
)
def test_only_web_addresses_become_links(client, link):
    pledge = make()
    freeze(make_update(pledge), links=[link])
    Pledge.objects.filter(pk=pledge.pk).update(source_url=str(link))
    text = page(client, pledge)
    assert ("Links" in text, "<dt>Source</dt>" in text) == (False, False)


@pytest.mark.parametrize(
    "content", [{}, [], None, {"results": "x", "links": {}, "narrative": 7}, {"results": [1, {"value": "many"}]}]
)
def test_odd_stored_content_does_not_break_the_page(client, content):
    pledge = make()
    update = make_update(pledge)
    update.rounds.update(content=content if content is not None else "text")
    assert "8 February" not in page(client, pledge)


def test_a_withdrawn_update_shows_its_note_and_dates_only(client):
    pledge = make()
    update = make_update(pledge, "revoked", at=FEBRUARY, narrative=SECRET, links=[f"https://{SECRET}.org"])
    freeze(update, {"stage": SECRET, "stakeholder": SECRET})
    moment = datetime(2021, 3, 1, tzinfo=UTC)
    ProgressUpdate.objects.filter(pk=update.pk).update(revoked_at=moment, revoke_note="Sent by mistake.")
    text = page(client, pledge)
    assert "The update of this day was withdrawn from the public on 1 March 2021. Sent by mistake." in text
    assert "8 February 2021" in text
    assert SECRET not in text


def test_a_confirmation_is_dated_and_names_no_person(client):
    pledge = make()
    update = make_update(pledge, at=FEBRUARY)
    person = make_member(update.stakeholder, email=f"{SECRET}@example.org", name=SECRET)
    Confirmation.objects.create(
        pledge=pledge,
        stakeholder=update.stakeholder,
        by=person,
        at=datetime(2021, 5, 3, tzinfo=UTC),
        since_round=update.rounds.get(),
    )
    text = page(client, pledge)
    assert "Red Fund: no significant change since the update of 8 February 2021." in text
    assert "3 May 2021" in text
    assert SECRET not in text
    ProgressUpdate.objects.update(state="revoked", revoked_at=FEBRUARY)
    assert "no significant change" not in page(client, pledge)


def test_secrets_are_not_there(client):
    lead = make_stakeholder("Red Fund", institutional_mailbox=f"{SECRET}@example.org")
    make_member(lead, email=f"{SECRET}.person@example.org", name=SECRET)
    pledge = make(lead=lead, partners=(make_stakeholder(SECRET, is_public=False),))
    Pledge.objects.filter(pk=pledge.pk).update(parent=make(title=SECRET, published=False))
    accepted = make_update(pledge, at=FEBRUARY, saved_by=make_member(lead, email=f"{SECRET}2@example.org"))
    accepted.rounds.update(comment=SECRET, source_note=SECRET, submitted_by=accepted.saved_by)
    for state in ("draft", "submitted", "returned"):
        update = make_update(pledge, state, narrative=SECRET, challenges=SECRET, links=[f"https://{SECRET}.org"])
        update.rounds.update(comment=SECRET, source_note=SECRET)
        text = page(client, pledge)
        update.rounds.all().delete()
        update.delete()
        assert SECRET not in text
    assert "a stakeholder that is not named here" in text


def test_a_merged_stakeholder_is_named_as_what_it_went_into(client):
    lead = make_stakeholder("Old name")
    pledge = make(lead=lead)
    lead.merged_into = make_stakeholder("New name")
    lead.save()
    text = page(client, pledge)
    assert ("New name" in text, "Old name" in text) == (True, False)


def test_a_sample_is_marked(client):
    pledge = make()
    assert "tag-sample" not in page(client, pledge)
    Pledge.objects.filter(pk=pledge.pk).update(is_sample=True)
    assert "This is a sample: it shows how the portal works and is no pledge of anybody." in page(client, pledge)


def test_a_larger_pledge_is_linked(client):
    parent, pledge = make(), make()
    Pledge.objects.filter(pk=pledge.pk).update(parent=parent)
    assert f'<a href="/pledges/{parent.reference}/">{parent.reference}</a>' in page(client, pledge)


def test_what_changed_is_dated(client):
    pledge = make(title="Before")
    assert "Last changed" not in page(client, pledge)
    pledge.versions.update(valid_until=FEBRUARY)
    version = pledge.versions.create(number=2, valid_from=FEBRUARY, title="After")
    PledgeParty.objects.create(version=version, stakeholder=make_stakeholder(), role="lead")
    text = page(client, pledge)
    assert ("Before" in text, "After" in text, "<dd>8 February 2021</dd>" in text) == (False, True, True)


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow(client, count, django_assert_num_queries):
    pledge = make(partners=tuple(make_stakeholder() for _number in range(count)))
    pledge.current.themes.set(Theme.objects.all()[:count])
    for number in range(count):
        make_update(pledge, at=FEBRUARY + timedelta(days=number))
    with django_assert_num_queries(10):
        page(client, pledge)


def test_an_update_says_what_the_one_before_said_of_stage_and_numbers(client):
    pledge = make()
    schools, other = {"label": "Schools", "unit": "schools"}, {"label": "Teachers", "value": "5", "unit": "people"}
    make_update(
        pledge, at=datetime(2021, 1, 1, tzinfo=UTC), stage="planning", results=[{**schools, "value": "3"}, other]
    )
    make_update(pledge, "revoked", at=datetime(2021, 1, 15, tzinfo=UTC), stage="fulfilled")
    make_update(pledge, at=FEBRUARY, results=[{**schools, "label": "schools", "value": "12"}, other])

    newest, _withdrawn, oldest = entries(client, pledge)

    assert (newest.stage_before, [result.before for result in newest.results]) == ("Planning stage", ["3", ""])
    assert (oldest.stage_before, [result.before for result in oldest.results]) == ("", ["", ""])
    assert "before: Planning stage" in page(client, pledge)


def test_how_refugees_took_part_when_it_was_reached_and_why_nothing_is_shown_are_public(client):
    pledge = make()
    result = {"label": "Schools", "value": "4", "unit": "", "reached_on": "2021-01-31"}
    update = make_update(pledge, at=FEBRUARY, results=[result, {**result, "reached_on": "<soon>"}])
    freeze(update, refugees_involved="Two committees.", no_evidence_reason="No website.")

    text = " ".join(page(client, pledge).split())

    assert "Two committees." in text
    assert "No website." in text
    assert text.count("reached by 31 January 2021") == text.count("reached by") == 1


def test_a_reason_is_not_shown_beside_a_link(client):
    pledge = make()
    freeze(make_update(pledge), links=["https://example.org/a"], no_evidence_reason="No website.")

    assert "No website." not in page(client, pledge)
