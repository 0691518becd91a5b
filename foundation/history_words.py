"""What the entries of the history say, in words for staff. Each room registers the words of its own verbs and facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from foundation.models import HistoryEntry

Words = str | Promise
_verbs: dict[str, Words] = {}
_facts: dict[str, Words] = {}


@dataclass(frozen=True)
class Told:
    """An entry with its verb and its facts in words; each fact with the value before and after."""

    entry: HistoryEntry
    verb: str
    fields: list[tuple[str, str, str]]


def register_words(verbs: Mapping[str, Words], facts: Mapping[str, Words]) -> None:
    """Says how the verbs of a room read, and what the keys of their changes are called."""
    _verbs.update(verbs)
    _facts.update(facts)


def knows_verb(verb: str) -> bool:
    """Whether some room has words for it."""
    return verb in _verbs


def told(entry: HistoryEntry) -> Told:
    """An entry in words; what it says in another shape than old and new is shown as the new value."""
    # Databases keep the keys of JSON in orders of their own.
    pairs = sorted((str(_facts.get(name, name)), *_old_and_new(value)) for name, value in entry.changes.items())
    return Told(entry, str(_verbs.get(entry.verb, entry.verb)), pairs)


def _old_and_new(value: Any) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        return _words(value[0]), _words(value[1])
    return "", _words(value)


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    if isinstance(value, dict):
        return "; ".join(f"{_facts.get(key, key)}: {_words(each)}" for key, each in sorted(value.items()))
    return "" if value is None else str(value)
