"""manage.py load_sample_findings: plainly named, once, and never in production."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from pledges.samples import load_samples
from stocktaking.models import Finding
from stocktaking.samples import load_sample_findings

AT = datetime(2021, 10, 20, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def test_production_refuses_them(settings):
    settings.QUICK_START = False
    with pytest.raises(CommandError, match="Nothing was added"):
        call_command("load_sample_findings")
    assert Finding.objects.count() == 0


def test_the_second_run_adds_nothing_and_keeps_edits(settings, capsys):
    settings.QUICK_START = True
    call_command("load_sample_findings")
    Finding.objects.update(text="edited")
    call_command("load_sample_findings")
    assert capsys.readouterr().out.splitlines() == ["Samples: 6 findings added.", "Samples: 0 findings added."]
    assert set(Finding.objects.values_list("text", flat=True)) == {"edited"}


def test_each_is_marked_as_a_sample_and_names_no_event(client):
    load_sample_findings(at=AT)
    assert {(row.is_sample, row.event) for row in Finding.objects.all()} == {(True, None)}
    page = client.get("/stocktaking/").content.decode()
    assert page.count('<span class="tag tag-sample">sample</span>') == 6


def test_samples_are_linked_to_sample_pledges_only():
    load_samples(at=AT)
    load_sample_findings(at=AT)
    linked = [pledge for finding in Finding.objects.all() for pledge in finding.pledges.all()]
    assert {pledge.is_sample for pledge in linked} == {True}
