"""Programmes and documents in templates."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from events.links import is_web_address
from events.models import Document, Event, Session
from events.programme import summary_of
from foundation.uploads import ENDINGS

register = template.Library()


@register.inclusion_tag("events/programme_summary.html", takes_context=True)
def programme_summary(context: dict[str, Any], event: Event) -> dict[str, Any]:
    """What an event's page says of its programme and documents. Costs two queries."""
    preview = bool(context.get("preview"))
    sessions = Session.objects.all() if preview else Session.objects.for_public()
    documents = Document.objects.all() if preview else Document.objects.for_public()
    return {
        "event": event,
        "preview": preview,
        "LANGUAGE_CODE": context.get("LANGUAGE_CODE"),
        "summary": summary_of(sessions.filter(event=event)),
        "documents": list(documents.filter(event=event, session=None)),
    }


@register.filter
def address(document: Document) -> str:
    """Where a document is read; empty when its link is none that a browser may follow."""
    return document.get_absolute_url() if document.file or is_web_address(document.url) else ""


@register.filter
def format_words(document: Document) -> str:
    """What comes when the link is followed, such as "PDF"; of a link to elsewhere its host."""
    if not document.file:
        return _("on another site")
    return ENDINGS.get(document.content_type, "").upper()
