"""What is done with a group of people at the press of a button."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act
from apps.marketing.groups import selectors, services
from apps.marketing.groups.forms import KeepClusterForm

KEEP_CLUSTER = Act(
    services.keep_cluster,
    selectors.clustering_list,
    at="segments/groups/<uuid:people_clustering_id>/keep/",
    form=KeepClusterForm,
    success=_("Saved. Computing members…"),
    then=lambda segment: segment,
)
