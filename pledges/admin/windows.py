"""Update windows and their reminder rules: what is asked for, when, and who will be mailed."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.requests import staff_of
from foundation import pauses
from foundation.admin_autocomplete import KeyedAutocomplete
from foundation.http import PortalRequest
from pledges.admin import campaign, wording
from pledges.admin.window_forms import HandoverForm, PreviewForm, RuleForm, WindowForm
from pledges.checks import says_other_days
from pledges.handovers import hand_over, take_back
from pledges.models import Handover, ReminderRule, UpdateWindow
from pledges.refusals import Refused
from pledges.reminder_preview import as_if_switched_on, next_rule, preview, rules_of
from pledges.reminders import moment_of, silence_of
from pledges.window_figures import Coverage, coverage_of
from pledges.window_switch import switch_off, switch_on

PEOPLE_PER_PAGE = 200
_TIMING = {"anchor", "offset_days", "at_time"}


class WindowList(ChangeList):
    """The list of windows, with the figures of all that are shown asked for at once."""

    def get_results(self, request: HttpRequest) -> None:
        """Adds to each window whether it is open and how many answered."""
        super().get_results(request)
        at = cast("PortalRequest", request).at
        windows: list[Any] = list(self.result_list)
        figures = coverage_of(windows, as_of=at)
        for window in windows:
            window.is_open_now, window.coverage_now = window.is_open(at), figures[window.pk]
        self.result_list = windows


class RulesInline(admin.TabularInline):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """When people are reminded."""

    model = ReminderRule
    form = RuleForm
    extra = 0
    fields = ("name", "anchor", "offset_days", "at_time", "enabled", "moment_shown", "says")
    readonly_fields = ("moment_shown", "says")
    verbose_name_plural = gettext_lazy(
        "reminder rules: each mails every focal point, once, the pledges for which nobody has answered"
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReminderRule]:
        """With the clock that the moments are read on."""
        return super().get_queryset(request).select_related("window__cycle")

    @admin.display(description=gettext_lazy("falls on"))
    def moment_shown(self, rule: ReminderRule) -> str:
        """The moment on the cycle's clock."""
        moment = moment_of(rule) if rule.pk else None
        return f"{date_format(moment, 'D j F Y, H:i')} ({rule.window.cycle.zone})" if moment else "–"

    @admin.display(description=gettext_lazy("mails"))
    def says(self, rule: ReminderRule) -> str:
        """Whether it will mail, or why it will not."""
        silence = silence_of(rule) if rule.pk else None
        return _("nothing: %(reason)s") % {"reason": silence.label} if silence else _("yes")


class HandoversInline(KeyedAutocomplete, admin.TabularInline):  # type: ignore[type-arg] # as above
    """Which partner reports instead of the lead, in this window."""

    model = Handover
    form = HandoverForm
    extra = 0
    autocomplete_fields = ("stakeholder",)
    verbose_name_plural = gettext_lazy(
        "hand-overs: the partner named here is asked and reports in this window, instead of the lead"
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Handover]:
        """With what each row shows."""
        return super().get_queryset(request).select_related("pledge", "stakeholder")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Taken back and made anew, so that it is clear who was asked."""
        return False


@admin.register(UpdateWindow)
class UpdateWindowAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # as above
    """Periods in which progress is asked for. They never close the form."""

    form = WindowForm
    inlines = (RulesInline, HandoversInline)
    list_display = ("span", "campaign_link", "coverage", "is_open_now", "reminders_on", "cycle", "asks_for")
    list_display_links = ("span",)
    list_filter = ("cycle",)
    list_select_related = ("cycle", "event")
    list_per_page = 50
    actions = ("switch_on", "switch_off")
    readonly_fields = ("activated_at", "coverage", "campaign_link", "people_link")
    # Few enough to tick; Django's two boxes have a label that screen readers may not read.
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}
    fieldsets = (
        (
            None,
            {
                "fields": ("cycle", "occasions", "opens_on", "closes_on", "event"),
                "description": gettext_lazy(
                    "Days are read in the cycle's time zone; the last day belongs to the window. While a window is "
                    "open, the home page and the pages of focal points say so."
                ),
            },
        ),
        (
            gettext_lazy("Reminders"),
            {
                "fields": ("activated_at", "coverage", "campaign_link", "people_link"),
                "description": gettext_lazy(
                    "Nothing is mailed until reminders are switched on, by an action of the list of windows. They "
                    "never look back: a rule whose moment was over by then mails nothing."
                ),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[UpdateWindow]:
        """With the occasions that each row names."""
        windows: QuerySet[UpdateWindow] = super().get_queryset(request).prefetch_related("occasions")
        return windows

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The list with its figures."""
        return WindowList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> UpdateWindow | None:
        """One window, with its figures."""
        window: Any = super().get_object(request, object_id, from_field)
        if window is not None:
            window.coverage_now = coverage_of([window], as_of=cast("PortalRequest", request).at)[window.pk]
        return cast("UpdateWindow | None", window)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """A rule that is new, or moved to another moment, speaks from now on."""
        for row in formset.forms:
            if isinstance(row.instance, ReminderRule) and (row.instance.pk is None or _TIMING & set(row.changed_data)):
                row.instance.created_at = cast("PortalRequest", request).at
        if formset.model is Handover:
            self._save_handovers(cast("PortalRequest", request), form.instance, formset)
            return
        super().save_formset(request, form, formset, change)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: UpdateWindow) -> None:
        """Ends its pause as well: nobody could find it any more."""
        pauses.resume(at=cast("PortalRequest", request).at, actor=staff_of(request), of=obj.campaign)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UpdateWindow]) -> None:
        """One by one, for the same reason."""
        for window in queryset:
            self.delete_model(request, window)

    def _save_handovers(self, request: PortalRequest, window: UpdateWindow, formset: Any) -> None:
        """By the workflow, so that both sides get their mail and the draft its owner. First what is taken back."""
        formset.save(commit=False)
        common: dict[str, Any] = {"at": request.at, "actor": staff_of(request), "window": window}
        try:
            for row in formset.deleted_objects:
                take_back(pledge=row.pledge, **common)
            for row in formset.new_objects:
                hand_over(pledge=row.pledge, stakeholder=row.stakeholder, **common)
        except Refused as refused:
            self.message_user(request, str(refused), messages.ERROR)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Says when the public roadmap tells other days than the window."""
        super().save_related(request, form, formsets, change)
        if says_other_days(form.instance):
            words = _("The roadmap shows other days than this window. Correct one of them.")
            self.message_user(request, words, messages.WARNING)

    @admin.display(description=gettext_lazy("window"), ordering="opens_on")
    def span(self, window: UpdateWindow) -> str:
        """First and last day."""
        return f"{date_format(window.opens_on)} – {date_format(window.closes_on)}"

    @admin.display(description=gettext_lazy("asks for pledges of"))
    def asks_for(self, window: UpdateWindow) -> str:
        """The occasions."""
        return ", ".join(str(cycle) for cycle in window.occasions.all())

    @admin.display(description=gettext_lazy("open now"), boolean=True)
    def is_open_now(self, window: Any) -> bool:
        """Whether updates are being asked for."""
        return bool(window.is_open_now)

    @admin.display(description=gettext_lazy("answered"))
    def coverage(self, window: Any) -> str:
        """So many of so many; the base is what the window asks for."""
        figures: Coverage | None = getattr(window, "coverage_now", None)
        return _("%(responded)d of %(asked)d asked") % figures._asdict() if figures else "–"

    @admin.display(description=gettext_lazy("reminders on"), boolean=True)
    def reminders_on(self, window: UpdateWindow) -> bool:
        """Whether its rules mail."""
        return window.activated_at is not None

    @admin.display(description=gettext_lazy("campaign"))
    def campaign_link(self, window: UpdateWindow) -> str:
        """To the page on which the reminders of the window are watched and steered."""
        if window.pk is None:
            return _("after the first save")
        address = reverse("admin:pledges_updatewindow_campaign", args=[window.pk])
        return format_html('<a href="{}">{}</a>', address, _("Watch, pause, test"))

    @admin.display(description=gettext_lazy("who gets what"))
    def people_link(self, window: UpdateWindow) -> str:
        """To the page that says whom the next reminder reaches."""
        if window.pk is None:
            return _("after the first save")
        address = reverse("admin:pledges_updatewindow_people", args=[window.pk])
        return format_html('<a href="{}">{}</a>', address, _("Who gets what, and who does not"))

    @admin.action(description=gettext_lazy("Switch reminders on: mails go out from now on"), permissions=["change"])
    def switch_on(self, request: PortalRequest, queryset: QuerySet[UpdateWindow]) -> None:
        """Lets the chosen windows mail."""
        self._switch(request, queryset, lambda window: switch_on(at=request.at, window=window))

    @admin.action(description=gettext_lazy("Switch reminders off: waiting ones are not sent"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[UpdateWindow]) -> None:
        """Keeps the chosen windows from mailing."""
        self._switch(request, queryset, lambda window: switch_off(window=window))

    def _switch(
        self, request: HttpRequest, windows: QuerySet[UpdateWindow], verb: Callable[[UpdateWindow], bool]
    ) -> None:
        changed = [window for window in windows if verb(window)]
        for window in changed:
            self.log_change(request, window, str(request.POST.get("action")))
        self.message_user(request, _("Done for %(count)d of the chosen windows.") % {"count": len(changed)})

    def get_urls(self) -> list[URLPattern]:
        """With the page that says who gets what, and those of the campaign."""
        people = path(
            "<int:pk>/people/", self.admin_site.admin_view(self.people_view), name="pledges_updatewindow_people"
        )
        return [people, *campaign.urls({"wording": ("campaign/wording/", wording.wording)}), *super().get_urls()]

    def people_view(self, request: PortalRequest, pk: int) -> HttpResponse:
        """Whom one of the window's rules reaches with which pledges, and why it does not reach others."""
        window = get_object_or_404(UpdateWindow.objects.select_related("cycle"), pk=pk)
        if not (self.has_view_permission(request, window) and request.user.has_perm("accounts.view_user")):
            raise PermissionDenied(_("Your role does not include the reminders."))
        form = PreviewForm(request.GET, window=window)
        wanted = form.cleaned_data.get("rule") if form.is_valid() else None
        # Before the reminders are switched on is when one wants to know.
        switched_on = as_if_switched_on(window, at=request.at)
        rules = rules_of(switched_on)
        rule = next((rule for rule in rules if rule == wanted), None) or next_rule(switched_on, at=request.at)
        seen = preview(rule, at=request.at) if rule else None
        number = form.cleaned_data.get("page") or 1
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Who gets what"),
            "window": window,
            "rules": rules,
            "seen": seen,
            "page": Paginator(seen.cases if seen else [], PEOPLE_PER_PAGE).get_page(number),
            "query": f"rule={rule.pk}" if rule else "",
        }
        return render(request, "admin/pledges/updatewindow/people.html", context)
