"""What changed in a roadmap as an Atom feed. Equal rows give equal bytes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from events.changes import DescribedChange
from events.coming import DatedAtom
from events.models import Event
from foundation.text import clean_line, xml_text


def change_feed(
    title: str,
    changes: Iterable[DescribedChange],
    *,
    page: str,
    feed: str,
    changed_at: datetime,
    address_of: Callable[[Event], str],
) -> bytes:
    """The feed of ``changes`` in the order given; all addresses are absolute, ``changed_at`` is the feed's moment."""
    atom = DatedAtom(title=_line(title), link=page, description="", feed_url=feed, feed_guid=feed, language="en")
    atom.changed_at = changed_at.astimezone(UTC)
    for told in changes:
        event = told.change.event
        atom.add_item(
            title=_line(f"{event.title}: {told.what}"),
            link=address_of(event),
            description=_line(f"{told.words}. {told.reason}".strip()),
            unique_id=f"urn:uuid:{told.change.uuid}",
            updateddate=told.change.at.astimezone(UTC),
        )
    content: bytes = atom.writeString("utf-8").encode()
    return content


def _line(text: str) -> str:
    return xml_text(clean_line(text))
