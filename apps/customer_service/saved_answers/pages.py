"""The staff's pages about saved answers."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.answering.messages import language_of
from apps.audit.file_exports import FileExport
from apps.core import tables as core_tables
from apps.core.forms import submit_form
from apps.core.pages import optional_uuid
from apps.core.row_table import RowTable, page_link
from apps.customer_service.conversations import selectors as conversations
from apps.customer_service.saved_answers import preview, selectors, services, tables
from apps.customer_service.saved_answers.forms import (
    SavedAnswerFileForm,
    SavedAnswerForm,
    TriedQuestionForm,
)
from apps.customer_service.saved_answers.models import SavedAnswer
from apps.customer_service.saved_answers.resources import CLOSEST_QUESTIONS, SAVED_ANSWERS
from apps.customer_service.saved_answers.services import Content
from apps.resources.pages import list_page


@require_safe
@requires("conversations.view")
def saved_answers(request: HttpRequest) -> HttpResponseBase:
    channels = conversations.channel_list(actor_of(request).organisation)
    return list_page(SAVED_ANSWERS, request, channels=channels)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def create_saved_answer(request: HttpRequest) -> HttpResponse:
    """`?message=` fills the form from a conversation, `?question=` with a question."""
    actor = actor_of(request)
    form = SavedAnswerForm(
        request.POST or None, initial=_initial_fields(request, actor), organisation=actor.organisation
    )
    if submit_form(form, partial(_save, actor)):
        messages.success(request, _("Saved. Visitors who ask this now get this answer."))
        return redirect("customer_service:saved_answers")
    return render(request, "customer_service/saved_answers/saved_answer.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def change_saved_answer(request: HttpRequest, saved_answer_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    answer = selectors.saved_answer(actor.organisation, saved_answer_id)
    initial = selectors.form_fields(answer)
    form = SavedAnswerForm(request.POST or None, initial=initial, organisation=actor.organisation)
    if submit_form(form, partial(_save, actor, saved_answer_id=answer.pk)):
        messages.success(request, _("Saved."))
        return redirect("customer_service:saved_answers")
    return render(
        request,
        "customer_service/saved_answers/saved_answer.html",
        {"form": form, "saved_answer": answer},
    )


@require_safe
@requires("conversations.view")
def try_question(request: HttpRequest) -> HttpResponse:
    """What a visitor would get, for the box on the list."""
    actor = actor_of(request)
    form = TriedQuestionForm(request.GET, organisation=actor.organisation)
    trial = None
    if form.is_valid():
        question, channel = form.cleaned_data["question"], form.cleaned_data["channel"]
        trial = preview.preview_question(actor, question=question, channel=channel)
    link = (
        page_link("customer_service:saved_answer", "answer.pk") if actor.may("conversations.manage") else None
    )
    table = RowTable(CLOSEST_QUESTIONS, trial.closest if trial else [], link=link)
    context = {"form": form, "trial": trial, "table": table}
    return render(request, "customer_service/saved_answers/trial.html", context)


@require_GET
@requires("conversations.view")
def export_saved_answers(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    rows, headings = list(tables.rows(actor)), [column.name for column in tables.COLUMNS]
    export = FileExport(actor, "curated_answer.exported")
    return export.response(rows, name="saved-answers", file_type="csv", headings=headings)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def import_saved_answers(request: HttpRequest) -> HttpResponse:
    form = SavedAnswerFileForm(request.POST or None, request.FILES or None)

    def import_rows(file: Any) -> core_tables.TableImport:
        # One byte more than is allowed is enough to tell that it is too long.
        return tables.import_saved_answers(actor_of(request), content=file.read(core_tables.MAX_BYTES + 1))

    if imported := submit_form(form, import_rows):
        text = ngettext("%(count)d saved answer created.", "%(count)d saved answers created.", imported.count)
        messages.success(
            request, core_tables.imported_text(text % {"count": imported.count}, imported.ignored)
        )
        return redirect("customer_service:saved_answers")
    return render(request, "customer_service/saved_answers/import.html", {"form": form})


def _save(actor: Actor, *, saved_answer_id: UUID | None = None, **fields: Any) -> SavedAnswer:
    content = fields | {
        "channels": [UUID(each) for each in fields.get("channels", [])],
        "owner": UUID(fields["owner"]) if fields["owner"] else None,
    }
    return services.save_saved_answer(actor, Content(**content), saved_answer_id=saved_answer_id)


def _initial_fields(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    question = request.GET.get("question", "")[: services.MAX_QUESTION_CHARACTERS]
    fields: dict[str, Any] = {
        "questions": question,
        "answer": request.GET.get("answer", "")[: services.MAX_ANSWER_CHARACTERS],
        "language": language_of(question, otherwise=get_language() or "zh-hans"),
    }
    if message_id := optional_uuid(request.GET.get("message", "")):
        fields = selectors.fields_from_message(actor.organisation, message_id)
    return fields | {"owner": actor.member.pk if actor.member else "", "is_enabled": True}
