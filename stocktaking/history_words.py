"""What this room's entries in the history are called for staff."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, Promise] = {
    "finding.added": _("added the finding"),
    "finding.changed": _("changed the finding"),
    "finding.published": _("published the finding"),
    "finding.withdrawn": _("withdrew the finding"),
}
