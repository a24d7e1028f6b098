"""What is done with estimates of policies at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, page_of
from apps.marketing.experiments.models import Experiment
from apps.marketing.recommendation import services
from apps.marketing.recommendation.selectors import estimate_list

REQUEST_POLICY_ESTIMATE = Act(
    services.request_estimate,
    Experiment.objects.within,
    at="experiments/<uuid:experiment_id>/policies/new/",
    label=_("Estimate policies"),
    icon="chart",
    look="primary",
    back=page_of("marketing:policy_estimates"),
)
APPLY_POLICY = Act(
    services.apply_policy,
    estimate_list,
    at="policies/<uuid:policy_estimate_id>/apply/",
    label=_("Go live"),
    icon="check",
    look="primary",
    success=_("The policy is live."),
)
TAKE_BACK_POLICY = Act(
    services.take_back_policy,
    estimate_list,
    at="policies/<uuid:policy_estimate_id>/take-back/",
    label=_("Withdraw"),
    icon="retry",
    confirm=_("Restore the assignment from before this policy?"),
    success=_("The previous assignment is restored."),
)
