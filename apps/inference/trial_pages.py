"""The test page beside an endpoint: a chat, a text, or a recording, whichever it is for."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.api import NotUsable, parse_json
from apps.core.errors import ApplicationError
from apps.core.pages import optional_uuid
from apps.core.punctuation import colon
from apps.inference import endpoint_trials
from apps.inference.endpoint_trials import MAX_RECORDING_BYTES, TrialRequest
from apps.inference.forms import MAX_TEXT, ChatSettingsForm
from apps.inference.models import Endpoint, Purpose
from apps.jobs import services as jobs
from apps.jobs.models import Job
from llm_backend.chat import Message

MAX_HISTORY = 100_000
ROLES = ("user", "assistant")


class ChatTrialForm(ChatSettingsForm):
    """`history`: what was said so far, which the page alone remembers."""

    history = forms.CharField(max_length=MAX_HISTORY, required=False, widget=forms.HiddenInput, initial="[]")
    text = forms.CharField(label=_("message"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_history(self) -> list[Message]:
        try:
            turns = parse_json((self.cleaned_data["history"] or "[]").encode())
        except NotUsable as error:
            raise forms.ValidationError(_("Enter valid JSON.")) from error
        known = isinstance(turns, list) and all(
            isinstance(turn, dict) and turn.get("role") in ROLES and isinstance(turn.get("content"), str)
            for turn in turns
        )
        if not known:
            raise forms.ValidationError(_("Enter a valid conversation."))
        return [Message(role=turn["role"], content=turn["content"]) for turn in turns]

    def request(self) -> TrialRequest:
        values = self.cleaned_data
        system = [Message(role="system", content=values["system"])] if values["system"] else []
        question = Message(role="user", content=values["text"])
        return TrialRequest(
            messages=[*system, *values["history"], question],
            temperature=values["temperature"],
            max_tokens=values["max_tokens"],
        )


class TextTrialForm(forms.Form):
    text = forms.CharField(label=_("text"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def request(self) -> TrialRequest:
        return TrialRequest(text=self.cleaned_data["text"])


class RecordingTrialForm(forms.Form):
    recording = forms.FileField(
        label=_("recording"), help_text=_("Half a minute is enough, up to 4 MB. Not stored.")
    )

    def clean_recording(self) -> bytes:
        file = self.cleaned_data["recording"]
        if file.size > MAX_RECORDING_BYTES:
            raise forms.ValidationError(_("This file is larger than 4 MB."))
        return bytes(file.read())

    def request(self) -> TrialRequest:
        return TrialRequest(recording=self.cleaned_data["recording"])


Form = ChatTrialForm | TextTrialForm | RecordingTrialForm
FORMS: dict[str, type[Form]] = {Purpose.EMBEDDING: TextTrialForm, Purpose.SPEECH: RecordingTrialForm}


@require_http_methods(["GET", "HEAD", "POST"])
@requires("inference.use")
def try_endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """The page; what it sends comes back as the answer that is being written."""
    actor = actor_of(request)
    endpoint = get_object_or_404(Endpoint.objects.visible_to(actor.organisation), pk=endpoint_id)
    form_class = FORMS.get(endpoint.purpose, ChatTrialForm)
    context: dict[str, Any] = {"endpoint": endpoint, "is_chat": form_class is ChatTrialForm}
    if request.method != "POST":
        context |= {"form": form_class(), "may_view": actor.may("inference.view")}
        return render(request, "inference/trial.html", context)
    form = form_class(request.POST, request.FILES)
    if form.is_valid():
        context["question"] = form.cleaned_data.get("text", "")
        try:
            context["job"] = endpoint_trials.start_trial(actor, endpoint, form.request())
        except ApplicationError as refusal:
            context["lines"] = [refusal.reason]
    else:
        context["lines"] = [
            f"{field.label or ''}{colon()}{error}" for field in form for error in field.errors
        ]
    return render(request, "inference/trial_turn.html", context)


@require_POST
@requires("inference.use")
def stop_trial(request: HttpRequest) -> HttpResponse:
    """Whoever tries an endpoint stops it, also without a right over other jobs."""
    actor = actor_of(request)
    own = Job.objects.within(actor.organisation).filter(
        kind=endpoint_trials.TRY_ENDPOINT.name, member=actor.member
    )
    job = get_object_or_404(own, pk=optional_uuid(request.POST.get("job", "")))
    if not job.is_terminal:
        jobs.cancel_job(job)
    return HttpResponse(status=204)
