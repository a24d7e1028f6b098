from typing import Any

from django import forms
from django.http import QueryDict

from apps.core.errors import InvalidInput
from apps.medical_records.exports.services import Format


class ExportForm(forms.Form):
    """What an address such as `?as=pdf&deidentified=1` asks for. Without `as`, a PDF."""

    version = forms.IntegerField(required=False, min_value=1)
    deidentified = forms.BooleanField(required=False)
    inline = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # `as` is a word of Python.
        self.fields["as"] = forms.ChoiceField(choices=Format.choices, required=False)


def export_arguments(query: QueryDict) -> dict[str, Any]:
    """Keyword arguments of `export_record`. Raises InvalidInput."""
    form = ExportForm(query)
    if not form.is_valid():
        raise InvalidInput(
            fields={name: [str(line) for line in lines] for name, lines in form.errors.items()}
        )
    return {
        "format": form.cleaned_data["as"] or Format.PDF,
        "version": form.cleaned_data["version"],
        "is_deidentified": form.cleaned_data["deidentified"],
    }
