"""manage.py set_up_roles"""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.roles import EDITORS, REVIEWERS, set_up_roles


class Command(BaseCommand):
    """Gives the groups of staff exactly the permissions that belong to them."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs once, and again without harm."""
        set_up_roles()
        self.stdout.write(f"The groups {EDITORS} and {REVIEWERS} have their permissions.")
