from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.jobs import job_types, selectors
from apps.jobs.models import Job

RECENT = timedelta(days=3)


@provider("jobs.manage")
def failed_jobs(actor: Actor) -> Alert | None:
    """The member's own that failed lately and were not run again."""
    failed = selectors.visible_jobs(actor).filter(member=actor.member, state=Job.State.FAILED)
    failed = failed.exclude(kind__in=job_types.announced_by_desks())
    count = failed.filter(finished_at__gte=timezone.now() - RECENT).count()
    if not count:
        return None
    text = ngettext("%(count)d of your jobs failed", "%(count)d of your jobs failed", count)
    return Alert(
        text % {"count": count}, f"{reverse('jobs:jobs')}?state=failed&mine=1", icon="jobs", tone="bad"
    )
