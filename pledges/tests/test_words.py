"""By which words a pledge is found, and that they are those of today."""

import string

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.account_workflow import save_changes
from accounts.merging import merge_stakeholders
from accounts.models import Country
from accounts.tests.factories import make_country, make_stakeholder
from events.tests.factories import get_cycle
from pledges import selectors
from pledges.facts import PledgeFacts
from pledges.models import Pledge, PledgeVersion, PledgeWords
from pledges.pledge_workflow import create_pledge, revise_pledge
from pledges.tests.factories import make_pledge
from pledges.words import TEXT_AT_MOST, fold, keep_words


def found(words):
    """Titles in the order of a search without a chosen order."""
    pledges = selectors.with_rank(selectors.search(Pledge.objects.all(), words), words)
    return [pledge.current.title for pledge in pledges.order_by("rank", "reference")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Élargir l’accès, vite!", "elargir l acces vite"),
        ("Straße İstanbul ŁÓDŹ Ærø", "strasse istanbul lodz aero"),
        ("PUB-001: 500,000 EUR", "pub 001 500 000 eur"),
        ("مُسْتَشْفَى", "مستشفى"),
        ("难民教育", "难 民 教 育"),
        ("ﬁne ½", "fine 1 2"),
        ("snake_case", "snake case"),
        ("  \n\t!?", ""),
        ("x" * 100, "x" * 60),
    ],
)
def test_folding(text, words):
    assert fold(text) == words


@given(st.text(max_size=50))
def test_what_is_folded_stays_folded_and_holds_no_operator(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert all(word.isalnum() for word in folded.split(" ") if word)
    assert not set(folded) & set(string.punctuation + string.ascii_uppercase + "\0\n")


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["green", "schools", "GRÉEN sch", "red fund", "burundi", "suisse", "118 act", "TST"])
def test_every_part_of_a_pledge_is_found(words):
    country = make_country("CH")
    Country.objects.filter(pk=country.pk).update(name="Suisse")
    lead = make_stakeholder("Red Fund", country=Country.objects.get(pk=country.pk))
    pledge = make_pledge(lead, title="Green", description="For schools.")
    pledge.current.host_countries.add(Country.objects.get(code="BI"))
    pledge.current.parties.create(label="118 actors", role="partner")
    keep_words(Pledge.objects.all())
    make_pledge(make_stakeholder("Nobody"), title="Other")
    assert found(words) == (["Green"] if words != "TST" else ["Green", "Other"])


@pytest.mark.django_db
def test_words_in_the_title_come_before_names_and_those_before_the_description():
    make_pledge(make_stakeholder("A"), title="Tents", description="Beside a school.")
    make_pledge(make_stakeholder("School fund"), title="Books")
    make_pledge(make_stakeholder("B"), title="A school")
    make_pledge(make_stakeholder("C"), title="Wells", description="No word of it.")
    assert found("school") == ["A school", "Books", "Tents"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [
        "' OR 1=1 --",
        "a & | ! <-> ( ) :* \\ '",
        "!school",
        "school:*A",
        "'school'",
        '"',
        "\\",
        "%",
        "_",
        "the of and",
        "und",
        "é" * 200,
        "x " * 100,
        "\u202e\u200b",
        "1e5 0x1f 3.14 a@b.example http://x.example/y?z",
        "٣٤ ½ ²",
    ],
)
def test_hostile_searches_fail_never(client, words):
    make_pledge(make_stakeholder(), title="School")
    response = client.get("/pledges/", {"q": words})
    assert response.status_code == 200


@pytest.mark.django_db
@given(st.text(max_size=40))
def test_any_text_is_found_by_its_own_words(text):
    version = PledgeVersion.objects.filter(valid_until=None).first()
    if version is None:
        version = make_pledge(make_stakeholder("Fund")).current
    text = text.replace("\0", "")
    PledgeVersion.objects.filter(pk=version.pk).update(description=text)
    keep_words(Pledge.objects.all())
    words = fold(text).split()[:12]
    assert selectors.search(Pledge.objects.all(), " ".join(words)).count() == 1


@pytest.mark.django_db
def test_a_very_long_text_is_found_by_its_beginning():
    pledge = make_pledge(make_stakeholder(), title="Long", description="begin " + "难" * 3 * TEXT_AT_MOST)
    assert found("begin") == [pledge.current.title]


def facts(**fields):
    return PledgeFacts(**{"title": "Green", "lead": "red-fund", **fields})


@pytest.mark.django_db
def test_whoever_writes_a_version_keeps_its_words():
    make_stakeholder("Red Fund", slug="red-fund")
    at = timezone.now()
    first = facts(host_countries=frozenset({"BI"}))
    pledge = create_pledge(reference="WRD-1", occasion=get_cycle("grf-2019"), facts=first, at=at, actor=None)
    assert [found(words) for words in ("green", "burundi", "red")] == [["Green"]] * 3
    revise_pledge(pledge=pledge, facts=facts(title="Blue"), at=at, actor=None)
    assert [found(words) for words in ("green", "burundi", "blue red")] == [[], [], ["Blue"]]
    kept = PledgeWords.objects.values("sort_title", "sort_lead", "title", "names", "description").get()
    keep_words(Pledge.objects.all())
    assert PledgeWords.objects.values(*kept).get() == kept


@pytest.mark.django_db
def test_a_name_that_changes_or_is_no_longer_public_is_not_found_any_more():
    lead = make_stakeholder("Old Name", country=make_country("CH"))
    make_pledge(lead, title="Green")
    lead.name = "New Name"
    save_changes(at=timezone.now(), actor=None, row=lead, changed=["name"])
    assert (found("old"), found("new")) == ([], ["Green"])
    lead.is_public = False
    save_changes(at=timezone.now(), actor=None, row=lead, changed=["is_public"])
    assert (found("new"), found("switzerland"), found("green")) == ([], [], ["Green"])
    assert PledgeWords.objects.get().sort_lead == ""


@pytest.mark.django_db
def test_after_a_merge_the_one_name_is_found():
    duplicate, into = make_stakeholder("Double"), make_stakeholder("Single")
    make_pledge(duplicate, title="Green")
    merge_stakeholders(at=timezone.now(), actor=None, duplicate=duplicate, into=into)
    assert (found("double"), found("single")) == ([], ["Green"])


@pytest.mark.django_db
def test_the_command_keeps_what_was_written_past_the_portal(capsys):
    pledge = make_pledge(make_stakeholder(), title="Green")
    PledgeVersion.objects.filter(pledge=pledge).update(title="Blue")
    assert found("blue") == []
    call_command("keep_words")
    assert capsys.readouterr().out == "Words of 1 pledges kept.\n"
    assert found("blue") == ["Blue"]


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_searches_by_the_index():
    rows = Pledge.objects.bulk_create(Pledge(reference=f"IDX-{n}", occasion=get_cycle("grf-2019")) for n in range(3000))
    PledgeWords.objects.bulk_create(
        PledgeWords(pledge=row, title=f"word{n}", names="", description="") for n, row in enumerate(rows)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pledges_pledge, pledges_pledgewords")
        # What other tests left in the pages must not decide; a query that the index cannot answer would scan anyway.
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = selectors.search(Pledge.objects.all(), "word2999").explain()
    assert "pledgewords_found_by" in plan
