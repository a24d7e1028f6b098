"""What is done with questions that nobody could answer, at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.customer_service.unanswered_questions import services
from apps.customer_service.unanswered_questions.forms import DismissalForm

CLUSTER_UNANSWERED = Act(
    services.request_clustering,
    at="conversations/figures/unanswered/group/",
    label=_("Group now"),
    icon="retry",
    back="customer_service:unanswered",
)
DISMISS_QUESTION = Act(
    services.dismiss,
    form=DismissalForm,
    at="conversations/figures/unanswered/dismiss/",
    label=_("Dismiss"),
    icon="close",
    look="quiet",
    success=_("This question is no longer in the list."),
    back="customer_service:unanswered",
)
