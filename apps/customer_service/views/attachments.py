"""Files of conversations, for staff and for the visitor who sent them. Nothing in them ever runs as a page of ours."""

from pathlib import Path
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from apps.accounts.access import actor_of, public, requires
from apps.core.errors import Conflict
from apps.core.ranges import ranged_response
from apps.customer_service.models import Attachment
from apps.customer_service.visitors import attachments
from apps.customer_service.visitors.content import SHOWN


@require_GET
@requires("conversations.view")
def attachment(request: HttpRequest, attachment_id: UUID) -> HttpResponseBase:
    own = Attachment.objects.within(actor_of(request).organisation)
    return _file_response(request, get_object_or_404(own, pk=attachment_id))


@require_GET
@public
def visitor_attachment(request: HttpRequest, signed: str) -> HttpResponseBase:
    return _file_response(request, attachments.signed_attachment(signed))


def _file_response(request: HttpRequest, found: Attachment) -> HttpResponseBase:
    path = Path(found.file.path) if found.file else None
    if path is None or not path.exists():
        raise Conflict(_("The file itself is gone. Ask for it again."), code="file_missing")
    response = ranged_response(path.open("rb"), range_header=request.headers.get("Range"), name=found.name)
    is_saved = found.content_type not in SHOWN
    response["Content-Type"] = "application/octet-stream" if is_saved else found.content_type
    response["Content-Disposition"] = content_disposition_header(is_saved, found.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; img-src 'self'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
