"""Cycles and their roadmaps, the programmes of events, the pages of a meeting."""

from events.models.change import EventChange
from events.models.meeting import MeetingText, Question, QuestionGroup
from events.models.programme import Document, Session, Speaker
from events.models.roadmap import RESERVED_SLUGS, Cycle, CycleQuerySet, Event, EventQuerySet

__all__ = [
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
