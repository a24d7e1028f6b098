from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.marketing.profiles.selectors import KnownAttribute
from apps.marketing.segments.forms import SegmentNameForm


class ClusteringForm(forms.Form):
    """Which attributes people are compared by."""

    def __init__(self, attributes: Sequence[KnownAttribute], data: Any = None) -> None:
        super().__init__(data, initial={"attributes": [each.name for each in attributes]})
        self.fields["attributes"] = forms.MultipleChoiceField(
            label=_("compared by"),
            choices=[(each.name, each.name) for each in attributes],
            widget=forms.CheckboxSelectMultiple,
        )


class KeepClusterForm(SegmentNameForm):
    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
