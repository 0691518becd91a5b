"""manage.py load_pledges FILE [--update]"""

from datetime import datetime

from foundation.import_commands import LoadCommand
from foundation.importing import Report
from foundation.row_reading import Say
from pledges.loading import PLEDGES, load


class Command(LoadCommand):
    """Loads published pledges from a CSV or XLSX file; saves nothing when one cell is bad."""

    help = __doc__
    kind = PLEDGES
    rows = "pledges"

    def load(self, content: bytes, *, at: datetime, update: bool, say: Say) -> Report:
        """What is new becomes public as of the day after its occasion."""
        return load(content, at=at, update=update, say=say)
