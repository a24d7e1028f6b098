from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.marketing.groups import selectors
from apps.marketing.groups.models import PeopleClustering
from apps.resources.declaration import RowList

PEOPLE_CLUSTERINGS = RowList(
    model=PeopleClustering,
    plural="people_clusterings",
    rows=selectors.clustering_list,
    columns={
        "attributes": ListColumn(_("Compared by"), look="break"),
        "job.state": ListColumn(_("State"), kind="state"),
        "clusters_count": ListColumn(_("Groups"), kind="number"),
        "created_at": _("Created"),
    },
    read="marketing.people",
    page_rows=20,
    icon="chart",
    empty_title=_("No groups yet"),
    empty_text=_("Choose the attributes to compare. It takes a minute or two."),
)
