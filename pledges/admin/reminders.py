"""Reminders as staff see them: who was told what, and how the mail fared."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.admin import ReadOnlyAdmin, two_lines
from pledges.models import Reminder


class RuleFilter(admin.AllValuesFieldListFilter):
    """By the name of a rule, under its own word."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("rule")


@admin.register(Reminder)
class ReminderAdmin(ReadOnlyAdmin):
    """Made by the plan only, and never changed."""

    list_display = ("address", "of_rule", "what", "standing", "due_at")
    list_display_links = ("address",)
    list_filter = (
        "outcome",
        "mail__state",
        ("rule__window", admin.RelatedOnlyFieldListFilter),
        ("rule__name", RuleFilter),
    )
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

    @admin.display(description=gettext_lazy("rule"), ordering="rule")
    def of_rule(self, reminder: Reminder) -> SafeString:
        """The rule, and the window below it."""
        return two_lines(reminder.rule.name, reminder.rule.window)

    @admin.display(description=gettext_lazy("mail"), ordering="mail__state")
    def standing(self, reminder: Reminder) -> SafeString:
        """Where the mail stands, or why there is none, and what was said of it."""
        stands = self.mail_state(reminder) if reminder.mail else reminder.get_outcome_display()
        return two_lines(stands, self.mail_reply(reminder))

    @admin.display(description=gettext_lazy("pledges"))
    def what(self, reminder: Reminder) -> str:
        """The references that had not been answered for when the reminder was made."""
        return ", ".join(reminder.pledges)

    @admin.display(description=gettext_lazy("mail"))
    def mail_state(self, reminder: Reminder) -> str:
        """Where the mail stands."""
        return str(reminder.mail.get_state_display()) if reminder.mail else "–"

    @admin.display(description=gettext_lazy("answer of the mail server, or why it was not sent"))
    def mail_reply(self, reminder: Reminder) -> str:
        """What was said of it."""
        return reminder.mail.reply if reminder.mail else reminder.reason
