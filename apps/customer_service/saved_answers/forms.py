from datetime import datetime, time
from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.access import actor_of
from apps.accounts.models import Organisation
from apps.core import languages
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import selectors
from apps.customer_service.saved_answers import selectors as saved_answers
from apps.customer_service.saved_answers import services
from apps.customer_service.saved_answers.models import SavedAnswerQuerySet


class SavedAnswerForm(forms.Form):
    questions = forms.CharField(
        label=_("Questions"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One per line, as visitors would ask. More variants mean more matches."),
    )
    answer = forms.CharField(
        label=_("Answer text"),
        max_length=services.MAX_ANSWER_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Sent to visitors word for word."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=languages.CHOICES)
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None selected: all."),
    )
    owner = forms.ChoiceField(
        label=_("Owner"), required=False, help_text=_("Notified before the answer expires.")
    )
    expires_at = forms.DateField(
        label=_("Valid until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The last day it is used. Leave empty for no end date."),
    )
    is_enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [(str(each.pk), each.name) for each in selectors.channel_list(organisation)]
        members = [(str(each.pk), str(each.user)) for each in saved_answers.member_list(organisation)]
        self.fields["channels"].choices = channels  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", _("Me")), *members]  # type: ignore[attr-defined]
        if not channels:
            del self.fields["channels"]

    def clean_questions(self) -> list[str]:
        return str(self.cleaned_data["questions"]).splitlines()

    def clean_expires_at(self) -> datetime | None:
        day = self.cleaned_data["expires_at"]
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None


class SavedAnswerFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What narrows the list of the portal."""

    search = django_filters.CharFilter(
        method="with_text", label=_("Search questions and answers"), max_length=100
    )
    state = django_filters.ChoiceFilter(
        method="in_state",
        label=_("State"),
        choices=[
            ("in_use", _("In use")),
            ("expiring", _("Expiring")),
            ("expired", _("Expired")),
            ("off", _("Off")),
        ],
    )
    owner = django_filters.ModelChoiceFilter(
        label=_("Owner"), queryset=lambda request: saved_answers.member_list(actor_of(request).organisation)
    )

    def with_text(self, answers: SavedAnswerQuerySet, _name: str, text: str) -> SavedAnswerQuerySet:
        return saved_answers.with_text(answers, text)

    def in_state(self, answers: SavedAnswerQuerySet, _name: str, state: str) -> SavedAnswerQuerySet:
        return saved_answers.in_state(answers, state)


class TriedQuestionForm(forms.Form):
    """A question as a visitor would ask it, to see which answer it gets."""

    question = forms.CharField(max_length=1000)
    channel = forms.ModelChoiceField(queryset=Channel.objects.none(), required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = selectors.channel_list(organisation)  # type: ignore[attr-defined]


class SavedAnswerFileForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}))
