from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import Level, LogTemplate, LogTemplateQuerySet

MAX_PARAMETERS = 1_000


class LogTemplateForm(forms.ModelForm[LogTemplate]):
    class Meta:
        model = LogTemplate
        fields = ["name", "severity"]


class TemplateFilterForm(forms.Form):
    search = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "class": "input", "placeholder": _("Search templates")}
        ),
    )
    source = forms.ModelChoiceField(
        label=_("Source"),
        required=False,
        queryset=LogSource.objects.none(),
        empty_label=_("All sources"),
        widget=forms.Select(attrs={"class": "input", "aria-label": _("Source")}),
    )
    severity = forms.ChoiceField(
        label=_("Severity"),
        required=False,
        choices=[
            ("", _("any severity")),
            *((level.value, level.label) for level in Level if level.value),
        ],
        widget=forms.Select(attrs={"class": "input", "aria-label": _("Severity")}),
    )

    def __init__(self, organisation: Organisation, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["source"].queryset = LogSource.objects.within(organisation)  # type: ignore[attr-defined]


class SplitForm(forms.Form):
    """`parameter` counts from 1, as filters do; `undo` takes the split back."""

    parameter = forms.IntegerField(min_value=1, max_value=MAX_PARAMETERS)
    undo = forms.BooleanField(required=False)


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(label=_("Merge into"), queryset=LogTemplate.objects.none())

    def __init__(self, templates: LogTemplateQuerySet, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["into"].queryset = templates  # type: ignore[attr-defined]
