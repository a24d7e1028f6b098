"""Setting a report up, and sending it: by its schedule or because somebody asks now."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.analytics.reports import Report, Scope
from apps.audit import services as audit
from apps.audit.file_exports import FileExport
from apps.core import tables
from apps.core.errors import Conflict, NotFound
from apps.core.mail import mail_server, require_mail_server
from apps.dashboards.mailed_reports import composition, delivery, documents, selectors
from apps.dashboards.mailed_reports.composition import ReportContent
from apps.dashboards.mailed_reports.delivery import Mail
from apps.dashboards.mailed_reports.models import MailedReport, ReportDelivery
from apps.jobs import schedules
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import Subject, of_rows
from apps.resources import services as resources
from apps.resources.declaration import Resource

NOT_ALLOWED = gettext_noop("Not sent: this member can no longer view the report.")

MAIL_REPORT = JobType(
    "dashboards.mail_report",
    queue="batch",
    label=gettext_lazy("Mail a report"),
    is_repeatable=True,
    stages={"drawing": gettext_lazy("Drawing the pages"), "sending": gettext_lazy("Sending")},
    may_see=holders_of("analytics.view"),
    subject=of_rows(
        MailedReport.objects.within,
        lambda row: Subject(row.name, row.get_absolute_url()),
        input_name="mailed_report_id",
        permission="analytics.view",
    ),
    # Asks no model.
    is_free=True,
)


@requires_permission("analytics.view")
@transaction.atomic
def save(actor: Actor, resource: Resource[MailedReport], form: forms.ModelForm[MailedReport]) -> MailedReport:
    """The report with its schedule, which runs for the member who saved it last. Raises InvalidInput."""
    if not form.instance._state.adding:
        # Two people who switch it on at once would each make one, and everybody get two mails.
        form.instance.schedule = _locked(form.instance).schedule
    row = resources.save_form(actor, resource, form)
    report = selectors.report_of(row)
    clocks = report.time_zone(row.organisation) if report else row.time_zone
    cron = row.cron or row.usual_cron(clocks)
    if row.schedule is not None:
        # A key changes the times only: no schedule runs for it.
        row.schedule.member = actor.member or row.schedule.member
        schedules.change_schedule(
            actor,
            row.schedule,
            name=row.name,
            cron=cron,
            time_zone=row.time_zone,
            is_enabled=row.is_enabled,
        )
    elif row.is_enabled:
        inputs = {"mailed_report_id": str(row.pk)}
        row.schedule = schedules.create_schedule(
            actor, name=row.name, kind=MAIL_REPORT, inputs=inputs, cron=cron, time_zone=row.time_zone
        )
        row.save(update_fields=["schedule"])
    return row


@requires_permission("analytics.view")
@transaction.atomic
def delete(actor: Actor, row: MailedReport, *, resource: Resource[MailedReport]) -> None:
    row = _locked(row)
    if row.schedule is not None:
        schedules.delete_schedule(actor, row.schedule)
    resources.delete(actor, resource, row)


def last_job(row: MailedReport) -> Job | None:
    """The last sending, by hand or on schedule."""
    by_hand = Q(subject=f"mailed_report:{row.pk}")
    by_schedule = Q(subject=f"schedule:{row.schedule_id}") if row.schedule_id else Q(pk=None)
    rows = Job.objects.within(row.organisation_id).filter(by_hand | by_schedule, kind=MAIL_REPORT.name)
    return rows.order_by("-id").first()


@requires_permission("analytics.view")
@transaction.atomic
def send_now(actor: Actor, row: MailedReport) -> Job:
    """Raises NoMailServer, and Conflict while it is under way: a second click would mail everybody twice."""
    require_mail_server()
    last = last_job(_locked(row))
    if last and last.state in Job.ACTIVE:
        raise Conflict(_("Already in progress."))
    audit.record(actor, action="mailed_report.sent", target=row, details={"name": row.name})
    inputs = {"mailed_report_id": str(row.pk)}
    return jobs.create_job(actor, kind=MAIL_REPORT, inputs=inputs, subject=f"mailed_report:{row.pk}")


def content_for(
    row: MailedReport, report: Report[Any], scope: Scope, reader: Actor, *, has_pictures: bool = True
) -> ReportContent:
    """As the reader would get it by mail, in the language that is set."""
    query = urlencode({"from": scope.period.first, "to": scope.period.last, **row.filters})
    url = f"{settings.PUBLIC_URL}{reverse(report.page_address)}?{query}"
    return composition.compose(report, scope, reader, name=row.name, url=url, has_pictures=has_pictures)


@MAIL_REPORT.service
def mail_report(run: JobRun, *, mailed_report_id: str) -> dict[str, Any]:
    """A mail to each recipient, made once for all that may see the same. Raises NoMailServer and MailServerAway.

    An attempt after the mail server was away leaves those alone whom an earlier one told.
    """
    require_mail_server()
    rows = MailedReport.objects.within(run.job.organisation).select_related("organisation")
    row = rows.filter(pk=UUID(mailed_report_id)).first()
    report = selectors.report_of(row) if row else None
    if row is None or report is None:
        raise NotFound
    scope = selectors.scope_of(row, report, run.job.created_at)
    done = set(ReportDelivery.objects.filter(job=run.job).values_list("member", flat=True))
    waiting = [each for each in selectors.recipients(row, report) if each[0].pk not in done]
    mails: dict[frozenset[str], Mail] = {}
    with translation.override(row.language), mail_server() as connection:
        for number, (member, reader) in enumerate(waiting):
            run.check()
            if reader is None:
                _note(run, row, member, ReportDelivery.State.LEFT_OUT, NOT_ALLOWED)
                continue
            if reader.permissions not in mails:
                run.stage("drawing")
                mails[reader.permissions] = _make_mail(
                    run.actor, row, scope, content_for(row, report, scope, reader)
                )
            run.stage("sending")
            reason = delivery.send(
                connection,
                mails[reader.permissions],
                member.user.email,
                number=f"{run.job.pk}.{member.pk}",
            )
            state = ReportDelivery.State.FAILED if reason else ReportDelivery.State.SENT
            _note(run, row, member, state, reason)
            run.progress(number + 1, len(waiting))
    states = list(ReportDelivery.objects.filter(job=run.job).values_list("state", flat=True))
    return {state: states.count(state) for state in ReportDelivery.State.values}


def _locked(row: MailedReport) -> MailedReport:
    # Without its schedule: a join would show the one of before the wait.
    return MailedReport.objects.within(row.organisation_id).select_for_update().one(pk=row.pk)


def _make_mail(actor: Actor, row: MailedReport, scope: Scope, content: ReportContent) -> Mail:
    stem = f"{row.report}-{scope.period.last}"
    attachments = [(f"{stem}.pdf", documents.to_pdf(content, timezone.now()), "application/pdf")]
    file_types = {"xlsx": tables.XLSX} if row.has_xlsx else {}
    file_types |= {"csv": "text/csv"} if row.has_csv else {}
    filters = {"report": row.report, "from": scope.period.first, "to": scope.period.last, **scope.filters}
    export = FileExport(actor, "figures.mailed", row, filters)
    for file_type, media_type in file_types.items():
        table = export.attachment(content.rows, name=row.report, file_type=file_type)
        attachments.append((f"{stem}.{file_type}", table, media_type))
    subject = f"{content.title} · {content.period}"
    return Mail(content.house, subject, documents.to_text(content), documents.to_html(content), attachments)


def _note(run: JobRun, row: MailedReport, member: Membership, state: str, reason: str) -> None:
    ReportDelivery.objects.create(
        organisation=row.organisation,
        mailed_report=row,
        job=run.job,
        member=member,
        state=state,
        reason=reason,
    )
