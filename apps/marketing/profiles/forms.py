"""What people fill in: a person, the columns of a table, a segment's rule row by row, its plain words."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.forms import LinesField
from apps.marketing.channels.names import channel_choices
from apps.marketing.profiles.conditions import EVENTS, OPERATORS
from apps.marketing.profiles.models import MAX_EXTERNAL_ID_CHARACTERS, MAX_QUESTION_CHARACTERS, Person
from apps.marketing.profiles.person_values import (
    ATTRIBUTE,
    MAX_ATTRIBUTES,
    MAX_FIELD_CHARACTERS,
    PROBLEMS,
    RejectedValue,
    attribute_lines,
    read_attribute_lines,
)
from apps.marketing.profiles.rule_rows import CONSENT, EVENT, ConditionRow
from apps.marketing.profiles.rules import MAX_CONDITIONS, MAX_VALUE_CHARACTERS
from apps.marketing.profiles.selectors import KnownAttribute

MAX_LINE_CHARACTERS, MAX_NAME_CHARACTERS = 600, 120
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


class ConditionForm(forms.Form):
    """One row of a rule. Which fields it has follows from what it is about."""

    joint = forms.ChoiceField(
        label=_("joined by"), choices=[("and", _("and")), ("or", _("or"))], required=False, initial="and"
    )
    negation = forms.ChoiceField(
        label=_("condition"), choices=[("", _("is true")), ("not", _("is not true"))], required=False
    )
    subject = forms.CharField(label=_("about"), max_length=100)
    operator = forms.ChoiceField(label=_("comparison"), choices=list(OPERATORS.items()), required=False)
    value = forms.CharField(label=_("value"), max_length=MAX_VALUE_CHARACTERS * 10, required=False)

    @property
    def subject_type(self) -> str:
        """attribute, event or consent: what the template shows."""
        return str(self["subject"].value() or ATTRIBUTE).partition(":")[0]

    @property
    def needs_value(self) -> bool:
        return self.subject_type == "event" or (
            self.subject_type == "attribute" and self["operator"].value() != "set"
        )

    @property
    def row(self) -> ConditionRow:
        values = self.cleaned_data
        return ConditionRow(
            values["subject"],
            values["operator"] or "=",
            values["value"],
            is_negated=values["negation"] == "not",
            is_alternative=values["joint"] == "or",
        )


ConditionFormSet = forms.formset_factory(
    ConditionForm, extra=0, min_num=1, validate_min=True, max_num=MAX_CONDITIONS, validate_max=True
)


def condition_rows(rows: Sequence[ConditionRow]) -> list[dict[str, str]]:
    """As the forms of the rows begin."""
    return [
        {
            "joint": "or" if row.is_alternative else "and",
            "negation": "not" if row.is_negated else "",
            "subject": row.subject,
            "operator": row.operator,
            "value": row.value,
        }
        for row in rows
    ]


def subject_choices(
    attributes: Sequence[KnownAttribute], rows: Sequence[str]
) -> list[tuple[Any, list[tuple[str, Any]]]]:
    """What a condition may be about, in groups. `rows`: the subjects there are, also of attributes that nobody has now."""
    names = {each.name for each in attributes} | {
        each.removeprefix(ATTRIBUTE) for each in rows if each.startswith(ATTRIBUTE)
    }
    return [
        (_("Attributes"), [(f"{ATTRIBUTE}{name}", name) for name in sorted(names)]),
        (_("Behaviour"), [(f"{EVENT}{key}", label) for key, (_column, label) in EVENTS.items()]),
        (_("Agreed to"), [(f"{CONSENT}{key}", label) for key, label in channel_choices()]),
    ]


class SegmentNameForm(forms.Form):
    name = forms.CharField(label=_("name"), max_length=MAX_NAME_CHARACTERS)


class RuleDecoder(json.JSONDecoder):
    """A number of thousands of digits, or groups without an end, are errors of the text, not of the page."""

    def decode(self, s: str, *args: Any, **options: Any) -> Any:
        try:
            return super().decode(s, *args, **options)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError) as error:
            raise json.JSONDecodeError(str(error), s, 0) from error


class SegmentTextForm(forms.Form):
    """A rule with groups inside groups, as text."""

    rule = forms.JSONField(
        label=_("rule"),
        decoder=RuleDecoder,
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
        help_text=_("Put conditions in all, any and not. See the API documentation for their fields."),
    )


class SegmentQuestionForm(forms.Form):
    text = forms.CharField(
        label=_("Describe it"),
        max_length=MAX_QUESTION_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example: women in Shanghai who bought in the last 90 days and get our e-mails."),
    )


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
