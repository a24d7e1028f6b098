from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.segments.models import Segment


def segment_list(organisation: Organisation) -> OrganisationQuerySet[Segment]:
    return Segment.objects.within(organisation).select_related("job", "member__user").order_by("name")
