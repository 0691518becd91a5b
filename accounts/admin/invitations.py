"""Invitations in the administration: how they stand, to be sent again or taken back."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Case, CharField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import workflow
from accounts.admin.requests import at_of, staff_of
from accounts.models import Invitation
from foundation.admin import ReadOnlyAdmin


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations are made on the stakeholder's page."""

    list_display = ("address", "name", "stakeholder", "role", "standing", "invited_by", "created_at", "expires_at")
    list_filter = (
        "role",
        ("accepted_at", admin.EmptyFieldListFilter),
        ("revoked_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("stakeholder", "invited_by")
    list_per_page = 50
    search_fields = ("address", "name", "stakeholder__name")
    actions = ("send_again", "revoke")
    # The identifier is the link: it is for the one who was invited.
    fields = (
        "address",
        "name",
        "stakeholder",
        "role",
        "standing",
        "language",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_at",
        "revoked_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        """With how each stands at the moment of the request."""
        standing = Case(
            When(accepted_at__isnull=False, then=Value("accepted")),
            When(revoked_at__isnull=False, then=Value("revoked")),
            When(expires_at__lte=at_of(request), then=Value("expired")),
            default=Value("open"),
            output_field=CharField(),
        )
        invitations: QuerySet[Invitation] = super().get_queryset(request).annotate(standing_now=standing)
        return invitations

    @admin.display(description=gettext_lazy("standing"), ordering="standing_now")
    def standing(self, invitation: Invitation) -> str:
        """One word."""
        words = {"accepted": _("accepted"), "revoked": _("revoked"), "expired": _("expired"), "open": _("open")}
        return words[invitation.standing_now]  # type: ignore[attr-defined] # annotated above

    @admin.action(description=gettext_lazy("Send again, for 14 more days"), permissions=["change"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """A mail of its own; the link stays the same."""
        at, actor = at_of(request), staff_of(request)

        def verb(invitation: Invitation) -> bool:
            workflow.send_invitation_again(at=at, actor=actor, invitation=invitation)
            return True

        self._each(request, queryset, verb)

    @admin.action(description=gettext_lazy("Take back: the link stops working"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        """What was accepted stays accepted."""
        at, actor = at_of(request), staff_of(request)
        self._each(request, queryset, lambda row: workflow.revoke_invitation(at=at, actor=actor, invitation=row))

    def _each(self, request: HttpRequest, rows: QuerySet[Invitation], verb: Callable[[Invitation], bool]) -> None:
        done = 0
        for row in rows:
            try:
                done += verb(row)
            except ValidationError as error:
                self.message_user(request, f"{row}: {error.messages[0]}", messages.WARNING)
        self.message_user(
            request,
            ngettext("Done for %(count)d invitation.", "Done for %(count)d invitations.", done) % {"count": done},
        )
