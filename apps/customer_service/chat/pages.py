"""Files of conversations, for staff and for the visitor who sent them. Nothing in them ever runs as a page of ours."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import etag, require_safe

from apps.accounts.access import actor_of, public, requires
from apps.core import languages
from apps.core.errors import Conflict
from apps.core.middleware import allow_framing
from apps.core.range_response import ranged_response
from apps.customer_service.attachments import services as attachments
from apps.customer_service.attachments.content import SHOWN
from apps.customer_service.channels import embedding
from apps.customer_service.channels.chat_page import chat_texts
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Attachment
from apps.customer_service.staff import selectors as staff


@require_safe
@requires("conversations.view")
def attachment(request: HttpRequest, attachment_id: UUID) -> HttpResponseBase:
    own = Attachment.objects.within(actor_of(request).organisation)
    return _file_response(request, get_object_or_404(own, pk=attachment_id))


@require_safe
@public
def visitor_attachment(request: HttpRequest, signed: str) -> HttpResponseBase:
    return _file_response(request, attachments.signed_attachment(signed))


def _file_response(request: HttpRequest, attachment: Attachment) -> HttpResponseBase:
    path = Path(attachment.file.path) if attachment.file else None
    if path is None or not path.exists():
        raise Conflict(_("This file is no longer available. Ask for it again."), code="file_missing")
    response = ranged_response(
        path.open("rb"), range_header=request.headers.get("Range"), name=attachment.name
    )
    # Pictures and sound are shown, all else is saved, and nothing runs: `docs/decisions/visitors.md`.
    is_saved = attachment.content_type not in SHOWN
    response["Content-Type"] = "application/octet-stream" if is_saved else attachment.content_type
    response["Content-Disposition"] = content_disposition_header(is_saved, attachment.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; media-src 'self'; img-src 'self'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


@require_safe
@public
def chat(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop's chat page. Everything on it happens through the visitors' API with the visitor's own token."""
    channel = selectors.channel_of_slug(slug)
    language = request.GET.get("language", "")
    if language not in dict(languages.CHOICES):
        language = translation.get_language() or channel.language
    is_embedded = "embedded" in request.GET
    with translation.override(language):
        context = {
            "channel": channel,
            "texts": {**chat_texts(channel), "is_closed": _is_closed(channel)},
            "scores": range(1, 6),
            "limit": settings.MESSAGE_MAX_CHARACTERS,
            "is_embedded": is_embedded,
        }
        response = render(request, "customer_service/chat/chat.html", context)
    if is_embedded:
        allow_framing(response, embedding.frame_ancestors(channel))
    return response


@require_safe
@public
@etag(
    lambda _request, slug: (
        f'"{embedding.version_of(embedding.widget_script(selectors.channel_of_slug(slug)))}"'
    )
)
def widget(request: HttpRequest, slug: str) -> HttpResponse:
    """The one script tag. Browsers keep it and ask each time whether it still holds: a site that was just allowed
    works at once."""
    script = embedding.widget_script(selectors.channel_of_slug(slug))
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, no_cache=True)
    return response


def _is_closed(channel: Channel) -> bool:
    """Nobody would answer now: the assistant does not, and the desk is closed."""
    if channel.is_answered_by_bot:
        return False
    hours = staff.opening_hours(staff.desk_settings(channel.organisation_id))
    return not hours.is_open(timezone.now())
