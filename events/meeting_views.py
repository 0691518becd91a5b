"""A meeting's own pages: what it is for, when and where, its questions and its documents."""

from django import forms
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from events import meeting
from events.links import is_web_address
from events.models import Cycle, Document, EventQuerySet, MeetingText, Question, Session
from events.models.meeting import MeetingTextQuerySet, QuestionQuerySet
from events.models.programme import DocumentQuerySet, SessionQuerySet
from events.moves import with_moves
from events.programme import shelves
from events.roadmap import local_day, place_in_time
from events.stamp import CALENDAR
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody
from foundation.text import clean_line

_LONGEST_SEARCH = 100
_LONGEST_DESCRIPTION = 160


class SearchForm(forms.Form):
    """What a reader looks for."""

    q = forms.CharField(label=_("Search the questions"), required=False, max_length=_LONGEST_SEARCH)

    def clean_q(self) -> str:
        """On one line."""
        return clean_line(self.cleaned_data["q"])


def _public_cycle(slug: str) -> Cycle:
    return get_object_or_404(Cycle.objects.for_public(), slug=slug)


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def overview(request: PortalRequest, slug: str) -> HttpResponse:
    """Purpose and priorities, dates, place, participation, programme, contact."""
    cycle = _public_cycle(slug)
    return render_overview(
        request,
        cycle,
        texts=MeetingText.objects.for_public().filter(cycle=cycle),
        events=cycle.events.for_public(),
        sessions=Session.objects.for_public(),
    )


def render_overview(
    request: PortalRequest,
    cycle: Cycle,
    *,
    texts: MeetingTextQuerySet,
    events: EventQuerySet,
    sessions: SessionQuerySet,
    preview: bool = False,
) -> HttpResponse:
    """The page of the given rows; the admin's preview gives unpublished ones as well."""
    by_part = meeting.texts_by_part(texts)
    with_programme = events.annotate(has_programme=Exists(sessions.filter(event=OuterRef("pk"))))
    rows = list(with_moves(with_programme.in_roadmap_order()))
    today = local_day(request.at, cycle)
    context = {
        "cycle": cycle,
        "today": today,
        "texts": by_part,
        "description": meeting.description_of(cycle, by_part)[:_LONGEST_DESCRIPTION],
        "meetings": [place_in_time(event, request.at, today) for event in meeting.meeting_events(rows)],
        "registrations": [event for event in meeting.registrations(rows) if is_web_address(event.registration_url)],
        "programmes": [event for event in rows if event.has_programme],  # type: ignore[attr-defined] # annotated above
        "preview": preview,
        "here": "overview",
    }
    return render(request, "events/meeting.html", context)


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Frequently asked questions by group, or those that hold the words looked for."""
    cycle = _public_cycle(slug)
    return render_questions(request, cycle, Question.objects.for_public().filter(group__cycle=cycle))


def render_questions(
    request: HttpRequest, cycle: Cycle, rows: QuestionQuerySet, *, preview: bool = False
) -> HttpResponse:
    """The page of the given questions; the admin's preview gives unpublished ones as well."""
    form = SearchForm(request.GET or None)
    wanted = form.cleaned_data["q"] if form.is_valid() else ""
    every = meeting.questions_of(rows)
    shown = meeting.found_in(every, wanted) if wanted else every
    context = {
        "cycle": cycle,
        "form": form,
        "wanted": wanted,
        "groups": meeting.grouped(shown),
        "shown": len(shown),
        "total": len(every),
        "preview": preview,
        "here": "questions",
    }
    return render(request, "events/questions.html", context)


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def documents(request: HttpRequest, slug: str) -> HttpResponse:
    """All public documents of a cycle: the meeting's own, then by event."""
    cycle = _public_cycle(slug)
    return render_documents(request, cycle, Document.objects.for_public().filter(cycle=cycle))


def render_documents(
    request: HttpRequest, cycle: Cycle, rows: DocumentQuerySet, *, preview: bool = False
) -> HttpResponse:
    """The page of the given documents; the admin's preview gives unpublished ones as well."""
    context = {"cycle": cycle, "shelves": shelves(rows), "preview": preview, "here": "documents"}
    return render(request, "events/documents.html", context)
