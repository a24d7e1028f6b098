"""The visitors' chat page, and the script that shows it on a shop's own pages."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import etag, require_GET

from apps.accounts.access import public
from apps.core import languages
from apps.core.content_security import allow_framing
from apps.core.errors import NotFound
from apps.customer_service.api.visitor_standing import is_closed
from apps.customer_service.conversations import selectors
from apps.customer_service.models import Channel
from apps.customer_service.visitors import embedding
from apps.customer_service.visitors.chat_page import chat_texts


@require_GET
@public
def chat(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop's chat page. Everything on it happens through the visitors' API with the visitor's own token."""
    channel = _chat_channel(slug)
    language = request.GET.get("language", "")
    if language not in dict(languages.CHOICES):
        language = translation.get_language() or channel.language
    is_embedded = "embedded" in request.GET
    with translation.override(language):
        context = {
            "channel": channel,
            "texts": {**chat_texts(channel), "is_closed": is_closed(channel)},
            "scores": range(1, 6),
            "limit": settings.MESSAGE_MAX_CHARACTERS,
            "is_embedded": is_embedded,
        }
        response = render(request, "customer_service/chat.html", context)
    if is_embedded:
        allow_framing(response, embedding.frame_ancestors(channel))
    return response


def _version(request: HttpRequest, slug: str) -> str:
    return f'"{embedding.version_of(embedding.widget_script(_chat_channel(slug)))}"'


@require_GET
@public
@etag(_version)
def widget(request: HttpRequest, slug: str) -> HttpResponse:
    """The one script tag. Browsers keep it and ask each time whether it still holds: a site that was just allowed
    works at once."""
    script = embedding.widget_script(_chat_channel(slug))
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, no_cache=True)
    return response


def _chat_channel(slug: str) -> Channel:
    channel = selectors.channel_of_slug(slug)
    if channel.kind != Channel.Kind.CHAT:
        raise NotFound
    return channel
