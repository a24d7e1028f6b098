from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.files.models import UNFINISHED_DAYS
from apps.jobs import lifecycle
from apps.jobs.models import Job
from apps.marketing.experiments.models import Experiment, Exposure, MarketingEvent
from apps.marketing.imports import services as imports
from apps.marketing.imports.models import PeopleImport
from apps.marketing.segments.models import SegmentQuestion
from apps.privacy import retention_rules
from apps.privacy.retention_rules import RetentionRule

EVENT_DAYS = 400
IDLE = Q(job=None) | Q(job__state__in=(Job.State.FAILED, Job.State.CANCELLED), offset__gt=0)

retention_rules.register(
    RetentionRule(
        "marketing_events",
        _("Experiment events (counts are kept)"),
        _("Marketing"),
        days=EVENT_DAYS,
        rows=MarketingEvent.objects.all(),
        since="received_at",
    ),
    RetentionRule(
        "exposures",
        _("Who was shown what in experiments that ended (counts are kept)"),
        _("Marketing"),
        days=EVENT_DAYS,
        # Of those that run they stay: somebody who comes again must not be drawn a second time.
        rows=Exposure.objects.exclude(experiment__status=Experiment.Status.RUNNING),
        since="created_at",
    ),
    RetentionRule(
        "segment_questions",
        _("Segments described in words"),
        _("Marketing"),
        days=1,
        rows=SegmentQuestion.objects.all(),
        since="created_at",
        erase=lifecycle.erase_with_jobs,
    ),
    RetentionRule(
        "people_imports",
        _("Tables of people that were not imported"),
        _("Marketing"),
        days=UNFINISHED_DAYS,
        rows=PeopleImport.objects.filter(IDLE).select_related("organisation", "job"),
        until="expires_at",
        erase_row=imports.give_up_import,
        erased_action="people_import.given_up",
    ),
    RetentionRule(
        "import_rejections",
        _("Rejected rows of imported tables of people"),
        _("Marketing"),
        days=UNFINISHED_DAYS,
        rows=PeopleImport.objects.filter(rejected_bytes__gt=0),
        until="expires_at",
        erase_row=imports.delete_rejections,
    ),
)
