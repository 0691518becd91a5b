"""Facts of pledges in the reader's words, for templates."""

from datetime import datetime, timedelta

from django import template
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from pledges import wording
from pledges.models import PledgeParty, PledgeVersion, Stage
from pledges.models.update import ScopeChange

register = template.Library()
register.filter("language_name", wording.language_name)
register.filter("text_direction", wording.text_direction)
register.filter("is_web_link", wording.is_web_link)
register.filter("web_host", wording.web_host)


@register.filter
def stage_label(stage: str | None) -> str:
    """The words for a stage, and for none."""
    return str(Stage(stage).label) if stage else _("No update yet")


@register.filter
def scope_label(scope_change: str | None) -> str:
    """The word for a change of scope, empty for none."""
    return str(ScopeChange(scope_change).label) if scope_change else ""


@register.filter
def ago(moment: datetime, at: datetime) -> str:
    """How long before ``at`` something was, in its largest unit: "3 months ago"."""
    if at - moment < timedelta(hours=1):
        return _("just now")
    return _("%(age)s ago") % {"age": timesince(moment, at, depth=1)}


@register.filter
def lead_name(version: PledgeVersion) -> str:
    """The public name of who leads; empty if a version has no lead."""
    return next((wording.party_name(party) for party in version.parties.all() if party.role == "lead"), "")


@register.filter
def lead_page(version: PledgeVersion) -> str:
    """The address of the public page of who leads; empty when the public is not told who that is."""
    leads = (party.stakeholder for party in version.parties.all() if party.role == "lead" and party.stakeholder)
    shown = next((lead.merged_into or lead for lead in leads), None)
    return reverse("pledges:stakeholder", args=[shown.slug]) if shown and shown.is_public else ""


@register.filter
def partner_names(version: PledgeVersion) -> list[str]:
    """The public names of the partners, and the labels of those that are no entity."""
    partners = [party for party in version.parties.all() if party.role == PledgeParty.Role.PARTNER]
    return [wording.party_name(party) for party in partners]


@register.filter
def target_words(version: PledgeVersion) -> str:
    """What was promised by when."""
    return wording.target_words(version)
