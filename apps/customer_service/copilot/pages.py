"""Help with writing, in a panel above the composer."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.answering.pieces import Piece, plain, sentence_pieces
from apps.core.errors import InvalidInput
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.copilot import services
from apps.customer_service.copilot.forms import JobForm, WishForm
from apps.customer_service.copilot.services import Task
from apps.jobs import selectors as jobs
from apps.jobs.models import Job

SAVED_ANSWER_FORM = "/conversations/saved-answers/new/"


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.reply")
def copilot(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """POST asks for something; GET shows how far it is, and what came of it."""
    actor = actor_of(request)
    conversation = selectors.conversation(actor.organisation, conversation_id)
    if request.method == "POST":
        form = WishForm(request.POST)
        if not form.is_valid():
            raise InvalidInput
        job = services.ask_copilot(
            actor,
            conversation_id=conversation_id,
            wish=form.wish,
            reader_language=translation.get_language(),
        )
        return _panel(request, conversation, job)
    job_form = JobForm(request.GET)
    job_id = job_form.cleaned_data["job"] if job_form.is_valid() else None
    copilot_job = job_id and services.copilot_job(actor, conversation_id=conversation_id, job_id=job_id)
    return _panel(request, conversation, copilot_job or None)


def _panel(request: HttpRequest, conversation: Conversation, job: Job | None) -> HttpResponse:
    context: dict[str, Any] = {"conversation": conversation, "job": job}
    if job:
        context["label"] = Task(job.inputs["task"]).label
        context["error"] = jobs.error_of(job)
    if job and job.state == Job.State.SUCCEEDED:
        context |= _result_context(job.result or {})
    return render(request, "customer_service/copilot/panel.html", context)


def _result_context(result: dict[str, Any]) -> dict[str, Any]:
    text, sentences = result["text"], result.get("sentences", [])
    numbers = {citation["number"] for citation in result.get("citations", [])}
    written = {
        "result": result,
        "pieces": sentence_pieces(text, sentences, numbers=numbers) if sentences else [Piece(text)],
        "plain": plain(text, numbers) if sentences else text,
        "unsupported_count": sum(not sentence["is_supported"] for sentence in sentences),
    }
    if result["task"] == Task.SUGGEST_SAVED_ANSWER:
        fields = {"question": result["question"], "answer": text}
        written["saved_answer_url"] = f"{SAVED_ANSWER_FORM}?{urlencode(fields)}"
    return written
