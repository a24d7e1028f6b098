from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.model_lab.cards import measured, selectors
from apps.model_lab.cards.forms import ModelFilterForm
from apps.model_lab.cards.selectors import ModelRow
from apps.model_lab.desk import VIEW

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
    "run.model": ListColumn(_("Model"), link=lambda row: row.url),
    "run.set_name": _("Kind of answer"),
    "run.percent": ListColumn(_("Passed"), note="run.interval_text", look="cell-number"),
    "run.total": ListColumn(_("Questions"), kind="number"),
    "measures.tokens_per_second": ListColumn(_("Tokens per second"), kind="amount"),
    "measures.first_token_seconds": ListColumn(_("First token (s)"), kind="amount"),
    "measures.seconds": ListColumn(_("Seconds per answer"), kind="amount"),
    "measures.cost_per_answer": ListColumn(_("Cost per answer"), kind="cost"),
    "run.created_at": _("When"),
}


@require_safe
@requires(VIEW)
def cards(request: HttpRequest) -> HttpResponse:
    form = ModelFilterForm(request.GET)
    rows: list[ModelRow] = selectors.model_rows(**form.filters())
    table = RowTable(COLUMNS, rows, caption=_("Models"))
    exams = measured.measured(actor_of(request).organisation)
    results = RowTable(MEASURED, exams, caption=_("Measured here"))
    return render(
        request,
        "model_lab/cards/cards.html",
        {"form": form, "table": table, "rows": rows, "exams": exams, "measured": results},
    )


@require_safe
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
        "measured": measured.measured_lines(actor_of(request).organisation, rows),
        "title": rows[0].name if len(rows) == 1 else _("Models side by side"),
    }
    return render(request, "model_lab/cards/comparison.html", context)
