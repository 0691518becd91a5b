"""One click: nothing significant changed."""

import pytest

from pledges.models import Confirmation
from pledges.tests.factories import make_update

pytestmark = pytest.mark.django_db


def url(pledge):
    return f"/my/pledges/{pledge.reference}/confirm/"


def test_reading_the_address_changes_nothing(cast, log_in):
    make_update(cast.pledge)
    assert log_in(cast.focal_point).get(url(cast.pledge)).status_code == 405
    assert not Confirmation.objects.exists()


def test_the_public_is_sent_to_the_login(client, cast):
    make_update(cast.pledge)
    assert client.post(url(cast.pledge)).status_code == 302
    assert not Confirmation.objects.exists()


@pytest.mark.parametrize(
    ("who", "status"),
    [("stranger", 404), ("superuser", 404), ("contributor", 403), ("reader", 403), ("partner", 403)],
)
def test_others_may_not(cast, log_in, who, status):
    make_update(cast.pledge)
    assert log_in(getattr(cast, who)).post(url(cast.pledge)).status_code == status
    assert not Confirmation.objects.exists()


def test_the_refusal_says_who_can(cast, log_in):
    make_update(cast.pledge)
    html = log_in(cast.contributor).post(url(cast.pledge)).content.decode()
    assert "A focal point of Example Relief submits: colleague@example.org or focal@example.org." in html


def test_two_clicks_are_one_confirmation(cast, log_in):
    make_update(cast.pledge)
    client = log_in(cast.focal_point)
    for _click in range(2):
        response = client.post(url(cast.pledge), follow=True)
        assert response.redirect_chain == [("/my/", 302)]
        assert "“no significant change” is noted" in response.content.decode()
    assert Confirmation.objects.get().by == cast.focal_point


def test_before_the_first_update_there_is_nothing_to_confirm(cast, log_in):
    html = log_in(cast.focal_point).post(url(cast.pledge), follow=True).content.decode()
    assert "There is no published update of this pledge yet." in html
    assert not Confirmation.objects.exists()
