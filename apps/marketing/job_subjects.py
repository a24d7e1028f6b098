from django.utils.translation import gettext_lazy as _

from apps.jobs.subjects import LONGEST_TEXT, Subject, of_rows, page_of, register
from apps.marketing import job_types
from apps.marketing.briefs.models import Brief
from apps.marketing.campaigns.models import Campaign
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.profiles.models import PeopleClustering, PeopleImport, Segment, SegmentQuestion
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.video_scripts.models import VideoScript

of_briefs = of_rows(
    Brief.objects.within, lambda brief: Subject(brief.product[:LONGEST_TEXT], brief.get_absolute_url())
)
of_variants = of_rows(
    CopyVariant.objects.within, lambda row: Subject(str(row)[:LONGEST_TEXT], row.get_absolute_url())
)
of_scripts = of_rows(
    lambda organisation: VideoScript.objects.within(organisation).select_related("brief"),
    lambda row: Subject(str(row)[:LONGEST_TEXT], row.get_absolute_url()),
)

register(
    job_types.READ_SOURCE.name, job_types.LEARN_VOICE.name, job_types.WRITE_COPY.name, resolver=of_briefs
)
register(job_types.REWRITE_SPAN.name, job_types.TRANSLATE_COPY.name, resolver=of_variants)
register(job_types.WRITE_SCRIPT.name, job_types.READ_SCRIPT_ALOUD.name, resolver=of_scripts)

# People and segments.
PEOPLE = "marketing.people"
of_imports = of_rows(
    PeopleImport.objects.within,
    lambda row: Subject(row.file_name[:LONGEST_TEXT], row.get_absolute_url()),
    permission=PEOPLE,
)
of_segments = of_rows(
    Segment.objects.within,
    lambda row: Subject(row.name[:LONGEST_TEXT], row.get_absolute_url()),
    permission=PEOPLE,
)
of_questions = of_rows(
    SegmentQuestion.objects.within,
    lambda row: Subject(row.text[:LONGEST_TEXT], row.get_absolute_url()),
    permission=PEOPLE,
)
register(job_types.IMPORT_PEOPLE.name, resolver=of_imports)
register(job_types.EVALUATE_SEGMENT.name, resolver=of_segments)
register(job_types.READ_SEGMENT_QUESTION.name, resolver=of_questions)
of_clusterings = of_rows(
    PeopleClustering.objects.within,
    lambda row: Subject(", ".join(row.attributes)[:LONGEST_TEXT], row.get_absolute_url()),
    permission=PEOPLE,
)
register(job_types.CLUSTER_PEOPLE.name, resolver=of_clusterings)

of_estimates = of_rows(
    lambda organisation: PolicyEstimate.objects.within(organisation).select_related("experiment"),
    lambda row: Subject(row.experiment.name[:LONGEST_TEXT], row.get_absolute_url()),
    input_name="policy_estimate_id",
)
register(job_types.ESTIMATE_POLICIES.name, resolver=of_estimates)

of_campaigns = of_rows(
    Campaign.objects.within, lambda row: Subject(row.name[:LONGEST_TEXT], row.get_absolute_url())
)
register(job_types.SEND_CAMPAIGN.name, resolver=of_campaigns)
register(job_types.COUNT_EVENTS.name, resolver=page_of(_("Experiments"), "marketing:experiments"))
