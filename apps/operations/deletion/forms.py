from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.operations.deletion.services import WAIVER


class DeletionForm(forms.Form):
    """What an operator types before an organisation is closed."""

    name = forms.CharField(
        label=_("name of the organisation"),
        max_length=120,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    waiver = forms.CharField(
        label=_("without an export"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "placeholder": WAIVER}),
    )
