"""What was read from messages, put right by staff; the messages whose mood they judged."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import InvalidInput
from apps.customer_service.forms.understanding import NONE_OF_THEM, CorrectionForm
from apps.customer_service.models import MessageUnderstanding
from apps.customer_service.understanding import corrections, selectors

ROWS = 50


@require_http_methods(["GET", "POST"])
@requires("conversations.reply")
def correction(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    """The menu of one message, fetched when it is opened; a choice in it answers with the new badges."""
    actor = actor_of(request)
    turn = selectors.message(actor.organisation, turn_id)
    if request.method == "GET":
        context = {
            "turn": turn,
            "understanding": selectors.understanding_of(turn),
            "intents": selectors.intent_list(actor.organisation),
            "sentiments": MessageUnderstanding.Sentiment.choices,
            "none_of_them": NONE_OF_THEM,
        }
        return render(request, "customer_service/correction.html", context)
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        raise InvalidInput
    corrected = corrections.correct_understanding(actor, turn_id=turn_id, **form.correction)
    return render(request, "customer_service/understanding.html", {"understanding": corrected})


@require_GET
@requires("conversations.view")
def sentiment_examples(request: HttpRequest) -> HttpResponse:
    found = selectors.sentiment_examples(actor_of(request).organisation)
    context = {"page": Paginator(found, ROWS).get_page(request.GET.get("page"))}
    return render(request, "customer_service/sentiment_examples.html", context)


@require_POST
@requires("conversations.manage")
def delete_sentiment_example(request: HttpRequest, sentiment_example_id: UUID) -> HttpResponse:
    corrections.delete_sentiment_example(actor_of(request), sentiment_example_id=sentiment_example_id)
    messages.success(request, _("The example was deleted."))
    return redirect("customer_service:sentiment_examples")
