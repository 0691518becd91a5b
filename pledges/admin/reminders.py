"""Reminders as staff see them: who was told what, and how the mail fared."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from foundation.admin import ReadOnlyAdmin
from pledges.models import Reminder


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """Made by the plan only, and never changed."""

    list_display = ("due_at", "rule", "address", "what", "outcome", "mail_state", "mail_reply")
    list_display_links = ("address",)
    list_filter = ("outcome", "mail__state", ("rule__window", admin.RelatedOnlyFieldListFilter), "rule__name")
    list_select_related = ("rule__window__cycle", "mail")
    list_per_page = 50
    search_fields = ("address", "user__email")
    search_help_text = gettext_lazy("Search by address.")
    fields = (
        "rule",
        "user",
        "address",
        "due_at",
        "what",
        "outcome",
        "reason",
        "mail",
        "mail_state",
        "mail_reply",
    )

    @admin.display(description=gettext_lazy("pledges"))
    def what(self, reminder: Reminder) -> str:
        """The references that had not been answered for when the reminder was made."""
        return ", ".join(reminder.pledges)

    @admin.display(description=gettext_lazy("mail"), ordering="mail__state")
    def mail_state(self, reminder: Reminder) -> str:
        """Where the mail stands."""
        return str(reminder.mail.get_state_display()) if reminder.mail else "–"

    @admin.display(description=gettext_lazy("answer of the mail server, or why it was not sent"))
    def mail_reply(self, reminder: Reminder) -> str:
        """What was said of it."""
        return reminder.mail.reply if reminder.mail else reminder.reason
