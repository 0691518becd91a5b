"""The form of an update, for those who report and for staff who enter it on their behalf."""

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pledges.content import (
    FIELD_LABELS,
    LABEL_AT_MOST,
    RESULTS_AT_MOST,
    TEXT_LANGUAGES,
    UNIT_AT_MOST,
    Content,
    Result,
    checked_line,
    checked_links,
    checked_number,
    checked_text,
    missing,
)
from pledges.form_fields import HIGHEST_REVISION, CheckedField, KindChoiceField, marked
from pledges.models import Stage
from pledges.models.update import NARRATIVE_AT_MOST, REASON_AT_MOST, ScopeChange

# Our own words for the three official stages.
STAGE_MEANINGS = {
    Stage.PLANNING: gettext_lazy("no implementing action has begun"),
    Stage.IN_PROGRESS: gettext_lazy("some action has begun; the commitment is not yet fully delivered"),
    Stage.FULFILLED: gettext_lazy("delivered as stated"),
}
# As the pages show them.
FIELD_ORDER = (
    "stage",
    "narrative",
    "results",
    "challenges",
    "support_needed",
    "refugees_involved",
    "links",
    "no_evidence_reason",
    "scope_change",
    "language",
)
RESULT_PARTS = ("label", "value", "unit", "reached_on")
RESULT_ROWS = range(1, RESULTS_AT_MOST + 1)


def _long_text(label: Promise, help_text: Promise, rows: int) -> CheckedField:
    widget = forms.Textarea(attrs={"rows": rows, "dir": "auto", "data-at-most": NARRATIVE_AT_MOST})
    return CheckedField(check=checked_text, label=label, help_text=help_text, widget=widget)


class UpdateForm(forms.Form):
    """All fields of an update. A draft may be incomplete; with ``submits`` it must be complete.

    ``content`` is what the cleaned fields say, in the shape that the workflow takes.
    """

    # Staff who enter a letter cannot ask its sender for a link.
    asks_evidence = True

    stage = KindChoiceField(label=FIELD_LABELS["stage"], widget=forms.RadioSelect)
    scope_change = KindChoiceField(
        label=FIELD_LABELS["scope_change"],
        choices=ScopeChange.choices,
        help_text=gettext_lazy("Only if the pledge itself is now smaller, larger, faster or slower than announced."),
    )
    narrative = _long_text(
        FIELD_LABELS["narrative"],
        gettext_lazy("A few sentences: what was done since the last update, where, and with whom."),
        rows=9,
    )
    challenges = _long_text(
        FIELD_LABELS["challenges"], gettext_lazy("What slows the work down. May stay empty."), rows=4
    )
    support_needed = _long_text(
        FIELD_LABELS["support_needed"], gettext_lazy("What others could help with. May stay empty."), rows=4
    )
    refugees_involved = _long_text(
        FIELD_LABELS["refugees_involved"],
        gettext_lazy("How refugees took part in planning or doing this. May stay empty."),
        rows=3,
    )
    links = CheckedField(
        check=str,
        label=FIELD_LABELS["links"],
        help_text=gettext_lazy("Public pages that show the work, one address on each line. At most 10."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr"}),
    )
    no_evidence_reason = CheckedField(
        check=lambda text: checked_line(text, at_most=REASON_AT_MOST),
        label=FIELD_LABELS["no_evidence_reason"],
        help_text=gettext_lazy("Only for a fulfilled pledge without a link or file. Public, like the rest."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    language = KindChoiceField(
        label=FIELD_LABELS["language"],
        choices=TEXT_LANGUAGES,
        help_text=gettext_lazy("The language in which you wrote above; it is published as you wrote it."),
    )
    revision = forms.IntegerField(
        min_value=0,
        max_value=HIGHEST_REVISION,
        widget=forms.HiddenInput,
        error_messages={
            "required": gettext_lazy("A part of the form got lost on the way. Copy your text, and reload the page."),
            "invalid": gettext_lazy("A part of the form got lost on the way. Copy your text, and reload the page."),
        },
    )

    def __init__(self, *args: Any, submits: bool = False, has_files: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.submits = submits
        self.has_files = has_files
        stage = cast("KindChoiceField", self.fields["stage"])
        stage.choices = [
            (value, format_html('<b>{}</b> <span class="choice-hint">{}</span>', Stage(value).label, meaning))
            for value, meaning in STAGE_MEANINGS.items()
        ]
        for number in RESULT_ROWS:
            self.fields |= _result_fields(number)

    def clean_links(self) -> list[str]:
        """The addresses, one a line."""
        return checked_links(self.cleaned_data["links"].splitlines())

    def clean_language(self) -> str:
        """English where nothing was said."""
        language: str = self.cleaned_data["language"]
        return language or "en"

    def clean(self) -> None:
        """Asks for what a submission must have."""
        if not self.submits:
            return
        wanting = missing(self.content, asks_evidence=self.asks_evidence, has_files=self.has_files)
        for name in ("stage", "narrative", "links"):
            if name in wanting and name not in self.errors:
                self.add_error(name, wanting[name])
        for number in RESULT_ROWS:
            self._complete_result(number)

    def _complete_result(self, number: int) -> None:
        row = self._result(number)
        if not any(row.values()):
            return
        for part, sentence in (
            ("label", _("Please say what the number counts.")),
            ("value", _("Please give the number, or empty the row.")),
        ):
            name = f"result_{part}_{number}"
            if not row[part] and name not in self.errors:  # type: ignore[literal-required]  # the two above
                self.add_error(name, sentence)

    @property
    def content(self) -> Content:
        """What the form says; fields with errors count as empty."""
        said = self.cleaned_data
        rows = (self._result(number) for number in RESULT_ROWS)
        return Content(
            stage=said.get("stage", ""),
            scope_change=said.get("scope_change", ""),
            narrative=said.get("narrative", ""),
            results=[row for row in rows if any(row.values())],
            challenges=said.get("challenges", ""),
            support_needed=said.get("support_needed", ""),
            refugees_involved=said.get("refugees_involved", ""),
            links=said.get("links", []),
            no_evidence_reason=said.get("no_evidence_reason", ""),
            language=said.get("language", "en"),
        )

    def _result(self, number: int) -> Result:
        said = self.cleaned_data
        row = Result(
            label=said.get(f"result_label_{number}", ""),
            value=said.get(f"result_value_{number}", ""),
            unit=said.get(f"result_unit_{number}", ""),
        )
        if day := said.get(f"result_reached_on_{number}"):
            row["reached_on"] = day.isoformat()
        return row

    def result_rows(self) -> Iterator[tuple[int, list[forms.BoundField]]]:
        """The number and the fields of each row of results, for the template."""
        for number in RESULT_ROWS:
            yield number, [self[f"result_{part}_{number}"] for part in RESULT_PARTS]

    def problems(self) -> list[tuple[str, str, str]]:
        """For the summary above the form: where to jump to, the field's name, and what is wrong."""
        found: list[tuple[str, str, str]] = []
        for name, errors in sorted(self.errors.items(), key=lambda item: _place_on_page(item[0])):
            place = "" if name in ("__all__", "revision") else _place(self[name])
            label = "" if not place else str(self[name].label)
            found += [(place, label, str(error)) for error in errors]
        return found

    def show_controls(self) -> None:
        """Lets the form show invisible control characters as symbols, so that they can be found and taken out."""
        if isinstance(self.data, QueryDict):
            self.data = marked(self.data)


def initial_of(content: Content, *, revision: int) -> dict[str, Any]:
    """A content as the form's fields show it."""
    initial: dict[str, Any] = {name: content.get(name) for name in FIELD_LABELS if name not in ("results", "links")}
    initial["links"] = "\n".join(content["links"])
    for number, row in enumerate(content["results"], start=1):
        for part, text in row.items():
            initial[f"result_{part}_{number}"] = text
    return initial | {"revision": revision}


def form_names(field: str) -> list[str]:
    """The names of the inputs that make up one field of a content."""
    if field != "results":
        return [field]
    return [f"result_{part}_{number}" for number in RESULT_ROWS for part in RESULT_PARTS]


def _result_fields(number: int) -> dict[str, forms.Field]:
    of_row = {"number": number}
    return {
        f"result_label_{number}": CheckedField(
            check=lambda text: checked_line(text, at_most=LABEL_AT_MOST),
            label=_("Result %(number)d: what was counted") % of_row,
            widget=forms.TextInput(attrs={"dir": "auto"}),
        ),
        f"result_value_{number}": CheckedField(
            check=checked_number,
            label=_("Result %(number)d: number") % of_row,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        ),
        f"result_unit_{number}": CheckedField(
            check=lambda text: checked_line(text, at_most=UNIT_AT_MOST),
            label=_("Result %(number)d: unit") % of_row,
            widget=forms.TextInput(attrs={"dir": "auto"}),
        ),
        f"result_reached_on_{number}": forms.DateField(
            required=False,
            input_formats=["%Y-%m-%d"],
            label=_("Result %(number)d: reached by") % of_row,
            # Browsers that know no such input show a plain one; the sentence says what to write.
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={"invalid": _("Write the day as year-month-day, for example 2021-10-31.")},
        ),
    }


def _place(field: forms.BoundField) -> str:
    """The id of the input that a link in the summary jumps to; of a group of radios the first."""
    return f"{field.auto_id}_0" if isinstance(field.field.widget, forms.RadioSelect) else str(field.auto_id)


def _place_on_page(name: str) -> int:
    """Where the template shows a field; what belongs to the form as a whole, and fields before it, come first."""
    shown = [part for field in FIELD_ORDER for part in form_names(field)]
    return shown.index(name) if name in shown else -1
