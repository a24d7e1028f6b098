"""What is done with the facts of a brief at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.marketing.briefs import services
from apps.marketing.briefs.models import BriefFact

CONFIRM_BRIEF_FACT = Act(
    services.confirm_fact,
    BriefFact.objects.within,
    at="facts/<uuid:brief_fact_id>/confirm/",
    label=_("Confirm"),
    icon="check",
    success=_("Fact confirmed."),
    back=lambda fact: fact.brief,
)
DELETE_BRIEF_FACT = Act(
    services.delete_fact,
    BriefFact.objects.within,
    at="facts/<uuid:brief_fact_id>/delete/",
    label=_("Remove"),
    icon="trash",
    look="icon",
    success=_("Fact removed."),
    back=lambda fact: fact.brief,
)
