"""Copy: all of it, one text with its checks, its review, and the passage that is written anew."""

from functools import partial
from typing import Any
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
from apps.core.pages import optional_uuid
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.jobs import selectors as jobs
from apps.marketing.briefs import selectors as briefs
from apps.marketing.channels import selectors as channels
from apps.marketing.channels.names import channel_name
from apps.marketing.copywriting import checks, exports, selectors, services, translation
from apps.marketing.copywriting.forms import (
    CopyForm,
    ReviewForm,
    RewriteForm,
    TranslateForm,
)
from apps.marketing.copywriting.models import violation_reasons
from apps.marketing.copywriting.selectors import variant_list


@require_safe
@requires("marketing.use")
def copy_request(request: HttpRequest, copy_request_id: UUID) -> HttpResponse:
    """The variants while they are written, then with what the checks said of each."""
    found = own_row(request, selectors.request_list, copy_request_id)
    variants = variant_list(found.organisation).filter(request=found).order_by("channel", "id")
    names = {key: channel_name(key) for key in found.channels}
    context = {"copy_request": found, "variants": variants, "names": names}
    return render(request, "marketing/copywriting/request.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def new_copy_variant(request: HttpRequest, brief_id: UUID) -> HttpResponse:
    """Copy written by hand: the address names the channel."""
    actor, brief = actor_of(request), own_row(request, briefs.brief_list, brief_id)
    every = channels.channel_list(actor.organisation)
    view = next((each for each in every if each.key == request.GET.get("channel")), every[0])
    form = CopyForm(view, request.POST or None)
    create = partial(services.create_variant, actor, brief, view)
    if made := submit_form(form, lambda **_values: create(texts=form.texts)):
        messages.success(request, _("Saved."))
        return redirect(made)
    context = {"brief": brief, "view": view, "form": form, "channels": every}
    return render(request, "marketing/copywriting/new_variant.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def copy_variant(request: HttpRequest, copy_variant_id: UUID) -> HttpResponse:
    actor, variant = actor_of(request), own_row(request, variant_list, copy_variant_id)
    view = channels.channel(actor.organisation, variant.channel)
    form = CopyForm(view, request.POST or None, initial=CopyForm.initial_of(variant.texts))
    review = ReviewForm(request.POST or None, initial={"version": variant.version})
    if request.method == "POST" and form.is_valid() and review.is_valid():
        try:
            services.change_variant(actor, variant, texts=form.texts, version=review.cleaned_data["version"])
        except ApplicationError as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect(variant)
    context: dict[str, Any] = {
        "variant": variant,
        "view": view,
        "form": form,
        "review": ReviewForm(initial={"version": variant.version}),
        "may_approve": services.APPROVAL.may_approve(actor, variant),
        "rewrite_form": RewriteForm(),
        "rewrites": selectors.rewrites(variant)[:3],
        "reviews": selectors.reviews(variant),
        "changes": selectors.changes(variant),
        "has_model": bool(inference.candidates(actor.organisation, Purpose.CHAT)),
        "translate_form": TranslateForm(initial={"channel": variant.channel}),
        "translations": selectors.translations(variant)[:20],
        "translation_jobs": [(job, jobs.error_of(job)) for job in translation.translation_jobs(variant)],
    }
    return render(request, "marketing/copywriting/variant.html", context)


@require_POST
@requires("marketing.use")
def check_copy(request: HttpRequest, brief_id: UUID, channel: str) -> HttpResponse:
    """What the checks find in what is being typed: a part of a page, without a model. `variant` in the address is the text
    that is being changed."""
    actor, brief = actor_of(request), own_row(request, briefs.brief_list, brief_id)
    view = channels.channel(actor.organisation, channel)
    form = CopyForm(view, request.POST)
    texts = form.texts if form.is_valid() else {}
    context: dict[str, Any] = {"reasons": None}
    if any(text.strip() for text in texts.values()):
        key = optional_uuid(request.GET.get("variant", ""))
        same = variant_list(actor.organisation).filter(brief=brief)
        variant = same.filter(pk=key).first() if key else None
        found = services.check_copy(actor, brief, view, texts=texts, variant=variant)
        context = {"reasons": violation_reasons(checks.stored(found.violations)), "checks": found.checks}
    return render(request, "marketing/copywriting/violations.html", context)


@require_GET
@requires("marketing.use")
def export_copy(request: HttpRequest, brief_id: UUID, channel: str, file_type: str) -> HttpResponseBase:
    """Of one channel. `campaign` in the address tags the brief's links; `all` takes what is not approved, too."""
    return exports.export_copy(
        actor_of(request),
        own_row(request, briefs.brief_list, brief_id),
        channel,
        file_type=file_type,
        campaign=request.GET.get("campaign", ""),
        only_approved="all" not in request.GET,
    )
