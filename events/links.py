"""Links that staff put beside an event: only what a browser can follow safely is kept."""

import re
from typing import Any, TypedDict
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _

from foundation.text import clean_line

MOST_LINKS = 20
_LONGEST_LABEL = 120
_LONGEST_ADDRESS = 500
_is_url = URLValidator(schemes=["http", "https"])


class Link(TypedDict):
    """A label and the address behind it."""

    label: str
    url: str


def read_lines(text: str) -> list[Link]:
    """Reads one "label | address" a line. Raises ValidationError with a sentence for every bad line."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_LINKS:
        raise ValidationError(_("At most %(most)d links, please.") % {"most": MOST_LINKS})
    links, errors = [], []
    for number, line in lines:
        label, url = _label_and_address(line.strip())
        link = _safe({"label": label or url, "url": url})
        if link is None:
            errors.append(
                _("Line %(number)d: write a label, a bar, and a web address (https://…).") % {"number": number}
            )
        else:
            links.append(link)
    if errors:
        raise ValidationError(errors)
    return links


def _label_and_address(line: str) -> tuple[str, str]:
    """Parted at the bar before the address, which may hold bars of its own but no spaces."""
    parted = re.fullmatch(r"(.*?)\s*\|\s*(https?://\S+)", line, re.IGNORECASE)
    if parted:
        return parted[1], parted[2]
    label, _bar, url = (part.strip() for part in line.rpartition("|"))
    return label, url


def as_lines(stored: Any) -> str:
    """The links as ``read_lines`` reads them."""
    return "\n".join(f"{link['label']} | {link['url']}" for link in safe_links(stored))


def safe_links(stored: Any) -> list[Link]:
    """What may be shown of a stored value, whoever wrote it: links to http and https with a label."""
    if not isinstance(stored, list):
        return []
    return [link for entry in stored[:MOST_LINKS] if (link := _safe(entry))]


def _safe(entry: Any) -> Link | None:
    if not isinstance(entry, dict):
        return None
    label, url = entry.get("label"), entry.get("url")
    if not isinstance(url, str) or len(url) > _LONGEST_ADDRESS or not is_web_address(url):
        return None
    text = clean_line(label, at_most=_LONGEST_LABEL) if isinstance(label, str) else ""
    return {"label": text or url, "url": url}


def is_web_address(url: str) -> bool:
    """Whether a browser can follow it safely: http or https, a host, and no user name before it."""
    try:
        _is_url(url)
        return bool(urlsplit(url).hostname) and "@" not in urlsplit(url).netloc
    except (ValidationError, ValueError):
        return False
