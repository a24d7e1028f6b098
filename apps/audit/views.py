from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.audit import exports, selectors, services
from apps.audit.filters import AuditFilter

PAGE_ROWS = 50


@require_GET
@requires("audit.view")
def entries(request: HttpRequest) -> HttpResponse:
    chosen = AuditFilter(request.GET, queryset=selectors.trail(actor_of(request).organisation))
    page = Paginator(chosen.qs, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "audit/entries.html", {"page": page, "filter": chosen})


@require_GET
@requires("audit.view")
def export(request: HttpRequest, file_type: str) -> HttpResponseBase:
    if file_type not in exports.WRITERS:
        raise Http404
    actor = actor_of(request)
    chosen = AuditFilter(request.GET, queryset=selectors.trail(actor.organisation))
    services.record(actor, action="audit.exported", details={"type": file_type})
    return exports.export_response(chosen.qs, file_type=file_type)


@require_POST
@requires("audit.view")
def verify(request: HttpRequest) -> HttpResponse:
    broken = services.verify(actor_of(request).organisation)
    if broken is None:
        messages.success(request, _("The trail is complete and unchanged."))
    else:
        text = _("Line %(number)s was changed, or the line before it is missing.")
        messages.error(request, text % {"number": broken.sequence})
    return redirect("audit:entries")
