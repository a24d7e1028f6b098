"""Lists of people, of what was sent to them, and of how they are grouped."""

from django.utils.translation import gettext_lazy as _

from apps.core.row_table import Columns, ListColumn
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles import selectors
from apps.resources.declaration import RowList

PEOPLE: Columns = {
    "external_id": ListColumn(_("Customer ID"), look="break"),
    "name": _("Name"),
    "attributes": ListColumn(_("Attributes"), part="marketing/profiles/person_attributes.html", look="small"),
    "consents_count": ListColumn(_("Agreed to"), kind="count"),
    "changed_at": _("Changed"),
}

EXPOSURES = RowList(
    model=Exposure,
    plural="exposures",
    rows=selectors.exposure_list,
    columns={
        "experiment.name": _("Sent"),
        "created_at": _("When"),
        "arm.channel_name": _("Channel"),
        "outcome": ListColumn(_("Outcome"), part="marketing/profiles/outcome.html"),
        "revenue": ListColumn(_("Revenue"), kind="amount"),
    },
    read="marketing.people",
    page_rows=selectors.MAX_SHOWN_EXPOSURES,
    icon="send",
    empty_title=_("Nothing sent yet"),
    empty_text=_("Messages from campaigns and experiments appear here with clicks and purchases."),
)
