"""The desk's start page."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.accounts.access import actor_of, requires
from apps.medical_records.forms.records import RecordFilterForm
from apps.medical_records.models import MedicalRecord
from apps.medical_records.records import lists

ROWS = 30


@require_GET
@requires("records.view")
def records(request: HttpRequest) -> HttpResponse:
    """The list; htmx asks for its rows alone while something is being drafted."""
    actor = actor_of(request)
    form = RecordFilterForm(request.GET, actor=actor)
    wanted = form.wanted
    page = Paginator(lists.wanted_records(actor, wanted), ROWS).get_page(request.GET.get("page"))
    counts = lists.counts(actor, wanted)
    query = request.GET.copy()
    query.pop("view", None)
    query.pop("page", None)
    context = {
        "form": form,
        "wanted": wanted,
        "page": page,
        "views": [(view, counts[view]) for view in lists.VIEWS],
        "query": query.urlencode(),
        "is_live": any(record.state == MedicalRecord.State.DRAFTING for record in page),
    }
    template = "record_rows" if request.htmx else "records"  # type: ignore[attr-defined]
    return render(request, f"medical_records/{template}.html", context)
