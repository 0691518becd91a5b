"""manage.py load_stakeholders FILE [--update]"""

from datetime import datetime

from accounts.loading import STAKEHOLDERS, StakeholderImporter
from foundation.import_commands import LoadCommand
from foundation.importing import Report, load
from foundation.row_reading import Say
from foundation.spreadsheets import BY_COMMAND


class Command(LoadCommand):
    """Loads stakeholders from a CSV or XLSX file; saves nothing when one cell is bad."""

    help = __doc__
    kind = STAKEHOLDERS
    rows = "stakeholders"

    def load(self, content: bytes, *, at: datetime, update: bool, say: Say) -> Report:
        """By address, else by the address that comes of the name."""
        return load(StakeholderImporter(), content, at=at, update=update, limits=BY_COMMAND, say=say)
