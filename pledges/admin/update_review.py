"""The rounds of an update as reviewers read them: beside what was published before."""

from dataclasses import dataclass

from pledges.models import ProgressUpdate, UpdateRound
from pledges.round_text import Pair, fields_of, pairs_of


@dataclass(frozen=True)
class RoundBeside:
    """A round, and each of its fields beside the text it would follow."""

    row: UpdateRound
    pairs: list[Pair]


def rounds_beside(update: ProgressUpdate) -> list[RoundBeside]:
    """The newest round first; each beside the round before it, the first beside the update published last."""
    rounds = list(update.rounds.select_related("submitted_by", "decided_by").order_by("number"))
    earlier: list[UpdateRound | None] = [_published_before(update), *rounds]
    return [_beside(row, before) for row, before in reversed(list(zip(rounds, earlier, strict=False)))]


def _beside(row: UpdateRound, before: UpdateRound | None) -> RoundBeside:
    old = fields_of(before.content, labels=before.labels) if before else fields_of({})
    return RoundBeside(row, pairs_of(old, fields_of(row.content, labels=row.labels)))


def _published_before(update: ProgressUpdate) -> UpdateRound | None:
    published = UpdateRound.objects.filter(
        update__pledge=update.pledge,
        update__state=ProgressUpdate.State.ACCEPTED,
        update__first_submitted_at__lt=update.first_submitted_at,
        decision=UpdateRound.Decision.ACCEPTED,
    )
    return published.order_by("-update__first_submitted_at").first()
