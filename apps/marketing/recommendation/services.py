"""Having policies estimated, letting one go live, and taking it back."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.jobs.subjects import LONGEST_TEXT, Subject, of_rows
from apps.marketing.experiments.models import Experiment
from apps.marketing.experiments.services import locked
from apps.marketing.experiments.shares import current_shares
from apps.marketing.recommendation import selectors
from apps.marketing.recommendation.decision_log import ExperimentLog, read_log
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.recommendation.policy_candidates import (
    MIN_MODEL_ROWS,
    PEOPLE,
    evaluate,
    evaluate_people,
    part,
)
from apps.marketing.recommendation.uplift_figures import features_of_people, people_uplift, segment_uplift

ESTIMATE_POLICIES = JobType(
    "marketing.estimate_policies",
    queue="batch",
    label=_("Estimate policy effects"),
    stages={
        "reading_log": _("Reading the assignment log"),
        "estimating": _("Estimating policies"),
        "learning": _("Learning from attributes"),
    },
    may_see=holders_of("marketing.use"),
    subject=of_rows(
        selectors.estimate_list,
        lambda row: Subject(row.experiment.name[:LONGEST_TEXT], row.get_absolute_url()),
        input_name="policy_estimate_id",
    ),
    # Asks no model.
    is_free=True,
)


@requires_permission("marketing.use")
@transaction.atomic
def request_estimate(actor: Actor, experiment: Experiment) -> PolicyEstimate:
    """Queues it. Raises Conflict for an experiment that has no log yet, or whose last estimate is still being made."""
    experiment = locked(experiment)
    if experiment.status == Experiment.Status.DRAFT:
        raise Conflict(_("This experiment has not started, so it has no assignments yet."))
    last = selectors.estimate_list(actor.organisation).filter(experiment=experiment).first()
    if last and last.is_under_way:
        raise Conflict(_("The last estimate is still running."), code="under_way")
    estimate = PolicyEstimate(
        organisation=actor.organisation, experiment=experiment, member=actor.responsible_member
    )
    estimate.job = jobs.create_row_job(actor, ESTIMATE_POLICIES, estimate, subject=experiment)
    estimate.save(force_insert=True)
    details = {"experiment": experiment.name}
    audit.record(actor, action="policy_estimate.created", target=estimate, details=details)
    return estimate


@ESTIMATE_POLICIES.service
def estimate_policies(run: JobRun, *, policy_estimate_id: str) -> dict[str, Any]:
    """Works on a snapshot of the log: an experiment that runs goes on meanwhile."""
    rows = selectors.estimate_list(run.job.organisation)
    estimate: PolicyEstimate = rows.one(pk=policy_estimate_id)
    experiment = estimate.experiment
    run.stage("reading_log")
    log = read_log(run, experiment)
    run.check()
    run.stage("estimating")
    evaluation = evaluate(log)
    uplift: dict[str, Any] = {"segments": segment_uplift(log, evaluation.predictions)}
    run.check()
    run.stage("learning")
    candidates, notes = dict(evaluation.candidates), _notes(experiment, log)
    if features := features_of_people(run.job.organisation, log):
        places, table = features
        notes["people_rows"] = len(places)
        if len(places) >= MIN_MODEL_ROWS:
            candidates[PEOPLE] = evaluate_people(part(log.log, places), table)
            run.check()
            uplift["people"] = people_uplift(log, places, table)
    best_arm = log.arms[evaluation.best_arm]
    with run.finishing({"policy_estimate": str(estimate.pk), "rows": len(log.strata)}):
        selectors.estimate_list(run.job.organisation).filter(pk=estimate.pk).update(
            candidates=candidates,
            choice=evaluation.choice,
            best_arm=best_arm,
            rows_count=len(log.strata),
            uplift=uplift,
            log_notes=notes,
        )
    return {}


@requires_permission("marketing.manage")
@transaction.atomic
def apply_policy(actor: Actor, estimate: PolicyEstimate) -> PolicyEstimate:
    """Splits people by the policy that may go live: the chosen one, else the best single arm.

    Every other arm keeps a small share, and the control its own, so that the next log supports the next estimate.
    Raises Conflict where the experiment does not run, the estimate is not ready, or another policy went live since.
    """
    experiment = locked(estimate.experiment)
    estimate = (
        PolicyEstimate.objects.within(actor.organisation).select_related("best_arm").one(pk=estimate.pk)
    )
    if reason := selectors.obstacle(estimate, experiment):
        raise Conflict(reason)
    estimate.previous_shares = experiment.shares
    estimate.applied_at, estimate.taken_back_at = timezone.now(), None
    estimate.save(update_fields=["previous_shares", "applied_at", "taken_back_at"])
    experiment.live_policy = selectors.live_rule(estimate)
    experiment.shares = current_shares(experiment)
    experiment.save(update_fields=["live_policy", "shares"])
    details = {"experiment": experiment.name, "policy": estimate.choice or "best_arm"}
    audit.record(actor, action="policy_estimate.applied", target=estimate, details=details)
    return estimate


@requires_permission("marketing.manage")
@transaction.atomic
def take_back_policy(actor: Actor, estimate: PolicyEstimate) -> PolicyEstimate:
    """The experiment splits people its own way again, by all that was counted. Raises Conflict where it is not live."""
    experiment = locked(estimate.experiment)
    estimate = PolicyEstimate.objects.within(actor.organisation).one(pk=estimate.pk)
    live = selectors.live_estimate(experiment)
    if live is None or live.pk != estimate.pk:
        raise Conflict(_("This policy is not live."), code="not_live")
    estimate.taken_back_at = timezone.now()
    estimate.save(update_fields=["taken_back_at"])
    experiment.live_policy = {}
    experiment.shares = current_shares(experiment)
    experiment.save(update_fields=["live_policy", "shares"])
    details = {"experiment": experiment.name}
    audit.record(actor, action="policy_estimate.taken_back", target=estimate, details=details)
    return estimate


def _notes(experiment: Experiment, log: ExperimentLog) -> dict[str, Any]:
    return {
        "unusable": log.unusable,
        "without_choice": log.without_choice,
        "is_cut": log.is_cut,
        "was_running": experiment.status == Experiment.Status.RUNNING,
        "people_rows": 0,
    }
