"""Reading pledges for lists: their stage at a moment, what they say now, and finding them."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.models import Stakeholder
from pledges.models import Confirmation, PledgeParty, PledgeVersion, ProgressUpdate
from pledges.models.pledge import PledgeQuerySet
from pledges.models.update import ProgressUpdateQuerySet

WORDS_AT_MOST = 12


def with_stage(pledges: PledgeQuerySet, *, at: datetime) -> PledgeQuerySet:
    """Adds ``stage``, ``scope_change`` and ``reported_at`` of the update that counted at ``at``; None without one.

    That is the one first submitted last among those accepted by then and not revoked by then (ruling 2).
    """
    latest = ProgressUpdate.objects.accepted_as_of(at).filter(pledge=OuterRef("pk")).latest_first()
    return pledges.annotate(
        stage=Subquery(latest.values("stage")[:1]),
        scope_change=Subquery(latest.values("scope_change")[:1]),
        reported_at=Subquery(latest.values("first_submitted_at")[:1]),
    )


def with_confirmation(pledges: PledgeQuerySet, *, at: datetime) -> PledgeQuerySet:
    """Adds ``confirmed_at``, the last "no significant change" by ``at`` that still has an update to lean on."""
    standing = confirmations_as_of(at).filter(pledge=OuterRef("pk")).order_by("-at")
    return pledges.annotate(confirmed_at=Subquery(standing.values("at")[:1]))


def confirmations_as_of(at: datetime) -> QuerySet[Confirmation]:
    """Confirmations by ``at`` of updates that still counted at ``at``."""
    accepted: ProgressUpdateQuerySet = ProgressUpdate.objects.accepted_as_of(at)
    return Confirmation.objects.filter(at__lte=at, since_round__update__in=accepted)


def with_title(pledges: PledgeQuerySet) -> PledgeQuerySet:
    """Adds ``title`` and ``lead``, the name of who leads, of the open version: for sorting."""
    versions = PledgeVersion.objects.filter(pledge=OuterRef("pk"), valid_until=None)
    leads = PledgeParty.objects.filter(
        version__pledge=OuterRef("pk"), version__valid_until=None, role=PledgeParty.Role.LEAD
    )
    return pledges.annotate(
        title=Subquery(versions.values("title")[:1]), lead=Subquery(leads.values("stakeholder__name")[:1])
    )


def with_open_version(pledges: PledgeQuerySet) -> PledgeQuerySet:
    """Fetches what ``pledge.current`` needs, with parties and areas, in three queries for any number of pledges."""
    parties = PledgeParty.objects.select_related("stakeholder__merged_into")
    versions = PledgeVersion.objects.filter(valid_until=None).prefetch_related(
        "themes", Prefetch("parties", queryset=parties)
    )
    return pledges.select_related("occasion").prefetch_related(Prefetch("versions", queryset=versions))


def search(pledges: PledgeQuerySet, words: str) -> PledgeQuerySet:
    """Those that have every one of the words in reference, title, description or a public party's name.

    Upper and lower case are the same. More than twelve words are not looked at.
    """
    for word in words.split()[:WORDS_AT_MOST]:
        pledges = pledges.filter(_has("reference", word) | Exists(_versions_with(word)))
    return pledges


def _versions_with(word: str) -> QuerySet[PledgeVersion]:
    into = "parties__stakeholder__merged_into"
    public = Q(**{into: None}, parties__stakeholder__is_public=True) | Q(**{f"{into}__is_public": True})
    return PledgeVersion.objects.filter(pledge=OuterRef("pk"), valid_until=None).filter(
        _has("title", word)
        | _has("description", word)
        | _has("parties__label", word)
        | (public & (_has("parties__stakeholder__name", word) | _has(f"{into}__name", word)))
    )


def _has(path: str, word: str) -> Q:
    # SQLite folds the case of ASCII letters only; the spellings make both databases find "Élargir" by "élargir".
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.capitalize()}
    found = Q()
    for spelling in sorted(spellings):
        found |= Q(**{f"{path}__icontains": spelling})
    return found


def with_party_kind(pledges: PledgeQuerySet, kind: str) -> PledgeQuerySet:
    """Those with a lead or a partner of a stakeholder group."""
    parties = PledgeParty.objects.filter(
        version__pledge=OuterRef("pk"), version__valid_until=None, stakeholder__kind=kind
    )
    return pledges.filter(Exists(parties))


def of_stakeholder(pledges: PledgeQuerySet, stakeholder: Stakeholder, *, role: str = "") -> PledgeQuerySet:
    """Those that an entity stands behind now, itself or under a name that was merged into it; each once."""
    parties = PledgeParty.objects.filter(
        Q(stakeholder=stakeholder) | Q(stakeholder__merged_into=stakeholder),
        version__pledge=OuterRef("pk"),
        version__valid_until=None,
    )
    return pledges.filter(Exists(parties.filter(role=role) if role else parties))


def with_area(pledges: PledgeQuerySet, slug: str) -> PledgeQuerySet:
    """Those that have an area of focus among theirs."""
    return pledges.filter(Exists(_open_versions().filter(themes__slug=slug)))


def with_type(pledges: PledgeQuerySet, slug: str) -> PledgeQuerySet:
    """Those that have a type of contribution among theirs."""
    return pledges.filter(Exists(_open_versions().filter(contribution_types__slug=slug)))


def _open_versions() -> QuerySet[PledgeVersion]:
    return PledgeVersion.objects.filter(pledge=OuterRef("pk"), valid_until=None)
