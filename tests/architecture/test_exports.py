"""A file of rows that leaves has its line in the audit trail: the frame writes it, and no module passes it by."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.access import PUBLIC
from apps.accounts.actors import OPERATOR, Actor
from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from apps.audit.presenters import DETAILS, FILTERS
from apps.audit.search import AuditSearchForm
from apps.core import tables
from apps.inference.forms import CallFilterForm
from apps.jobs.forms import JobFilterForm
from apps.log_analysis.records.forms import RecordFilterForm
from tests.architecture.instances import Belongings
from tests.architecture.routes import our_routes
from tests.architecture.test_code import ROOT, nodes_of, sources
from tests.architecture.test_isolation import VISITOR, is_reached, names_a_row, values_for
from tests.conftest import browser_of
from tests.resources.test_resources import declared
from tests.sample import sampled

EXPORTS = "apps/audit/file_exports.py"
MAKES_FILES = {"response", "content", "as_download"}
# Answers that a browser may save, and who writes their line. What is not named here goes through `FileExport`.
OTHER_FILES = {
    "apps/core/tables.py": "what FileExport hands over",
    "apps/core/range_response.py": "serves a range of a file to the modules below",
    "apps/core/middleware.py": "takes the bytes of an answer from elsewhere",
    "apps/privacy/report_file.py": "its services note the report in the transaction that reads it",
    "apps/translation/pages.py": "`services.export_translation` notes it",
    "apps/translation/api.py": "`services.export_translation` notes it",
    "apps/medical_records/exports/responses.py": "`services.export_record` notes it under the patient",
    "apps/customer_service/chat/pages.py": "one file that a visitor sent, as the conversation shows it",
    "apps/jobs/event_hub.py": "events of a page that is open",
}
FILE_RESPONSES = {"FileResponse", "StreamingHttpResponse", "content_disposition_header"}
FILE_TYPES = ("text/csv", tables.XLSX, "application/x-ndjson", "application/pdf", "application/zip")
# Without a line of an export: what they show is no row of an organisation, or is noted under another name.
NO_EXPORT = {"customer_service:attachment", "marketing:video_script_sound"}
# Without these the walk would prove nothing: every run takes them.
KNOWN_EXPORTS = {
    "jobs:export_jobs", "inference:export_calls", "api:inference-call-export", "knowledge:export_documents",
    "speech:export_recordings", "dashboards:export_jobs", "operations:export_announcements", "audit:export",
    "api:audit-entry-export", "log_analysis:export_records", "customer_service:export_saved_answers",
    "medical_records:patient_report",
}  # fmt: skip


def file_makers(path: Path) -> set[str]:
    """What in a module makes an answer that is saved: of `apps.core.tables`, of Django, or a header by hand."""
    found, tables_names = set(), table_imports(path)
    for node in nodes_of(path, ast.Call, ast.Constant):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            owner = getattr(getattr(node.func, "value", None), "id", "")
            if name in FILE_RESPONSES or (name in MAKES_FILES and tables_names & {owner, name}):
                found.add(name)
        elif "attachment; filename" in str(node.value):
            found.add("attachment")
    return found


def table_imports(path: Path) -> set[str]:
    """How a module calls `apps.core.tables`, and what it calls of it without saying where it is from."""
    named = [(node.module, each) for node in nodes_of(path, ast.ImportFrom) for each in node.names]
    return {
        each.asname or each.name
        for module, each in named
        if (module, each.name) == ("apps.core", "tables") or module == "apps.core.tables"
    }


def test_every_file_is_made_by_the_frame_which_notes_it() -> None:
    makers = {
        str(path.relative_to(ROOT)): found
        for path in sources()
        if path.is_relative_to(ROOT / "apps") and (found := file_makers(path))
    }

    strangers = {place: found for place, found in makers.items() if place not in {EXPORTS, *OTHER_FILES}}
    assert strangers == {}, "make the file by apps.audit.file_exports.FileExport, which writes its line"
    assert makers[EXPORTS] == MAKES_FILES
    assert OTHER_FILES.keys() - makers.keys() == set(), "these make no file any more"


def is_file(answer: Any) -> bool:
    is_saved = answer.get("Content-Disposition", "").startswith("attachment")
    return answer.status_code == 200 and (is_saved or answer["Content-Type"].startswith(FILE_TYPES))


@pytest.fixture
def owned(tea_house: Organisation, alice: User) -> Belongings:
    return Belongings(tea_house, alice)


def test_owners_reach_their_rows_nobody_keeps_an_answer_and_every_file_leaves_a_line(
    owned: Belongings, alice: User, alice_actor: Actor, alice_browser: Client
) -> None:
    """The walk finds new addresses by itself; whatever a request changes is undone. All rows are there: an app without a
    version is none."""
    owned.everything()
    changing = browser_of(alice)
    seen, silent, kept, unreachable = set(), [], {}, []
    routes = [route for route in our_routes() if route.name and route.access != PUBLIC]
    others = [route for route in routes if route.name not in KNOWN_EXPORTS]
    for route in [route for route in routes if route.name in KNOWN_EXPORTS] + sampled(others, 1 / 8):
        path = route.path(values_for(route, owned))
        is_owners = names_a_row(route) and route.access not in (VISITOR, OPERATOR)
        with transaction.atomic():
            before = AuditEntry.objects.count()
            answer = alice_browser.get(path)
            lines = AuditEntry.objects.order_by("-sequence")[: AuditEntry.objects.count() - before]
            actions = [line.action for line in lines if line.actor == alice_actor.label]
            transaction.set_rollback(True)
        if is_owners and not is_reached(changing, route, path, answer.status_code):
            unreachable.append(str(route))
        if answer["Cache-Control"] != "no-store":
            kept[str(route)] = answer["Cache-Control"]
        if is_file(answer) and route.name not in NO_EXPORT:
            seen.add(route.name)
            if not any("exported" in action for action in actions):
                silent.append(f"{route} left {actions or 'no line'}")

    assert unreachable == []
    assert kept == {}
    assert silent == []
    assert seen >= KNOWN_EXPORTS


def test_what_a_list_was_narrowed_by_has_a_name_in_the_trail(tea_house: Organisation) -> None:
    forms = [
        JobFilterForm(), CallFilterForm(), RecordFilterForm(tea_house), AuditSearchForm({}, tea_house),
        *(each.filterset({}, queryset=each.rows_within(tea_house)).form for each in declared()),
    ]  # fmt: skip
    names = {name for form in forms for name in form.fields}

    assert {
        name for name in names - {"before", "order", "mine"} if name not in {**FILTERS, **DETAILS}
    } == set()
