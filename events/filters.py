"""The query string of a roadmap: the same for every view, its feed and its subscription."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Stakeholder
from events.models import Event, EventQuerySet
from foundation.text import clean_line

NAMES = ("kind", "mode", "status", "group", "q")
_LONGEST_TEXT = 100


class RoadmapFilterForm(forms.Form):
    """Parses the query string. A value that cannot be read is named beside its field and left out."""

    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *Event.Kind.choices])
    mode = forms.ChoiceField(
        label=_("Held"),
        required=False,
        choices=[("", _("Any")), *((value, label) for value, label in Event.Mode.choices if value)],
    )
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("Any")), *Event.Status.choices])
    group = forms.ChoiceField(
        label=_("For"),
        required=False,
        choices=[("", _("Everybody")), *Stakeholder.Kind.choices],
        help_text=_("Events that name no group are for all."),
    )
    q = forms.CharField(label=_("Words"), required=False, max_length=_LONGEST_TEXT)

    def clean_q(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["q"])

    def chosen(self) -> dict[str, str]:
        """The filters that were given and understood, in a fixed order."""
        self.full_clean()
        return {name: self.cleaned_data[name] for name in NAMES if self.cleaned_data.get(name)}

    def query(self) -> str:
        """The one query string that means these filters, without "?"; empty when nothing is filtered."""
        return urlencode(self.chosen())


def asks_for_filter(asked: QueryDict) -> bool:
    """Whether a query string names any filter, understood or not."""
    return any(asked.get(name) for name in NAMES)


def filter_events(events: EventQuerySet, chosen: dict[str, str]) -> EventQuerySet:
    """The events that every chosen filter lets through."""
    plain = {name: chosen[name] for name in ("kind", "mode", "status") if name in chosen}
    found = events.filter(**plain)
    if "group" in chosen:
        found = _for_group(found, chosen["group"])
    for word in chosen.get("q", "").split():
        found = found.filter(Q(title__icontains=word) | Q(description__icontains=word) | Q(place__icontains=word))
    return found


def _for_group(events: EventQuerySet, group: str) -> EventQuerySet:
    # Of JSON only its text is searched the same way on both databases; quotes keep "state" from "state-owned".
    named: Any = events.annotate(groups=Cast("audiences", TextField()))
    found: EventQuerySet = named.filter(Q(audiences=[]) | Q(groups__contains=f'"{group}"'))
    return found
