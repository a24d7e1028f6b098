"""What the rest of the frame learns of a desk's evaluation: its jobs' names, and that less passes than before."""

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _

from apps.accounts import alerts, switches
from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert
from apps.evaluation import adapters, model_comparison, selectors, services
from apps.evaluation.adapters import Adapter
from apps.inference import model_changes
from apps.jobs.subjects import JobRequest, Resolver, Subject


def of_runs(desk: str) -> Resolver:
    """What the jobs of a desk's evaluation are about."""

    def resolve(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
        adapter = adapters.for_desk(desk)
        ids = {each.job_id: UUID(each.inputs["run_id"]) for each in asked if each.inputs.get("run_id")}
        runs = selectors.runs(adapter, actor.organisation).in_bulk(ids.values())
        names = adapter.question_sets(actor.organisation)
        return {
            job_id: Subject(
                f"{names.get(runs[run_id].question_set, '–')} · {runs[run_id]}", adapter.url("run", run_id)
            )
            for job_id, run_id in ids.items()
            if run_id in runs
        }

    return resolve


def register(adapter: Adapter) -> None:
    adapters.add(adapter)
    adapter.job_type.service(services.ask_questions)


model_changes.provider(model_comparison.compare_models)


@alerts.provider()
def worse_answers(actor: Actor) -> Alert | None:
    """A set of which less passed than the time before, though nothing was tried out, of the desks that the actor tends."""
    tended = [
        each.desk
        for each in adapters.all_adapters()
        if actor.may(each.manage_permission) and switches.is_on(actor.organisation.pk, each.desk)
    ]
    run = selectors.latest_drop(tended, actor.organisation) if tended else None
    if run is None:
        return None
    text = _("“%(name)s” got worse: %(passed)d of %(total)d questions pass")
    words = {"name": run.set_name, "passed": run.passed, "total": run.total}
    return Alert(text % words, run.adapter.url("compare", run.pk), icon="warning")
