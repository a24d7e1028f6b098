"""A bad evening of the demo's shop: logs of six services, a deploy, and the incident that the desk finds in them."""

import io
import time
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.owner_command import OwnerCommand
from apps.log_analysis.incidents import selectors
from apps.log_analysis.incidents import services as incidents
from apps.log_analysis.incidents.change_markers import CHANGE_MARKERS
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.sources import services as sources
from apps.log_analysis.sources.models import LogFile, LogSource
from apps.log_analysis.sources.resources import SOURCES
from apps.log_analysis.sources.spool import Batch
from apps.operations.demonstration.material import FAULT, TRAFFIC
from apps.resources import services as resources
from domain.logs.made_logs import MadeLog, made_logs, read_faults, read_traffic

# The logs end now; the fault began long enough ago to be over.
MINUTES, FAULT_MINUTE = 120, 90
NAME = "茶舍 {service}"
WAIT_SECONDS, POLL_SECONDS = 120.0, 0.5


class Command(OwnerCommand):
    help = "Sends a made-up shop's logs of the last two hours, in which a deploy went wrong, and has the cause looked for."

    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--wait", type=float, default=WAIT_SECONDS, help="seconds that the workers have to read the logs"
        )

    def act(self, actor: Actor, *, url: str, **options: Any) -> None:
        names = _send_logs(actor)
        incident = _wait_for_incident(actor, names, seconds=options["wait"])
        if incident is None:
            self.stdout.write(f"Logs are being read: {url}{reverse('log_analysis:incidents')}")
            return
        if incident.job is None:
            # A worker asks the model; until it has answered, or without one, the cause by rules stands there.
            incidents.explain(actor, incident)
        page = reverse("log_analysis:incident", args=[incident.pk])
        self.stdout.write(f"An incident was found in the shop's logs: {url}{page}")


def _send_logs(actor: Actor) -> list[str]:
    """The names of the sources. What an earlier run has sent is not sent again."""
    (fault,) = read_faults(FAULT)
    start = timezone.now() - timedelta(minutes=MINUTES)
    begin = start + timedelta(minutes=FAULT_MINUTE)
    logs = made_logs(read_traffic(TRAFFIC, minutes=MINUTES), fault, start, fault_minute=FAULT_MINUTE)
    names = {log.service: NAME.format(service=log.service) for log in logs}
    present = set(LogSource.objects.within(actor.organisation).values_list("name", flat=True))
    if not present & set(names.values()):
        for change in fault.changes:
            values = {"name": change.name, "kind": change.kind, "service": change.service}
            happened_at = begin + timedelta(minutes=change.at)
            resources.save(actor, CHANGE_MARKERS, values | {"happened_at": happened_at})
    for log in logs:
        if names[log.service] not in present:
            _send(actor, log, names[log.service])
    return list(names.values())


def _send(actor: Actor, log: MadeLog, name: str) -> None:
    """As a file, or as a batch where it is JSON."""
    # The made-up lines name times in UTC.
    values = {"name": name, "kind": LogSource.Transport.FILES, "service": log.service, "time_zone": "UTC"}
    if log.is_json:
        source = resources.save(actor, SOURCES, values | {"kind": LogSource.Transport.HTTP})
        sources.receive_batch(actor, source, Batch("json", "", log.content))
        return
    source = resources.save(actor, SOURCES, values)
    file = sources.begin_file(actor, source, file_name=f"{log.service}.log", length=len(log.content))
    sources.append_part(actor, file, offset=0, content=io.BytesIO(log.content))


def _wait_for_incident(actor: Actor, names: list[str], *, seconds: float) -> Incident | None:
    """The one that ranks highest, when all has been read; None where that takes longer."""
    deadline = time.monotonic() + seconds
    shop = LogSource.objects.within(actor.organisation).filter(name__in=names)
    while True:
        is_read = not shop.filter(waiting_bytes__gt=0).exists()
        if is_read and not LogFile.objects.under_way().filter(source__in=shop).exists():
            return selectors.incident_list(actor.organisation).filter(anomalies__source__in=shop).first()
        if time.monotonic() > deadline:
            return None
        time.sleep(POLL_SECONDS)
