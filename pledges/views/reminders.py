"""What a reminder mail links to: stopping reminders, and starting them again."""

from typing import Any, cast

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.contacts import WORDS_AT_MOST
from accounts.models import Stakeholder
from foundation.http import PortalRequest
from foundation.text import clean_text
from pledges import not_me, stop_link


@never_cache
# Mail programs post here by themselves (RFC 8058) and bring no token of ours; the signed link is the permission.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows whether reminders are on and a button; POST stops them, or starts them again when asked to."""
    user = stop_link.user_of(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        change = stop_link.resume if request.POST.get("action") == "resume" else stop_link.stop
        change(at=cast("PortalRequest", request).at, user=user)
    # Answered without a redirect: mail programs do not follow one.
    context = {"person": user, "done": request.method == "POST", "not_me_address": not_me.address_for(user)}
    response = render(request, "pledges/stop_reminders.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


class NotMeForm(forms.Form):
    """For whom the person no longer reports."""

    stakeholders = forms.MultipleChoiceField(
        label=gettext_lazy("I no longer report for"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Please tick for whom you no longer report.")},
    )
    words = forms.CharField(
        label=gettext_lazy("Who reports now, if you know (optional)"),
        max_length=WORDS_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 3}),
    )

    def __init__(self, *args: Any, stakeholders: list[Stakeholder], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_slug = {stakeholder.slug: stakeholder for stakeholder in stakeholders}
        choices = [(slug, stakeholder.name) for slug, stakeholder in self.by_slug.items()]
        self.fields["stakeholders"].choices = choices  # type: ignore[attr-defined] # what Django's choice fields have
        self.fields["stakeholders"].initial = list(self.by_slug)

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """What the summary of errors names: where, its label, the sentence."""
        return [
            (self[name].id_for_label or f"id_{name}_0", str(self[name].label), str(sentence))
            for name, sentences in self.errors.items()
            for sentence in sentences
        ]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def no_longer_me(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows for whom the person reports and changes nothing; POST asks staff to look for somebody else."""
    user, at = not_me.user_of(token), cast("PortalRequest", request).at
    if user is None:
        raise Http404
    said, reported = not_me.said_already(user), not_me.reports_for(user, at=at)
    left = [stakeholder for stakeholder in reported if stakeholder.pk not in said]
    form = NotMeForm(request.POST if request.method == "POST" else None, stakeholders=left)
    if form.is_valid():
        chosen = [form.by_slug[slug] for slug in form.cleaned_data["stakeholders"]]
        not_me.say_so(at=at, user=user, stakeholders=chosen, words=clean_text(form.cleaned_data["words"]))
    if form.is_bound and (form.is_valid() or not left):
        return redirect("pledges:not_me", token)
    context = {
        "told": [stakeholder for stakeholder in reported if stakeholder.pk in said],
        "form": form if left else None,
        "problems": form.problems,
        "stop_address": stop_link.address_for(user),
    }
    response = render(request, "pledges/not_me.html", context, status=422 if form.is_bound else 200)
    response["X-Robots-Tag"] = "noindex"
    return response
