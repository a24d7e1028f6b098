"""Jobs and webhook deliveries of a person: a desk says which subjects are theirs, such as `conversation:<id>`."""

from collections.abc import Callable, Iterable

from apps.jobs import lifecycle
from apps.jobs.models import Job, WebhookDelivery
from apps.privacy.registry import Holding, Rows, Scope, Subject

Subjects = Callable[[Scope], Iterable[str]]


def holdings(subject: Subject, subjects: Subjects) -> list[Holding]:
    def deliveries(scope: Scope) -> Rows:
        return WebhookDelivery.objects.within(scope.organisation_id).filter(subject__in=list(subjects(scope)))

    def jobs(scope: Scope) -> Rows:
        return Job.objects.within(scope.organisation_id).filter(subject__in=list(subjects(scope)))

    return [
        Holding(subject, WebhookDelivery, deliveries, fields=("event", "payload", "state", "created_at")),
        Holding(subject, Job, jobs, erase_jobs, fields=("kind", "state", "inputs", "result", "created_at")),
    ]


def erase_jobs(rows: Rows, scope: Scope) -> None:
    lifecycle.erase(rows)  # type: ignore[arg-type]
