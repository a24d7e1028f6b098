from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.groups.models import PeopleClustering


def clustering_list(organisation: Organisation) -> OrganisationQuerySet[PeopleClustering]:
    return PeopleClustering.objects.within(organisation).select_related("job", "organisation").order_by("-id")
