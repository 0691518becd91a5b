"""Progress updates and their review: staff read, decide and enter what came by letter; they never edit words."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.requests import at_of, staff_of
from pledges import review, workflow
from pledges.admin.update_forms import AcceptForm, OnBehalfForm, ReturnForm, RevokeForm
from pledges.admin.update_review import rounds_beside
from pledges.models import Confirmation, ProgressUpdate
from pledges.refusals import Refused
from pledges.templatetags.reporting import age_in_words

State = ProgressUpdate.State


class NeedsReviewFilter(admin.SimpleListFilter):
    """What waits comes up by default; the rest is one click away."""

    title = gettext_lazy("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Beside what waits: each state, and all."""
        return [
            (State.RETURNED, _("Returned, with the stakeholder")),
            (State.ACCEPTED, _("Published")),
            (State.REVOKED, _("Withdrawn from the public")),
            ("all", _("All")),
        ]

    def choices(self, changelist: Any) -> Any:
        """ "Needs review" instead of "All" on top."""
        chosen = self.value()
        yield {
            "selected": chosen is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("Needs review"),
        }
        for value, title in self.lookup_choices:
            yield {
                "selected": chosen == str(value),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProgressUpdate]) -> QuerySet[ProgressUpdate]:
        """What waits unless something else was chosen."""
        chosen = self.value() or State.SUBMITTED
        return queryset if chosen == "all" else queryset.filter(state=chosen)


@admin.register(ProgressUpdate)
class ProgressUpdateAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """The queue of updates, the oldest first, and a page for each with its rounds side by side."""

    list_display = ("pledge", "title", "stakeholder", "state", "stage", "first_submitted_at", "waiting")
    list_display_links = ("pledge",)
    list_filter = (NeedsReviewFilter, "stage", "pledge__occasion")
    list_select_related = ("pledge", "stakeholder")
    list_per_page = 50
    ordering = ("first_submitted_at", "pk")
    search_fields = ("pledge__reference", "stakeholder__name", "pledge__versions__title")
    change_form_template = "admin/pledges/progressupdate/review.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProgressUpdate]:
        """Without drafts: they are private to their stakeholder until submitted."""
        return super().get_queryset(request).exclude(state=State.DRAFT).prefetch_related("pledge__versions")

    @admin.display(description=gettext_lazy("title"))
    def title(self, update: ProgressUpdate) -> str:
        """The pledge's title of today."""
        return update.pledge.current.title

    @admin.display(description=gettext_lazy("waiting since"))
    def waiting(self, update: ProgressUpdate) -> str:
        """How long reviewers have had it."""
        if update.state != State.SUBMITTED or update.first_submitted_at is None:
            return ""
        return age_in_words(update.first_submitted_at, self._at)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Ages are counted to the request's moment."""
        self._at = at_of(request)
        drafts = ProgressUpdate.objects.filter(state=State.DRAFT).count()
        return super().changelist_view(request, {**(extra_context or {}), "drafts": drafts})

    def has_delete_permission(self, request: HttpRequest, obj: ProgressUpdate | None = None) -> bool:
        """What was reported stays; a published update can be withdrawn from the public."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """With one page for each decision."""
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/accept/", wrap(self.accept_view), name="pledges_progressupdate_accept"),
            path("<int:pk>/return/", wrap(self.return_view), name="pledges_progressupdate_return"),
            path("<int:pk>/revoke/", wrap(self.revoke_view), name="pledges_progressupdate_revoke"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Read-only: the rounds, what was published before, and the ways to decide. A POST changes nothing here."""
        update = self.get_object(request, object_id)
        if update is None or not self.has_view_permission(request, update):
            raise Http404
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied(_("Staff do not edit a stakeholder's words. Accept or return the update instead."))
        return self._page(
            request,
            "review",
            f"{update.pledge.reference} · {update.get_state_display()}",
            update,
            rounds=rounds_beside(update),
            may_decide=self.has_change_permission(request, update),
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Enters on a stakeholder's behalf what came by letter, e-mail or call; it then waits for review."""
        if not self.has_add_permission(request):
            raise PermissionDenied(_("Your role does not include entering updates. Ask an editor."))
        form = OnBehalfForm(request.POST or None, submits=True)
        if request.method == "POST" and form.is_valid():
            try:
                row = workflow.enter_on_behalf(at=at_of(request), actor=staff_of(request), **form.arguments())
            except (Refused, ValidationError) as refused:
                form.add_error(None, getattr(refused, "messages", str(refused)))
            else:
                self.message_user(request, _("The update is entered and waits for review."), messages.SUCCESS)
                return redirect("admin:pledges_progressupdate_change", row.update_id)
        return self._page(request, "on_behalf", _("Enter an update on a stakeholder's behalf"), None, form=form)

    def accept_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks once more, then publishes."""

        def decide(update: ProgressUpdate, form: Any) -> str:
            review.accept(at=at_of(request), actor=staff_of(request), update=update, number=form.cleaned_data["number"])
            return _("The update is published, and the focal points are told.")

        return self._decide(request, pk, AcceptForm, _("Accept and publish"), decide)

    def return_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for the comment, then gives the update back."""

        def decide(update: ProgressUpdate, form: Any) -> str:
            review.return_with_comment(at=at_of(request), actor=staff_of(request), update=update, **form.cleaned_data)
            return _("The update is returned, and the focal points are told why.")

        return self._decide(request, pk, ReturnForm, _("Return with a comment"), decide)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for the public note, then withdraws."""

        def decide(update: ProgressUpdate, form: Any) -> str:
            review.revoke(at=at_of(request), actor=staff_of(request), update=update, note=form.cleaned_data["note"])
            return _("The update is withdrawn from the public; the note stands in its place.")

        return self._decide(request, pk, RevokeForm, _("Withdraw from the public"), decide)

    def _decide(
        self,
        request: HttpRequest,
        pk: int,
        form_class: type[AcceptForm | ReturnForm | RevokeForm],
        title: str,
        decide: Callable[[ProgressUpdate, Any], str],
    ) -> HttpResponse:
        update = self.get_object(request, str(pk))
        if update is None:
            raise Http404
        if not self.has_change_permission(request, update):
            raise PermissionDenied(_("Your role does not include decisions on updates. Ask a reviewer."))
        last = update.rounds.order_by("-number").first()
        form = form_class(request.POST or None, initial={"number": last.number if last else 0})
        if request.method == "POST" and form.is_valid():
            try:
                self.message_user(request, decide(update, form), messages.SUCCESS)
            except Refused as refused:
                self.message_user(request, str(refused), messages.ERROR)
            return redirect("admin:pledges_progressupdate_change", update.pk)
        return self._page(request, "decide", title, update, form=form, verb=title)

    def _page(
        self, request: HttpRequest, template: str, title: str, update: ProgressUpdate | None, **context: Any
    ) -> HttpResponse:
        context |= self.admin_site.each_context(request) | {
            "opts": self.opts,
            "title": title,
            "update": update,
            "original": update,
        }
        return TemplateResponse(request, f"admin/pledges/progressupdate/{template}.html", context)


@admin.register(Confirmation)
class ConfirmationAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes no [] at run time
    """ "No significant change", as focal points said it; read-only."""

    list_display = ("pledge", "stakeholder", "at", "by")
    list_select_related = ("pledge", "stakeholder", "by")
    list_per_page = 50
    search_fields = ("pledge__reference", "stakeholder__name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only focal points confirm."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Confirmation | None = None) -> bool:
        """A confirmation stays as it was given."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Confirmation | None = None) -> bool:
        """As above."""
        return False
