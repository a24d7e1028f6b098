"""The visitors' chat page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_GET

from apps.accounts.access import public
from apps.core import languages
from apps.customer_service.conversations import selectors
from apps.customer_service.visitors.chat_page import chat_texts


@require_GET
@public
def chat(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop's chat page. Everything on it happens through the visitors' API with the visitor's own token."""
    channel = selectors.channel_of_slug(slug)
    language = request.GET.get("language", "")
    if language not in dict(languages.CHOICES):
        language = translation.get_language() or channel.language
    with translation.override(language):
        context = {"channel": channel, "texts": chat_texts(channel), "limit": settings.MESSAGE_MAX_CHARACTERS}
        return render(request, "customer_service/chat.html", context)
