"""Switching the reminders of a window on and off."""

from datetime import datetime

from pledges.models import UpdateWindow


def switch_on(*, at: datetime, window: UpdateWindow) -> bool:
    """Lets the window's rules mail whatever falls due from ``at`` on; False if they did already."""
    return bool(UpdateWindow.objects.filter(pk=window.pk, activated_at=None).update(activated_at=at))


def switch_off(*, window: UpdateWindow) -> bool:
    """Stops the window's reminders, those in the outbox included; False if they were off already."""
    return bool(UpdateWindow.objects.filter(pk=window.pk, activated_at__isnull=False).update(activated_at=None))
