"""The figures that UNHCR published in August 2020, given by the registry's page and its file.

301 of 1,400 pledges had an update: 67 planning, 212 in progress, 22 fulfilled. UNHCR printed 22.2 % for 67 of 301,
which is 22.26 %: half-up this is 22.3 %.
"""

import csv
import re
from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from itertools import repeat

import pytest

from accounts.tests.factories import make_stakeholder
from events.tests.factories import get_cycle
from pledges.models import Pledge, PledgeParty, PledgeVersion, ProgressUpdate

pytestmark = pytest.mark.django_db
PUBLISHED = {"planning": 67, "in-progress": 212, "fulfilled": 22}
ALL = 1400
THEN = datetime(2020, 8, 1, tzinfo=UTC)


@pytest.fixture
def _samples():
    lead, occasion = make_stakeholder("Sample fund", is_sample=True), get_cycle("grf-2019")
    pledges = Pledge.objects.bulk_create(
        Pledge(reference=f"SMP-{number:04}", occasion=occasion, published_at=THEN, is_sample=True)
        for number in range(ALL)
    )
    versions = PledgeVersion.objects.bulk_create(
        PledgeVersion(pledge=pledge, number=1, valid_from=THEN, title=f"Sample {pledge.reference}")
        for pledge in pledges
    )
    PledgeParty.objects.bulk_create(PledgeParty(version=version, stakeholder=lead, role="lead") for version in versions)
    stages = [stage for stage, number in PUBLISHED.items() for stage in repeat(stage, number)]
    ProgressUpdate.objects.bulk_create(
        ProgressUpdate(
            pledge=pledge,
            stakeholder=lead,
            state="accepted",
            stage=stage,
            saved_at=THEN,
            first_submitted_at=THEN,
            accepted_at=THEN,
        )
        for pledge, stage in zip(pledges, stages, strict=False)
    )


@pytest.mark.usefixtures("_samples")
def test_page_and_file_give_the_published_counts_and_both_shares(client):
    page = client.get("/pledges/").content.decode()
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    words = re.sub(r"<[^>]+>", " ", table).replace("\xa0", " ").split()
    file = b"".join(client.get("/pledges/export.csv").streaming_content).decode("utf-8-sig")

    assert " ".join(words) == (
        "Fulfilled 22 7.3 % 1.6 % In progress 212 70.4 % 15.1 % Planning stage 67 22.3 % 4.8 % "
        "No update yet 1099 – 78.5 %"
    )
    assert "Of the 301 with an update" in page
    assert "Of all 1400" in page or "Of all 1,400" in page
    assert re.search(r"An update was published for 301 of 1,?400 pledges \(21.5 %\)\.", page.replace("\xa0", " "))
    # The source printed 22.2 % for the 22.26 %; the page says that such a tenth is due to rounding.
    assert "may differ by 0.1 from figures that were printed elsewhere" in page
    assert Counter(row["stage"] for row in csv.DictReader(StringIO(file))) == PUBLISHED | {"": ALL - 301}
