"""Addresses and values of the administration that somebody made up: told or left out, never an error page."""

import pytest
from django.contrib import admin
from django.http import QueryDict
from django.urls import reverse

from events.tests.factories import make_event
from hlom_portal.admin import can_be_looked_up

pytestmark = pytest.mark.django_db
BIG = "9" * 30
DATES = ["year=9999", "year=0", f"year={BIG}", "year=x", "year=2021&{}__month=13", "year=2021&{}__month=2&{}__day=99"]
VALUES = ["x", BIG, "%00"]


def lists():
    return [(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"), registered)
            for model, registered in admin.site._registry.items()]  # fmt: skip


def names_of_filters(registered):
    for one in registered.get_list_filter(None):
        field = one if isinstance(one, str) else one[0] if isinstance(one, tuple) else ""
        yield f"{field}__exact" if field else one.parameter_name


def odd_queries(registered):
    yield from ("p=99999999", "o=99.x", "q=%00", f"q={'x' * 3000}", "_to_field=x", "made=1", f"id={BIG}", "id__in=x")
    if by := registered.date_hierarchy:
        yield from (f"{by}__{query.replace('{}', by)}" for query in DATES)
    yield from (f"{name}={value}" for name in names_of_filters(registered) for value in VALUES)


def test_no_list_fails_on_a_filter_that_was_made_up(cast, log_in):
    make_event()
    superuser = log_in(cast.superuser)

    failed = [
        f"{address}?{query}"
        for address, registered in lists()
        for query in odd_queries(registered)
        if superuser.get(f"{address}?{query}", follow=True).status_code not in (200, 400)
    ]

    assert failed == []


def test_no_form_fails_on_a_key_that_is_none(cast, log_in):
    superuser = log_in(cast.superuser)

    for address, registered in lists():
        if superuser.get(f"{address}add/").status_code != 200:
            continue
        for name in registered.get_autocomplete_fields(None):
            for value in ("x", "\0", "9" * 18, BIG, "1,2"):
                shown = superuser.get(f"{address}add/", {name: value}, follow=True)
                refused = superuser.post(f"{address}add/", {name: value})
                assert (shown.status_code, refused.status_code) == (200, 200), (address, name, value)


@pytest.mark.parametrize("digits", [18, 19, 30])
@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("accounts/user", "groups"),
        ("pledges/updatewindow", "occasions"),
        ("pledges/pledge", "partners"),
        ("pledges/pledge", "host_countries"),
        ("stocktaking/finding", "pledges"),
    ],
)
def test_what_can_be_no_row_is_no_choice_among_several(cast, log_in, page, name, digits):
    response = log_in(cast.superuser).post(f"/admin/{page}/add/", {name: ["9" * digits]})

    said = f"Select a valid choice. {'9' * digits} is not one of the available choices."
    assert response.context["adminform"].form.errors[name] == [said]


def test_no_action_fails_on_a_row_that_cannot_be(cast, log_in):
    make_event()
    superuser = log_in(cast.superuser)

    statuses = {
        (address, action): superuser.post(address, {"action": action, "_selected_action": [BIG]}).status_code
        for address, registered in lists()
        for action in registered.get_actions(superuser.get("/admin/").wsgi_request)
    }

    assert ("/admin/events/event/", "publish") in statuses
    assert {key: status for key, status in statuses.items() if status not in (200, 302)} == {}


def test_the_search_behind_a_field_answers_whatever_is_typed(cast, log_in):
    superuser = log_in(cast.superuser)
    asked = {"app_label": "events", "model_name": "document", "field_name": "cycle"}

    answers = [superuser.get("/admin/autocomplete/", asked | {"term": term}) for term in ("", "2021", "x" * 5000)]

    assert [len(answer.json()["results"]) for answer in answers] == [5, 1, 0]
    assert superuser.get("/admin/autocomplete/", asked | {"term": "\0"}).status_code == 302


@pytest.mark.parametrize(
    ("query", "is_sound"),
    [
        ("", True),
        ("starts_on__year=2021&starts_on__month=12&starts_on__day=31", True),
        ("q=Geneva&year=99999&status=x", True),
        (f"q={BIG}", True),
        (f"id={BIG}", False),
        ("q=a&q=%00", False),
        ("at__year=2021&at__year=%C2%B2", False),
        ("at__day=0", False),
        ("at__month=", False),
    ],
)
def test_only_what_no_database_takes_is_left_out(query, is_sound):
    assert can_be_looked_up(QueryDict(query)) is is_sound


@pytest.mark.parametrize(
    "key", ["x", "", "1.5", "²", "-1", "1 or 1", pytest.param("9" * 5000, id="thousands of digits")]
)
def test_an_action_on_what_is_no_key_does_nothing_and_says_so(cast, log_in, key):
    event = make_event()
    superuser = log_in(cast.superuser)
    posted = {"action": "cancel", "_selected_action": [str(event.pk), key]}

    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = superuser.post(f"{address}?q=a", posted)
        assert (answer.status_code, answer.url) == (302, f"{address}?q=a"), address
    said = [str(message) for message in superuser.get(reverse("admin:index")).context["messages"]]
    assert set(said) == {"Nothing was done. Please tick the rows again."}
