from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.model_lab.desk import VIEW
from apps.model_lab.recommendation import selectors
from apps.model_lab.recommendation.forms import RecommendationForm

COLUMNS: Columns = {
    "name": ListColumn(_("Model"), part="model_lab/recommendation/name.html", names_row=True),
    "fits": ListColumn(_("Fits the machine"), part="model_lab/recommendation/fits.html"),
    "serves": ListColumn(_("Serves the load"), part="model_lab/recommendation/serves.html"),
    "quality": ListColumn(_("Passed here"), note="quality_note", look="cell-number"),
    "published": ListColumn(_("Published scores"), look="soft small"),
    "daily_cost": ListColumn(_("Cost per day"), kind="amount"),
    "sentence": ListColumn(_("Summary"), part="model_lab/recommendation/sentence.html"),
}


@require_safe
@requires(VIEW)
def recommendation(request: HttpRequest) -> HttpResponse:
    """Everything that was asked stands in the address, so a recommendation can be sent to somebody."""
    actor = actor_of(request)
    form = RecommendationForm(request.GET, actor=actor)
    rows = selectors.candidates(actor.organisation, **form.cleaned_data) if form.is_valid() else []
    context = {
        "form": form,
        "load": form.cleaned_data.get("load"),
        "recommended": [row for row in rows if row.is_recommended],
        "first_step": selectors.first_step(rows) if rows else "",
        "table": RowTable(COLUMNS, rows, caption=_("Models")) if rows else None,
    }
    return render(request, "model_lab/recommendation/recommendation.html", context)
