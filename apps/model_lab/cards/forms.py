from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.model_lab.cards import selectors
from apps.model_lab.cards.schemas import families


class ModelFilterForm(forms.Form):
    """All of it comes from an address; what is wrong narrows nothing."""

    family = forms.ChoiceField(label=_("Family"), required=False)
    weights = forms.ChoiceField(
        label=_("Weights"),
        required=False,
        choices=[("", _("All weights")), *selectors.WEIGHTS.items()],
    )
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[("", _("By family")), *((key, label) for key, (label, _key) in selectors.ORDERS.items())],
    )

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        names = [(each.family, each.family) for each in families()]
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"
        self.fields["family"].choices = [("", _("All families")), *names]  # type: ignore[attr-defined]

    def filters(self) -> dict[str, str]:
        self.is_valid()
        return dict(self.cleaned_data)
