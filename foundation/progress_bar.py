"""How far a command is: a bar where somebody looks, a few lines where the output goes into a file."""

import time
from typing import TextIO

_WIDTH = 30
_EVERY = 0.1


class ProgressBar:
    """To be called with what is done and what there is to do, as often as one likes."""

    def __init__(self, out: TextIO, *, label: str = "") -> None:
        self.out, self.label = out, label
        self.is_seen = bool(getattr(out, "isatty", bool)())
        self.drawn_at = 0.0
        self.tenths = 0

    def __call__(self, done: int, total: int) -> None:
        """Draws the bar anew, or writes a line for every tenth."""
        if total <= 0:
            return
        if self.is_seen:
            self._draw(done, total)
        elif done * 10 // total != self.tenths:
            self.tenths = done * 10 // total
            self.out.write(f"{self._words(done, total)}\n")

    def _draw(self, done: int, total: int) -> None:
        if done < total and time.monotonic() - self.drawn_at < _EVERY:
            return
        self.drawn_at = time.monotonic()
        filled = done * _WIDTH // total
        end = "\n" if done >= total else ""
        self.out.write(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {self._words(done, total)}{end}")
        self.out.flush()

    def _words(self, done: int, total: int) -> str:
        return f"{self.label}{done * 100 // total} %, {done} of {total}"
