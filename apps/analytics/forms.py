from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.analytics import periods
from apps.analytics.reports import Filter, Report, Scope
from apps.core.errors import InvalidInput, Text
from apps.core.moments import CHOSEN_DAYS

_DAY_WRONG = {"invalid": _("Enter a date such as 2026-07-31.")}


class ScopeForm(forms.Form):
    """Which numbers of a report: `days`, or `from` and `to`; and what its filters are set to."""

    days = forms.IntegerField(required=False, min_value=1, max_value=periods.MAX_DAYS)

    def __init__(self, query: Mapping[str, str], report: Report[Any], organisation: Organisation) -> None:
        super().__init__(dict(query.items()))
        self.report, self.organisation = report, organisation
        self.fields |= {
            name: forms.DateField(required=False, validators=CHOSEN_DAYS, error_messages=_DAY_WRONG)
            for name in ("from", "to")
        }
        self.fields |= {
            each.name: forms.ChoiceField(
                required=False,
                label=str(each.label),
                choices=_choices(each, organisation),
            )
            for each in report.filters
        }

    def scope(self) -> Scope:
        """Raises InvalidInput, per field, for what cannot be shown."""
        if not self.is_valid():
            fields: dict[str, list[Text]] = {name: [*map(str, lines)] for name, lines in self.errors.items()}
            raise InvalidInput(fields=fields)
        values, period = self.cleaned_data, self.usual_scope().period
        if values["days"]:
            period = periods.latest(values["days"], period.time_zone)
        elif values["from"] or values["to"]:
            last = values["to"] or period.last
            period = periods.between(values["from"] or last, last, period.time_zone)
        filters = {each.name: values[each.name] for each in self.report.filters if values[each.name]}
        return Scope(self.organisation, period, filters)

    def usual_scope(self) -> Scope:
        time_zone = self.report.time_zone(self.organisation)
        return Scope(self.organisation, periods.latest(periods.USUAL_DAYS, time_zone))


def _choices(report_filter: Filter, organisation: Organisation) -> Callable[[], list[tuple[str, Text]]]:
    """Read once, and only where somebody chooses or has to be checked: programs mostly ask for the whole."""

    @cache
    def choices() -> list[tuple[str, Text]]:
        return [("", report_filter.all_label), *report_filter.choices(organisation)]

    return choices
