"""How to keep a roadmap, or a filtered part of it, in one's own calendar."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from events.feeds import calendar_name, feed_path
from events.filters import RoadmapFilterForm
from events.models import Cycle
from events.views.shown import subscription
from foundation.http import PortalRequest


class CycleForm(forms.Form):
    """Which roadmap; none means the current one, whichever that will be."""

    cycle = forms.SlugField(label=gettext_lazy("Forum or meeting"), required=False, max_length=60)


@require_safe
def subscribe(request: PortalRequest) -> HttpResponse:
    """The addresses of one calendar with what to do in each program. The filters are those of the roadmap."""
    chosen = _chosen_cycle(request)
    shown = chosen or Cycle.objects.current()
    form = RoadmapFilterForm(request.GET)
    context: dict[str, Any] = {
        "cycle": shown,
        "chosen_cycle": chosen,
        "cycles": list(Cycle.objects.for_public()),
        "form": form,
        "fields": [form["kind"], form["mode"]],
        "kept": [(name, value) for name, value in form.chosen().items() if name not in ("kind", "mode")],
        "name": calendar_name(shown.title if shown else _("HLOM portal"), form),
        **subscription(feed_path(chosen, form.query())),
    }
    return render(request, "events/subscribe_page.html", context)


def _chosen_cycle(request: PortalRequest) -> Cycle | None:
    """Raises Http404 for a cycle that is not public, and for what cannot be one."""
    form = CycleForm(request.GET)
    if not form.is_valid():
        raise Http404
    slug = form.cleaned_data["cycle"]
    return get_object_or_404(Cycle.objects.for_public(), slug=slug) if slug else None
