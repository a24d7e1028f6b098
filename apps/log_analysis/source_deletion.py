"""Deleting a source with everything that is stored of it, in the database, the spool and the store of records."""

import shutil

from django.db import transaction

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.jobs import lifecycle
from apps.jobs.models import Job
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.records import masked_values
from apps.log_analysis.records.storage import log_store
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources.models import LogSource


@transaction.atomic
def delete_source(actor: Actor, source: LogSource) -> None:
    """Its files, records, templates and anomalies go with it, and incidents that rested on it alone.

    Of incidents that other sources show, too, the records of this one go. What a crash behind the commit leaves in the store
    is swept by `pipeline.drop_old_records`.
    """
    audit.record(actor, action="log_source.deleted", target=source, details={"name": source.name})
    for file in source.files.select_related("job"):
        sources.remove_file(file)
    if source.job:
        lifecycle.erase(Job.objects.filter(pk=source.job.pk))
    organisation_id, source_id, spool = str(source.organisation_id), str(source.pk), source.spool
    touched = set(source.anomalies.exclude(incident=None).values_list("incident", flat=True))
    source.delete()
    incidents = Incident.objects.within(actor.organisation).filter(pk__in=touched)
    incidents.filter(anomalies=None).delete()
    for incident in incidents:
        incident.citations = [each for each in incident.citations if each["source"] != source_id]
        incident.save(update_fields=["citations"])

    def delete_stored() -> None:
        shutil.rmtree(spool, ignore_errors=True)
        log_store().delete_source(organisation_id, source_id)
        masked_values.delete_source(organisation_id, source_id)

    transaction.on_commit(delete_stored)
