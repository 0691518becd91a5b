"""What the first page of the administration says of the queue of reviewers."""

from typing import Any

from django import template
from django.template.context import Context

from pledges.review_queue import waiting_now

register = template.Library()


@register.simple_tag(takes_context=True)
def updates_waiting(context: Context) -> dict[str, Any]:
    """How many updates wait, and the oldest for how many days; nothing for those who do not decide."""
    request: Any = context["request"]
    if not request.user.has_perm("pledges.change_progressupdate"):
        return {}
    waiting = waiting_now()
    days = max((request.at - waiting.since).days, 0) if waiting.since else 0
    return {"count": waiting.count, "days": days}
