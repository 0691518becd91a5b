"""The outbox, the history and the background work as staff see them: to read, not to change."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.http import PortalRequest
from foundation.jobs import label_of
from foundation.models import Heartbeat, HistoryEntry, Job, OutgoingMail
from foundation.outbox import send_soon
from foundation.resend import CannotResendError, send_again

HIDDEN = "—"
REPLY_AT_MOST = 80
CHANGES_AT_MOST = 200


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Rows that only workflows write. Actions still ask for the right to change."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never by hand; the list's actions need the right."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is deleted."""
        return False


def two_lines(first: object, second: object) -> SafeString:
    """A cell of a list: what matters, and below it what explains it."""
    return format_html('{}<span class="queue-day">{}</span>', first, second)


def _more_of(mail: OutgoingMail) -> str:
    if mail.sent_at:
        return formats.date_format(timezone.localtime(mail.sent_at), "DATETIME_FORMAT")
    reply = mail.reply[:REPLY_AT_MOST]
    if mail.state != OutgoingMail.State.DUE or not mail.attempts:
        return reply
    moment = formats.date_format(timezone.localtime(mail.not_before), "DATETIME_FORMAT")
    again = _("again from %(moment)s") % {"moment": moment}
    # A worker that is gone left no answer.
    return f"{again}: {reply}" if reply else again


@admin.register(OutgoingMail)
class OutgoingMailAdmin(ReadOnlyAdmin):
    """What was, is and will be mailed to whom. Codes are never shown."""

    list_display = ("about", "address", "standing", "created_at")
    list_display_links = ("about",)
    list_filter = ("state", "purpose", "priority")
    # The numbers of each state and purpose, beside the filters.
    show_facets = admin.ShowFacets.ALWAYS
    search_fields = ("address", "message_id")
    list_per_page = 50
    actions = ("send_again_as_new",)
    fields = (
        "purpose",
        "campaign",
        "address",
        "language",
        "subject",
        "shown_text",
        "state",
        "reply",
        "attempts",
        "unknown_outcomes",
        "created_at",
        "not_before",
        "expires_at",
        "sent_at",
        "message_id",
        "sensitive",
        "resend_of",
    )

    @admin.display(description=gettext_lazy("mail"), ordering="purpose")
    def about(self, mail: OutgoingMail) -> SafeString:
        """Subject and purpose; what is written only as it goes out has no subject before."""
        return two_lines(mail.subject or _("(not written yet)"), mail.purpose)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def standing(self, mail: OutgoingMail) -> SafeString:
        """The state, and when it was sent, when it is tried again, or why not."""
        return two_lines(mail.get_state_display(), _more_of(mail))

    @admin.display(description=gettext_lazy("text"))
    def shown_text(self, mail: OutgoingMail) -> str:
        """The text, unless it holds a code: that is for the receiver alone, before it is erased as well as after."""
        return HIDDEN if mail.sensitive else mail.text

    @admin.action(description=gettext_lazy("Send again as a new mail"), permissions=["change"])
    def send_again_as_new(self, request: PortalRequest, queryset: QuerySet[OutgoingMail]) -> None:
        """Says of each that cannot be sent again why."""
        count = 0
        for mail in queryset:
            try:
                again = send_again(mail, at=request.at)
            except CannotResendError as error:
                self.message_user(request, f"{mail}: {error}", messages.WARNING)
                continue
            self.log_addition(request, again, f"sent again: {mail.pk}")
            send_soon(again, at=request.at)
            count += 1
        self.message_user(
            request,
            ngettext("%(count)d mail is sent again.", "%(count)d mails are sent again.", count) % {"count": count},
        )


@admin.register(HistoryEntry)
class HistoryEntryAdmin(ReadOnlyAdmin):
    """Who did what to what, and when."""

    list_display = ("at", "who", "verb", "subject_type", "subject_uuid", "beginning")
    list_display_links = ("at", "verb")
    list_filter = ("subject_type", "verb")
    list_select_related = ("actor",)
    list_per_page = 50
    search_fields = ("subject_uuid", "verb", "actor__email")
    fields = ("at", "who", "verb", "subject_type", "subject_uuid", "changes")

    @admin.display(description=gettext_lazy("who"), ordering="actor__email")
    def who(self, entry: HistoryEntry) -> str:
        """The person, or the portal itself."""
        return str(entry.actor) if entry.actor else _("the portal")

    @admin.display(description=gettext_lazy("changes"))
    def beginning(self, entry: HistoryEntry) -> str:
        """What changed, as far as a list can show it; the entry's page has it whole."""
        changes = json.dumps(entry.changes, ensure_ascii=False)
        return changes if len(changes) <= CHANGES_AT_MOST else f"{changes[:CHANGES_AT_MOST]}…"


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When the background work last came to its end."""

    list_display = ("name", "at", "note")


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Imports and other long work."""

    list_display = ("requested_at", "what", "state", "progress", "total", "requested_by", "finished_at")
    list_filter = ("state", "kind")
    list_select_related = ("requested_by",)
    fields = (
        "uuid",
        "what",
        "state",
        "progress",
        "total",
        "failure",
        "requested_by",
        "requested_at",
        "started_at",
        "finished_at",
        "attempts",
    )

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, job: Job) -> str:
        """In words."""
        return label_of(job.kind)
