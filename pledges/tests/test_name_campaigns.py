"""Reminders made before campaigns had names get the name of their window."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from foundation.mail import Content, enqueue
from foundation.models import OutgoingMail
from pledges import reminder_plan
from pledges.tests.factories import make_rule, make_window
from pledges.tests.test_reminders_command import AT

pytestmark = pytest.mark.django_db


def test_each_reminder_belongs_to_its_window_and_other_mail_to_none(cast):
    window = make_window()
    make_rule(window)
    reminder_plan.plan(at=AT)
    content = Content(subject="Subject", text="Text\n")
    enqueue(dedupe_key="a", purpose="test", address="a@example.org", content=content, at=AT, lasts=timedelta(days=1))
    planned = dict(OutgoingMail.objects.values_list("dedupe_key", "campaign"))
    OutgoingMail.objects.update(campaign="")

    import_module("pledges.migrations.0011_name_campaigns").name_campaigns(apps, None)

    assert dict(OutgoingMail.objects.values_list("dedupe_key", "campaign")) == planned
    assert sorted(planned.values()) == ["", window.campaign_name, window.campaign_name]
