"""The staff's pages about intents: what they are, how well they are told apart, versions."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.errors import InvalidInput
from apps.core.forms import submit_form
from apps.customer_service.understanding import classifiers, corrections, intents, selectors
from apps.customer_service.understanding.confusion import confusion_of
from apps.customer_service.understanding.forms import NONE_OF_THEM, CorrectionForm, IntentForm
from apps.customer_service.understanding.models import Intent, MessageUnderstanding
from apps.customer_service.understanding.resources import CLASSIFIER_VERSIONS, INTENTS
from apps.jobs.models import Job
from apps.resources.presenters import RowListView


@require_safe
@requires("conversations.view")
def intent_list(request: HttpRequest) -> HttpResponse:
    """While something is being learnt, htmx asks for the page's body every two seconds."""
    organisation = actor_of(request).organisation
    version = classifiers.active_version(organisation, classifiers.Purpose.INTENT)
    context: dict[str, Any] = {
        "intents": RowListView(INTENTS, request),
        "version": version,
        "confusion": confusion_of(version) if version else None,
        "sentiment": classifiers.active_version(organisation, classifiers.Purpose.SENTIMENT),
        "versions": RowListView(CLASSIFIER_VERSIONS, request),
        "job": Job.objects.within(organisation).last_of(intents.TRAIN_CLASSIFIERS.name),
    }
    template = "intents_learnt" if request.htmx else "intents"  # type: ignore[attr-defined]
    return render(request, f"customer_service/understanding/{template}.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def create_intent(request: HttpRequest) -> HttpResponse:
    form = IntentForm(request.POST or None)
    if submit_form(form, partial(intents.save_intent, actor_of(request))):
        messages.success(request, _("Saved. It takes effect once training ends."))
        return redirect("customer_service:intents")
    return render(request, "customer_service/understanding/intent.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def change_intent(request: HttpRequest, intent_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    intent = get_object_or_404(Intent.objects.within(actor.organisation), pk=intent_id)
    form = IntentForm(request.POST or None, initial=selectors.intent_fields(intent))
    if submit_form(form, partial(intents.save_intent, actor, intent_id=intent.pk)):
        messages.success(request, _("Saved. It takes effect once training ends."))
        return redirect("customer_service:intents")
    return render(request, "customer_service/understanding/intent.html", {"form": form, "intent": intent})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.reply")
def correction(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The menu of one message, fetched when it is opened; a choice in it answers with the new badges."""
    actor = actor_of(request)
    message = selectors.message(actor.organisation, message_id)
    if request.method != "POST":
        context = {
            "message": message,
            "understanding": selectors.understanding_of(message),
            "intents": selectors.intent_list(actor.organisation),
            "sentiments": MessageUnderstanding.Sentiment.choices,
            "none_of_them": NONE_OF_THEM,
        }
        return render(request, "customer_service/understanding/correction.html", context)
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        raise InvalidInput
    understanding = corrections.correct_understanding(actor, message_id=message_id, **form.correction)
    return render(
        request, "customer_service/understanding/understanding.html", {"understanding": understanding}
    )
