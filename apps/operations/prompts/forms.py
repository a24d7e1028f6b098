import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Organisation
from apps.core.api import NotUsable, parse_json
from apps.inference import prompts
from apps.inference.models import Endpoint
from apps.inference.prompt_catalogue import ShippedPrompt
from apps.operations.prompts import selectors
from llm_backend.prompt_checks import MAX_CHARACTERS


class PromptForm(forms.Form):
    """Front matter stays as it was shipped: only the two settings of the request can be set."""

    text = forms.CharField(
        label=_("text"),
        max_length=MAX_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 24, "class": "mono", "spellcheck": "false"}),
        strip=False,
    )
    temperature = forms.FloatField(label=_("temperature"), min_value=0, max_value=2)
    max_tokens = forms.IntegerField(
        label=_("maximum answer tokens"), min_value=1, max_value=100_000, required=False
    )
    note = forms.CharField(
        label=_("what changed and why"),
        max_length=300,
        required=False,
        help_text=_("The approver sees this."),
    )


class NoteForm(forms.Form):
    note = forms.CharField(label=pgettext_lazy("of a version", "Note"), max_length=300, required=False)


class TrialForm(forms.Form):
    endpoint: Any = forms.ModelChoiceField(
        Endpoint.objects.none(), label=_("endpoint"), empty_label=None, required=True
    )
    values = forms.CharField(
        label=_("variable values"),
        # Twice what is recorded: indented it is longer.
        max_length=2 * prompts.MAX_INPUT_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
        help_text=_("JSON, prefilled with a sample or a recorded input."),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        organisation: Organisation,
        shipped: ShippedPrompt,
        recorded: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """`recorded`: values to begin with instead of the sample."""
        super().__init__(data, **options)
        self.shipped = shipped
        endpoints = selectors.trial_endpoints(organisation)
        self.fields["endpoint"].queryset = endpoints  # type: ignore[attr-defined]
        # One that is switched off may be tried, but rarely answers.
        self.fields["endpoint"].initial = endpoints.filter(is_enabled=True).first()
        self.initial["values"] = json.dumps(recorded or shipped.sample, ensure_ascii=False, indent=2)

    def clean_values(self) -> dict[str, Any]:
        names = set(self.shipped.prompt.settings.variables)
        try:
            values = parse_json(self.cleaned_data["values"].encode())
        except NotUsable as error:
            raise forms.ValidationError(_("Enter valid JSON.")) from error
        if not isinstance(values, dict) or set(values) != names:
            expected = ", ".join(sorted(names))
            raise forms.ValidationError(
                _("Enter an object with exactly these names: %(names)s"), params={"names": expected}
            )
        return values
