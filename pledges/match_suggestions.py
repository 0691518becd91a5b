"""Which pledges fit which policy pledge that asks for support, and why, in words. Computed each time, never stored.

The database finds the nearest few hundred; a pure function puts pairs in order: by shared host countries, then by
shared areas, then by whether support meets policy. A pair that was offered once is not suggested again, whatever the
answer was.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Country
from pledges import matching, selectors
from pledges.models import Pledge, PledgeMatch, PledgeParty, PledgeVersion, Stage, Theme
from pledges.models.pledge import PledgeQuerySet
from pledges.models.update import ScopeChange
from pledges.windows import merges, survivor
from pledges.wording import party_name

# As many pledges as are compared with those that a page is about: the nearest by countries and areas.
_COMPARED_AT_MOST = 300
SHOWN_AT_MOST = 10
_IS_FULFILLED = Q(stage__isnull=False, stage=Stage.FULFILLED)
_IS_GIVEN_UP = Q(scope_change__isnull=False, scope_change=ScopeChange.WITHDRAWN)
_POLICY = "policy"
_SUPPORT = {
    "financial": gettext_lazy("financial support"),
    "material": gettext_lazy("material support"),
    "technical": gettext_lazy("technical support"),
}


@dataclass(frozen=True)
class Suggestion:
    """One pair: a pledge that asks, one that could be offered to it, and what both have in common.

    ``support`` is what the second gives where the first is about policy; empty where that is not so.
    """

    asking: PledgeVersion
    offering: PledgeVersion
    countries: tuple[str, ...]
    areas: tuple[str, ...]
    support: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int, bool, str, str]:
        """The smaller, the nearer; references make the order the same each time."""
        references = (self.asking.pledge.reference, self.offering.pledge.reference)
        return (-len(self.countries), -len(self.areas), not self.support, *references)

    @property
    def reason(self) -> str:
        """Why the two fit, for example "Both name Chad and Education."."""
        shared = get_text_list([*self.countries, *self.areas], _("and"))
        both = _("Both name %(shared)s.") % {"shared": shared}
        if not self.support:
            return both
        given = get_text_list([str(_SUPPORT[slug]) for slug in self.support], _("and"))
        return both + " " + _("One is about policy, the other gives %(support)s.") % {"support": given}

    @property
    def asking_lead(self) -> str:
        """The public name of who asks."""
        return party_name(_lead(self.asking))

    @property
    def offering_lead(self) -> str:
        """The public name of who could offer."""
        return party_name(_lead(self.offering))


def fit(asking: PledgeVersion, offering: PledgeVersion) -> Suggestion | None:
    """What two versions have in common; None where they share neither a host country nor an area."""
    countries = _shared(asking.host_countries.all(), offering.host_countries.all())
    areas = _shared(asking.themes.all(), offering.themes.all())
    if not countries and not areas:
        return None
    asked = {row.slug for row in asking.contribution_types.all()}
    given = {row.slug for row in offering.contribution_types.all()}
    support = tuple(slug for slug in _SUPPORT if slug in given) if _POLICY in asked else ()
    return Suggestion(asking, offering, countries, areas, support)


def suggest(
    asking: Iterable[PledgeVersion],
    offering: Collection[PledgeVersion],
    *,
    tried: Collection[tuple[int, int]] = (),
    merged: dict[int, int] | None = None,
) -> list[Suggestion]:
    """All pairs that fit, the nearest first, without those that one stakeholder leads both and those in ``tried``.

    ``tried`` holds keys of pledges, the asking one first; ``merged`` says which stakeholder went into which.
    """
    found = []
    for wanted in asking:
        for given in offering:
            same = _lead_key(wanted, merged or {}) == _lead_key(given, merged or {})
            samples = wanted.pledge.is_sample, given.pledge.is_sample
            if same or samples[0] != samples[1] or (wanted.pledge_id, given.pledge_id) in tried:
                continue
            if pair := fit(wanted, given):
                found.append(pair)
    return sorted(found, key=lambda pair: pair.rank)


def for_offering(own: PledgeQuerySet, *, at: datetime, asking: PledgeQuerySet | None = None) -> list[Suggestion]:
    """To which policy pledges that ask (to which of ``asking``) these pledges could be offered."""
    offering = list(_versions(_open(own, at=at)))
    wanted = matching.asking(Pledge.objects.all()) if asking is None else asking
    return _paired(_nearest(_open(wanted, at=at), offering), offering)


def for_asking(asking: PledgeQuerySet, *, at: datetime) -> list[Suggestion]:
    """Which pledges of others could be offered to these that ask for support."""
    wanted = list(_versions(_open(matching.asking(asking), at=at)))
    return _paired(wanted, _nearest(_open(Pledge.objects.all(), at=at), wanted))


def _paired(asking: list[PledgeVersion], offering: list[PledgeVersion]) -> list[Suggestion]:
    keys = [version.pledge_id for version in asking]
    tried = PledgeMatch.objects.filter(pledge__in=keys, own_pledge__isnull=False)
    pairs = {(pledge, own) for pledge, own in tried.values_list("pledge_id", "own_pledge_id") if own is not None}
    return suggest(asking, offering, tried=pairs, merged=merges())


def _open(pledges: PledgeQuerySet, *, at: datetime) -> PledgeQuerySet:
    """Published ones on which something is still to be done."""
    return selectors.with_stage(pledges.published_by(at), at=at).exclude(_IS_FULFILLED).exclude(_IS_GIVEN_UP)


def _versions(pledges: PledgeQuerySet) -> QuerySet[PledgeVersion]:
    parties = PledgeParty.objects.filter(role=PledgeParty.Role.LEAD).select_related("stakeholder__merged_into")
    rows = PledgeVersion.objects.filter(valid_until=None, pledge__in=pledges.values("pk")).select_related("pledge")
    return rows.prefetch_related(
        "host_countries", "themes", "contribution_types", Prefetch("parties", queryset=parties)
    )


def _nearest(pledges: PledgeQuerySet, to: list[PledgeVersion]) -> list[PledgeVersion]:
    """Those of others that share most host countries, then most areas, with any of ``to``."""
    if not to:
        return []
    countries = {row.pk for version in to for row in version.host_countries.all()}
    areas = {row.pk for version in to for row in version.themes.all()}
    others = pledges.exclude(pk__in=[version.pledge_id for version in to])
    others = others.filter(is_sample__in={version.pledge.is_sample for version in to})
    shared = _versions(others).annotate(
        countries_shared=_count_shared("host_countries", "country", countries),
        areas_shared=_count_shared("themes", "theme", areas),
    )
    near = shared.filter(Q(countries_shared__gt=0) | Q(areas_shared__gt=0))
    return list(near.order_by("-countries_shared", "-areas_shared", "pledge__reference")[:_COMPARED_AT_MOST])


def _count_shared(name: str, column: str, keys: set[int]) -> Coalesce:
    through = getattr(PledgeVersion, name).through
    rows = through.objects.filter(**{"pledgeversion": OuterRef("pk"), f"{column}__in": keys})
    counted = rows.order_by().values("pledgeversion").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n"), output_field=IntegerField()), 0)


def _shared(ones: Iterable[Country | Theme], others: Iterable[Country | Theme]) -> tuple[str, ...]:
    return tuple(sorted({row.name for row in ones} & {row.name for row in others}))


def _lead(version: PledgeVersion) -> PledgeParty:
    return next(party for party in version.parties.all() if party.role == PledgeParty.Role.LEAD)


def _lead_key(version: PledgeVersion, merged: dict[int, int]) -> int | None:
    key = _lead(version).stakeholder_id
    return survivor(key, merged) if key is not None else None
