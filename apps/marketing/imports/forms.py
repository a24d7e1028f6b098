from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.marketing.profiles.person_values import (
    ATTRIBUTE,
)

LEFT_OUT, AS_ATTRIBUTE = "", "attribute"
COLUMN_CHOICES = [
    (LEFT_OUT, _("skip")),
    ("external_id", _("customer ID")),
    ("name", pgettext_lazy("person", "name")),
    ("email", _("e-mail address")),
    ("phone", _("telephone")),
    ("consents", _("channels agreed to")),
    (AS_ATTRIBUTE, _("attribute")),
]


class ColumnsForm(forms.Form):
    """For each column of a table what it is; fields are called after the column's place."""

    def __init__(self, headings: Sequence[str], proposed: dict[str, str], data: Any = None) -> None:
        super().__init__(data)
        self.headings = list(dict.fromkeys(filter(None, headings)))
        for place, heading in enumerate(self.headings):
            target = proposed.get(heading, LEFT_OUT)
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=heading,
                choices=COLUMN_CHOICES,
                required=False,
                initial=AS_ATTRIBUTE if target.startswith(ATTRIBUTE) else target,
            )

    @property
    def mapping(self) -> dict[str, str]:
        chosen = {
            heading: self.cleaned_data[f"column-{place}"] for place, heading in enumerate(self.headings)
        }
        return {
            heading: f"{ATTRIBUTE}{heading[:60]}" if target == AS_ATTRIBUTE else target
            for heading, target in chosen.items()
        }
