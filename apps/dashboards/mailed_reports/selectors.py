from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation
from apps.analytics.reports import Report, Scope, all_reports
from apps.core.models import OrganisationQuerySet
from apps.dashboards.mailed_reports.models import MailedReport, ReportDelivery

MAX_SHOWN_DELIVERIES = 50


def report_of(row: MailedReport) -> Report[Any] | None:
    """None of a desk that is not installed any more."""
    return next((report for report in all_reports() if report.name == row.report), None)


def mailed_reports(organisation: Organisation) -> OrganisationQuerySet[MailedReport]:
    """The reports with when each went out last, and to how many it did not go that time."""
    last = ReportDelivery.objects.filter(mailed_report=OuterRef("pk")).order_by("-id")
    failed = ReportDelivery.objects.filter(
        job=OuterRef("last_job"), mailed_report=OuterRef("pk"), state=ReportDelivery.State.FAILED
    )
    rows = MailedReport.objects.within(organisation).select_related("organisation", "schedule")
    rows = rows.annotate(
        last_at=Subquery(last.values("created_at")[:1]), last_job=Subquery(last.values("job")[:1])
    )
    return rows.annotate(has_failed=Exists(failed)).order_by("name")


def scope_of(row: MailedReport, report: Report[Any], moment: datetime) -> Scope:
    """`moment`: when it was asked for. Whoever sends it later, after a pause or at a second attempt, sends those days."""
    period = row.period(report.time_zone(row.organisation), moment)
    return Scope(row.organisation, period, row.filters)


def recipients(row: MailedReport, report: Report[Any]) -> list[tuple[Membership, Actor | None]]:
    """The recipients by name, each with the actor that they are; with None whoever may not see the report today, or is
    no member any more.
    """
    members = row.recipients.filter(organisation=row.organisation_id).select_related("user", "organisation")
    readers: list[tuple[Membership, Actor | None]] = []
    for member in members.order_by("user__name", "user__email"):
        reader = Actor.from_member(member)
        is_here = member.is_active and member.user.is_active
        readers.append((member, reader if is_here and reader.may(report.permission) else None))
    return readers


def deliveries(organisation: Organisation) -> OrganisationQuerySet[ReportDelivery]:
    return ReportDelivery.objects.within(organisation).select_related("member__user").order_by("-id")


def possible_recipients() -> OrganisationQuerySet[Membership]:
    """Active members of all organisations: whoever offers them narrows them to one."""
    members = Membership.objects.filter(is_active=True, user__is_active=True)
    return members.select_related("user").order_by("user__name", "user__email")
