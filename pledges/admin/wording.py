"""The page on which staff write subject and opening of reminders, and look at the mail before they save."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.admin.requests import at_of, staff_of
from pledges.admin import campaign
from pledges.models import ReminderWording, UpdateWindow
from pledges.models.wording import INTRO_AT_MOST, SUBJECT_AT_MOST
from pledges.reminder_wording import PLACEHOLDERS, WordingError, as_kept, check, save_wording, with_draft


class PlaceForm(forms.Form):
    """Which wording: of what, in which language."""

    place = forms.ChoiceField(label=gettext_lazy("For"))
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=lambda: settings.LANGUAGES)

    def __init__(self, *args: Any, window: UpdateWindow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = {f"rule-{rule.pk}": rule for rule in window.rules.all()}
        self.fields["place"].choices = [  # type: ignore[attr-defined] # what Django's choice fields have
            ("window", _("all reminders of this window")),
            *((key, _("the rule “%(name)s”") % {"name": rule.name}) for key, rule in self.rules.items()),
            ("all", _("the reminders of all windows")),
        ]

    def of(self, window: UpdateWindow) -> dict[str, Any]:
        """What the chosen place is in a row of the database."""
        place = self.cleaned_data["place"]
        return {
            "language": self.cleaned_data["language"],
            "window": window if place == "window" else None,
            "rule": self.rules.get(place),
        }


class WordingForm(PlaceForm):
    """The words, for the place that stands hidden beside them."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=SUBJECT_AT_MOST,
        required=False,
        widget=forms.TextInput({"size": 80}),
        help_text=gettext_lazy("One line. Empty: the built-in subject."),
    )
    intro = forms.CharField(
        label=gettext_lazy("Opening sentences"),
        max_length=INTRO_AT_MOST,
        required=False,
        widget=forms.Textarea({"rows": 5, "cols": 80}),
        help_text=gettext_lazy(
            "Plain text after the greeting. Empty: the built-in sentence. The days that are left, the pledges and all "
            "links follow by themselves."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("place", "language"):
            self.fields[name].widget = forms.HiddenInput()

    def clean_subject(self) -> str:
        """On one line, with names that are known."""
        return self._checked("subject")

    def clean_intro(self) -> str:
        """With names that are known."""
        return self._checked("intro")

    def _checked(self, name: str) -> str:
        # Of what will be kept: a sign that is taken out may have stood in the middle of a link or a name.
        template = as_kept(name, self.cleaned_data[name])
        try:
            check(template)
        except WordingError as error:
            raise forms.ValidationError(str(error)) from error
        return template


@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the words of a place; POST shows the mail with new ones, or saves them when told to."""
    window = campaign.get_window(request, pk, verb=True)
    if request.method == "POST":
        form = WordingForm(request.POST, window=window)
        if form.is_valid():
            saves = request.POST.get("do") == "save"
            return _save(request, window, form) if saves else _shown(request, window, form, is_looked_at=True)
        return _shown(request, window, form, status=422)
    place = PlaceForm(request.GET, window=window)
    chosen = place.cleaned_data if place.is_valid() else {"place": "window", "language": settings.LANGUAGES[0][0]}
    place = PlaceForm(chosen, window=window)
    place.full_clean()
    row = ReminderWording.objects.filter(**place.of(window)).first()
    texts = {"subject": row.subject, "intro": row.intro} if row else {}
    return _shown(request, window, WordingForm(initial=chosen | texts, window=window), row=row)


def _save(request: HttpRequest, window: UpdateWindow, form: WordingForm) -> HttpResponse:
    texts = {name: form.cleaned_data[name] for name in ("subject", "intro")}
    save_wording(at=at_of(request), actor=staff_of(request), **form.of(window), **texts)
    messages.success(request, _("Saved. Mails that go out from now on use it."))
    chosen = f"?place={form.cleaned_data['place']}&language={form.cleaned_data['language']}"
    return redirect(reverse("admin:pledges_updatewindow_wording", args=[window.pk]) + chosen)


def _shown(
    request: HttpRequest,
    window: UpdateWindow,
    form: WordingForm,
    *,
    row: ReminderWording | None = None,
    is_looked_at: bool = False,
    status: int = 200,
) -> HttpResponse:
    sample, content = None, None
    if is_looked_at:
        draft = ReminderWording(
            **form.of(window), subject=form.cleaned_data["subject"], intro=form.cleaned_data["intro"]
        )
        rule = form.rules.get(form.cleaned_data["place"])
        asked = {"rule": rule.pk if rule else "", "language": draft.language}
        sample = campaign.get_sample(request, asked, window)
        if sample:
            words = with_draft(sample.case.rule, draft.language, draft)
            content = sample.written_for(staff_of(request), wording=words)
    place = {name: form[name].value() for name in ("place", "language")}
    context: dict[str, Any] = {
        "form": form,
        "place_form": PlaceForm(initial=place, window=window, auto_id="choose_%s"),
        "row": row,
        "placeholders": PLACEHOLDERS.items(),
        "is_looked_at": is_looked_at,
        "sample": sample,
        "content": content,
    }
    return campaign.page(request, "wording", _("Wording of the reminders"), window, status=status, **context)
