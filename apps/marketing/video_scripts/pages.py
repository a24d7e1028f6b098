"""Video scripts: all of them, a new one, and one with its openings, its table of shots and what is wrong beside each."""

from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal, submit_form
from apps.core.range_response import ranged_response
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.contradictions import contradictions
from apps.marketing.copywriting.angles import ANGLES, angle_label
from apps.marketing.copywriting.checks import stored
from apps.marketing.video_scripts import exports, selectors, services, voice_over
from apps.marketing.video_scripts.forms import (
    FIT,
    NEW_SHOT_SECONDS,
    ShotsForm,
    VideoScriptForm,
    VoiceForm,
    rearranged,
)
from apps.marketing.video_scripts.models import VideoScript
from apps.marketing.video_scripts.platforms import pace, platforms
from apps.marketing.video_scripts.schemas import MAX_PART_CHARACTERS
from apps.marketing.video_scripts.shots import Shot


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def new_video_script(request: HttpRequest, brief_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    brief = own_row(request, briefs.brief_list, brief_id)
    form = VideoScriptForm(request.POST or None)
    if made := submit_form(form, partial(services.request_script, actor, brief)):
        return redirect(made)
    context = {
        "brief": brief,
        "form": form,
        "platforms": platforms().values(),
        "contradictions": contradictions(brief),
        "has_model": bool(inference.candidates(actor.organisation, Purpose.CHAT)),
        "scripts": selectors.script_list(actor.organisation).filter(brief=brief)[:20],
    }
    return render(request, "marketing/video_scripts/new_script.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def video_script(request: HttpRequest, video_script_id: UUID) -> HttpResponse:
    """While it is written, followed shot by shot; then a table to change. A button of a row changes the table alone."""
    script = own_row(request, selectors.script_list, video_script_id)
    form = ShotsForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid() and "act" not in request.POST:
        values = form.cleaned_data
        try:
            services.change_script(actor_of(request), script, shots=form.shots, **values)
        except ApplicationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(script)
    hooks = selectors.hook_rows(script)
    context = _table_context(request, script, form) | {
        "platform": platforms().get(script.platform),
        "pace": pace(script.brief.language),
        "hooks": hooks,
        "dropped_hooks": [each for each in hooks if each.has_errors],
        "angles": {key: angle_label(key) for key in ANGLES},
        **_voice_context(script),
    }
    return render(request, "marketing/video_scripts/script.html", context)


@require_POST
@requires("marketing.use")
def typed_script_part(request: HttpRequest, video_script_id: UUID, part: str) -> HttpResponse:
    """Of what is being typed: the table after a row was moved, added or taken out, or its times were fitted; or what the
    checks find, without a model. Nothing is stored.
    """
    script = own_row(request, selectors.script_list, video_script_id)
    context = _table_context(request, script, ShotsForm(request.POST))
    return render(request, f"marketing/video_scripts/{part}.html", context)


@require_GET
@requires("marketing.use")
def export_video_script(request: HttpRequest, video_script_id: UUID, file_type: str) -> HttpResponseBase:
    """`text` in the address: what subtitles show, voice_over or on_screen."""
    script = own_row(request, selectors.script_list, video_script_id)
    text = request.GET.get("text", "voice_over")
    return exports.export_script(actor_of(request), script, file_type=file_type, text=text)


@require_safe
@requires("marketing.use")
def video_script_voice_over(request: HttpRequest, video_script_id: UUID) -> HttpResponse:
    """That part of the page alone: asked for again and again while a job reads."""
    context = _voice_context(own_row(request, selectors.script_list, video_script_id))
    return render(request, "marketing/video_scripts/voice_over.html", context)


@require_GET
@requires("marketing.use")
def video_script_sound(request: HttpRequest, video_script_id: UUID) -> HttpResponseBase:
    return _sound(request, voice_over.whole_sound(own_row(request, selectors.script_list, video_script_id)))


@require_GET
@requires("marketing.use")
def shot_sound(request: HttpRequest, video_script_id: UUID, number: int) -> HttpResponseBase:
    return _sound(
        request, voice_over.shot_sound(own_row(request, selectors.script_list, video_script_id), number)
    )


def _sound(request: HttpRequest, sound: BinaryIO) -> HttpResponseBase:
    response = ranged_response(sound, range_header=request.headers.get("Range"), name="voice-over.wav")
    response["Content-Type"] = "audio/wav"
    response["Cache-Control"] = "private, no-cache"
    return response


def _voice_context(script: VideoScript) -> dict[str, Any]:
    return {
        "script": script,
        "voice_over": voice_over.voice_over(script),
        "voice_form": VoiceForm(initial={"voice": voice_over.proposed_voice(script)}),
        "voices": voice_over.known_voices(script),
        "embedded_voices": voice_over.embedded_voices(script),
        "has_voice": bool(inference.candidates(script.organisation, Purpose.SYNTHESIS)),
    }


def _table_context(request: HttpRequest, script: VideoScript, form: ShotsForm | None) -> dict[str, Any]:
    """The shots as they are stored, or as they were typed with what is wrong with them so."""
    if form is None:
        stored_shots = selectors.shots(script) or [Shot(NEW_SHOT_SECONDS)]
        shots, violations = stored_shots, script.violations
        form = ShotsForm(initial={"version": script.version, "music": script.music})
    else:
        action = request.POST.get("act", "")
        shots = rearranged(form.shots, action) or [Shot(NEW_SHOT_SECONDS)]
        shots = services.fitted(script, shots) if action == FIT else shots
        music = request.POST.get("music", "")
        try:
            services.require_bounded(shots, music)
            violations = stored(services.check_script(script, shots, music))
        except ApplicationError as refusal:
            form.is_valid()
            show_refusal(form, refusal)
            violations = []
    table = selectors.shot_table(shots, violations)
    return {
        "script": script,
        "form": form,
        "table": table,
        "is_right_length": table.seconds == script.seconds,
        "max_part": MAX_PART_CHARACTERS,
    }
