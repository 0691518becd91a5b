"""The receipt of a submitted round."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from pledges.tests.factories import make_update

AT = datetime(2021, 10, 20, 8, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def url(row):
    return f"/my/receipts/{row.uuid}/"


@pytest.fixture
def row(cast):
    """A round that waits."""
    return make_update(cast.pledge, "submitted", at=AT, narrative="Word for word", language="fr").rounds.get()


@pytest.mark.parametrize("who", ["focal_point", "colleague", "contributor", "reader", "partner"])
def test_the_parties_read_what_was_sent_and_when(cast, log_in, row, who):
    html = log_in(getattr(cast, who)).get(url(row)).content.decode()
    assert str(row.uuid) in html
    assert "20 October 2021, 10:00 (Europe/Zurich)" in html
    assert "Word for word" in html
    assert '<dd lang="fr" dir="auto">' in html


@pytest.mark.parametrize("who", ["stranger", "editor", "reviewer", "superuser"])
def test_others_find_nothing(cast, log_in, row, who):
    response = log_in(getattr(cast, who)).get(url(row))
    assert response.status_code == 404
    assert b"Word for word" not in response.content


def test_the_public_is_sent_to_the_login(client, row):
    assert client.get(url(row)).status_code == 302


def test_it_is_only_read(cast, log_in, row):
    assert log_in(cast.focal_point).post(url(row)).status_code == 405


def test_an_unknown_number_is_not_found(cast, log_in):
    assert log_in(cast.focal_point).get(f"/my/receipts/{uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    ("state", "words"),
    [("accepted", "This update is published."), ("returned", "Please say how many."), ("revoked", "later withdrawn")],
)
def test_it_says_what_became_of_the_round(cast, log_in, state, words):
    row = make_update(cast.pledge, state).rounds.get()
    assert words in log_in(cast.focal_point).get(url(row)).content.decode()
