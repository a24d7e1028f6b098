"""The log analysis desk for one measurement: logs go in as files and batches, incidents and their causes come out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.accounts.actors import Actor
from apps.inference.models import Endpoint
from apps.jobs import runs
from apps.log_analysis.incidents import citations, selectors
from apps.log_analysis.incidents import services as incidents
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources.models import MAX_KEEP_DAYS, LogSource
from apps.log_analysis.sources.spool import Batch
from benchmarks import organisations
from domain.logs.made_logs import MadeLog, PlantedFault
from domain.logs.store import Filters

SHOWN_INCIDENTS = 3
MAX_WAIT_SECONDS = 1800


def prepare() -> None:
    # What is measured is what the model says, however long a busy machine lets it wait.
    Endpoint.objects.update(first_token_seconds=MAX_WAIT_SECONDS)


def outcome(
    fault: PlantedFault, logs: Sequence[MadeLog], begin: datetime, *, asks_model: bool
) -> dict[str, Any]:
    """Of the first of the top three that rests on a planted line. No fault is ranked against another: each has an
    organisation of its own."""
    actor = organisations.new_owner(f"eval-{fault.key.replace(' ', '-')}", fault.key)
    actor.organisation.output_language = "en"
    actor.organisation.save(update_fields=["output_language"])
    for change in fault.changes:
        told = {"kind": change.kind, "name": change.name, "service": change.service}
        happened_at = begin + timedelta(minutes=change.at)
        ChangeMarker.objects.create(organisation=actor.organisation, happened_at=happened_at, **told)
    read_sources = {log.service: str(read_log(actor, log).pk) for log in logs}
    planted = {(read_sources[log.service], line) for log in logs for line in log.planted}
    ranked = list(Incident.objects.within(actor.organisation).open().ranked())
    for rank, incident in enumerate(ranked[:SHOWN_INCIDENTS], start=1):
        if any((each["source"], each["line"]) in planted for each in incident.citations):
            explained = _explain_incident(actor, incident, fault, asks_model=asks_model)
            return {"rank": rank, "incidents": len(ranked), **explained}
    unexplained = dict.fromkeys(("is_explained", "cause_named", "shown_by_evidence"), False)
    told_nothing = {"cited_lines_exist": True, "cause": "", "error": ""}
    return {"rank": None, "incidents": len(ranked), **unexplained, **told_nothing}


def read_log(actor: Actor, log: MadeLog) -> LogSource:
    """Uploads it, or sends it as a batch where it is JSON, and reads it as a worker does."""
    named: dict[str, Any] = {"name": f"{log.service}.log", "service": log.service}
    source = LogSource.objects.create(organisation=actor.organisation, keep_days=MAX_KEEP_DAYS, **named)
    if log.is_json:
        sources.receive_batch(actor, source, Batch("json", "", log.content))
        source.refresh_from_db()
        runs.execute(str(source.job_id))
    else:
        organisations.read_log(actor, source, source.name, log.content)
    return source


def _explain_incident(
    actor: Actor, incident: Incident, fault: PlantedFault, *, asks_model: bool
) -> dict[str, Any]:
    """`cited_lines_exist`: each mark in its cause leads to a record that the store has, word for word."""
    error = ""
    if asks_model:
        runs.execute(str(incidents.explain(actor, incident).job_id))
        incident.refresh_from_db()
        error = (incident.error or {}).get("code", "")
    # Besides the cause: the records that the incident rests on, and the changes around it.
    changes = [each.name for each in selectors.changes_around(incident)]
    evidence = "\n".join([*(each["text"] for each in incident.citations), *changes])
    by_number = {each["number"]: each for each in incident.citations}
    cited = [by_number.get(number) for number in citations.cited_numbers(incident.cause)]
    return {
        "is_explained": incident.is_cause_from_model,
        "cause_named": incident.is_cause_from_model and fault.is_named_in(incident.cause),
        "shown_by_evidence": fault.is_shown_in(evidence),
        "cited_lines_exist": all(each is not None and _is_stored(incident, each) for each in cited),
        "cause": incident.cause,
        "error": error,
    }


def _is_stored(incident: Incident, citation: dict[str, Any]) -> bool:
    place, time = (str(incident.organisation_id), (str(citation["source"]),)), int(citation["time"])
    records = log_reader().latest(Filters(*place, since=time, until=time + 1), limit=5_000)
    texts = [each.text.decode("utf-8", "replace") for each in records if each.arrival == citation["arrival"]]
    return any(text.startswith(str(citation["text"])) for text in texts)
