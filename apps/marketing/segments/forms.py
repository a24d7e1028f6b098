"""What people fill in of a segment: its rule row by row or as text, its name, its plain words."""

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.marketing.channels.names import channel_choices
from apps.marketing.profiles.person_values import (
    ATTRIBUTE,
)
from apps.marketing.profiles.selectors import KnownAttribute
from apps.marketing.rules.conditions import EVENTS, OPERATORS
from apps.marketing.rules.rules import MAX_CONDITIONS, MAX_VALUE_CHARACTERS
from apps.marketing.segments.models import MAX_QUESTION_CHARACTERS
from apps.marketing.segments.rule_rows import CONSENT, EVENT, ConditionRow

MAX_NAME_CHARACTERS = 120


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
