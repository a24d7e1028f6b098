from apps.jobs.subjects import LONGEST_TEXT, Subject, of_rows, register
from apps.marketing import job_types
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting.models import CopyVariant

of_briefs = of_rows(
    Brief.objects.within, lambda brief: Subject(brief.product[:LONGEST_TEXT], brief.get_absolute_url())
)
of_variants = of_rows(
    CopyVariant.objects.within, lambda row: Subject(str(row)[:LONGEST_TEXT], row.get_absolute_url())
)

register(
    job_types.READ_SOURCE.name, job_types.LEARN_VOICE.name, job_types.WRITE_COPY.name, resolver=of_briefs
)
register(job_types.REWRITE_SPAN.name, resolver=of_variants)
