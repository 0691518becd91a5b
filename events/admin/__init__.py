"""The staff's pages for cycles and events."""

from events.admin.cycles import CycleAdmin
from events.admin.documents import DocumentAdmin
from events.admin.events import EventAdmin
from events.admin.meeting import MeetingTextAdmin, QuestionAdmin, QuestionGroupAdmin
from events.admin.sessions import SessionAdmin

__all__ = [
    "CycleAdmin",
    "DocumentAdmin",
    "EventAdmin",
    "MeetingTextAdmin",
    "QuestionAdmin",
    "QuestionGroupAdmin",
    "SessionAdmin",
]
