"""The page on which staff say which updates need the approval of a reviewer."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.admin.requests import at_of, staff_of
from pledges import review_policy
from pledges.models import ProgressUpdate

_PAGE = "admin:pledges_progressupdate_policy"


class PolicyForm(forms.Form):
    """All or only what is not routine."""

    routine_at_once = forms.TypedChoiceField(
        label=gettext_lazy("Who reads an update before it is public?"),
        choices=[
            ("no", gettext_lazy("A reviewer reads every update first.")),
            (
                "yes",
                gettext_lazy("Routine progress is public at once. A reviewer reads only what is not routine."),
            ),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Please choose one of the two."),
            "invalid_choice": gettext_lazy("Please choose one of the two."),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest) -> HttpResponse:
    """Shows the choice and what it means; a new one is noted in the history."""
    if not request.user.has_perm("pledges.change_reviewpolicy"):
        raise PermissionDenied(_("Your role does not include the review policy. Ask an editor or an administrator."))
    chosen = "yes" if review_policy.routine_is_public_at_once() else "no"
    form = PolicyForm(request.POST if request.method == "POST" else None, initial={"routine_at_once": chosen})
    if form.is_bound and form.is_valid():
        wanted: bool = form.cleaned_data["routine_at_once"]
        changed = review_policy.switch(at=at_of(request), actor=staff_of(request), routine_at_once=wanted)
        messages.success(request, _("Saved; it holds from now on.") if changed else _("It was so already."))
        return redirect(_PAGE)
    context = {
        **admin.site.each_context(request),
        "opts": ProgressUpdate._meta,  # noqa: SLF001 -- Django's documented API
        "title": _("What needs approval"),
        "form": form,
    }
    return render(request, "admin/pledges/progressupdate/policy.html", context, status=422 if form.is_bound else 200)
