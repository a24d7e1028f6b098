"""What follows from the counts of a running experiment: its shares, and whether it ends."""

from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core.rounds import tend_each
from apps.marketing.experiments import selectors, services
from apps.marketing.experiments.models import Experiment, ExperimentArm
from apps.marketing.experiments.shares import current_shares

STOPPED_WITH_WINNER = gettext_noop("There is a winner.")
STOPPED_AS_EQUAL = gettext_noop("All texts perform equally: choosing any costs less than 1%.")
STOPPED_BY_GUARDRAIL = gettext_noop("A text causes too many unsubscribes.")
# Each look is a chance to be misled: two equal texts that 500 to 10,000 people saw had a winner in 7.7 % of 300
# simulations when the stop rule looked at each doubling, in 14 % at each tenth more, and 2 % a look.
LOOKS_AGAIN_AFTER = 2.0


class Ending(NamedTuple):
    reason: str
    winner: ExperimentArm | None = None


@transaction.atomic
def judge(experiment_id: UUID) -> None:
    """Renews the shares of a running experiment, and ends it where its guardrail or its stop rule says so."""
    # Whoever assigns people refers to the row and must not wait for this.
    rows = Experiment.objects.select_for_update(of=("self",), no_key=True).select_related("organisation")
    experiment = rows.filter(pk=experiment_id, status=Experiment.Status.RUNNING).first()
    if experiment is None:
        return
    experiment.judged_at = timezone.now()
    experiment.shares = current_shares(experiment)
    ending = _ending(experiment)
    experiment.save(update_fields=["judged_at", "shares", "judged_exposures"])
    if ending:
        services.stop(Actor(experiment.organisation), experiment, reason=ending.reason, winner=ending.winner)


def judge_all_running() -> None:
    """For those of which people were shown much and did nothing: their shares move, too."""
    running = switches.of_open(Experiment.objects.filter(status=Experiment.Status.RUNNING))
    tend_each(list(running.values_list("pk", flat=True)), judge, name="experiments")


def _ending(experiment: Experiment) -> Ending | None:
    figures = selectors.experiment_figures(experiment)
    if figures.breached:
        return Ending(STOPPED_BY_GUARDRAIL)
    if not experiment.stops_itself or figures.exposures < LOOKS_AGAIN_AFTER * experiment.judged_exposures:
        return None
    experiment.judged_exposures = figures.exposures
    if figures.winner:
        return Ending(STOPPED_WITH_WINNER, figures.winner)
    return Ending(STOPPED_AS_EQUAL) if figures.state == "equal" else None
