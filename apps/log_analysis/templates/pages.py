"""The templates of an organisation: what there is, how often, what its parameters are, what people call it."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError
from apps.core.forms import submit_form
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.log_analysis.records import template_activity
from apps.log_analysis.records.pages import record_address
from apps.log_analysis.records.presenters import template_parts
from apps.log_analysis.template_naming import NAME_TEMPLATES
from apps.log_analysis.templates import selectors, services
from apps.log_analysis.templates.forms import LogTemplateForm
from apps.log_analysis.templates.resources import LOG_TEMPLATES
from apps.resources.pages import list_page


@require_safe
@requires("logs.view")
def log_templates(request: HttpRequest) -> HttpResponseBase:
    context: dict[str, object] = {}
    job = Job.objects.within(actor_of(request).organisation).last_of(NAME_TEMPLATES.name)
    if job and not (job.is_terminal and not job.error_code):
        context = {"naming": job, "naming_error": jobs.error_of(job)}
    return list_page(LOG_TEMPLATES, request, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("logs.view")
def log_template(request: HttpRequest, log_template_id: UUID) -> HttpResponse:
    """Counts over time, latest records, shares of the parameters' values; who may, renames it and says how grave it is."""
    actor = actor_of(request)
    template = selectors.all_templates(actor.organisation).one(pk=log_template_id)
    if request.method == "POST":
        actor.require("logs.manage")
    title = str(template)
    form = LogTemplateForm(request.POST or None, instance=template)
    if submit_form(form, partial(services.change_template, actor, template)):
        messages.success(request, _("Saved."))
        return redirect("log_analysis:log_template", template.pk)
    search = request.GET.get("merge", "")[:200]
    may_manage = actor.may("logs.manage")
    context: dict[str, Any] = {
        "template": template,
        "title": title,
        "parts": list(template_parts(template.text)),
        "family": selectors.family(template)[1:],
        "records_count": sum(each.records_count for each in selectors.family(template)),
        "form": form if may_manage else None,
        "search": search,
        "splits": {each.parameter + 1 for each in template.splits.all()},
        "candidates": selectors.merge_candidates(template, search) if may_manage else [],
    }
    if histogram := selectors.count_histogram(template):
        address = partial(record_address, request, template=template.pk)
        context["drawing"] = histogram.drawing(address)
        context["histogram"] = histogram
    try:
        context["sample"] = template_activity.template_sample(actor.organisation, template)
    except ApplicationError as error:
        context["error"] = error.reason
    return render(request, "log_analysis/templates/log_template.html", context)
