"""Folds texts of any language to words that can be found and sorted, and keeps them for each pledge.

Kept in the transaction of each change by the functions that write versions, merge stakeholders or change their
names. Whoever writes past them runs ``manage.py keep_words``.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, Q

from accounts.models import Country, Stakeholder
from pledges.models import Pledge, PledgeParty, PledgeVersion, PledgeWords
from pledges.models.pledge import PledgeQuerySet
from pledges.models.words import SORT_KEY_AT_MOST

# A tsvector holds a megabyte at most; a word of more letters is none.
TEXT_AT_MOST = 50_000
WORD_AT_MOST = 60
_AT_ONCE = 500
_FIELDS = ("sort_title", "sort_lead", "title", "names", "description")
# Letters that no decomposition takes apart, as people without them on the keyboard write them.
_PLAIN_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
# Chinese and Japanese put no space between words, so that each sign is one.
_SIGN = "\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(f"[{_SIGN}]|[^\\W_{_SIGN}]+")


def fold(text: str) -> str:
    """The words of a text without accents, capitals and punctuation, one space between: "Élargir!" is "elargir"."""
    # Folding of case may bring accents back ("İ").
    folded = _without_accents(_without_accents(text[:TEXT_AT_MOST]).casefold().translate(_PLAIN_LETTERS))
    return " ".join(word[:WORD_AT_MOST] for word in _WORD.findall(folded))


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words_of(version: PledgeVersion, parties: Iterable[PledgeParty], countries: Iterable[Country]) -> PledgeWords:
    """The words of an open version. Stakeholders that are not to be named are not found by their names."""
    named = [(party, _shown(party)) for party in parties]
    shown = [one for _party, one in named if one]
    places = [*countries, *(one.country for one in shown if one.country)]
    names = [
        version.pledge.reference,
        *(one.name for one in shown),
        *(party.label for party, _one in named),
        *dict.fromkeys(place.name for place in places),
    ]
    title = fold(version.title)
    lead = next((one.name for party, one in named if one and party.role == "lead"), "")
    return PledgeWords(
        pledge_id=version.pledge_id,
        sort_title=title[:SORT_KEY_AT_MOST],
        sort_lead=fold(lead)[:SORT_KEY_AT_MOST],
        title=title,
        names=fold(" ".join(names)),
        description=fold(version.description),
    )


def _shown(party: PledgeParty) -> Stakeholder | None:
    stakeholder = party.stakeholder and (party.stakeholder.merged_into or party.stakeholder)
    return stakeholder if stakeholder and stakeholder.is_public else None


def keep(rows: Sequence[PledgeWords]) -> None:
    """Saves words in the place of those that were kept before, in one query."""
    PledgeWords.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["pledge"], update_fields=_FIELDS, batch_size=_AT_ONCE
    )


def keep_words(pledges: PledgeQuerySet) -> int:
    """Works out the words of these pledges anew; how many they are."""
    parties = PledgeParty.objects.select_related("stakeholder__country", "stakeholder__merged_into__country")
    open_versions = PledgeVersion.objects.filter(valid_until=None, pledge__in=pledges.order_by().values("pk"))
    versions = open_versions.select_related("pledge").prefetch_related(
        "host_countries", Prefetch("parties", queryset=parties)
    )
    count, rows = 0, []
    for version in versions.order_by("pk").iterator(chunk_size=_AT_ONCE):
        rows.append(words_of(version, version.parties.all(), version.host_countries.all()))
        if len(rows) == _AT_ONCE:
            keep(rows)
            count, rows = count + len(rows), []
    keep(rows)
    return count + len(rows)


def stakeholder_changed(stakeholder: Stakeholder) -> None:
    """Works out anew the words of all pledges behind which a stakeholder stands, under whatever name."""
    parties = PledgeParty.objects.filter(version__valid_until=None).filter(
        Q(stakeholder=stakeholder) | Q(stakeholder__merged_into=stakeholder)
    )
    keep_words(Pledge.objects.filter(pk__in=parties.values("version__pledge")))
