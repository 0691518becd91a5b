"""The coming events of a cycle as an Atom feed (RFC 4287). Equal rows give equal bytes."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from events.dates import date_words, time_words
from events.models import Event
from foundation.text import clean_line, clean_text, xml_text


class DatedAtom(Atom1Feed):
    """Atom whose moment is that of the newest entry, never now."""

    changed_at: datetime

    def latest_post_date(self) -> datetime:
        """When anything in it changed last."""
        return self.changed_at


def coming_feed(
    title: str,
    events: Iterable[Event],
    *,
    page: str,
    feed: str,
    changed_at: datetime,
    address_of: Callable[[Event], str],
) -> bytes:
    """The feed of ``events`` in the order given; all addresses are absolute, ``changed_at`` is the feed's moment."""
    atom = DatedAtom(
        title=xml_text(clean_line(title)), link=page, description="", feed_url=feed, feed_guid=feed, language="en"
    )
    atom.changed_at = changed_at.astimezone(UTC)
    for event in events:
        atom.add_item(
            title=xml_text(clean_line(f"{_when(event)}: {event.title}")),
            link=address_of(event),
            description=_summary(event),
            unique_id=f"urn:uuid:{event.uuid}",
            updateddate=event.updated_at.astimezone(UTC),
        )
    content: bytes = atom.writeString("utf-8").encode()
    return content


def _when(event: Event) -> str:
    words = date_words(event.starts_on, event.ends_before, event.precision, with_year=True)
    return (
        words if event.date_confirmed or event.starts_on is None else _("%(date)s (to be confirmed)") % {"date": words}
    )


def _summary(event: Event) -> str:
    facts = [event.get_kind_display(), event.get_mode_display() if event.mode else "", event.place]
    if event.starts_on and event.last_day and event.start_time:
        facts.append(time_words(event.starts_on, event.last_day, event.start_time, event.end_time, event.zone))
    if event.status != Event.Status.SCHEDULED:
        facts.insert(0, f"{event.get_status_display().capitalize()}. {event.status_reason}".strip())
    lines = [" · ".join(fact for fact in facts if fact), event.description]
    return xml_text(clean_text("\n\n".join(line for line in lines if line)))
