from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import Organisation
from apps.analytics.charts import Drawing, sparkline
from apps.core.row_table import ListColumn
from apps.log_analysis.records.presenters import template_parts
from apps.log_analysis.templates import selectors
from apps.log_analysis.templates.forms import TemplateFilter
from apps.log_analysis.templates.models import LogTemplate
from apps.resources.declaration import RowList


@dataclass(frozen=True)
class LogTemplateView:
    """`days`: records of each of the last 30."""

    template: LogTemplate
    days: list[int]

    @property
    def pk(self) -> UUID:
        return self.template.pk

    @property
    def parts(self) -> list[object]:
        return list(template_parts(self.template.text))

    @property
    def sparkline(self) -> Drawing | None:
        return sparkline(self.days) if any(self.days) else None


def template_views(_organisation: Organisation, rows: Sequence[LogTemplate]) -> list[LogTemplateView]:
    days = selectors.daily_counts(rows)
    return [LogTemplateView(row, days.get(row.pk, [])) for row in rows]


LOG_TEMPLATES = RowList(
    model=LogTemplate,
    plural="log_templates",
    rows=selectors.template_list,
    presenter=template_views,
    columns={
        "template": ListColumn(_("Template"), part="log_analysis/templates/template_cell.html"),
        "template.severity": ListColumn(_("Severity"), part="log_analysis/templates/template_level.html"),
        "template.source.name": _("Source"),
        "sparkline": ListColumn(_("30 days"), part="log_analysis/templates/sparkline.html"),
        "template.total_count": ListColumn(_("Log records"), kind="number"),
        "template.first_seen_at": pgettext_lazy("of a log template", "First seen"),
        "template.last_seen_at": pgettext_lazy("of a log template", "Last seen"),
    },
    read="logs.view",
    filter_class=TemplateFilter,
    page_rows=30,
    title=_("Log templates"),
    lead=_("The common form of log lines: constant text with variable values, detected automatically."),
    icon="tag",
    is_wide=True,
    empty_title=_("No log templates yet"),
    empty_text=_("Templates appear here once logs are read."),
    empty_page=(_("Go to sources"), "log_analysis:log_sources"),
    list_template="log_analysis/templates/log_templates.html",
)
