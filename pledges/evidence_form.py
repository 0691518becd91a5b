"""The part of an update's form that attaches a file; the file is looked at when the form is cleaned."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.uploads import ACCEPTED, Taken, UnsafeUploadError, refuse_misleading_name, take, too_large
from pledges.content import checked_line
from pledges.evidence import Offered
from pledges.form_fields import CheckedField
from pledges.models.evidence import CAPTION_AT_MOST


class EvidenceForm(forms.Form):
    """One file with what it shows; both may be left empty."""

    evidence = forms.FileField(
        # Whose content is empty is told so by the one who looks at it.
        required=False,
        allow_empty_file=True,
        max_length=255,
        label=gettext_lazy("Attach a file"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    caption = CheckedField(
        check=lambda text: checked_line(text, at_most=CAPTION_AT_MOST),
        label=gettext_lazy("What it shows"),
        help_text=gettext_lazy("A few words, public with the file."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *args: Any, asks_file: bool = False, has_lost_file: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asks_file = asks_file
        self.has_lost_file = has_lost_file
        # A script tells before the file is sent; a server in front may cut what is much larger.
        self.fields["evidence"].widget.attrs |= {
            "data-most-bytes": settings.EVIDENCE_MOST_BYTES,
            "data-too-large": too_large(settings.EVIDENCE_MOST_BYTES),
        }
        self.fields["evidence"].help_text = _(
            "PDF, Word (docx), Excel (xlsx), PNG or JPEG of at most %(size)d MB; at most %(files)d files an update. "
            "Please none with data about refugees or other persons."
        ) % {"size": settings.EVIDENCE_MOST_BYTES // (1024 * 1024), "files": settings.EVIDENCE_MOST_FILES}

    def clean_evidence(self) -> Taken | None:
        """The file, if it may be taken."""
        upload = self.cleaned_data["evidence"]
        if not upload:
            return None
        try:
            taken = take(upload, upload.name, most_bytes=settings.EVIDENCE_MOST_BYTES)
            refuse_misleading_name(upload.name, taken.kind)
        except UnsafeUploadError as error:
            raise ValidationError(str(error)) from error
        return taken

    def clean(self) -> None:
        """A description needs what it describes."""
        if self.errors or self.cleaned_data["evidence"]:
            return
        if self.asks_file:
            self.add_error("evidence", _("Please choose a file first."))
        elif self.cleaned_data["caption"]:
            self.add_error("evidence", _("Please choose the file that you described, or empty its description."))

    @property
    def offered(self) -> list[Offered]:
        """What is to be attached: one file, or none."""
        taken = self.cleaned_data["evidence"]
        return [Offered(taken, self.cleaned_data["caption"])] if taken else []

    def problems(self) -> list[tuple[str, str, str]]:
        """For the summary above the form, as ``UpdateForm.problems``."""
        found = [
            (str(self[name].auto_id), str(self[name].label), str(error))
            for name, errors in self.errors.items()
            for error in errors
        ]
        if self.has_lost_file:
            again = _("Please choose your file once more. It was not kept, since something else needs another look.")
            found.append((str(self["evidence"].auto_id), str(self["evidence"].label), again))
        return found


def evidence_form_of(request: HttpRequest) -> EvidenceForm:
    """The form as it was sent; cleaning it costs a second or two."""
    return EvidenceForm(request.POST, request.FILES, asks_file=request.POST.get("action") == "attach")


def to_choose_again(request: HttpRequest) -> EvidenceForm:
    """The form beside another one that cannot be taken: the description stays, a file has to be chosen again."""
    caption = request.POST.get("caption", "")
    return EvidenceForm(initial={"caption": caption}, has_lost_file="evidence" in request.FILES)
