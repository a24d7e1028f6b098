from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.core import mail
from apps.core.errors import PermissionDenied
from apps.core.forms import submit_form
from apps.core.middleware import allow_style
from apps.dashboards.mailed_reports import documents, selectors, services
from apps.dashboards.mailed_reports.forms import MailedReportForm
from apps.dashboards.mailed_reports.models import MailedReport
from apps.dashboards.mailed_reports.resources import MAILED_REPORTS, REPORT_DELIVERIES
from apps.jobs import selectors as jobs
from apps.resources.presenters import RowListView


@require_http_methods(["GET", "HEAD", "POST"])
@requires("analytics.view")
def new_mailed_report(request: HttpRequest) -> HttpResponseBase:
    return _form_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("analytics.view")
def mailed_report(request: HttpRequest, mailed_report_id: UUID) -> HttpResponseBase:
    return _form_page(request, _row(request, mailed_report_id))


@require_safe
@requires("analytics.view")
def preview_mailed_report(request: HttpRequest, mailed_report_id: UUID) -> HttpResponseBase:
    """The mail as whoever looks would get it."""
    row, actor = _row(request, mailed_report_id), actor_of(request)
    report = selectors.report_of(row)
    if report is None:
        raise Http404
    if not actor.may(report.permission):
        raise PermissionDenied
    scope = selectors.scope_of(row, report, timezone.now())
    with translation.override(row.language):
        html = documents.to_html(services.content_for(row, report, scope, actor, has_pictures=False))
    response = HttpResponse(html)
    allow_style(response, documents.STYLE)
    return response


def _form_page(request: HttpRequest, row: MailedReport | None) -> HttpResponseBase:
    actor = actor_of(request)
    title = str(row or MAILED_REPORTS.new_label)  # before the form writes into the row
    form = MAILED_REPORTS.bound_form(actor.organisation, request.POST or None, row)
    if isinstance(form, MailedReportForm):
        form.prepare(actor)
    if row is None and not form.is_bound:
        form.initial["language"] = actor.organisation.output_language
        form.initial["recipients"] = [actor.member.pk] if actor.member else []
        if isinstance(form, MailedReportForm):
            form.begin_with(request.GET)
    if saved := submit_form(form, lambda **_values: services.save(actor, MAILED_REPORTS, form)):
        messages.success(request, _("Saved."))
        return redirect(saved)
    context = {"resource": MAILED_REPORTS, "form": form, "row": row, "title": title}
    context["is_mail_sent"] = mail.is_set_up()
    if row:
        report, last_job = selectors.report_of(row), services.last_job(row)
        context |= {
            "delete_url": MAILED_REPORTS.url("delete", row),
            "deliveries": RowListView(REPORT_DELIVERIES, request, mailed_report=row),
            "last_job": last_job,
            "last_error": jobs.error_of(last_job) if last_job else None,
            "may_preview": report is not None and actor.may(report.permission),
        }
    return render(request, MAILED_REPORTS.form_template, context)


def _row(request: HttpRequest, mailed_report_id: UUID) -> MailedReport:
    return MAILED_REPORTS.one(actor_of(request).organisation, mailed_report_id)
