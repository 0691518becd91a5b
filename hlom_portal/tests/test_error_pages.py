"""Our own pages for when something went wrong."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory

from hlom_portal import views


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["/nothing/", "/nothing", "/wp-login.php", "/calendar", "/%2e%2e/etc/passwd", "/%ff", "/é/", f"/{'x' * 4000}/"],
)
def test_unknown_addresses_get_our_404(client, path):
    response = client.get(path, follow=path == "/calendar")

    if path == "/calendar":
        assert response.redirect_chain == [("/calendar/", 301)]
        return
    assert response.status_code == 404
    assert "This page is not here" in response.content.decode()
    assert 'href="/calendar/"' in response.content.decode()


@pytest.mark.django_db
def test_404_says_nothing_about_the_address(client):
    assert "secret-word" not in client.get("/secret-word/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
def test_404_for_every_method(client, method):
    assert getattr(client, method)("/nothing/").status_code == 404


@pytest.mark.django_db
def test_403_shows_the_sentence_of_the_refusal(rf, client):
    with_reason = views.permission_denied(_request(rf), PermissionDenied("Only focal points submit."))
    without = views.permission_denied(_request(rf), PermissionDenied())

    assert (with_reason.status_code, without.status_code) == (403, 403)
    assert "Only focal points submit." in with_reason.content.decode()
    assert "Your role does not include this step." in without.content.decode()


@pytest.mark.django_db
def test_400_is_kind(rf):
    response = views.bad_request(_request(rf), ValueError("x"))

    assert response.status_code == 400
    assert "Something in the request could not be read" in response.content.decode()


@pytest.mark.django_db
def test_wrong_host_gets_our_400(client):
    response = client.get("/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert "Something in the request could not be read" in response.content.decode()
    assert "evil.example" not in response.content.decode()


@pytest.mark.django_db
def test_form_without_its_token_is_told_what_to_do():
    response = Client(enforce_csrf_checks=True).post("/login/", {"login": "a@b.example"})

    assert response.status_code == 403
    assert "Please send the form again" in response.content.decode()


def test_500_needs_neither_database_nor_session(rf):
    response = views.server_error(rf.get("/"))

    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()


@pytest.mark.django_db
def test_crash_of_a_view_gets_our_500(monkeypatch):
    def crash(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("hlom_portal.home._all_rows", crash)
    monkeypatch.setattr("hlom_portal.home._open_window", crash)

    response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 500
    assert "Something went wrong on our side" in response.content.decode()
    assert "secret detail" not in response.content.decode()


def _request(rf: RequestFactory):
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/")
    request.user = AnonymousUser()
    return request
