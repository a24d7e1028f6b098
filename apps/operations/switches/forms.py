from typing import Any

from django import forms

from apps.operations.switches import selectors


class SwitchForm(forms.Form):
    """Which desk or tool, and whether it is to be on."""

    name = forms.ChoiceField(choices=lambda: selectors.switch_names().items())
    turn = forms.ChoiceField(choices=[("on", "on"), ("off", "off")])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["is_on"] = values.pop("turn", "") == "on"
        return values
