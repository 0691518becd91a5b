"""How allauth behaves here: nobody signs up, mails go through the outbox, nothing leads away from this site."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from foundation.mail import enqueue
from foundation.mail_text import render_mail
from foundation.models import OutgoingMail
from foundation.outbox import send_soon

logger = logging.getLogger(__name__)

CODE_LASTS = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
NEWS_LASTS = timedelta(days=2)
# allauth's name of a mail → our template. What is not here is not sent.
TEMPLATES = {
    "account/email/login_code": "login_code",
    "mfa/email/totp_activated": "second_factor_activated",
    "mfa/email/totp_deactivated": "second_factor_deactivated",
    "mfa/email/recovery_codes_generated": "recovery_codes_generated",
}


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up closed; mails through the outbox."""

    error_messages: ClassVar[dict[str, Any]] = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _("This code is not the newest one, or has a typing error. Please try again."),
        "too_many_login_attempts": _("That was one try too many. Please wait ten minutes, then try again."),
        "rate_limited": _("That was one try too many. Please wait ten minutes, then try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: people are invited."""
        return False

    def get_login_stages(self) -> list[str]:
        """The code, then the second factor. An address needs no other proof than the code that reached it."""
        return ["allauth.account.stages.LoginByCodeStage", "allauth.mfa.stages.AuthenticateStage"]

    def is_safe_url(self, url: str | None) -> bool:
        """Whether ``next`` may be followed: to this very host only."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """To the address that the person logs in with; a superuser made on the command line has no other on record."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Puts allauth's mails into the outbox, ahead of all others, and tries them after the commit."""
        template = TEMPLATES.get(template_prefix)
        if template is None:
            logger.warning("no mail is sent for %s", template_prefix)
            return
        at = self.request.at
        is_code = template == "login_code"
        language = get_language() or settings.LANGUAGE_CODE
        mail = enqueue(
            dedupe_key=f"{template}-{uuid.uuid4()}",
            purpose=template.replace("_", "-"),
            priority=OutgoingMail.Priority.NOW,
            address=email,
            language=language,
            content=render_mail(template, _facts(context, at=at), language=language),
            at=at,
            lasts=CODE_LASTS if is_code else NEWS_LASTS,
            sensitive=is_code,
        )
        send_soon(mail, at=at)


def _facts(context: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    return {
        "code": context.get("code", ""),
        "minutes": int(CODE_LASTS.total_seconds() // 60),
        "at": at,
        "contact_email": settings.CONTACT_EMAIL,
        "site_url": settings.SITE_URL,
    }
