"""The form of an offer to one policy pledge."""

from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import Stakeholder
from foundation.http import PortalRequest
from pledges import match_access, match_suggestions, matching
from pledges.content import TEXT_LANGUAGES, checked_text
from pledges.form_fields import CheckedField, KindChoiceField
from pledges.match_suggestions import SHOWN_AT_MOST
from pledges.models import Pledge
from pledges.models.pledge import REFERENCE_FORM
from pledges.refusals import Refused
from pledges.views import kept_text
from pledges.views.matches import focal_point_of, person_of, roles_of
from pledges.windows import reporter_of


class OfferForm(forms.Form):
    """What is offered, by which stakeholder."""

    stakeholder = forms.ChoiceField(label=gettext_lazy("Offered by"))
    own_pledge = KindChoiceField(label=gettext_lazy("With one of your pledges"))
    text = CheckedField(
        check=checked_text,
        label=gettext_lazy("What you offer"),
        help_text=gettext_lazy("The host country's focal points and UNHCR's team read it. It is never public."),
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
    )
    language = KindChoiceField(label=gettext_lazy("Language of your text"), choices=TEXT_LANGUAGES)

    def __init__(self, data: Any, *, stakeholders: list[Stakeholder], pledges: list[Pledge]) -> None:
        super().__init__(data, initial={"language": "en"})
        self.stakeholders = {row.slug: row for row in stakeholders}
        self.pledges = {row.reference: row for row in pledges}
        who, what = self.fields["stakeholder"], self.fields["own_pledge"]
        assert isinstance(who, forms.ChoiceField)  # noqa: S101 -- declared above; this tells the type
        assert isinstance(what, forms.ChoiceField)  # noqa: S101 -- declared above; this tells the type
        who.choices = [(slug, row.name) for slug, row in self.stakeholders.items()]
        titles = [(row.reference, f"{row.reference}: {row.current.title}") for row in pledges]
        what.choices = [("", _("None: only in words")), *titles]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class KeptOffer(forms.Form):
    """What is given back to somebody whose session has ended."""

    text = forms.CharField(label=gettext_lazy("What you offer"), widget=forms.Textarea)


@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: PortalRequest, reference: str) -> HttpResponse:
    """The form of an offer to one policy pledge; for focal points of others."""
    if request.method == "POST" and not request.user.is_authenticated:
        return _give_back(request)
    return _offer(request, reference)


def answer_csrf_failure(request: HttpRequest) -> HttpResponse | None:
    """The typed offer in its form again after the security token had grown old; None for other pages."""
    at = request.resolver_match
    if at is None or at.view_name != "pledges:offer" or not kept_text.comes_from_us(request):
        return None
    if not request.user.is_authenticated:
        return _give_back(request)
    portal_request = cast("PortalRequest", request)
    try:
        pledge, form = _asked(portal_request, at.kwargs["reference"])
    except Http404:
        return None
    except PermissionDenied as refused:
        return kept_text.page_for_the_refused(request, reason=str(refused), form=KeptOffer)
    form.add_error(None, kept_text.press_once_more())
    return _offer_page(portal_request, pledge, form, status=403)


def _give_back(request: HttpRequest) -> HttpResponse:
    late = _("You were logged out before it arrived. Copy your text, log in, and open the pledge again.")
    return kept_text.page_for_the_refused(request, reason=late, form=KeptOffer)


@login_required
def _offer(request: PortalRequest, reference: str) -> HttpResponse:
    pledge, form = _asked(request, reference)
    if request.method != "POST":
        return _offer_page(request, pledge, form)
    if not form.is_valid():
        return _offer_page(request, pledge, form, status=422)
    said = form.cleaned_data
    try:
        match = matching.offer(
            at=request.at,
            actor=person_of(request),
            pledge=pledge,
            stakeholder=form.stakeholders[said["stakeholder"]],
            own_pledge=form.pledges.get(said["own_pledge"]),
            text=said["text"],
            language=said["language"] or "en",
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _offer_page(request, pledge, form, status=409)
    messages.success(request, _("Thank you. The host's focal points get a mail and answer here."))
    return redirect("pledges:match", match.uuid)


def _asked(request: PortalRequest, reference: str) -> tuple[Pledge, OfferForm]:
    """The policy pledge, and the form as it was sent. Raises Http404, and PermissionDenied for who may not offer."""
    if not REFERENCE_FORM.fullmatch(reference):
        raise Http404
    roles = roles_of(request)
    asked = matching.asking(Pledge.objects.published_by(request.at))
    pledge = get_object_or_404(asked.prefetch_related("versions"), reference=reference)
    able = focal_point_of(roles)
    if not able:
        raise PermissionDenied(_("A focal point offers support. You see the offers under “Matching”."))
    led = match_access.led_by(able).exclude(pk=pledge.pk)
    own = list(led.prefetch_related("versions").order_by("reference"))
    form = OfferForm(request.POST if request.method == "POST" else None, stakeholders=able, pledges=own)
    form.initial.update(_linked(request, own))
    return pledge, form


def _offer_page(request: PortalRequest, pledge: Pledge, form: OfferForm, *, status: int = 200) -> HttpResponse:
    asked = Pledge.objects.filter(pk=pledge.pk)
    own = Pledge.objects.filter(pk__in=[row.pk for row in form.pledges.values()])
    fitting = match_suggestions.for_offering(own, at=request.at, asking=asked)[:SHOWN_AT_MOST]
    context = {"pledge": pledge, "version": pledge.current, "form": form, "fitting": fitting}
    return render(request, "pledges/offer.html", context, status=status)


def _linked(request: PortalRequest, own: list[Pledge]) -> dict[str, str]:
    """The pledge that a suggestion names in its address and who leads it, if it is one of the person's."""
    wanted = request.GET.get("with")
    found = next((row for row in own if row.reference == wanted), None)
    return {"own_pledge": found.reference, "stakeholder": reporter_of(found, None).slug} if found else {}
