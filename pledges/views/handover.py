"""Who reports on a joint pledge in which window: all parties read it, the lead's focal points decide."""

from dataclasses import dataclass
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.models import Membership, Stakeholder, User
from foundation.http import PortalRequest
from pledges import handovers
from pledges.access import MyPledge, get_my_pledge, roles_by_stakeholder
from pledges.models import Handover, UpdateWindow
from pledges.refusals import Refused
from pledges.windows import reporter_of

_CHOICE_WORDS = {
    "required": gettext_lazy("Please choose one."),
    "invalid_choice": gettext_lazy("This is not on the list. Please choose one that is."),
}


class HandoverForm(forms.Form):
    """Which partner, for which window."""

    stakeholder = forms.ChoiceField(label=gettext_lazy("Partner that reports"), error_messages=_CHOICE_WORDS)
    window = forms.ChoiceField(label=gettext_lazy("In the window"), error_messages=_CHOICE_WORDS)

    def __init__(self, data: Any, *, partners: list[handovers.Partner], windows: list[UpdateWindow]) -> None:
        super().__init__(data)
        able = {each.stakeholder.slug: each.stakeholder for each in partners if each.has_focal_point}
        self.stakeholders, self.windows = able, {str(window.pk): window for window in windows}
        self._offer("stakeholder", [(slug, row.name) for slug, row in able.items()])
        self._offer("window", [(key, window_words(window)) for key, window in self.windows.items()])
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        """What there is to choose from; the only one is chosen already."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above; this tells the type
        field.choices = choices if len(choices) == 1 else [("", _("Please choose")), *choices]

    @property
    def is_useful(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.stakeholders and self.windows)


@dataclass(frozen=True)
class Situation:
    """Who reports on a joint pledge when, and what the lead can still change."""

    mine: MyPledge
    lead: Stakeholder
    decides: bool
    partners: list[handovers.Partner]
    windows: list[UpdateWindow]
    standing: list[Handover]

    @property
    def unable(self) -> list[Stakeholder]:
        """The partners that nobody could report for."""
        return [each.stakeholder for each in self.partners if not each.has_focal_point]

    def form(self, data: Any = None) -> HandoverForm:
        """Offers the windows in which the lead still reports."""
        taken = {row.window_id for row in self.standing}
        # What was chosen stays a choice while the workflow refuses it, so that its sentence can be read.
        chosen = str(data.get("window", "")) if data else ""
        free = [window for window in self.windows if window.pk not in taken or str(window.pk) == chosen]
        return HandoverForm(data, partners=self.partners, windows=free)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: PortalRequest, reference: str) -> HttpResponse:
    """Shows who reports in each coming window; a focal point of the lead hands over, or takes back."""
    now = _situation(request, reference)
    if request.method != "POST":
        return _page(request, now, now.form())
    if not now.decides:
        who = {"name": now.lead}
        raise PermissionDenied(_("A focal point of %(name)s, which leads this pledge, decides who reports.") % who)
    act = _take_back if "take_back" in request.POST else _hand_over
    return act(request, now)


def _situation(request: PortalRequest, reference: str) -> Situation:
    """Raises Http404 for those who may not see it, and for pledges that nobody shares."""
    mine = get_my_pledge(request.user, reference, at=request.at)
    if not mine.is_joint:
        raise Http404
    lead = reporter_of(mine.pledge, None)
    role = roles_by_stakeholder(request.user, at=request.at).get(lead)
    return Situation(
        mine=mine,
        lead=lead,
        decides=role == Membership.Role.FOCAL_POINT,
        partners=handovers.partners_of(mine.pledge, at=request.at),
        windows=handovers.windows_to_come(mine.pledge, at=request.at),
        standing=handovers.standing_handovers(mine.pledge, at=request.at),
    )


def _hand_over(request: PortalRequest, now: Situation) -> HttpResponse:
    form = now.form(request.POST)
    if not form.is_valid():
        return _page(request, now, form, status=422)
    partner = form.stakeholders[form.cleaned_data["stakeholder"]]
    try:
        handovers.hand_over(
            at=request.at,
            actor=_user(request),
            pledge=now.mine.pledge,
            stakeholder=partner,
            window=form.windows[form.cleaned_data["window"]],
        )
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, now, form, status=409)
    messages.success(request, _("%(name)s reports in this window. Both sides get a mail.") % {"name": partner})
    return redirect("pledges:handover", now.mine.pledge.reference)


def _take_back(request: PortalRequest, now: Situation) -> HttpResponse:
    row = next((each for each in now.standing if str(each.window_id) == request.POST["take_back"]), None)
    try:
        if row and handovers.take_back(at=request.at, actor=_user(request), pledge=now.mine.pledge, window=row.window):
            messages.success(request, _("The report is yours again. Both sides get a mail."))
        else:
            messages.info(request, _("The report had been taken back already."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("pledges:handover", now.mine.pledge.reference)


def _page(request: PortalRequest, now: Situation, form: HandoverForm, *, status: int = 200) -> HttpResponse:
    context = {"now": now, "mine": now.mine, "lead": now.lead, "form": form}
    return render(request, "pledges/handover.html", context, status=status)


def window_words(window: UpdateWindow) -> str:
    """A window by its days: 1 Oct – 31 Oct 2021."""
    return f"{date_format(window.opens_on, 'j M')} – {date_format(window.closes_on, 'j M Y')}"


def _user(request: PortalRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 -- login_required says so; this tells the type
    return request.user
