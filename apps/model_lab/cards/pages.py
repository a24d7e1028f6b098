from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.access import actor_of, requires
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.model_lab.cards import selectors
from apps.model_lab.cards.forms import ModelFilterForm
from apps.model_lab.cards.selectors import ModelRow
from apps.model_lab.desk import VIEW
from apps.model_lab.exams.evaluation_adapter import ADAPTER

COLUMNS: Columns = {
    "choice": ListColumn("", part="model_lab/cards/choice.html", look="cell-shrink"),
    "name": ListColumn(_("Model"), part="model_lab/cards/name.html", names_row=True),
    "released": ListColumn(_("Released"), part="model_lab/cards/released.html", look="cell-shrink"),
    "weights": _("Weights"),
    "parameters": ListColumn(_("Parameters"), note="active", look="cell-number"),
    "context": ListColumn(_("Context, tokens"), look="cell-number"),
    "cache": ListColumn(_("KV cache per token"), look="cell-number"),
    "gpus": ListColumn(_("GPUs of 80 GiB"), kind="number"),
    "cmmlu": ListColumn("CMMLU", look="cell-number"),
    "mmlu": ListColumn("MMLU", look="cell-number"),
}


MEASURED: Columns = {
    "model": ListColumn(_("Model"), link=lambda run: ADAPTER.url("run", run.pk)),
    "set_name": _("Kind of answer"),
    "percent": ListColumn(_("Passed"), note="interval_text", look="cell-number"),
    "total": ListColumn(_("Questions"), kind="number"),
    "seconds": ListColumn(_("Seconds per answer"), kind="amount"),
    "created_at": _("When"),
}


@require_GET
@requires(VIEW)
def cards(request: HttpRequest) -> HttpResponse:
    form = ModelFilterForm(request.GET)
    rows: list[ModelRow] = selectors.model_rows(**form.filters())
    table = RowTable(COLUMNS, rows, caption=_("Models"))
    exams = selectors.measured(actor_of(request).organisation)
    results = RowTable(MEASURED, exams, caption=_("Measured here"))
    return render(
        request,
        "model_lab/cards/cards.html",
        {"form": form, "table": table, "rows": rows, "exams": exams, "measured": results},
    )


@require_GET
@requires(VIEW)
def comparison(request: HttpRequest) -> HttpResponse:
    """Of the models named in the address, so that it can be sent to somebody; one alone is its card."""
    rows = selectors.compared(request.GET.getlist("model"))
    if not rows:
        return redirect("model_lab:cards")
    context = {
        "rows": rows,
        "published": selectors.published(rows),
        "counted": selectors.counted(rows),
        "title": rows[0].name if len(rows) == 1 else _("Models side by side"),
    }
    return render(request, "model_lab/cards/comparison.html", context)
