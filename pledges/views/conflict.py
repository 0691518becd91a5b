"""Two people, or two tabs, wrote the same update: both texts side by side, field by field, with a way on."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from foundation.http import PortalRequest
from pledges.access import MyPledge, get_my_pledge
from pledges.content import FIELD_LABELS, Content, content_of, empty_content
from pledges.forms import UpdateForm, form_names, initial_of
from pledges.refusals import StaleRevision
from pledges.round_text import fields_of, pairs_of

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
        "differing": [(pair, [again[name] for name in form_names(pair.new.name)]) for pair in pairs if pair.differs],
        "same": [again[name] for pair in pairs if not pair.differs for name in form_names(pair.new.name)],
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
    picked = [name for name in FIELD_LABELS if typed.get(_PICK + name) == THEIRS]
    if not picked or typed.get("revision") != str(mine.revision):
        return typed
    values = initial_of(_standing(mine), revision=mine.revision)
    merged = typed.copy()
    for field in picked:
        for name in form_names(field):
            merged[name] = values.get(name, "")
    return merged


def _standing(mine: MyPledge) -> Content:
    """What stands on the server: the open update, else the last published one, else nothing."""
    if mine.open_update:
        return content_of(mine.open_update)
    return mine.last_round.content if mine.last_round else empty_content()


def _theirs(mine: MyPledge, stale: StaleRevision) -> Content:
    return content_of(stale.current) if stale.current else _standing(mine)
