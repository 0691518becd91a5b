"""manage.py mail"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts import contacts
from accounts.models import User
from foundation.clock import now
from foundation.standard_input import tolerant_stdin
from foundation.text import clean_line


class Command(BaseCommand):
    """What comes back later than the mail server's answer: bounces and complaints."""

    help = "Marks addresses whose mail came back, so that nobody counts on them; - reads them from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word so far."""
        words = parser.add_subparsers(dest="word", required=True)
        bounced = words.add_parser("bounced", help="marks addresses as failing and tells the colleagues, once")
        bounced.add_argument("addresses", nargs="+", metavar="ADDRESS", help="or - for one a line on standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        """Says of each address what became of it."""
        at, marked = now(), 0
        addresses = _read(options["addresses"])
        for address in addresses:
            user = User.objects.filter(email=address).first()
            if user is None:
                self.stderr.write(f"unknown: {address}")
            elif contacts.mark_address_failed(at=at, actor=None, user=user):
                marked += 1
                self.stdout.write(f"marked: {address}")
            else:
                self.stdout.write(f"known already: {address}")
        self.stdout.write(f"{marked} of {len(addresses)} marked.")


def _read(given: list[str]) -> list[str]:
    """Each address once, in lower case; "-" stands for the lines of standard input."""
    lines = [line for address in given for line in (tolerant_stdin() if address == "-" else [address])]
    return list(dict.fromkeys(clean for line in lines if (clean := clean_line(line).lower())))
