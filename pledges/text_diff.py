"""Two texts beside each other, with the words marked in which they differ. Knows nothing of updates."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

# Beyond this many words finding the differences takes too long for a page: all is marked then.
WORDS_AT_MOST: Final = 4_000
# Writing without spaces is compared sign by sign, numbers as a whole.
_WORD = re.compile(
    r"\s+|\d+(?:[.,]\d+)*|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
    r"|[.,;:!?()\"“”«»、。]|[^\s.,;:!?()\"“”«»、。\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)


@dataclass(frozen=True)
class Piece:
    """A stretch of a text that the other text has as well, or has not."""

    text: str
    differs: bool = False


Pieces = tuple[Piece, ...]


def compare_texts(old: str, new: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces; joined again they are the texts."""
    if old == new:
        return _whole(old), _whole(new)
    was, now = _WORD.findall(old), _WORD.findall(new)
    if max(len(was), len(now)) > WORDS_AT_MOST:
        return _whole(old, differs=True), _whole(new, differs=True)
    old_marks, new_marks = [True] * len(was), [True] * len(now)
    for block in SequenceMatcher(None, was, now).get_matching_blocks():
        old_marks[block.a : block.a + block.size] = new_marks[block.b : block.b + block.size] = [False] * block.size
    return _joined(was, old_marks), _joined(now, new_marks)


def compare_lists(old: Sequence[tuple[str, str]], new: Sequence[tuple[str, str]]) -> tuple[list[Pieces], list[Pieces]]:
    """The items of two lists, each a key and a text: the same key is the same item, whatever its place.

    An item that only one of them has is marked whole; of two with the same key the words that differ.
    """
    waiting: dict[str, list[int]] = defaultdict(list)
    for place, (key, _text) in enumerate(old):
        waiting[key].append(place)
    was = [_whole(text, differs=True) for _key, text in old]
    now = []
    for key, text in new:
        if waiting[key]:
            place = waiting[key].pop(0)
            was[place], pieces = compare_texts(old[place][1], text)
        else:
            pieces = _whole(text, differs=True)
        now.append(pieces)
    return was, now


def _whole(text: str, *, differs: bool = False) -> Pieces:
    return (Piece(text, differs),) if text else ()


def _joined(words: list[str], marks: list[bool]) -> Pieces:
    """Neighbours of one kind become one piece; a space between two changed words belongs to them."""
    pieces: list[Piece] = []
    for place, (word, differs) in enumerate(zip(words, marks, strict=True)):
        is_gap = word.isspace() and 0 < place < len(words) - 1
        between = is_gap and marks[place - 1] and marks[place + 1]
        if pieces and pieces[-1].differs == (differs or between):
            pieces[-1] = Piece(pieces[-1].text + word, pieces[-1].differs)
        else:
            pieces.append(Piece(word, differs or between))
    return tuple(pieces)
