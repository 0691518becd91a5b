"""Atom feeds (RFC 4287) that are dated by their rows: equal rows give equal bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.utils.feedgenerator import Atom1Feed

from foundation.text import clean_line, clean_text, xml_text


@dataclass(frozen=True)
class Entry:
    """One thing that a reader is told; ``summary`` is plain text, may have lines, and may be in another language."""

    uuid: UUID
    title: str
    summary: str
    address: str
    changed_at: datetime
    language: str = ""


class _DatedAtom(Atom1Feed):
    """Django's feed with a moment that is given, never that of today."""

    changed_at: datetime

    def latest_post_date(self) -> datetime:
        return self.changed_at

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:
        """With a summary that is text, not markup as Django says, and that names its language."""
        summary, language = item["description"], item["language"]
        super().add_item_elements(handler, item | {"description": None})
        attributes = {"type": "text"} | ({"xml:lang": language} if language else {})
        handler.addQuickElement("summary", summary, attributes)


def atom_feed(
    title: str, entries: Iterable[Entry], *, page: str, feed: str, changed_at: datetime, language: str = "en"
) -> bytes:
    """The feed of ``entries`` in the order given; all addresses are absolute, ``changed_at`` is the feed's moment."""
    atom = _DatedAtom(title=_line(title), link=page, description="", feed_url=feed, feed_guid=feed, language=language)
    atom.changed_at = changed_at.astimezone(UTC)
    for entry in entries:
        atom.add_item(
            title=_line(entry.title),
            link=entry.address,
            description=xml_text(clean_text(entry.summary)),
            unique_id=f"urn:uuid:{entry.uuid}",
            updateddate=entry.changed_at.astimezone(UTC),
            language=entry.language,
        )
    content: bytes = atom.writeString("utf-8").encode()
    return content


def _line(text: str) -> str:
    return xml_text(clean_line(text))
