"""Our pages and error pages are valid HTML, says the Nu HTML checker."""

import re
from pathlib import Path

import pytest
from django.test import Client, RequestFactory

from conftest import Cast, LogIn
from hlom_portal import views
from hlom_portal.tests.access_table import PAGES, TABLE, make_world, viewer
from hlom_portal.tests.admin_pages import OURS, make_admin_world
from hlom_portal.tests.html_checker import html_errors

pytestmark = [pytest.mark.java, pytest.mark.django_db]


def test_all_pages_are_valid(cast: Cast, log_in: LogIn, tmp_path: Path) -> None:
    make_world(cast)
    for name in PAGES:
        role = viewer(name)
        client = Client() if role == "public" else log_in(getattr(cast, role))
        (tmp_path / f"{name.replace(':', '-')}.html").write_bytes(client.get(TABLE[name].path(cast)).content)

    assert html_errors(tmp_path) == []


def test_our_pages_of_the_administration_are_valid(cast: Cast, log_in: LogIn, tmp_path: Path) -> None:
    keys, client = make_admin_world(cast), log_in(cast.superuser)
    for number, path in enumerate(OURS):
        response = client.get(path.format(**keys))
        assert response.status_code == 200
        (tmp_path / f"{number}{re.sub(r'[^a-z]+', '-', path)}.html").write_bytes(response.content)

    assert html_errors(tmp_path) == []


def test_the_error_pages_are_valid(client: Client, tmp_path: Path) -> None:
    request = RequestFactory().get("/")
    (tmp_path / "404.html").write_bytes(client.get("/nowhere/").content)
    (tmp_path / "500.html").write_bytes(views.server_error(request).content)

    assert html_errors(tmp_path) == []


def test_the_checker_sees_an_error(tmp_path: Path) -> None:
    (tmp_path / "wrong.html").write_text('<!DOCTYPE html><html lang="en"><title>x</title><img src="a.png">')

    assert len(html_errors(tmp_path)) == 1
