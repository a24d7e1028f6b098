from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.marketing.copywriting import selectors
from apps.marketing.copywriting.forms import CopyVariantFilter
from apps.marketing.copywriting.models import CopyVariant
from apps.resources.declaration import RowList

COPY_VARIANTS = RowList(
    model=CopyVariant,
    plural="copy_variants",
    rows=selectors.variant_list,
    columns={
        "opening": ListColumn(_("Text"), look="break"),
        "channel_name": _("Channel"),
        "brief.product": _("Product"),
        "status": ListColumn(_("State"), kind="state"),
        "created_at": _("Created"),
    },
    read="marketing.use",
    filter_class=CopyVariantFilter,
    title=_("Marketing copy"),
    icon="note",
    is_wide=True,
    empty_title=_("No copy yet"),
    empty_text=_("Open a brief and choose the channels to write for."),
    empty_page=(_("Briefs"), "marketing:briefs"),
)
