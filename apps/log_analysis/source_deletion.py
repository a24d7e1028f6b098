"""Deleting a source with everything that is stored of it, in the database, the spool and the store of records.

A source may have millions of counts, so a job takes them away; meanwhile the source takes nothing in and says so.
"""

import shutil
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.log_analysis.incidents import services as incident_services
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.records import masked_values
from apps.log_analysis.records.storage import log_store
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import TemplateCount

MAX_ROWS_AT_ONCE = 20_000

DELETE_SOURCE = JobType(
    "log_analysis.delete_source",
    queue="batch",
    label=_("Delete a log source"),
    stages={"deleting": _("Deleting")},
    may_see=holders_of("logs.view"),
    may_cancel=holders_of("logs.manage"),
    subject=sources.READ_SOURCE.subject,
    # Gives room back.
    is_free=True,
)


@requires_permission("logs.manage")
@transaction.atomic
def delete_source(actor: Actor, source: LogSource) -> LogSource:
    """Stops what is read of it and queues the rest; asked again, the job that is under way goes on."""
    row = LogSource.objects.within(actor.organisation).select_for_update(of=("self",)).one(pk=source.pk)
    if row.is_being_deleted:
        return row
    is_reading = Q(pk=row.job_id) | Q(pk__in=row.files.values("job"))
    lifecycle.erase(Job.objects.filter(is_reading))
    row.is_paused, row.heartbeat_due_at = True, None
    row.deletion_job = jobs.create_job(
        actor,
        kind=DELETE_SOURCE,
        inputs={"log_source_id": str(row.pk)},
        subject=f"log_source:{row.pk}",
    )
    row.save(update_fields=["is_paused", "heartbeat_due_at", "deletion_job"])
    audit.record(actor, action="log_source.deleted", target=row, details={"name": row.name})
    return row


@DELETE_SOURCE.service
def take_away(run: JobRun, *, log_source_id: str) -> dict[str, Any]:
    """Its files, records, templates and anomalies go with it, and incidents that rested on it alone.

    Incidents that other sources show, too, are told anew by what these say. What a crash behind the commit leaves in the
    store is swept by `pipeline.drop_old_records`.
    """
    source = LogSource.objects.within(run.job.organisation).one(pk=log_source_id)
    run.stage("deleting")
    counts = TemplateCount.objects.within(source.organisation_id).filter(source=source)
    total, deleted = counts.count(), 0
    while rows := counts.filter(pk__in=counts.values("pk")[:MAX_ROWS_AT_ONCE]).delete()[0]:
        deleted += rows
        run.progress(deleted, total)
        run.checkpoint()
    spool, organisation_id = source.spool, str(source.organisation_id)
    with run.finishing({"log_source": log_source_id}):
        for file in source.files.select_related("job"):
            sources.remove_file(file)
        incident_ids = set(source.anomalies.exclude(incident=None).values_list("incident", flat=True))
        source.delete()
        incidents = Incident.objects.within(run.job.organisation).filter(pk__in=incident_ids)
        incidents.filter(anomalies=None).delete()
        for incident in incidents:
            # Causes quote records, also those that a model wrote.
            incident.citations = [each for each in incident.citations if each["source"] != log_source_id]
            incident.cause, incident.next_steps, incident.is_cause_from_model = "", [], False
            incident.save(update_fields=["citations", "cause", "next_steps", "is_cause_from_model"])
        incident_services.regroup(run.actor, list(incidents))
    # A worker that was reading has lost its lease by now, and what it still wrote goes too.
    shutil.rmtree(spool, ignore_errors=True)
    log_store().delete_source(organisation_id, log_source_id)
    masked_values.delete_source(organisation_id, log_source_id)
    return {"log_source": log_source_id}
