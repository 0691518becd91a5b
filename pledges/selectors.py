"""Reading pledges for lists: their stage at a moment, what they say now, and finding them."""

from datetime import datetime

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from accounts.models import Stakeholder
from pledges.models import Confirmation, PledgeParty, PledgeVersion, ProgressUpdate
from pledges.models.pledge import PledgeQuerySet
from pledges.models.update import ProgressUpdateQuerySet
from pledges.words import fold

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
    """Those in whose reference, title, description, public parties or countries each word begins some word.

    Accents, capitals and punctuation make no difference. More than twelve words are not looked at; of something
    that holds no word, a sign alone, nothing is found.
    """
    if not words.strip():
        return pledges
    wanted = _wanted(words)
    return pledges.filter(words__found_by__has=wanted) if wanted else pledges.none()


def with_rank(pledges: PledgeQuerySet, words: str) -> PledgeQuerySet:
    """Adds ``rank`` to pledges that were found: 0 with all words in the title, 1 in title and names, else 2."""
    wanted = _wanted(words)
    if not wanted:
        return pledges.annotate(rank=Value(0))
    return pledges.annotate(
        rank=Case(
            When(words__found_by__has_in_title=wanted, then=0),
            When(words__found_by__has_in_names=wanted, then=1),
            default=2,
            output_field=IntegerField(),
        )
    )


def _wanted(words: str) -> str:
    return " ".join(fold(words).split()[:WORDS_AT_MOST])


def reported(pledges: PledgeQuerySet, *, at: datetime) -> PledgeQuerySet:
    """Those with an update that counts at ``at``, each with ``place``, the moment it was first submitted.

    The same update as in ``with_stage``, but joined: so the database can go along the updates by age and stop early.
    """
    counting = ProgressUpdate.objects.accepted_as_of(at)
    later = Q(first_submitted_at__gt=OuterRef("place")) | Q(
        first_submitted_at=OuterRef("place"), pk__gt=OuterRef("update_key")
    )
    joined = pledges.annotate(
        place=F("updates__first_submitted_at"),
        update_key=F("updates__pk"),
        accepted=F("updates__accepted_at"),
        revoked=F("updates__revoked_at"),
    )
    standing = joined.filter(accepted__lte=at).filter(Q(revoked=None) | Q(revoked__gt=at))
    return standing.filter(~Exists(counting.filter(later, pledge=OuterRef("pk"))))


def never_reported(pledges: PledgeQuerySet, *, at: datetime) -> PledgeQuerySet:
    """Those without an update that counts at ``at``."""
    return pledges.filter(~Exists(ProgressUpdate.objects.accepted_as_of(at).filter(pledge=OuterRef("pk"))))


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


def published_count_of_outer_stakeholder(at: datetime) -> Combinable:
    """How many pledges published by ``at`` the stakeholder of the outer query stands behind, each counted once."""
    parties = PledgeParty.objects.filter(
        stakeholder=OuterRef("pk"), version__valid_until=None, version__pledge__published_at__lte=at
    )
    counted = parties.order_by().values("stakeholder").annotate(n=Count("version__pledge", distinct=True))
    return Coalesce(Subquery(counted.values("n")), 0)


def with_area(pledges: PledgeQuerySet, slug: str) -> PledgeQuerySet:
    """Those that have an area of focus among theirs."""
    return pledges.filter(Exists(_open_versions().filter(themes__slug=slug)))


def with_type(pledges: PledgeQuerySet, slug: str) -> PledgeQuerySet:
    """Those that have a type of contribution among theirs."""
    return pledges.filter(Exists(_open_versions().filter(contribution_types__slug=slug)))


def _open_versions() -> QuerySet[PledgeVersion]:
    return PledgeVersion.objects.filter(pledge=OuterRef("pk"), valid_until=None)
