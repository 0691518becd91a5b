"""A form that takes one spreadsheet, as every page does that reads one."""

import hashlib

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.spreadsheets import ON_THE_WEB, Table, UnreadableFileError, read_table
from foundation.text import clean_line


class SpreadsheetForm(forms.Form):
    """A file, read within the limits of the web: ``cleaned_data["file"]`` is its rows of text."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX, or CSV in UTF-8; at most 5,000 rows and 5 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    # What the file calls itself, and by what the same file is known again.
    file_name = ""
    sha256 = ""

    def clean_file(self) -> Table:
        """The file as rows of text."""
        file = self.cleaned_data["file"]
        self.file_name = clean_line(file.name or "", at_most=120)
        if file.size > ON_THE_WEB.size:
            raise ValidationError(_("The file is too big: at most %(most)d MB can be read.") % {"most": 5})
        content = file.read()
        self.sha256 = hashlib.sha256(content).hexdigest()
        try:
            return read_table(content, ON_THE_WEB)
        except UnreadableFileError as error:
            raise ValidationError(str(error)) from error
