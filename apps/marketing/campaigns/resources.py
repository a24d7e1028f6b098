from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.marketing.campaigns import selectors
from apps.marketing.campaigns.models import Campaign
from apps.resources.declaration import RowList

CAMPAIGNS = RowList(
    model=Campaign,
    plural="campaigns",
    rows=selectors.campaign_list,
    columns={
        "name": ListColumn(
            _("Name"), badge="is_unsent_simulation", words=(_("simulated"), ""), tone="", look="break"
        ),
        "audience_text": _("Segment"),
        "status": ListColumn(_("State"), part="marketing/campaigns/status.html"),
        "starts_at": _("Start"),
    },
    read="marketing.use",
    filters=("status",),
    title=_("Campaigns"),
    icon="send",
    is_wide=True,
    new_page="marketing:new_campaign",
    new_label=_("New campaign"),
    empty_title=_("No campaigns yet"),
    empty_text=_("A campaign sends approved texts at a set time and learns which works best."),
)
