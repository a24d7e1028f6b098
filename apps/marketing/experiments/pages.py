"""Experiments: all of them, setting one up, what one has found, and what came in."""

from uuid import UUID

from django.contrib import messages
from django.forms import modelform_factory
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.core import tables
from apps.core.errors import ApplicationError
from apps.core.forms import show_refusal
from apps.core.pages import optional_uuid
from apps.marketing.briefs import selectors as briefs
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import order_settings, selectors, services
from apps.marketing.experiments.forms import EventsFileForm, ExperimentForm, StopForm
from apps.marketing.experiments.models import OrderSettings
from apps.marketing.experiments.order_settings import ORDER_SETTINGS
from apps.marketing.experiments.presenters import ExperimentView

MAX_BRIEFS = 100


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def new_experiment(request: HttpRequest) -> HttpResponse:
    """The address names the brief; without one, those that have approved texts are offered."""
    actor = actor_of(request)
    approved = CopyVariant.objects.within(actor.organisation).filter(status=CopyVariant.Status.APPROVED)
    every = briefs.brief_list(actor.organisation).filter(pk__in=approved.values("brief"))
    brief_id = optional_uuid(request.GET.get("brief", ""))
    brief = every.filter(pk=brief_id).first() if brief_id else None
    if brief is None:
        return render(request, "marketing/experiments/choose_brief.html", {"briefs": every[:MAX_BRIEFS]})
    if "propose" in request.POST:
        data = request.POST.copy()
        if proposal := ExperimentForm(brief, data).proposal():
            data["min_exposures"] = str(proposal)
        else:
            messages.warning(request, _("Rate plus lift must be below 100%."))
        form = ExperimentForm(brief, initial=data.dict() | {"variants": data.getlist("variants")})
    else:
        form = ExperimentForm(brief, request.POST or None, initial={"name": brief.product})
        if form.is_valid():
            try:
                return redirect(services.create(actor, form.plan))
            except ApplicationError as refusal:
                show_refusal(form, refusal)
    return render(request, "marketing/experiments/new_experiment.html", {"brief": brief, "form": form})


@require_safe
@requires("marketing.use")
def experiment(request: HttpRequest, experiment_id: UUID) -> HttpResponse:
    found = own_row(request, selectors.experiment_list, experiment_id)
    context = {
        "experiment": found,
        "view": ExperimentView(selectors.experiment_figures(found)),
        "after_end": selectors.after_end(found),
        "left_out": selectors.left_out_revenue(found),
        "intake": selectors.intake(found.organisation),
        "stop_form": StopForm(),
    }
    return render(request, "marketing/experiments/experiment.html", context)


@require_POST
@requires("marketing.manage")
def show_order_key(request: HttpRequest) -> HttpResponse:
    """On the page itself: an address that shows it would stand in the history of the browser."""
    actor = actor_of(request)
    form = modelform_factory(OrderSettings, fields=ORDER_SETTINGS.fields)(
        instance=ORDER_SETTINGS.read(actor.organisation)
    )
    context = {"form": form, "key": order_settings.show_key(actor)}
    return render(request, "marketing/experiments/order_settings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def marketing_events(request: HttpRequest) -> HttpResponse:
    """What came in and was refused, and a file of events."""
    actor = actor_of(request)
    form, refused = EventsFileForm(request.POST or None, request.FILES or None), []
    if request.method == "POST":
        actor.require(services.EVENTS)
    if request.method == "POST" and form.is_valid():
        try:
            content = form.cleaned_data["file"].read(tables.MAX_BYTES + 1)
            checked = services.import_events(actor, content=content)
        except ApplicationError as error:
            show_refusal(form, error)
        else:
            refused, count = checked.refused, len(checked.rows)
            words = ngettext("Counting %(count)d event.", "Counting %(count)d events.", count)
            messages.success(request, tables.imported_text(words % {"count": count}, checked.ignored))
    context = {
        "form": form if actor.may(services.EVENTS) else None,
        "intake": selectors.intake(actor.organisation),
        "waiting": selectors.waiting_batches(actor.organisation),
        "refused": refused[:50],
        "refused_count": len(refused),
    }
    return render(request, "marketing/experiments/events.html", context)
