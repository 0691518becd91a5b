"""The roadmap on paper, as the browser prints it."""

import re

import pytest
from django.core.management import call_command
from pytest_django.live_server_helper import LiveServer

from hlom_portal.tests.browser import chromium

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_roadmap_of_2021_fits_on_one_sheet_of_a4(live_server: LiveServer) -> None:
    call_command("load_roadmap", "events/data/roadmap-2021.csv", cycle="hlom-2021", publish=True)

    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{live_server.url}/calendar/hlom-2021/print/")
        rows = page.locator("table.sheet tbody tr").count()
        printed = page.pdf(prefer_css_page_size=True)

    assert (rows, len(re.findall(rb"/Type\s*/Page[^s]", printed))) == (15, 1)
