from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Invitation, Membership, Organisation
from apps.accounts.permissions import PERMISSIONS

LIFETIMES = [(30, _("30 days")), (90, _("90 days")), (365, _("1 year")), (0, _("Never"))]


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Invitation
        fields = ["email", "role"]


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ["role"]


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Organisation
        fields = ["name", "output_language"]


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What will use this key?"))
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    lifetime_days = forms.TypedChoiceField(label=_("Expires"), choices=LIFETIMES, coerce=int, initial=90)
    allowed_addresses = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        help_text=_(
            "Addresses or networks such as 203.0.113.0/24, separated by spaces. Empty: from anywhere."
        ),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [(name, label) for name, label in PERMISSIONS.items() if actor.may(name)]
        self.fields["scopes"].choices = own  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The arguments of `services.create_api_key`."""
        if self.errors:
            return self.cleaned_data
        days = self.cleaned_data["lifetime_days"]
        return {
            "name": self.cleaned_data["name"],
            "scopes": self.cleaned_data["scopes"],
            "expires_at": timezone.now() + timedelta(days=days) if days else None,
            "allowed_addresses": self.cleaned_data["allowed_addresses"].replace(",", " ").split(),
        }
