"""Atom feeds (RFC 4287) that are dated by their rows: equal rows give equal bytes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.utils.feedgenerator import Atom1Feed

from foundation.text import clean_line, clean_text, xml_text


@dataclass(frozen=True)
class Entry:
    """One thing that a reader is told; ``summary`` is plain text and may have lines."""

    uuid: UUID
    title: str
    summary: str
    address: str
    changed_at: datetime


class _DatedAtom(Atom1Feed):
    """Django's feed with a moment that is given, never that of today."""

    changed_at: datetime

    def latest_post_date(self) -> datetime:
        return self.changed_at


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
        )
    content: bytes = atom.writeString("utf-8").encode()
    return content


def _line(text: str) -> str:
    return xml_text(clean_line(text))
