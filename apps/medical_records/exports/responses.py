"""A record on its way out of the house: saved, not shown, kept nowhere on the way."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from apps.medical_records.exports.services import ExportedFile
from domain.clinical.exporting import pdf


def file_response(file: ExportedFile, *, is_inline: bool = False) -> HttpResponse:
    """Only a PDF is shown in the browser: everything else could bring scripts along."""
    is_shown = is_inline and file.media_type == pdf.MEDIA_TYPE
    headers = {
        "Content-Disposition": content_disposition_header(not is_shown, file.name) or "attachment",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(file.content, content_type=file.media_type, headers=headers)
