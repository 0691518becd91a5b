"""Beginning a new cycle with the roadmap of an earlier one."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts.admin.requests import at_of, staff_of
from events.admin.roadmap_page import must_write, page
from events.duplicating import duplicate_roadmap, in_years, years_between
from events.models import Cycle
from foundation.text import clean_line


class CopyForm(forms.Form):
    """Where the rows go, and how much later they are."""

    target = forms.ModelChoiceField(
        label=gettext_lazy("Into"),
        queryset=Cycle.objects.none(),
        required=False,
        empty_label=gettext_lazy("a new cycle, named below"),
        help_text=gettext_lazy("Only cycles without rows are listed."),
    )
    title = forms.CharField(label=gettext_lazy("Title of the new cycle"), max_length=200, required=False)
    slug = forms.SlugField(
        label=gettext_lazy("Its address"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Part of web addresses; never changes. Such as hlom-2029."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Its kind"), choices=Cycle.Kind.choices, required=False)
    years = forms.IntegerField(
        label=gettext_lazy("Years later"),
        min_value=1,
        max_value=20,
        required=False,
        help_text=gettext_lazy("Empty: as many as lie between the first days of the two meetings."),
    )
    keep_weekday = forms.BooleanField(
        label=gettext_lazy("Move exact days to the nearest same day of the week"), required=False
    )

    def __init__(self, *args: Any, source: Cycle, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._source = source
        self.initial["kind"] = source.kind
        target: Any = self.fields["target"]
        target.queryset = Cycle.objects.filter(events=None).exclude(pk=source.pk)

    def clean(self) -> dict[str, Any]:
        """Finds or makes the cycle, and the distance."""
        super().clean()
        if not self.errors:
            target = self.cleaned_data["target"] or self._new_cycle()
            if target and not self.errors:
                self.cleaned_data["target"] = target
                self._measure(target)
        return self.cleaned_data

    def _new_cycle(self) -> Cycle | None:
        said, source = self.cleaned_data, self._source
        years = said.get("years")
        if not years:
            self.add_error("years", _("Say how many years later the new cycle is."))
            return None
        cycle = Cycle(title=clean_line(said["title"]), slug=said["slug"], kind=said["kind"] or source.kind)
        cycle.zone = source.zone
        if source.starts_on and source.ends_on:
            cycle.starts_on, cycle.ends_on = in_years(source.starts_on, years), in_years(source.ends_on, years)
        try:
            cycle.full_clean()
        except ValidationError as error:
            for name, sentences in error.message_dict.items():
                self.add_error(name if name in self.fields else None, sentences)
            return None
        return cycle

    def _measure(self, target: Cycle) -> None:
        years = self.cleaned_data.get("years") or years_between(self._source, target)
        if not years or years < 1:
            self.add_error("years", _("The distance is not known from the days of the meetings. Say it in years."))
        self.cleaned_data["years"] = years


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """Copies the rows; they are not public and wait for their confirmation."""
    must_write(request)
    source = get_object_or_404(Cycle, pk=pk)
    form = CopyForm(request.POST if request.method == "POST" else None, source=source)
    if request.method == "POST" and form.is_valid():
        target = _copied(request, source, form)
        if target:
            return redirect("admin:events_cycle_roadmap", pk=target.pk)
    title = _("Duplicate the roadmap of %(cycle)s") % {"cycle": source}
    return page(request, "duplicate", title, status=422 if form.errors else 200, cycle=source, form=form)


def _copied(request: HttpRequest, source: Cycle, form: CopyForm) -> Cycle | None:
    said = form.cleaned_data
    target: Cycle = said["target"]
    if target.pk is None and not request.user.has_perm("events.add_cycle"):
        raise PermissionDenied(_("Your role does not include adding cycles."))
    try:
        copies = duplicate_roadmap(
            at=at_of(request),
            actor=staff_of(request),
            source=source,
            target=target,
            years=said["years"],
            keep_weekday=said["keep_weekday"],
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None
    words = ngettext(
        "%(count)d row of %(cycle)s copied, %(years)d years later, to be confirmed.",
        "%(count)d rows of %(cycle)s copied, %(years)d years later, to be confirmed.",
        len(copies),
    ) % {"count": len(copies), "cycle": source, "years": said["years"]}
    admin.site.get_model_admin(Cycle).log_change(request, target, words)
    messages.success(request, words)
    return target
