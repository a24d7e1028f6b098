"""What belongs to conversations: notes, tags, canned replies, the visitor, files."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import InvalidInput
from apps.core.forms import accepted
from apps.customer_service.conversations import selectors
from apps.customer_service.forms.conversations import ContactForm
from apps.customer_service.forms.inbox import CannedReplyForm, MergeTagForm, TagForm
from apps.customer_service.inbox import canned_replies, contacts, erasure, notes
from apps.customer_service.inbox import tags as tagging
from apps.customer_service.models import CannedReply, Tag
from apps.customer_service.views.conversations import address_of, first_reason
from apps.privacy.report_file import report_response


@require_POST
@requires("conversations.reply")
def delete_note(request: HttpRequest, conversation_id: UUID, note_id: UUID) -> HttpResponse:
    notes.delete_note(actor_of(request), conversation_id=conversation_id, note_id=note_id)
    return redirect(address_of(request, conversation_id))


@require_POST
@requires("conversations.reply")
def add_tag(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    try:
        tagging.add_tag(actor_of(request), conversation_id=conversation_id, name=request.POST.get("name", ""))
    except InvalidInput as refusal:
        messages.warning(request, first_reason(refusal))
    return redirect(address_of(request, conversation_id))


@require_POST
@requires("conversations.reply")
def remove_tag(request: HttpRequest, conversation_id: UUID, tag_id: UUID) -> HttpResponse:
    tagging.remove_tag(actor_of(request), conversation_id=conversation_id, tag_id=tag_id)
    return redirect(address_of(request, conversation_id))


@require_GET
@requires("conversations.view")
def tags(request: HttpRequest) -> HttpResponse:
    found = tagging.tag_list(actor_of(request).organisation)
    return render(request, "customer_service/tags.html", {"tags": found})


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(tagging.tag_list(actor.organisation), pk=tag_id)
    form = TagForm(request.POST or None, initial={"name": found.name})
    if accepted(form, partial(tagging.rename_tag, actor, tag_id=tag_id)):
        messages.success(request, _("Saved."))
        return redirect("customer_service:tags")
    return _tag_page(request, found, form, MergeTagForm(organisation=actor.organisation, tag=found))


@require_POST
@requires("conversations.manage")
def erase_visitor(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    number = erasure.erase_visitor(actor_of(request), conversation_id=conversation_id)
    erased = ngettext(
        "%(number)d conversation was erased.", "%(number)d conversations were erased.", number
    ) % {"number": number}
    messages.success(request, erased)
    return redirect("customer_service:conversations")


@require_POST
@requires("conversations.manage")
def merge_tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(tagging.tag_list(actor.organisation), pk=tag_id)
    form = MergeTagForm(request.POST, organisation=actor.organisation, tag=found)
    if not form.is_valid():
        return _tag_page(request, found, TagForm(initial={"name": found.name}), form)
    into = tagging.merge_tags(actor, tag_id=tag_id, into_id=form.cleaned_data["into"].pk)
    messages.success(request, _("The conversations have “%(name)s” now.") % {"name": into.name})
    return redirect("customer_service:tags")


@require_POST
@requires("conversations.manage")
def delete_tag(request: HttpRequest, tag_id: UUID) -> HttpResponse:
    tagging.delete_tag(actor_of(request), tag_id=tag_id)
    messages.success(request, _("The tag was deleted."))
    return redirect("customer_service:tags")


@require_GET
@requires("conversations.view")
def canned_reply_list(request: HttpRequest) -> HttpResponse:
    found = canned_replies.canned_reply_list(actor_of(request).organisation)
    return render(request, "customer_service/canned_replies.html", {"canned_replies": found})


@require_http_methods(["GET", "POST"])
@requires("conversations.reply")
def new_canned_reply(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = CannedReplyForm(request.POST or None, initial={"language": request.LANGUAGE_CODE})
    if accepted(form, partial(canned_replies.save_canned_reply, actor)):
        messages.success(request, _("Saved."))
        return redirect("customer_service:canned_replies")
    return render(request, "customer_service/canned_reply.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("conversations.reply")
def canned_reply(request: HttpRequest, canned_reply_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    found = get_object_or_404(CannedReply.objects.within(actor.organisation), pk=canned_reply_id)
    initial = {"shortcut": found.shortcut, "text": found.text, "language": found.language}
    form = CannedReplyForm(request.POST or None, initial=initial)
    saving = partial(canned_replies.save_canned_reply, actor, canned_reply_id=canned_reply_id)
    if accepted(form, saving):
        messages.success(request, _("Saved."))
        return redirect("customer_service:canned_replies")
    return render(request, "customer_service/canned_reply.html", {"form": form, "canned_reply": found})


@require_POST
@requires("conversations.reply")
def delete_canned_reply(request: HttpRequest, canned_reply_id: UUID) -> HttpResponse:
    canned_replies.delete_canned_reply(actor_of(request), canned_reply_id=canned_reply_id)
    messages.success(request, _("The reply was deleted."))
    return redirect("customer_service:canned_replies")


@require_GET
@requires("conversations.manage")
def visitor_report(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """All that is held about the visitor, as a file to hand to them."""
    return report_response(erasure.visitor_report(actor_of(request), conversation_id=conversation_id))


@require_GET
@requires("conversations.reply")
def offered_replies(request: HttpRequest, conversation_id: UUID) -> JsonResponse:
    """The canned replies that fit what was typed after the slash, with names filled in."""
    actor = actor_of(request)
    conversation = selectors.conversation(actor.organisation, conversation_id)
    found = canned_replies.offered(actor, conversation, request.GET.get("query", ""))
    return JsonResponse({"replies": [{"shortcut": each.shortcut, "text": each.text} for each in found]})


@require_http_methods(["GET", "POST"])
@requires("conversations.reply")
def contact(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    conversation = selectors.conversation(actor.organisation, conversation_id)
    form = ContactForm(request.POST or None, initial=_known_of(conversation))
    saving = partial(contacts.describe_visitor, actor, conversation_id=conversation_id)
    if accepted(form, saving):
        return redirect(address_of(request, conversation_id))
    context = {"form": form, "conversation": conversation}
    return render(request, "customer_service/contact.html", context)


def _tag_page(request: HttpRequest, found: Tag, form: TagForm, merging: MergeTagForm) -> HttpResponse:
    context = {"tag": found, "form": form, "merging": merging}
    return render(request, "customer_service/tag.html", context)


def _known_of(conversation: Any) -> dict[str, str]:
    known = contacts.contact_of(conversation)
    if known is None:
        return {"name": conversation.visitor_name}
    return {"name": known.name, "email": known.email, "phone": known.phone, "note": known.note}
