"""What can be asked of records, by pages and by the REST API alike."""

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Organisation
from apps.log_analysis.records.value_names import GROUPS, VALUE_TYPES
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import Level, LogTemplate
from domain.logs.store.filters import MAX_TEXT_CHARACTERS
from domain.logs.store.templates import MAX_SLOTS

MAX_NAMES_CHARACTERS = 500
MAX_TEMPLATES = 40
DEFAULT_TOP, MAX_TOP = 20, 200
MIN_REASON_CHARACTERS, MAX_REASON_CHARACTERS = 3, 300
LAST = {
    "15m": (_("last 15 minutes"), timedelta(minutes=15)),
    "1h": (_("last hour"), timedelta(hours=1)),
    "6h": (_("last 6 hours"), timedelta(hours=6)),
    "24h": (_("last 24 hours"), timedelta(hours=24)),
    "7d": (_("last 7 days"), timedelta(days=7)),
    "30d": (_("last 30 days"), timedelta(days=30)),
}
# Nobody logs outside these, and no calendar calculates with what lies far outside.
FIRST_YEAR, LAST_YEAR = 1970, 2200
LEVELS = [(level.value, level.label) for level in Level if level.value]


def _moment_field(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S")
    return forms.DateTimeField(label=label, required=False, widget=widget)


class TemplatesField(forms.ModelMultipleChoiceField[LogTemplate]):
    """An address may name none: `template=`."""

    def clean(self, value: Any) -> Any:
        return super().clean([each for each in value or () if each])


class RecordFilterForm(forms.Form):
    """Everything may be left out. `service` and `host` name several, with commas between.

    `value`: of a parameter of one template, or the first value of a `kind` in a record, whatever its template.
    """

    text = forms.CharField(label=_("Text"), required=False, max_length=MAX_TEXT_CHARACTERS, strip=False)
    whole = forms.BooleanField(label=_("Only as a whole value (500, not 1500)"), required=False)
    last = forms.ChoiceField(
        label=pgettext_lazy("of a log record", "Time"),
        required=False,
        choices=[("", _("Any time")), *((key, label) for key, (label, _length) in LAST.items())],
    )
    since = _moment_field(_("Since"))
    until = _moment_field(_("Until"))
    level = forms.MultipleChoiceField(
        label=_("Level"), required=False, choices=LEVELS, widget=forms.CheckboxSelectMultiple
    )
    source = forms.ModelChoiceField(
        label=_("Source"), required=False, queryset=LogSource.objects.none(), empty_label=_("All sources")
    )
    service = forms.CharField(label=_("Service"), required=False, max_length=MAX_NAMES_CHARACTERS)
    host = forms.CharField(label=_("Host"), required=False, max_length=MAX_NAMES_CHARACTERS)
    trace = forms.CharField(label=_("Trace"), required=False, max_length=MAX_NAMES_CHARACTERS)
    template = TemplatesField(
        label=_("Template"),
        required=False,
        queryset=LogTemplate.objects.none(),
        widget=forms.MultipleHiddenInput,
    )
    parameter = forms.IntegerField(
        label=_("Parameter"), required=False, min_value=1, max_value=MAX_SLOTS, widget=forms.HiddenInput
    )
    kind = forms.ChoiceField(
        label=_("Type of value"),
        required=False,
        choices=[("", ""), *VALUE_TYPES.items()],
        widget=forms.HiddenInput,
    )
    value = forms.CharField(
        label=_("Value"), required=False, max_length=MAX_TEXT_CHARACTERS, widget=forms.HiddenInput
    )

    def __init__(self, organisation: Organisation, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        sources = cast("forms.ModelChoiceField[LogSource]", self.fields["source"])
        sources.queryset = LogSource.objects.within(organisation)
        templates = cast("forms.ModelMultipleChoiceField[LogTemplate]", self.fields["template"])
        templates.queryset = LogTemplate.objects.within(organisation)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        # A box that is not ticked narrows nothing.
        values["whole"] = values.get("whole") or None
        if values.get("last"):
            values["since"] = timezone.now() - LAST[values["last"]][1]
            values["until"] = None
        since, until = values.get("since"), values.get("until")
        for name, moment in (("since", since), ("until", until)):
            if moment and not FIRST_YEAR < moment.year < LAST_YEAR:
                self.add_error(name, _("Choose a year between 1971 and 2199."))
        if since and until and since >= until:
            self.add_error("until", _("The end is before the start. Swap them."))
        values["template"] = list(values.get("template") or ())
        templates = len(values["template"])
        if values.get("parameter") and templates != 1:
            self.add_error("parameter", _("Parameters belong to a template. Choose one first."))
        if templates > MAX_TEMPLATES:
            self.add_error("template", _("Choose fewer templates."))
        return values


class CountForm(RecordFilterForm):
    """What a search finds, counted: all of it, or by what stands in it, the `top` most frequent."""

    by = forms.ChoiceField(
        label=_("Count by"), required=False, choices=[("", _("all together")), *GROUPS.items()]
    )
    top = forms.IntegerField(
        label=_("Rows"), required=False, min_value=1, max_value=MAX_TOP, widget=forms.HiddenInput
    )


class ComparisonForm(RecordFilterForm):
    """Two windows; without the second, as much time before the first."""

    other_since = _moment_field(_("Compared with: since"))
    other_until = _moment_field(_("until"))

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        since, until = values.get("since"), values.get("until") or timezone.now()
        if self.errors or since is None:
            return values
        before, end = values.get("other_since"), values.get("other_until")
        if (before is None) is not (end is None):
            raise ValidationError(_("Enter both times of the comparison, or neither."))
        values["until"] = until
        if until <= since:
            self.add_error("since", _("This period has not started yet."))
        elif before is None:
            values["other_since"], values["other_until"] = since - (until - since), since
        elif before >= cast(datetime, end):
            self.add_error("other_until", _("The end is before the start. Swap them."))
        return values


class RevealForm(forms.Form):
    """Why somebody reads what was masked."""

    reason = forms.CharField(
        label=_("Reason"), min_length=MIN_REASON_CHARACTERS, max_length=MAX_REASON_CHARACTERS
    )
