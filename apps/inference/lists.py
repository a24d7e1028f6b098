"""What the page of models and usage shows as tables."""

from django.utils.translation import gettext_lazy as _

from apps.core.row_table import Columns, ListColumn
from apps.inference.models import Endpoint
from apps.resources.declaration import RowList

ENDPOINTS = RowList(
    model=Endpoint,
    plural="endpoints",
    columns={
        "endpoint.title": _("Name"),
        "endpoint.purpose": _("Purpose"),
        "endpoint.model": ListColumn(_("Model"), look="mono small"),
        "breaker": ListColumn(_("State"), kind="state"),
        "running_text": ListColumn(_("Running"), look="cell-number"),
        "waiting": ListColumn(_("Waiting"), kind="number"),
    },
    acts_part="inference/endpoint_acts.html",
    read="inference.view",
    page="inference:endpoint",
    page_rows=200,
    icon="model",
    empty_title=_("No model is connected"),
    empty_text=_("Add the address of a server with an OpenAI-compatible API."),
)
CHECKS: Columns = {
    "label": ListColumn(_("Check"), look="cell-shrink"),
    "outcome": ListColumn(_("Outcome"), kind="state"),
    "why": ListColumn(_("Why"), look="small"),
    "seconds": ListColumn(_("Seconds"), kind="amount", look="cell-shrink"),
}
QUOTA_USAGE: Columns = {
    "quota.holder": _("For"),
    "metric_text": _("Metric"),
    "used": ListColumn(_("Used"), kind="number"),
    "quota.soft_limit": ListColumn(_("Soft limit"), kind="number"),
    "quota.hard_limit": ListColumn(_("Hard limit"), kind="number"),
    "resets_at": _("Resets"),
}
USAGE: Columns = {
    "group_text": _("Group"),
    "calls": ListColumn(_("Calls"), kind="number", link=lambda row: str(row["url"])),
    "failed": ListColumn(_("Failed"), kind="number"),
    "input_tokens": ListColumn(_("Input tokens"), kind="number"),
    "output_tokens": ListColumn(_("Output tokens"), kind="number"),
    "first_token_ms": ListColumn(_("First token"), kind="milliseconds"),
    "cost": ListColumn(_("Cost"), kind="cost"),
}
