"""Writes the dated past of a sample pledge, as an import of earlier reports would."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.utils.translation import override

from accounts.models import Membership, Stakeholder, User
from pledges.facts import PledgeFacts
from pledges.models import Confirmation, Pledge, ProgressUpdate, Stage, UpdateRound
from pledges.models.update import ScopeChange
from pledges.samples.people import DOMAIN


@dataclass
class Told:
    """One sample pledge, to which updates are added by saying what happened when."""

    pledge: Pledge
    facts: PledgeFacts
    last_round: UpdateRound | None = None

    @property
    def stakeholder(self) -> Stakeholder:
        """Who leads, and so reports."""
        return Stakeholder.objects.get(slug=self.facts.lead)

    @property
    def person(self) -> User:
        """Somebody who may report for the lead."""
        membership = self.stakeholder.memberships.filter(role=Membership.Role.FOCAL_POINT).order_by("pk").first()
        return membership.user if membership else User.objects.get(email=f"reviewer@{DOMAIN}")

    def _update(self, state: str, day: date, stage: str, **fields: Any) -> ProgressUpdate:
        moment = _noon(day)
        accepted = state in (ProgressUpdate.State.ACCEPTED, ProgressUpdate.State.REVOKED)
        return ProgressUpdate.objects.create(
            pledge=self.pledge,
            stakeholder=self.stakeholder,
            state=state,
            revision=1,
            stage=stage,
            language=self.facts.language,
            saved_at=moment,
            saved_by=self.person,
            first_submitted_at=None if state == ProgressUpdate.State.DRAFT else moment,
            accepted_at=_afternoon(day) if accepted else None,
            **fields,
        )

    def _round(self, update: ProgressUpdate, day: date, decision: str, comment: str = "") -> UpdateRound:
        return UpdateRound.objects.create(
            update=update,
            number=1,
            content={name: getattr(update, name) for name in ProgressUpdate.DRAFT_FIELDS},
            labels=self._labels(update),
            submitted_at=_noon(day),
            submitted_by=self.person,
            decision=decision,
            decided_at=_afternoon(day) if decision else None,
            decided_by=User.objects.get(email=f"reviewer@{DOMAIN}") if decision else None,
            comment=comment,
        )

    def _labels(self, update: ProgressUpdate) -> dict[str, str]:
        # Stored in English, whatever language the command happens to run in.
        with override("en"):
            return {
                "stage": str(Stage(update.stage).label),
                "scope_change": str(ScopeChange(update.scope_change).label),
                "stakeholder": self.stakeholder.name,
                "pledge_title": self.facts.title,
            }

    def published(self, day: date, stage: str, **fields: Any) -> ProgressUpdate:
        """An update that was submitted and accepted on one day."""
        update = self._update(ProgressUpdate.State.ACCEPTED, day, stage, **fields)
        self.last_round = self._round(update, day, UpdateRound.Decision.ACCEPTED)
        return update

    def withdrawn(self, day: date, stage: str, *, on: date, note: str, **fields: Any) -> None:
        """An update that was published and later withdrawn from the public."""
        revoked = {"revoked_at": _noon(on), "revoke_note": note}
        update = self._update(ProgressUpdate.State.REVOKED, day, stage, **revoked, **fields)
        self._round(update, day, UpdateRound.Decision.ACCEPTED)

    def returned(self, day: date, stage: str, *, comment: str, **fields: Any) -> None:
        """An update that reviewers gave back with a comment."""
        update = self._update(ProgressUpdate.State.RETURNED, day, stage, **fields)
        self._round(update, day, UpdateRound.Decision.RETURNED, comment)

    def submitted(self, day: date, stage: str, **fields: Any) -> None:
        """An update that waits for review."""
        self._round(self._update(ProgressUpdate.State.SUBMITTED, day, stage, **fields), day, "")

    def draft(self, day: date, stage: str, **fields: Any) -> None:
        """An update that nobody but its authors sees."""
        self._update(ProgressUpdate.State.DRAFT, day, stage, **fields)

    def confirmed(self, day: date) -> None:
        """ "No significant change" since the last update told."""
        if self.last_round is not None:
            Confirmation.objects.create(
                pledge=self.pledge,
                stakeholder=self.stakeholder,
                by=self.person,
                at=_noon(day),
                since_round=self.last_round,
            )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def _afternoon(day: date) -> datetime:
    return datetime.combine(day, time(16), tzinfo=UTC)
