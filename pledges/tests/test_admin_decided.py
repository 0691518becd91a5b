"""What the lists of rows that staff decide by buttons have in common."""

import pytest

LISTS = {
    "progressupdate": "Progress updates",
    "pledgeproposal": "Proposals of pledges",
    "pledgematch": "Matches of pledges",
}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("name", "heading"), LISTS.items())
def test_a_list_speaks_of_its_rows_and_not_of_changing_them(cast, log_in, name, heading):
    response = log_in(cast.superuser).get(f"/admin/pledges/{name}/?stand=all")

    assert f"<h1>{heading}</h1>" in response.content.decode()
    assert response.context["cl"].model_admin.get_actions(response.wsgi_request) == {}
