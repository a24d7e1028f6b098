"""What people fill in of a person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.forms import LinesField
from apps.marketing.channels.names import channel_choices
from apps.marketing.profiles.models import MAX_EXTERNAL_ID_CHARACTERS, Person
from apps.marketing.profiles.person_values import (
    MAX_ATTRIBUTES,
    MAX_FIELD_CHARACTERS,
    PROBLEMS,
    RejectedValue,
    attribute_lines,
    read_attribute_lines,
)

MAX_LINE_CHARACTERS = 600


class PersonForm(forms.Form):
    external_id = forms.CharField(
        label=_("customer ID"),
        max_length=MAX_EXTERNAL_ID_CHARACTERS,
        help_text=_("ID of this person in your other systems. Cannot be changed later."),
    )
    name = forms.CharField(
        label=pgettext_lazy("person", "name"), max_length=MAX_FIELD_CHARACTERS, required=False
    )
    email = forms.EmailField(label=_("e-mail address"), max_length=MAX_FIELD_CHARACTERS, required=False)
    phone = forms.CharField(label=_("telephone"), max_length=MAX_FIELD_CHARACTERS, required=False)
    consents = forms.MultipleChoiceField(
        label=_("agreed to"),
        choices=channel_choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Channels the person agreed to. Channels they unsubscribed from stay off."),
    )
    attributes = LinesField(
        label=_("attributes"),
        max_lines=MAX_ATTRIBUTES,
        max_characters=MAX_LINE_CHARACTERS,
        rows=6,
        help_text=_("One per line, such as city = Paris. Numbers and dates can be compared in segments."),
    )

    def __init__(self, data: Any = None, *, person: Person | None = None) -> None:
        initial = {}
        if person is not None:
            initial = {
                name: getattr(person, name) for name in ("external_id", "name", "email", "phone", "consents")
            }
            initial["attributes"] = attribute_lines(person.attributes)
        super().__init__(data, initial=initial)
        # Another number is another person.
        self.fields["external_id"].disabled = person is not None

    def clean_attributes(self) -> dict[str, Any]:
        try:
            return read_attribute_lines(self.cleaned_data["attributes"])
        except RejectedValue as problem:
            raise forms.ValidationError(str(PROBLEMS[problem.code])) from problem
