"""Tells the rooms to the right that a stakeholder's name, country or publicity changed: they keep things by it."""

from collections.abc import Callable

from accounts.models import Stakeholder

_followers: list[Callable[[Stakeholder], None]] = []


def register_stakeholder_changed(follower: Callable[[Stakeholder], None]) -> None:
    """Has ``follower`` called with each changed stakeholder; once, however often it is registered."""
    if follower not in _followers:
        _followers.append(follower)


def tell_stakeholder_changed(stakeholder: Stakeholder) -> None:
    """Calls all followers, inside the caller's transaction."""
    for follower in _followers:
        follower(stakeholder)
