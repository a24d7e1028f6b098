"""Every reading of a patient's rows is in the audit trail, whichever view reads them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from apps.accounts.access import authenticated_actor
from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import NotAuthenticated
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients.models import Patient
from apps.medical_records.patients.opened_rows import OPENED, OpenedRows
from apps.medical_records.records.models import MedicalRecord

READ = "patients.read"
# What reading is called where an address shows one thing; everywhere else it is READ, with the address.
ACTIONS = {
    "api:access-report": "access_report.read",
    "api:encounter-audio": "recording.heard",
    "api:encounter-detail": "encounter.viewed",
    "api:encounter-events": "transcript.followed",
    "api:encounter-transcript": "transcript.read",
    "api:medical-record-detail": "record.read",
    "api:patient-detail": "patient.viewed",
    "medical_records:access_report": "access_report.read",
    "medical_records:encounter": "encounter.viewed",
    "medical_records:patient": "patient.viewed",
    "medical_records:record": "record.read",
    "medical_records:record_sound": "record.heard",
    "medical_records:record_versions": "record.compared",
}
# One page or answer has fewer rows; of more than these the line says only how many there were.
MAX_NAMED_PATIENTS = 200
# A page that fetches itself anew and shows the same patients is one reading a minute.
REFRESH_SECONDS = 60

GetResponse = Callable[[HttpRequest], HttpResponse]


def access_trail(get_response: GetResponse) -> GetResponse:
    """One line for each request that opened rows of patients and answers with more than a redirect.

    It is written before the answer leaves: what cannot be noted is not shown. Streams open their rows before that too.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        with rows_opened() as opened:
            response = get_response(request)
        shows_something = response.status_code != 204 and not 300 <= response.status_code < 400
        if opened.count and shows_something:
            _note(request, opened)
        return response

    return answer


@contextmanager
def rows_opened() -> Iterator[OpenedRows]:
    """What is read from the database inside."""
    opened = OpenedRows()
    token = OPENED.set(opened)
    try:
        yield opened
    finally:
        OPENED.reset(token)


def _note(request: HttpRequest, opened: OpenedRows) -> None:
    actor = authenticated_actor(request)
    if actor is None:
        raise NotAuthenticated
    patients = (opened.patients | _patients_of(actor, opened)) - opened.noted
    if not patients:
        return
    match = request.resolver_match
    address = match.view_name if match else ""
    shown = sha256("\n".join([actor.label, address, *sorted(map(str, patients))]).encode()).hexdigest()
    is_refresh = "HX-Request" in request.headers
    # Keyed by who, where and whom: the same page with another patient on it is a reading of its own.
    if is_refresh and cache.get(f"read:{shown}"):
        return
    details: dict[str, object] = {"address": address, "patients": len(patients)}
    for kind in ("encounters", "records"):
        ids = getattr(opened, kind)
        # Beside other patients only how many: each of them may be shown this line.
        details[kind] = sorted(map(str, ids))[:MAX_NAMED_PATIENTS] if len(patients) == 1 else len(ids)
    audit.record(
        actor,
        action=ACTIONS.get(address, READ) if request.method in ("GET", "HEAD") else READ,
        target=Patient(pk=min(patients)) if len(patients) == 1 else None,
        subjects=sorted(patients) if 1 < len(patients) <= MAX_NAMED_PATIENTS else (),
        details=details,
    )
    if is_refresh:
        cache.set(f"read:{shown}", 1, REFRESH_SECONDS)


def _patients_of(actor: Actor, opened: OpenedRows) -> set[UUID]:
    """The patients of encounters and records that were opened, or are named by what was, where their patient was not
    found along with them.
    """
    found: set[UUID] = set()
    for model, ids in ((Encounter, opened.encounters), (MedicalRecord, opened.records)):
        if left := ids - opened.resolved:
            rows = model.objects.within(actor.organisation).filter(pk__in=left)
            found.update(rows.values_list("patient", flat=True))
    return found
