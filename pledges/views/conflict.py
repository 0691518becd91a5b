"""Two people, or two tabs, wrote the same text: both side by side, field by field, with a way on."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from foundation.http import PortalRequest
from pledges.access import MyPledge, get_my_pledge
from pledges.content import FIELD_LABELS, Content, content_of, empty_content
from pledges.forms import UpdateForm, form_names, initial_of
from pledges.refusals import StaleRevision
from pledges.round_text import Pair, fields_of, pairs_of

_PICK = "pick_"
THEIRS = "theirs"


def page(request: PortalRequest, mine: MyPledge, form: UpdateForm, stale: StaleRevision) -> HttpResponse:
    """What stands now beside what was typed; where it can be written to, the form carries the fresh revision."""
    # What was read at the beginning of the request may be older than what beat us.
    mine = get_my_pledge(request.user, mine.pledge.reference, at=request.at)
    current = stale.current
    theirs = _theirs(mine, stale)
    pairs = pairs_of(fields_of(theirs), fields_of(form.content))
    again = UpdateForm(initial=initial_of(form.content, revision=mine.revision))
    context = {
        "mine": mine,
        "current": current,
        "can_write": current is None or current.is_editable,
        **sorted_fields(pairs, again, form_names),
        "revision": mine.revision,
        "their_language": theirs["language"],
        "lost_file": "evidence" in request.FILES,
        "zone": getattr(request.user, "zone", "UTC"),
    }
    return render(request, "pledges/conflict.html", context, status=409)


def resolved(typed: QueryDict, mine: MyPledge) -> QueryDict:
    """What the conflict page sent: fields for which "theirs" was picked get what stands on the server.

    Only if that is still what the page showed; otherwise the stale revision brings the page once more.
    """
    if typed.get("revision") != str(mine.revision):
        return typed
    return with_theirs(typed, FIELD_LABELS, initial_of(_standing(mine), revision=mine.revision), form_names)


def sorted_fields(
    pairs: Iterable[Pair], again: forms.Form, inputs_of: Callable[[str], list[str]]
) -> dict[str, list[Any]]:
    """For the page: the fields that differ, each with its inputs, and the inputs of those that do not."""
    inputs = [(pair, [again[name] for name in inputs_of(pair.new.name) if name in again.fields]) for pair in pairs]
    return {
        "differing": [(pair, own) for pair, own in inputs if pair.differs and own],
        "same": [each for pair, own in inputs if not pair.differs for each in own],
    }


def with_theirs(
    typed: QueryDict, fields: Iterable[str], values: Mapping[str, Any], inputs_of: Callable[[str], list[str]]
) -> QueryDict:
    """What the conflict page sent, with ``values`` in the fields for which "theirs" was picked."""
    merged = typed.copy()
    for field in fields:
        if typed.get(_PICK + field) == THEIRS:
            for name in inputs_of(field):
                value = values.get(name, "")
                merged.setlist(name, value if isinstance(value, list) else [value])
    return merged


def _standing(mine: MyPledge) -> Content:
    """What stands on the server: the open update, else the last published one, else nothing."""
    if mine.open_update:
        return content_of(mine.open_update)
    return mine.last_round.content if mine.last_round else empty_content()


def _theirs(mine: MyPledge, stale: StaleRevision) -> Content:
    return content_of(stale.current) if stale.current else _standing(mine)
