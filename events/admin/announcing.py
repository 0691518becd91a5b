"""The part of the event's form that shows what will be announced before it is."""

import json
from copy import copy
from hashlib import sha256

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.changes import change_words
from events.facts import ChangedFacts, changed_facts
from events.models import Event
from events.workflow import EDITABLE


class AnnouncingForm(forms.ModelForm):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """An edit of a public event that tells something is saved the second time, when it has been seen."""

    change_reason = forms.CharField(
        label=gettext_lazy("Why it changes"),
        required=False,
        max_length=250,
        widget=forms.TextInput(attrs={"size": 80}),
        help_text=gettext_lazy("Public: told with the change of a date, time, place or status."),
    )
    only_corrects = forms.BooleanField(
        label=gettext_lazy("Only corrects a mistake"),
        required=False,
        help_text=gettext_lazy("Nobody is told. Calendars that people subscribed to follow all the same."),
    )
    # Names the changes that this person has been shown; the second save is for these and no others.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def show_what_will_be_announced(self) -> None:
        """Refuses the first save of changes that will be told, with the changes in words."""
        if self.instance.pk is None or self.instance.published_at is None or self.cleaned_data.get("only_corrects"):
            return
        stored = Event.objects.get(pk=self.instance.pk)
        facts = changed_facts(stored, self._edited(stored))
        seen = sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        if facts and self.cleaned_data.get("seen") != seen:
            self.replace_typed("seen", seen)
            self.add_error(None, self._announcement(facts))

    def _announcement(self, facts: ChangedFacts) -> str:
        told = [change_words(fact, old, new) for fact, (old, new) in facts.items()]
        return _(
            "Saving will announce: %(changes)s. It shows on the public pages, and subscribers' calendars change. "
            "Nothing is saved yet. Save again to announce it, or tick “Only corrects a mistake”."
        ) % {"changes": "; ".join(told)}

    def _edited(self, stored: Event) -> Event:
        edited = copy(stored)
        for name in EDITABLE:
            if name in self.cleaned_data:
                setattr(edited, name, self.cleaned_data[name])
        edited.ends_before = self.instance.ends_before
        return edited

    def replace_typed(self, name: str, value: str) -> None:
        """Puts another value into what was typed, so that the form that is shown again carries it."""
        typed = QueryDict("", mutable=True)
        typed.update(self.data)
        typed[self.add_prefix(name)] = value
        self.data = typed
