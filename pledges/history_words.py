"""What this room's entries in the history are called for staff."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, Promise] = {
    "pledge.created": _("created the pledge"),
    "pledge.revised": _("changed the pledge"),
    "pledge.published": _("published the pledge"),
    "pledge.withdrawn": _("withdrew the pledge from the public"),
    "confirmed no change": _("confirmed: no significant change"),
    # Of a draft it is told that there is one, never what it says.
    "draft saved": _("saved a draft"),
    "partner's note saved": _("kept a partner's note"),
    "partner agreed": _("agreed with the text"),
    "evidence attached": _("attached a file"),
    "evidence taken out": _("took a file out"),
    "submitted": _("submitted the update"),
    "entered on behalf": _("entered an update on behalf of the stakeholder"),
    "imported": _("imported a past update"),
    "returned": _("returned the update"),
    "accepted": _("accepted the update"),
    "revoked": _("withdrew the update from the public"),
    "reminders.stopped": _("asked for no more reminders"),
    "reminders.resumed": _("asked for reminders again"),
}
FACTS: dict[str, Promise] = {
    "revision": _("revision"),
    "evidence": _("file"),
    "round": _("round"),
    "channel": _("channel"),
    "moment": _("moment"),
    "note": _("public note"),
    "partner": _("partner"),
    "title": _("title"),
    "description": _("description"),
    "themes": _("areas"),
    "contribution_types": _("types of contribution"),
    "objectives": _("objectives"),
    "host_countries": _("host countries"),
    "target_value": _("target"),
    "target_unit": _("unit"),
    "target_currency": _("currency"),
    "target_period": _("period"),
    "target_year": _("year"),
    "lead": _("lead"),
    "partners": _("partners"),
    "labels": _("further partners"),
    "parent": _("part of"),
    "occasion": _("made at"),
    "source_url": _("source"),
}
