"""What is done with an experiment, or with the key of orders, at the press of a button."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.marketing.experiments import order_settings, services
from apps.marketing.experiments.forms import StopForm
from apps.marketing.experiments.models import ExperimentArm
from apps.marketing.experiments.selectors import experiment_list

EXPERIMENT = "experiments/<uuid:experiment_id>/"
experiment_act = partial(Act, rows=experiment_list)
START_EXPERIMENT = experiment_act(
    services.start,
    at=f"{EXPERIMENT}start/",
    label=_("Start"),
    icon="send",
    look="primary",
    success=_("Experiment started."),
)
STOP_EXPERIMENT = experiment_act(services.stop, at=f"{EXPERIMENT}stop/", form=StopForm, success=_("Stopped."))
TAKE_EXPERIMENT_WINNER = Act(
    services.take_winner,
    ExperimentArm.objects.within,
    at="experiments/arms/<uuid:experiment_arm_id>/take/",
    label=_("Pick as winner"),
    confirm=_("Pick this text as the winner? This ends a running experiment."),
    success=_("Winner set."),
    back=lambda arm: arm.experiment,
)
DELETE_EXPERIMENT = experiment_act(
    services.delete,
    at=f"{EXPERIMENT}delete/",
    label=_("Delete"),
    look="danger",
    confirm=_("Delete this experiment?"),
    success=_("Deleted."),
    then=lambda _nothing: "marketing:experiments",
)
REPLACE_ORDER_KEY = Act(
    order_settings.replace_key,
    at="experiments/orders/key/replace/",
    label=_("Replace the key"),
    icon="retry",
    confirm=_("Replace the key? Orders signed with the old one count without their value immediately."),
    success=_("The key was replaced."),
    back="marketing:order_settings",
)
