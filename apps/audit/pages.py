from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.audit import anchors, exports, presenters, search, selectors, services
from apps.audit.file_exports import FileExport, form_filters
from apps.audit.filters import AuditFilter
from apps.audit.search import AuditSearchForm
from apps.audit.sentences import SENTENCES
from apps.core.pages import paginate
from apps.core.row_table import Columns, ListColumn, RowTable

COLUMNS: Columns = {
    "sequence": ListColumn(gettext_lazy("Line"), look="cell-number"),
    "created_at": gettext_lazy("When"),
    "who": gettext_lazy("Who"),
    "sentence": ListColumn(gettext_lazy("Action"), names_row=True),
    "target": gettext_lazy("On"),
    "details": ListColumn(gettext_lazy("Details"), part="audit/details.html", look="small soft"),
}


@require_safe
@requires("audit.view")
def entries(request: HttpRequest) -> HttpResponse:
    organisation = actor_of(request).organisation
    filters = AuditFilter(request.GET, queryset=selectors.trail(organisation))
    form = AuditSearchForm(request.GET, organisation)
    page = paginate(request, search.narrow(filters.qs, form))
    context = {
        "page": page,
        "form": form,
        "areas": search.areas(),
        "filter": filters,
        "table": RowTable(COLUMNS, presenters.lines(organisation, page.object_list)),
        "actions": sorted(SENTENCES.items(), key=lambda each: str(each[1])),
    }
    return render(request, "audit/entries.html", context)


@require_GET
@requires("audit.view")
def export(request: HttpRequest, file_type: str) -> HttpResponseBase:
    actor = actor_of(request)
    filters = AuditFilter(request.GET, queryset=selectors.trail(actor.organisation))
    form = AuditSearchForm(request.GET, actor.organisation)
    told = form_filters(filters.form) | form_filters(form)
    export = FileExport(actor, "audit.exported", filters=told)
    return exports.export_response(export, search.narrow(filters.qs, form), file_type=file_type)


@require_POST
@requires("audit.view")
def verify(request: HttpRequest) -> HttpResponse:
    """Checks the trail by its own hashes, and by what was kept of it outside of the database."""
    organisation = actor_of(request).organisation
    known_anchors = anchors.kept_anchors(organisation.pk)
    if broken_entry := services.verify(organisation):
        text = _("Entry %(number)s was changed, or the entry before it is missing.")
        messages.error(request, text % {"number": broken_entry.sequence})
    elif unmet := anchors.first_unmet(organisation.pk, known_anchors):
        text = _("Entry %(number)s is missing, or differs from the external copy.")
        messages.error(request, text % {"number": unmet.sequence})
    elif known_anchors:
        text = _("The trail is complete and unchanged, and matches the external copy up to %(day)s.")
        messages.success(request, text % {"day": known_anchors[-1].at[:10]})
    else:
        messages.success(request, _("The trail is complete and unchanged."))
    return redirect("audit:entries")
