from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.inference.forms import MAX_TEXT, ChatSettingsForm
from apps.inference.models import Endpoint
from apps.model_lab.side_by_side import selectors
from apps.model_lab.side_by_side.models import ModelComparison


class EndpointChoice(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, endpoint: Endpoint) -> str:
        return f"{endpoint.title} · {endpoint.model}"


class SideBySideForm(ChatSettingsForm):
    """`cleaned_data` is what a `ComparedQuestion` takes; how many endpoints there may be, its service says."""

    prompt = forms.CharField(
        label=_("question"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 4}), strip=False
    )
    is_blind = forms.BooleanField(
        label=_("hide the names and vote"),
        required=False,
        help_text=_("Two of the selected models answer, or two of all where none is selected."),
    )
    endpoints = EndpointChoice(
        Endpoint.objects.none(), label=_("models"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["endpoints"].queryset = selectors.offered_endpoints(organisation)  # type: ignore[attr-defined]

    def clean_prompt(self) -> str:
        prompt = str(self.cleaned_data["prompt"])
        if not prompt.strip():
            raise forms.ValidationError(_("Enter a question."))
        return prompt

    def clean_endpoints(self) -> list[UUID]:
        return [endpoint.pk for endpoint in self.cleaned_data["endpoints"]]


class VoteForm(forms.Form):
    vote = forms.ChoiceField(choices=ModelComparison.Vote.choices)
