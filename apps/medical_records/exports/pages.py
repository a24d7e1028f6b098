from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.accounts.access import actor_of, requires
from apps.medical_records.exports.forms import export_arguments
from apps.medical_records.exports.responses import file_response
from apps.medical_records.exports.services import export_record
from apps.medical_records.records.selectors import record_of


@require_GET
@requires("records.export")
def export(request: HttpRequest, medical_record_id: UUID) -> HttpResponse:
    """The record as a file; a PDF may open in the browser, where people print it."""
    actor = actor_of(request)
    record = record_of(actor, medical_record_id)
    file = export_record(actor, record, **export_arguments(request.GET))
    return file_response(file, is_inline=bool(request.GET.get("inline")))
