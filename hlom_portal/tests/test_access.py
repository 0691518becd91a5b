"""Every address with every role, as the access table says; an address that it does not know fails the build."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from conftest import Cast, LogIn
from hlom_portal.tests.access_table import ROLES, STAFF, TABLE, make_world

pytestmark = pytest.mark.django_db


def _names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name:  # the admin's last resort for unknown addresses has none
                yield f"{prefix}{pattern.name}"
        else:
            yield from _names(pattern, f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix)


ALL_NAMES = sorted(set(_names(get_resolver())))
ADMIN_NAMES = [name for name in ALL_NAMES if name.startswith("admin:")]


def _client(role: str, cast: Cast, log_in: LogIn) -> Client:
    return Client() if role == "public" else log_in(getattr(cast, role))


def test_every_address_stands_in_the_table() -> None:
    assert sorted(set(ALL_NAMES) - set(ADMIN_NAMES)) == sorted(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_a_get_answers_each_role_as_the_table_says(name: str, cast: Cast, log_in: LogIn) -> None:
    make_world(cast)
    path = TABLE[name].path(cast)

    statuses = {role: _client(role, cast, log_in).get(path).status_code for role in ROLES}

    assert statuses == TABLE[name].get


@pytest.mark.parametrize("name", TABLE)
def test_an_empty_post_answers_each_role_as_the_table_says(name: str, cast: Cast, log_in: LogIn) -> None:
    make_world(cast)
    path = TABLE[name].path(cast)

    statuses = {role: _client(role, cast, log_in).post(path).status_code for role in ROLES}

    assert statuses == TABLE[name].post


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_never_reach_a_page(name: str, method: str, cast: Cast, log_in: LogIn) -> None:
    make_world(cast)

    response = getattr(log_in(cast.superuser), method)(TABLE[name].path(cast))

    assert response.status_code in (302, 403, 404, 405)


def _admin_path(name: str) -> str:
    """An address of the admin, with made-up identifiers: who may not open it must not learn whether they exist."""
    for arguments in ((), ("1",), ("1", "1"), ("00000000-0000-0000-0000-000000000000",)):
        try:
            return reverse(name, args=arguments)
        except Exception:  # noqa: BLE001 -- one of the forms fits; which one, the address alone knows
            continue
    return reverse(name, kwargs={"app_label": "events"})


@pytest.mark.parametrize("name", ADMIN_NAMES)
def test_nobody_but_staff_with_a_second_factor_opens_the_admin(name: str, cast: Cast, log_in: LogIn) -> None:
    path = _admin_path(name)
    plain_staff = log_in(cast.superuser, second_factor=False)
    people = {role: getattr(cast, role) for role in ROLES if role not in ("public", *STAFF)}

    assert _goes_to(Client(), path) == "/login/"
    assert _goes_to(plain_staff, path).startswith("/account/second-factor/")
    assert {role: _status(log_in, user, path) for role, user in people.items()} == dict.fromkeys(people, 403)


def _goes_to(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 302
    return response["Location"].split("?")[0]


def _status(log_in: LogIn, user: User, path: str) -> int:
    return log_in(user).get(path).status_code
