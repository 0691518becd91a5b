"""The programme of an event: its page, its calendar, and the files beside it."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from events import programme_ical
from events.models import Document, Event, Session
from events.models.programme import DocumentQuerySet, SessionQuerySet
from events.programme import programme_of, with_speakers
from events.publishing import newest_public_change
from events.stamp import CALENDAR
from foundation.downloads import download
from foundation.http import PortalRequest
from foundation.page_cache import kept_for_everybody


@require_safe
@kept_for_everybody(stamp=CALENDAR)
def programme(request: HttpRequest, slug: str) -> HttpResponse:
    """The sessions of an event by day, with all that is public about them."""
    event = get_object_or_404(Event.objects.for_public().select_related("cycle"), slug=slug)
    sessions, documents = Session.objects.for_public(), Document.objects.for_public()
    return render_programme(request, event, sessions.filter(event=event), documents.filter(event=event))


def render_programme(
    request: HttpRequest,
    event: Event,
    sessions: SessionQuerySet,
    documents: DocumentQuerySet,
    *,
    preview: bool = False,
) -> HttpResponse:
    """The programme page of the given sessions and documents; the admin's preview gives unpublished ones as well."""
    days, beside = programme_of(event, sessions, documents)
    context = {"event": event, "cycle": event.cycle, "days": days, "documents": beside, "preview": preview}
    return render(request, "events/programme.html", context)


@require_safe
@kept_for_everybody(stamp=CALENDAR, whoever_asks=True)
def programme_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The programme as a calendar, the same bytes for everybody until something changes."""
    event = get_object_or_404(Event.objects.for_public().select_related("cycle"), slug=slug)
    changed_at = _changed_at(event)
    with translation.override(settings.LANGUAGE_CODE):
        content = programme_ical.programme_calendar(
            event,
            with_speakers(Session.objects.for_public().filter(event=event)),
            uid_host=settings.CALENDAR_UID_HOST,
            address=settings.SITE_URL + reverse("events:programme", args=[event.slug]),
            changed_at=changed_at,
        )
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Last-Modified"] = http_date(changed_at.timestamp())
    return response


def _changed_at(event: Event) -> datetime:
    """When the public part of a programme changed last; the going of a session is a change, a draft is none."""
    moments = [
        newest_public_change(event.sessions.all()),
        event.updated_at,
        event.published_at,
        event.cycle.published_at,
    ]
    return max(moment for moment in moments if moment)


@require_safe
def document(request: PortalRequest, uuid: str) -> HttpResponseBase:
    """The file of a public document, to be saved."""
    return file_of(get_object_or_404(Document.objects.for_public().exclude(file=""), uuid=uuid))


def file_of(found: Document) -> HttpResponseBase:
    """A document's file, under the type that its content has, in a way that no browser runs anything in it."""
    return download(found.file, name=found.file_name, content_type=found.content_type, row=f"document {found.uuid}")
