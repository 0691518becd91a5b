"""Who may open what: every address that is not Django's admin, with every role. What is missing here fails the build.

A row names an address, how to build it from the cast, and the status of a GET and of an empty POST for each
role. Lists and pages that differ by role have tests of their own beside their views.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from conftest import Cast

ROLES = (
    "public",
    "focal_point",
    "colleague",
    "contributor",
    "reader",
    "stranger",
    "partner",
    "editor",
    "reviewer",
    "superuser",
)
STAFF = ("editor", "reviewer", "superuser")

Statuses = dict[str, int]


def all_roles(status: int, **other: int) -> Statuses:
    """The same status for everyone but those named; ``staff`` and ``members`` name groups."""
    groups = {"staff": STAFF, "members": ("focal_point", "colleague", "contributor", "reader", "partner")}
    statuses = dict.fromkeys(ROLES, status)
    for name, value in other.items():
        for role in groups.get(name, (name,)):
            statuses[role] = value
    return statuses


@dataclass(frozen=True)
class Row:
    """One address: the status of a GET and of an empty POST, by role."""

    get: Statuses
    post: Statuses
    path: Callable[[Cast], str]
    html: bool = True


def at(name: str, **kwargs: str) -> Callable[[Cast], str]:
    """The address of a name; a value may name a fact of the cast, such as ``{pledge}``."""

    def build(cast: Cast) -> str:
        facts = {"pledge": cast.pledge.reference, "unknown": "TST-999999"}
        return reverse(name, kwargs={key: value.format(**facts) for key, value in kwargs.items()})

    return build


PAGE = all_roles(200)
NO_POST = all_roles(405)
LOGIN_FIRST = {"public": 302}
OWN_PAGE = all_roles(200, public=302, stranger=404, staff=404)
