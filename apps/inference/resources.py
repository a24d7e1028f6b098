"""What is kept of models in lists, and the tables of the page of models and usage."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core.row_table import Columns, ListColumn
from apps.inference import quotas, selectors
from apps.inference.forms import QuotaForm
from apps.inference.models import Endpoint, Quota
from apps.resources.declaration import Resource, RowList

# Their list is a part of the page about usage, beside what is used of each.
QUOTAS = Resource(
    model=Quota,
    name="quota",
    plural="usage",
    rows=selectors.quota_list,
    form=QuotaForm,
    columns={},
    read="inference.view",
    write="inference.manage",
    title=_("Models and usage"),
    new_label=_("New quota"),
    empty_title="",
    empty_text="",
    identity=("metric",),
    conflict=_("This quota already exists. Edit it instead."),
    audit_fields=("metric", "window", "soft_limit", "hard_limit"),
    after_change=lambda _actor: transaction.on_commit(quotas.quota_rows.clear),
    delete_question=_("Remove this quota?"),
)
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
