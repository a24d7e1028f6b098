"""What is done with the facts of a brief at the press of a button."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.accounts.act_declaration import Act
from apps.core import tables
from apps.marketing.briefs import services
from apps.marketing.briefs.forms import FactsFileForm
from apps.marketing.briefs.models import BriefFact
from apps.marketing.briefs.selectors import brief_list

IMPORT_BRIEF_FACTS = Act(
    services.import_facts,
    brief_list,
    at="briefs/<uuid:brief_id>/facts/import/",
    form=FactsFileForm,
    success=lambda imported: tables.imported_text(
        ngettext("%(count)d fact imported.", "%(count)d facts imported.", imported.count)
        % {"count": imported.count},
        imported.ignored,
    ),
)
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
