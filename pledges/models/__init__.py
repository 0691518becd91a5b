"""Pledges; the progress reported on them; the windows in which it is asked for."""

from pledges.models.evidence import EvidenceFile
from pledges.models.match import PledgeMatch
from pledges.models.partner import PartnerNote
from pledges.models.pledge import ContributionType, Objective, Pledge, PledgeParty, PledgeVersion, Theme
from pledges.models.proposal import PledgeProposal
from pledges.models.review import ReviewPolicy
from pledges.models.update import Confirmation, ProgressUpdate, Stage, UpdateRound
from pledges.models.window import Handover, Reminder, ReminderRule, UpdateWindow
from pledges.models.wording import ReminderWording
from pledges.models.words import PledgeWords

__all__ = [
    "Confirmation",
    "ContributionType",
    "EvidenceFile",
    "Handover",
    "Objective",
    "PartnerNote",
    "Pledge",
    "PledgeMatch",
    "PledgeParty",
    "PledgeProposal",
    "PledgeVersion",
    "PledgeWords",
    "ProgressUpdate",
    "Reminder",
    "ReminderRule",
    "ReminderWording",
    "ReviewPolicy",
    "Stage",
    "Theme",
    "UpdateRound",
    "UpdateWindow",
]
