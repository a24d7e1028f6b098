from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.errors import InvalidInput, Text
from apps.customer_service.analytics import periods
from apps.customer_service.analytics.fact_rows import Scope
from apps.customer_service.analytics.periods import Period
from apps.customer_service.channels.models import Channel
from apps.customer_service.staff import selectors as handoff

NAMES = {"first": "from", "last": "to"}


class ScopeForm(forms.Form):
    """Which figures: `days`, or `from` and `to`; and a channel."""

    days = forms.TypedChoiceField(
        choices=[(days, days) for days in periods.CHOICES], coerce=int, required=False, empty_value=None
    )
    first = forms.DateField(required=False, error_messages={"invalid": _("Write a day as 2026-07-31.")})
    last = forms.DateField(required=False, error_messages={"invalid": _("Write a day as 2026-07-31.")})
    channel = forms.ModelChoiceField(Channel.objects.none(), required=False)

    @classmethod
    def of(cls, query: Mapping[str, str], organisation: Organisation) -> Self:
        asked = {name: query.get(NAMES.get(name, name), "") for name in cls.base_fields}
        form = cls(asked)
        form.organisation = organisation
        form.fields["channel"].queryset = Channel.objects.within(organisation).order_by("name")  # type: ignore[attr-defined]
        return form

    organisation: Organisation

    def scope(self) -> Scope:
        """Raises InvalidInput, per field, for what cannot be shown."""
        if not self.is_valid():
            named = self.errors.items()
            fields: dict[str, list[Text]] = {
                NAMES.get(name, name): [str(line) for line in lines] for name, lines in named
            }
            raise InvalidInput(fields=fields)
        channel = self.cleaned_data["channel"]
        return Scope(self.organisation, self._period(), channel.pk if channel else None)

    def usual_scope(self) -> Scope:
        return Scope(self.organisation, periods.latest(periods.USUAL, self._time_zone))

    def _period(self) -> Period:
        chosen: dict[str, Any] = self.cleaned_data
        latest = periods.latest(chosen["days"] or periods.USUAL, self._time_zone)
        if chosen["days"] or not (chosen["first"] or chosen["last"]):
            return latest
        last = chosen["last"] or latest.last
        return periods.between(chosen["first"] or last, last, self._time_zone)

    @property
    def _time_zone(self) -> str:
        return handoff.desk_settings(self.organisation).time_zone
