from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.analytics.reports import Report, all_reports
from apps.core.errors import InvalidInput, Text
from apps.core.time_zones import checked_time_zone
from apps.dashboards.mailed_reports import selectors
from apps.dashboards.mailed_reports.models import MailedReport
from apps.jobs import schedules

MAX_RECIPIENTS = 50


class MailedReportForm(forms.ModelForm[MailedReport]):
    """Filters of all reports stand in it; those of the chosen one count."""

    report = forms.ChoiceField(label=_("Report"))

    class Meta:
        model = MailedReport
        fields = ["name", "report", "days", "cron", "time_zone", "language", "recipients"]
        fields += ["has_xlsx", "has_csv", "is_enabled"]
        widgets = {"recipients": forms.CheckboxSelectMultiple}
        help_texts = {
            "cron": _(
                "Leave empty to send at 07:00 the day after the period ends. Otherwise five fields: minute, hour, "
                "day, month, weekday; “0 7 * * 1-5” is 07:00 on workdays."
            ),
            "recipients": _(
                "Members who can view the report. Anyone who has lost access when it is sent gets nothing."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filter_names: dict[str, tuple[str, str]] = {}
        # Which organisation's, the resource says.
        self.fields["recipients"].queryset = selectors.possible_recipients()  # type: ignore[attr-defined]
        self._offer(all_reports())

    def prepare(self, actor: Actor) -> None:
        """Nobody chooses a report that they may not see, nor learns what it can be narrowed to."""
        reports = [report for report in all_reports() if actor.may(report.permission)]
        self._offer(reports)
        for report in reports:
            for each in report.filters:
                name = f"{report.name}_{each.name}"
                self.filter_names[name] = (report.name, each.name)
                self.fields[name] = forms.ChoiceField(
                    label=f"{each.label} ({report.title})",
                    required=False,
                    choices=[("", each.all_label), *each.choices(actor.organisation)],
                    initial=self.instance.filters.get(each.name, ""),
                )

    def begin_with(self, query: Mapping[str, str]) -> None:
        """What the dashboard shows that somebody comes from: its report, narrowed by the same filters."""
        titles = dict(self.fields["report"].choices)  # type: ignore[attr-defined]
        report = query.get("report", "")
        if report not in titles:
            return
        self.initial.update({"report": report, "name": titles[report]})
        for name, (of_report, filter_name) in self.filter_names.items():
            if of_report == report:
                self.initial[name] = query.get(filter_name, "")

    def may_choose(self, report: str) -> bool:
        return any(name == report for name, _label in self.fields["report"].choices)  # type: ignore[attr-defined]

    def _offer(self, reports: list[Report[Any]]) -> None:
        choices: list[tuple[str, Text]] = [(report.name, report.title) for report in reports]
        if self.instance.report and self.instance.report not in dict(choices):
            # Without a choice that is none, a browser would choose the first.
            choices.insert(0, ("", "–"))
        self.fields["report"].choices = choices  # type: ignore[attr-defined]

    def clean_time_zone(self) -> str:
        return checked_time_zone(self.cleaned_data["time_zone"])

    def clean_recipients(self) -> Any:
        chosen = self.cleaned_data["recipients"]
        if len(chosen) > MAX_RECIPIENTS:
            raise ValidationError(_("Choose at most %(count)d recipients.") % {"count": MAX_RECIPIENTS})
        return chosen

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("cron") and values.get("time_zone"):
            try:
                schedules.next_time(values["cron"], values["time_zone"], after=timezone.now())
            except InvalidInput as error:
                self.add_error("cron", [str(line) for line in error.fields["cron"]])
        chosen = {
            filter_name: values[name]
            for name, (report, filter_name) in self.filter_names.items()
            if report == values.get("report") and values.get(name)
        }
        self.instance.filters = chosen
        return values
