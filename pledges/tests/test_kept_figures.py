"""The figures on top of the registry are kept, and hold whatever happens meanwhile."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.utils import timezone

from accounts.tests.factories import make_stakeholder, make_user
from foundation import history
from pledges.pledge_workflow import publish_pledge, withdraw_pledge
from pledges.review import accept, revoke
from pledges.tests.factories import make_pledge, make_update

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept(settings):
    """As in production: every process keeps its own."""
    kept = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "kept-figures"}
    settings.CACHES = {**settings.CACHES, "fragments": kept}
    caches["fragments"].clear()


def figures(client, query=""):
    counts = client.get(f"/pledges/{query}").context["counts"]
    return counts.total, counts.with_update


def test_what_did_not_change_is_not_counted_again(client, django_assert_num_queries):
    make_update(make_pledge(make_stakeholder()))
    with django_assert_num_queries(11):
        assert figures(client) == (1, 1)
    with django_assert_num_queries(8):
        assert figures(client) == (1, 1)


def test_after_each_change_they_are_right_at_once(client):
    lead, at, reviewer = make_stakeholder(), timezone.now(), make_user(is_staff=True)
    pledge = make_pledge(lead, published=False)
    update = make_update(pledge, "submitted")
    seen = [figures(client)]
    publish_pledge(pledge=pledge, at=at, actor=None)
    seen.append(figures(client))
    accept(at=at, actor=reviewer, update=update, number=1)
    seen.append(figures(client))
    revoke(at=at, actor=reviewer, update=update, note="By mistake.")
    seen.append(figures(client))
    withdraw_pledge(pledge=pledge, at=at, actor=None)
    assert [*seen, figures(client)] == [(0, 0), (1, 0), (1, 1), (1, 0), (0, 0)]


def test_an_entry_that_is_dated_back_is_seen_too(client):
    """A long transaction writes the moment of its beginning into the history, and is there only at its end."""
    at, lead = timezone.now(), make_stakeholder()
    make_pledge(lead)
    history.record(at=at, actor=None, verb="pledge.published", subject=lead)
    assert figures(client) == (1, 0)
    make_pledge(lead)
    history.record(at=at - timedelta(minutes=30), actor=None, verb="pledge.published", subject=lead)
    assert figures(client) == (2, 0)


def test_figures_of_a_search_are_never_kept(client):
    make_pledge(make_stakeholder(), title="School")
    assert (figures(client, "?q=school"), figures(client)) == ((1, 0), (1, 0))
    make_pledge(make_stakeholder(), title="School")
    assert figures(client, "?q=school") == (2, 0)
