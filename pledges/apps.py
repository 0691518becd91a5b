"""Registers the app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PledgesConfig(AppConfig):
    """Django's entry for this app."""

    name = "pledges"
    verbose_name = _("Pledges")

    def ready(self) -> None:
        """Takes part when two stakeholders become one, writes reminders for the outbox, does jobs, adds the checks."""
        # Models are loaded only now, so these cannot stand above; the checks register themselves.
        from accounts.changes import register_stakeholder_changed  # noqa: PLC0415
        from accounts.merging import register_merge  # noqa: PLC0415
        from accounts.numbers import register_published_pledges  # noqa: PLC0415
        from foundation import delivery, resend  # noqa: PLC0415
        from foundation.history_words import register_words  # noqa: PLC0415
        from pledges import checks, history_words, merging, reminder_mail, reminder_plan, selectors, words  # noqa: F401, PLC0415
        from pledges.loading import PLEDGES  # noqa: PLC0415

        PLEDGES.register()
        register_words(history_words.VERBS, history_words.FACTS)
        register_merge(merging)
        register_published_pledges(selectors.published_count_of_outer_stakeholder)
        register_stakeholder_changed(words.stakeholder_changed)
        delivery.register_prepare(reminder_plan.PURPOSE, reminder_mail.prepare)
        resend.register_objection(reminder_plan.PURPOSE, reminder_mail.objection_to_resend)
