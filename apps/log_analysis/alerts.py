from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from apps.accounts.actors import Actor
from apps.accounts.alerts import Alert, provider
from apps.jobs.models import Job
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.sources.models import LogFile, UnreadBatch

# So long a file that could not be read is spoken of.
FAILED_FILE_DAYS = 7


@provider("logs.view")
def open_incidents(actor: Actor) -> Alert | None:
    """Those that are high or critical and that nobody has taken."""
    rows = Incident.objects.within(actor.organisation)
    grave = rows.filter(status=Incident.Status.OPEN, severity__gte=Incident.Severity.HIGH)
    count = grave.filter(owner=None).count()
    if not count:
        return None
    text = ngettext(
        "%(count)d high or critical incident is unassigned",
        "%(count)d high or critical incidents are unassigned",
        count,
    )
    return Alert(text % {"count": count}, reverse("log_analysis:incidents"), icon="pulse", tone="bad")


@provider("logs.write")
def failed_files(actor: Actor) -> Alert | None:
    """Log files of the last days that could not be read."""
    since = timezone.now() - timedelta(days=FAILED_FILE_DAYS)
    rows = LogFile.objects.within(actor.organisation).filter(
        job__state=Job.State.FAILED, received_at__gte=since
    )
    sources = list(rows.order_by("-id").values_list("source", flat=True)[:100])
    if not sources:
        return None
    text = ngettext(
        "%(count)d log file could not be read", "%(count)d log files could not be read", len(sources)
    )
    url = reverse("log_analysis:log_source", args=[sources[0]])
    return Alert(text % {"count": len(sources)}, url, icon="file", tone="warn")


@provider("logs.manage")
def unread_batches(actor: Actor) -> Alert | None:
    """Batches that were kept aside and wait for somebody to decide."""
    rows = UnreadBatch.objects.within(actor.organisation).filter(is_due=False)
    sources = list(rows.values_list("source", flat=True)[:100])
    if not sources:
        return None
    text = ngettext(
        "%(count)d log batch could not be read", "%(count)d log batches could not be read", len(sources)
    )
    url = reverse("log_analysis:log_source", args=[sources[0]])
    return Alert(text % {"count": len(sources)}, url, icon="file", tone="warn")
