"""What members put into apps and got: theirs, and erased with what is theirs. Cases that were kept are the house's texts."""

from collections.abc import Iterator

from apps.jobs import personal_records as jobs
from apps.jobs.models import Schedule
from apps.privacy import registry
from apps.privacy.members import MEMBER, MemberScope
from apps.privacy.registry import Holding, Rows
from apps.workbench.models import AppRun, AppSchedule, RunFile, StepRun


def _runs(scope: MemberScope) -> Rows:
    return AppRun.objects.within(scope.organisation_id).filter(scope.own_rows)


def _subjects(scope: MemberScope) -> Iterator[str]:
    return (f"app_run:{each}" for each in _runs(scope).values_list("pk", flat=True))


def _steps(scope: MemberScope) -> Rows:
    return StepRun.objects.within(scope.organisation_id).filter(run__in=_runs(scope))


def _files(scope: MemberScope) -> Rows:
    return RunFile.objects.within(scope.organisation_id).filter(run__in=_runs(scope))


def _schedules(scope: MemberScope) -> Rows:
    return AppSchedule.objects.within(scope.organisation_id).filter(schedule__member=scope.member_id)


def _erase_schedules(rows: Rows, scope: MemberScope) -> None:
    Schedule.objects.within(scope.organisation_id).filter(pk__in=rows.values("schedule")).delete()


registry.register(
    *jobs.holdings(MEMBER, _subjects),
    Holding(MEMBER, StepRun, _steps, fields=("place", "kind", "state", "result", "began_at", "ended_at")),
    Holding(MEMBER, RunFile, _files, fields=("input", "file_name")),
    Holding(
        MEMBER,
        AppRun,
        _runs,
        fields=("inputs", "outputs", "input_problems", "accepted", "failed_checks", "occasion", "created_at"),
    ),
    Holding(MEMBER, AppSchedule, _schedules, _erase_schedules, fields=("inputs",)),
)
