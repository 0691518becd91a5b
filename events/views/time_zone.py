"""The page where readers choose the time zone in which times are shown to them as well."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from events.reader_zone import reader_zone, remember_zone
from foundation.http import PortalRequest
from foundation.zones import zone_choices

_LONGEST_ADDRESS = 400


def _grouped_zones() -> list[tuple[Any, Any]]:
    """The zones by continent, after the choice of none."""
    areas: dict[str, list[tuple[str, str]]] = {}
    for name, label in zone_choices():
        area, _slash, place = label.partition("/")
        areas.setdefault(area if place else "UTC", []).append((name, place or label))
    return [("", _("None: what the event says, or my device")), *areas.items()]


class TimeZoneForm(forms.Form):
    """A zone of the database, or none; and the address to go back to."""

    zone = forms.ChoiceField(
        label=_("Your time zone"),
        required=False,
        choices=_grouped_zones,
        widget=forms.Select({"class": "form-select"}),
        help_text=_(
            "Zones are named after a city whose clocks show the same. Your choice is kept in a cookie on this device "
            "for a year and nowhere else."
        ),
        error_messages={"invalid_choice": _("Choose a zone from the list.")},
    )
    next = forms.CharField(required=False, max_length=_LONGEST_ADDRESS, widget=forms.HiddenInput)

    def clean_next(self) -> str:
        """An address of this portal; the calendar instead of any other."""
        address: str = self.cleaned_data["next"]
        is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
        return address if is_ours else reverse("events:calendar")


@require_http_methods(["GET", "HEAD", "POST"])
def time_zone(request: PortalRequest) -> HttpResponse:
    """Remembers the choice in a cookie and leads back to where the reader came from."""
    if request.method != "POST":
        came_from = request.GET.get("next", "")[:_LONGEST_ADDRESS]
        form = TimeZoneForm(initial={"zone": reader_zone(request), "next": came_from})
        return render(request, "events/time_zone.html", {"form": form})
    form = TimeZoneForm(request.POST)
    if not form.is_valid():
        return render(request, "events/time_zone.html", {"form": form}, status=422)
    response = redirect(form.cleaned_data["next"])
    remember_zone(response, form.cleaned_data["zone"])
    return response
