"""Pledges; the progress reported on them; the windows in which it is asked for."""

from pledges.models.evidence import EvidenceFile
from pledges.models.partner import PartnerNote
from pledges.models.pledge import ContributionType, Objective, Pledge, PledgeParty, PledgeVersion, Theme
from pledges.models.proposal import PledgeProposal
from pledges.models.review import FieldComment, ReviewPolicy
from pledges.models.update import Confirmation, ProgressUpdate, Stage, UpdateRound
from pledges.models.window import Handover, Reminder, ReminderRule, UpdateWindow

__all__ = [
    "Confirmation",
    "ContributionType",
    "EvidenceFile",
    "FieldComment",
    "Handover",
    "Objective",
    "PartnerNote",
    "Pledge",
    "PledgeParty",
    "PledgeProposal",
    "PledgeVersion",
    "ProgressUpdate",
    "Reminder",
    "ReminderRule",
    "ReviewPolicy",
    "Stage",
    "Theme",
    "UpdateRound",
    "UpdateWindow",
]
