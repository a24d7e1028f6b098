from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import GroupRole, Invitation, Membership, Organisation
from apps.accounts.permissions import ROLES, areas_of, role_choices
from llm_backend.unicode_forms import nfkc

# Of addresses, beside spaces; those of a Chinese keyboard are these in another width.
SEPARATORS = str.maketrans(",;、", "   ")
LIFETIMES = [(7, _("7 days")), (30, _("30 days")), (90, _("90 days")), (365, _("1 year")), (0, _("Never"))]


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    class Meta:
        model = Invitation
        fields = ["email", "role"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.name, format_lazy("{role}: {explanation}", role=role.label, explanation=role.explanation))
            for role in ROLES
        ]


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Membership
        fields = ["role"]


class OrganisationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Organisation
        fields = ["name", "output_language"]


class SignInRulesForm(forms.Form):
    second_factor_roles = forms.MultipleChoiceField(
        label=_("Roles that require two-factor sign-in"),
        choices=role_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Members without it set it up at their next sign-in. API keys are not affected."),
    )
    idle_minutes = forms.IntegerField(
        label=_("Sign out after this many idle minutes"),
        required=False,
        min_value=5,
        max_value=1440,
        help_text=_("Leave empty to never sign out. An open page alone does not count as activity."),
    )


class GroupRoleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = GroupRole
        fields = ["group", "role"]
        help_texts = {"group": _("Must match the name in the identity provider or directory exactly.")}


class KeyGroupForm(forms.Form):
    group = forms.CharField(label=_("group"), required=False)


class ApiKeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("What is this key for?"))
    group = forms.CharField(
        label=_("System or environment"),
        max_length=60,
        required=False,
        help_text=_("Such as “Shop” or “Staging”. Keys of the same system can be revoked together."),
    )
    scopes = forms.MultipleChoiceField(label=_("Permissions"), widget=forms.CheckboxSelectMultiple)
    lifetime_days = forms.TypedChoiceField(label=_("Expires"), choices=LIFETIMES, coerce=int, initial=90)
    allowed_addresses = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        help_text=_(
            "IP addresses or networks such as 203.0.113.0/24, separated by spaces. Leave empty to allow any."
        ),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = areas_of(actor.key_scopes)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The arguments of `services.create_api_key`."""
        if self.errors:
            return self.cleaned_data
        days = self.cleaned_data["lifetime_days"]
        return {
            "name": self.cleaned_data["name"],
            "group": self.cleaned_data["group"],
            "scopes": self.cleaned_data["scopes"],
            "expires_at": timezone.now() + timedelta(days=days) if days else None,
            "allowed_addresses": nfkc(self.cleaned_data["allowed_addresses"]).translate(SEPARATORS).split(),
        }
