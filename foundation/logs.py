"""One log line per record, whatever a stranger put into it."""

import logging

from foundation.text import clean_line


class SingleLineFormatter(logging.Formatter):
    """UTC time, level, logger and a message without line breaks; a traceback follows on its own lines."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's own name
        """The head line of a record, cleaned."""
        return clean_line(super().formatMessage(record))
