from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from apps.core.forms import LinesField
from apps.core.time_zones import time_zones
from apps.customer_service.handoff.assignment import MAX_CAPACITY
from apps.customer_service.staff.business_hours import DAYS, HoursInvalid, ranges_of, text_of
from apps.customer_service.staff.models import Agent, DeskSettings
from apps.customer_service.staff.settings import DESK_SETTINGS


class AgentForm(forms.Form):
    is_available = forms.BooleanField(
        label=_("Takes conversations"),
        required=False,
        help_text=_("Agents who are away get no new conversations; waiting ones go to others."),
    )
    skills = forms.CharField(
        label=_("Skills"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One per line. Intents state which skill they need."),
    )
    capacity = forms.IntegerField(
        label=_("Concurrent conversations"),
        validators=[MinValueValidator(1), MaxValueValidator(MAX_CAPACITY)],
    )

    def clean_skills(self) -> list[str]:
        return str(self.cleaned_data["skills"]).splitlines()


def agent_fields(agent: Agent) -> dict[str, Any]:
    """As the form shows them."""
    return {
        "is_available": agent.is_available,
        "skills": "\n".join(agent.skills),
        "capacity": agent.capacity,
    }


DAY_NAMES = {
    "monday": _("Monday"),
    "tuesday": _("Tuesday"),
    "wednesday": _("Wednesday"),
    "thursday": _("Thursday"),
    "friday": _("Friday"),
    "saturday": _("Saturday"),
    "sunday": _("Sunday"),
}
MAX_LINES = 1000
# How many lines of each list are seen at once, and how long one may be, as the columns have it.
LINES = {"holidays": (3, 200), "handoff_keywords": (4, 60), "products": (4, 100)}


class HoursField(forms.CharField):
    """The ranges of one day, as people write them."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"placeholder": _("closed that day")})
        super().__init__(required=False, max_length=200, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return text_of(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[list[str]]:
        try:
            return ranges_of(super().clean(value))
        except HoursInvalid as invalid:
            raise forms.ValidationError(str(invalid.reason)) from invalid


class DeskSettingsForm(forms.ModelForm[DeskSettings]):
    monday = HoursField(label=DAY_NAMES["monday"])
    tuesday = HoursField(label=DAY_NAMES["tuesday"])
    wednesday = HoursField(label=DAY_NAMES["wednesday"])
    thursday = HoursField(label=DAY_NAMES["thursday"])
    friday = HoursField(label=DAY_NAMES["friday"])
    saturday = HoursField(label=DAY_NAMES["saturday"])
    sunday = HoursField(label=DAY_NAMES["sunday"])

    class Meta:
        model = DeskSettings
        fields = [name for name in DESK_SETTINGS.fields if name != "hours"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day in DAYS:
            self.initial.setdefault(day, self.instance.hours.get(day, []))
        for name, (rows, characters) in LINES.items():
            field = self.fields[name]
            self.fields[name] = LinesField(
                label=field.label,
                help_text=field.help_text,
                max_lines=MAX_LINES,
                max_characters=characters,
                rows=rows,
            )
        self.fields["holidays"].label = _("Holidays and special days")
        self.fields["holidays"].help_text = _(
            "One per line: 2027-01-01, or 2027-10-01 to 2027-10-07, for days that are closed; with hours, such as "
            "2027-10-10 09:00-18:00, for days that are open then, even on a weekend."
        )
        zones = [(zone, zone) for zone in sorted(time_zones())]
        self.fields["time_zone"] = forms.ChoiceField(label=self.fields["time_zone"].label, choices=zones)

    def clean(self) -> dict[str, Any]:
        days = {day: self.cleaned_data.pop(day) for day in DAYS if day in self.cleaned_data}
        return self.cleaned_data | {"hours": days}

    def days(self) -> list[forms.BoundField]:
        return [self[day] for day in DAYS]
