"""Cycles and their roadmaps, the programmes of events, the pages of a meeting."""

from events.models.change import EventChange
from events.models.cycle import RESERVED_SLUGS, Cycle, CycleQuerySet
from events.models.meeting import MeetingText, Question, QuestionGroup
from events.models.programme import Document, Session, Speaker
from events.models.roadmap import LONGEST_DESCRIPTION, Event, EventQuerySet

__all__ = [
    "LONGEST_DESCRIPTION",
    "RESERVED_SLUGS",
    "Cycle",
    "CycleQuerySet",
    "Document",
    "Event",
    "EventChange",
    "EventQuerySet",
    "MeetingText",
    "Question",
    "QuestionGroup",
    "Session",
    "Speaker",
]
