from django.utils.translation import gettext_lazy as _

from apps.jobs.subjects import LONGEST_TEXT, Subject, of_rows, page_of, register
from apps.marketing import job_types
from apps.marketing.briefs.models import Brief
from apps.marketing.campaigns.models import Campaign
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.profiles.models import PeopleClustering, PeopleImport, Segment, SegmentQuestion
from apps.marketing.recommendation.selectors import estimate_list
from apps.marketing.video_scripts.selectors import script_list

PEOPLE = "marketing.people"

register(
    job_types.READ_SOURCE.name,
    job_types.LEARN_VOICE.name,
    job_types.WRITE_COPY.name,
    resolver=of_rows(Brief.objects.within),
)
register(
    job_types.REWRITE_SPAN.name, job_types.TRANSLATE_COPY.name, resolver=of_rows(CopyVariant.objects.within)
)
register(job_types.WRITE_SCRIPT.name, job_types.READ_SCRIPT_ALOUD.name, resolver=of_rows(script_list))
register(job_types.IMPORT_PEOPLE.name, resolver=of_rows(PeopleImport.objects.within, permission=PEOPLE))
register(job_types.EVALUATE_SEGMENT.name, resolver=of_rows(Segment.objects.within, permission=PEOPLE))
register(
    job_types.READ_SEGMENT_QUESTION.name, resolver=of_rows(SegmentQuestion.objects.within, permission=PEOPLE)
)
register(
    job_types.CLUSTER_PEOPLE.name,
    resolver=of_rows(
        PeopleClustering.objects.within,
        lambda row: Subject(", ".join(row.attributes)[:LONGEST_TEXT], row.get_absolute_url()),
        permission=PEOPLE,
    ),
)
register(
    job_types.ESTIMATE_POLICIES.name,
    resolver=of_rows(
        estimate_list,
        lambda row: Subject(row.experiment.name[:LONGEST_TEXT], row.get_absolute_url()),
        input_name="policy_estimate_id",
    ),
)
register(job_types.SEND_CAMPAIGN.name, resolver=of_rows(Campaign.objects.within))
register(job_types.COUNT_EVENTS.name, resolver=page_of(_("Experiments"), "marketing:experiments"))
