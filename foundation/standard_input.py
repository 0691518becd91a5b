"""Lines that another program hands over, in whatever encoding it writes."""

import sys
from io import TextIOWrapper
from typing import TextIO


def tolerant_stdin() -> TextIO:
    """Standard input on which a byte that is no UTF-8 shows as such: it ends nothing, and is not left out."""
    if isinstance(sys.stdin, TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    return sys.stdin
