"""Stakeholders in the administration: who they are, who reports for them, and which entries mean the same."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, DateTimeField, IntegerField, Q, QuerySet, Value
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import account_workflow, workflow
from accounts.admin.forms import ChosenForm, MergeForm
from accounts.admin.import_pages import ImportPages
from accounts.admin.inlines import InvitationsInline, PeopleOfStakeholderInline
from accounts.admin.requests import at_of, staff_of
from accounts.loading import STAKEHOLDERS
from accounts.merging import merge_stakeholders, what_would_move
from accounts.models import Membership, Stakeholder
from accounts.numbers import published_pledges
from accounts.people_forms import InviteForm
from accounts.stakeholder_form import StakeholderForm
from foundation.admin_autocomplete import KeyedAutocomplete
from foundation.history import Subject
from foundation.history_admin import HistoryMixin

IMPORT = ImportPages(
    kind=STAKEHOLDERS,
    model=Stakeholder,
    title=gettext_lazy("Import stakeholders"),
    help=gettext_lazy(
        "First you see what is new, what would change from what to what, and every cell that is bad; nothing is "
        "saved until you confirm. Rows are known by their address, else by the one that comes of their name. Names, "
        "kinds and countries are public with the first published pledge; mailboxes never are. What the file has no "
        "column for stays as it is, and nothing is deleted."
    ),
    labels={name: field.label for name, field in StakeholderForm.base_fields.items()},
)


class FocalPointFilter(admin.SimpleListFilter):
    """Those for whom nobody reports need an invitation."""

    title = gettext_lazy("focal points")
    parameter_name = "focal-points"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Some, none, or none who can be reached."""
        return [("some", _("some")), ("none", _("none")), ("unreachable", _("no living contact"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Stakeholder]) -> QuerySet[Stakeholder]:
        """The rows of one answer."""
        at = at_of(request)
        report = Membership.objects.reporting_at(at).values("stakeholder")
        if self.value() == "unreachable":
            return queryset.filter(pk__in=Stakeholder.objects.without_living_contact(at).values("pk"))
        answers = {"some": queryset.filter(pk__in=report), "none": queryset.exclude(pk__in=report)}
        return answers.get(self.value() or "", queryset)


@admin.register(Stakeholder)
class StakeholderAdmin(HistoryMixin, KeyedAutocomplete, admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """Stakeholders are never deleted: what they pledged stays. Two entries for one are merged."""

    form = StakeholderForm
    inlines = (PeopleOfStakeholderInline, InvitationsInline)
    change_form_template = "admin/accounts/stakeholder/change_form.html"
    change_list_template = "admin/accounts/stakeholder/change_list.html"
    list_display = (
        "name",
        "kind",
        "country",
        "focal_points",
        "no_contact",
        "published_pledges",
        "is_public",
        "is_sample",
        "merged_into",
    )
    list_filter = (
        "kind",
        FocalPointFilter,
        "is_public",
        "is_sample",
        ("merged_into", admin.EmptyFieldListFilter),
        ("country", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("country", "merged_into")
    list_per_page = 50
    ordering = ("name", "pk")
    search_fields = ("name", "slug")
    autocomplete_fields = ("country",)
    prepopulated_fields = {"slug": ("name",)}
    actions = ("merge",)
    readonly_fields = ("is_sample", "merged_into")
    fields = ("name", "language", "slug", "kind", "country", "institutional_mailbox", "is_public", *readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Stakeholder]:
        """With the number of people who report now, and of what is public of it."""
        at = at_of(request)
        reporting = Q(memberships__in=Membership.objects.reporting_at(at))
        rows: QuerySet[Stakeholder] = super().get_queryset(request)
        rows = rows.annotate(
            focal_points_now=Count("memberships", filter=reporting),
            published_pledges_now=published_pledges(at) or Value(None, output_field=IntegerField()),
            at_now=Value(at, output_field=DateTimeField()),
        )
        match = request.resolver_match
        is_list = match is not None and match.url_name == "accounts_stakeholder_changelist"
        return rows.prefetch_related("memberships__user") if is_list else rows

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Boxes of other forms offer only entries that still stand for themselves."""
        found, may_have_duplicates = super().get_search_results(request, queryset, search_term)
        is_box = request.resolver_match is not None and request.resolver_match.url_name == "autocomplete"
        return (found.filter(merged_into=None) if is_box else found), may_have_duplicates

    def get_readonly_fields(self, request: HttpRequest, obj: Stakeholder | None = None) -> tuple[str, ...]:
        """The address stays what it is once the entry exists."""
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Stakeholder | None = None) -> dict[str, Any]:
        """As above."""
        return {} if obj else dict(self.prepopulated_fields)

    def has_change_permission(self, request: HttpRequest, obj: Stakeholder | None = None) -> bool:
        """An entry that was merged away stays as it was."""
        return super().has_change_permission(request, obj) and (obj is None or obj.merged_into_id is None)

    def history_subjects(self, obj: Stakeholder) -> dict[Subject, str]:
        """With the entries that were merged into it."""
        return {obj: "", **{each: each.slug for each in obj.merged.all()}}

    def has_delete_permission(self, request: HttpRequest, obj: Stakeholder | None = None) -> bool:
        """Merge duplicates; take others out of the public."""
        return False

    def save_model(self, request: HttpRequest, obj: Stakeholder, form: Any, change: bool) -> None:
        """By the workflow."""
        if form.changed_data or not change:
            at, actor = at_of(request), staff_of(request)
            account_workflow.save_changes(at=at, actor=actor, row=obj, changed=form.changed_data)

    @admin.display(description=gettext_lazy("focal points"), ordering="focal_points_now")
    def focal_points(self, stakeholder: Stakeholder) -> int:
        """How many people report now."""
        count: int = stakeholder.focal_points_now  # type: ignore[attr-defined] # annotated above
        return count

    @admin.display(description=gettext_lazy("no living contact"))
    def no_contact(self, stakeholder: Stakeholder) -> str:
        """Why nobody can be reached; nothing where somebody can."""
        return stakeholder.why_no_contact(stakeholder.at_now)  # type: ignore[attr-defined] # annotated above

    @admin.display(description=gettext_lazy("published pledges"), ordering="published_pledges_now")
    def published_pledges(self, stakeholder: Stakeholder) -> int | None:
        """Which it leads or takes part in, as of today."""
        count: int | None = stakeholder.published_pledges_now  # type: ignore[attr-defined] # annotated above
        return count

    @admin.action(description=gettext_lazy("Merge: these mean the same"), permissions=["change"])
    def merge(self, request: HttpRequest, queryset: QuerySet[Stakeholder]) -> HttpResponse:
        """To the page that asks which one stays."""
        chosen = QueryDict(mutable=True)
        chosen.setlist("entry", [str(uuid) for uuid in queryset.values_list("uuid", flat=True)])
        return redirect(f"{reverse('admin:accounts_stakeholder_merge')}?{chosen.urlencode()}")

    def get_urls(self) -> list[URLPattern]:
        """With the pages for inviting and for merging."""
        wrap = self.admin_site.admin_view
        own = [
            path("merge/", wrap(self.merge_view), name="accounts_stakeholder_merge"),
            path("<int:pk>/invite/", wrap(self.invite_view), name="accounts_stakeholder_invite"),
        ]
        return [*own, *IMPORT.urls(wrap), *super().get_urls()]

    def invite_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks whom to invite; the mail goes out at once."""
        stakeholder = get_object_or_404(Stakeholder, pk=pk)
        if not request.user.has_perm("accounts.add_invitation"):
            raise PermissionDenied(_("Your role does not include inviting people. Ask an editor."))
        form = InviteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                invitation = workflow.invite(
                    at=at_of(request), actor=staff_of(request), stakeholder=stakeholder, **form.cleaned_data
                )
            except ValidationError as error:
                form.add_error(None, error.messages)
            else:
                self._say_invited(request, invitation.address)
                return redirect("admin:accounts_stakeholder_change", pk)
        return self._page(request, "invite", _("Invite a focal point"), form=form, stakeholder=stakeholder)

    def _say_invited(self, request: HttpRequest, address: str) -> None:
        words = _("The invitation for %(address)s is on its way. It is open for 14 days.")
        self.message_user(request, words % {"address": address}, messages.SUCCESS)

    def merge_view(self, request: HttpRequest) -> HttpResponse:
        """Shows what hangs on each chosen entry, and asks which one stays."""
        if not self.has_change_permission(request):
            raise PermissionDenied(_("Your role does not include merging stakeholders. Ask an editor."))
        chosen = ChosenForm(request.GET)
        if not chosen.is_valid():
            self.message_user(request, str(chosen.errors["entry"][0]), messages.WARNING)
            return redirect("admin:accounts_stakeholder_changelist")
        entries = chosen.cleaned_data["entry"]
        form = MergeForm(request.POST or None, chosen=entries)
        if request.method == "POST" and form.is_valid() and self._merged(request, form, entries):
            return redirect("admin:accounts_stakeholder_change", form.cleaned_data["into"].pk)
        numbers = [(entry, [pair for pair in what_would_move(entry).items() if pair[1]]) for entry in entries]
        return self._page(request, "merge", _("Merge duplicates"), form=form, numbers=numbers)

    def _merged(self, request: HttpRequest, form: MergeForm, entries: QuerySet[Stakeholder]) -> bool:
        into = form.cleaned_data["into"]
        try:
            # All of them or none.
            with transaction.atomic():
                for duplicate in entries.exclude(pk=into.pk):
                    merge_stakeholders(at=at_of(request), actor=staff_of(request), duplicate=duplicate, into=into)
        except ValidationError as error:
            form.add_error("into", error.messages)
            return False
        self.message_user(request, _("Done. %(name)s now holds all of it.") % {"name": into}, messages.SUCCESS)
        return True

    def _page(self, request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
        context |= {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        return render(request, f"admin/accounts/stakeholder/{name}.html", context)
