"""Answers of the workflow to people who come too late or too early."""

from django.utils.translation import gettext as _

from pledges.models import ProgressUpdate


class Refused(Exception):  # noqa: N818 -- a refusal is an answer to a person, not an error
    """The step cannot be taken now. The text is a sentence for the person who tried."""


class StaleRevision(Refused):
    """Somebody else was faster. ``current`` is the open update as it stands now, None if there is none."""

    def __init__(self, current: ProgressUpdate | None) -> None:
        super().__init__(_("Somebody saved this update after you had opened it."))
        self.current = current


class AlreadyDecided(Refused):
    """Another reviewer was faster."""
