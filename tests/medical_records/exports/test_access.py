"""Who may take a record out of the house, which version leaves, and what the trail says of it."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.audit.models import AuditEntry
from apps.jobs import webhook_secrets
from apps.jobs.models import WebhookDelivery
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.exports.document import document_of
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from apps.medical_records.settings.services import PREFERENCES
from apps.medical_records.signing.signals import record_signed
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion
from tests.conftest import ApiClient, api_client
from tests.medical_records.papers_for_export import INVENTED_ZH, SAID_ZH, TEMPLATE_ZH, record_zh
from tests.medical_records.people import member_of

FORMATS = ("pdf", "docx", "fhir", "cda", "json", "transcript")
Kind = RecordVersion.Kind


@pytest.fixture
def record(mrs_wang: Patient, doctor_lin: Actor, cardiology: Department) -> MedicalRecord:
    own = {"organisation": doctor_lin.organisation}
    kind = RecordTemplate.objects.create(**own, key="zh_outpatient", name="门诊病历", language="zh")
    definition = TEMPLATE_ZH.model_dump(mode="json")
    template = RecordTemplateVersion.objects.create(
        **own, template=kind, number=1, definition=definition, resolved=definition
    )
    seen = {"patient": mrs_wang, "department": cardiology, "template_version": template}
    encounter = Encounter.objects.create(**own, **seen, clinician=doctor_lin.member)
    EncounterTranscript.objects.create(**own, encounter=encounter, content=SAID_ZH.to_dict(), language="zh")
    return MedicalRecord.objects.create(**own, **seen, encounter=encounter, author=doctor_lin.member)


def version(record: MedicalRecord, number: int, kind: str, **details: Any) -> RecordVersion:
    content = record_zh().model_dump(mode="json")
    own = {"organisation_id": record.organisation_id, "record": record}
    return RecordVersion.objects.create(**own, number=number, kind=kind, content=content, **details)


@pytest.fixture
def draft(record: MedicalRecord) -> RecordVersion:
    return version(record, 1, Kind.EDIT)


@pytest.fixture
def signed(record: MedicalRecord, doctor_lin: Actor) -> RecordVersion:
    return version(record, 2, Kind.SIGNED, **signature(doctor_lin, "a" * 64))


def signature(actor: Actor, fingerprint: str) -> dict[str, Any]:
    return {
        "signed_by": actor.member,
        "signer_name": actor.name,
        "signed_at": datetime(2026, 11, 25, 8, tzinfo=UTC),
        "fingerprint": fingerprint,
    }


@pytest.fixture
def lins_api(doctor_lin: Actor) -> Client:
    return browser(doctor_lin)


def browser(actor: Actor) -> Client:
    client = Client()
    assert actor.member
    client.force_login(actor.member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(record: MedicalRecord, query: str = "", *, api: bool = True) -> str:
    return f"{'/api/v1' if api else ''}/medical/records/{record.pk}/export/{query}"


@pytest.mark.parametrize("wanted", FORMATS)
def test_every_format_leaves_and_contains_nothing_unsupported(
    lins_api: Client, record: MedicalRecord, signed: RecordVersion, wanted: str
) -> None:
    answer = lins_api.get(address(record, f"?as={wanted}"))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Disposition"].startswith("attachment")
    assert INVENTED_ZH.encode() not in answer.content
    entry = AuditEntry.objects.get(action="record.exported")
    assert (entry.target_id, entry.details) == (str(record.patient_id), {"targets": [str(record.pk)]})


@pytest.mark.parametrize("wanted", FORMATS)
def test_a_file_name_tells_neither_name_nor_illness(
    lins_api: Client, record: MedicalRecord, signed: RecordVersion, wanted: str
) -> None:
    named = lins_api.get(address(record, f"?as={wanted}"))["Content-Disposition"]

    assert re.search(r"(record|transcript)-\d{4}-\d\d-\d\d-\d{4}(-v\d+)?\.\w+", named)
    assert str(record.pk) not in named
    assert named.isascii()


def test_strangers_find_no_record_to_export(
    record: MedicalRecord, signed: RecordVersion, resident_chen: Actor, bob_browser: Client
) -> None:
    """Dr. Chen works here, and does not treat Mrs. Wang."""
    for client in (browser(resident_chen), bob_browser):
        for is_api in (True, False):
            assert client.get(address(record, api=is_api)).status_code == 404
    assert not AuditEntry.objects.filter(action="record.exported").exists()


def test_who_may_not_export_is_refused(
    record: MedicalRecord, signed: RecordVersion, tea_house: Organisation
) -> None:
    onlooker = member_of(tea_house, "Zhou", "viewer")

    assert browser(onlooker).get(address(record)).status_code == 403


def test_a_draft_leaves_only_with_who_may_write(
    record: MedicalRecord, draft: RecordVersion, lins_api: Client, alice_actor: Actor
) -> None:
    answer = lins_api.get(address(record, "?as=json"))
    assert answer.json()["state"] == "draft"

    key = api_client(alice_actor, "records.export", "records.view", "records.oversee")
    assert key.get(address(record, "?as=json")).status_code == 403


def test_the_signed_version_leaves_while_an_amendment_is_written(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client, doctor_lin: Actor
) -> None:
    version(record, 3, Kind.EDIT)

    assert lins_api.get(address(record, "?as=json")).json()["version"] == 2
    assert lins_api.get(address(record, "?as=json&version=3")).json()["state"] == "draft"
    assert lins_api.get(address(record, "?as=json&version=9")).status_code == 404


def test_an_amendment_names_the_version_it_replaces(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client, doctor_lin: Actor
) -> None:
    version(record, 4, Kind.AMENDMENT, reason="更正剂量", **signature(doctor_lin, "b" * 64))

    body = lins_api.get(address(record, "?as=json")).json()
    assert (body["state"], body["version"], body["replaces"]) == ("amended", 4, 2)
    assert body["signature"]["reason"] == "更正剂量"
    assert body["signature"]["fingerprint"] == "b" * 64


def test_a_record_that_says_nothing_yet_is_refused_with_a_reason(
    record: MedicalRecord, lins_api: Client
) -> None:
    answer = lins_api.get(address(record))

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "nothing_to_export"


def test_an_unknown_format_is_refused_at_its_field(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client
) -> None:
    answer = lins_api.get(address(record, "?as=exe"), headers={"Accept": "application/pdf"})

    assert answer.status_code == 400
    assert "as" in answer.json()["error"]["fields"]


def test_a_pdf_opens_in_the_browser_to_be_printed(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client
) -> None:
    shown = lins_api.get(address(record, "?as=pdf&inline=1", api=False))
    saved = lins_api.get(address(record, "?as=cda&inline=1", api=False))

    assert shown["Content-Disposition"].startswith("inline")
    assert shown.content.startswith(b"%PDF")
    assert saved["Content-Disposition"].startswith("attachment")


def test_paper_carries_the_hospitals_own_name(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client, alice_actor: Actor
) -> None:
    assert lins_api.get(address(record, "?as=json")).json()["hospital"]["name"] == "Tea House"

    PREFERENCES.change(
        alice_actor, changes={"hospital_name": "湖滨市第一人民医院", "letterhead": "湖滨路12号"}
    )

    hospital = lins_api.get(address(record, "?as=json")).json()["hospital"]
    assert hospital == {"name": "湖滨市第一人民医院", "letterhead": "湖滨路12号", "department": "Cardiology"}


def test_a_copy_without_names_leads_nowhere(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client
) -> None:
    answer = lins_api.get(address(record, "?as=json&deidentified=1"))

    text = answer.content.decode() + answer["Content-Disposition"]
    for trace in (
        "王秀英",
        "P-0001",
        "1961",
        "Lin",
        "Tea House",
        "a" * 64,
        str(record.pk),
        str(record.patient_id),
    ):
        assert trace not in text, trace
    assert "2026-11-25" not in text
    assert "急性支气管炎" in text
    assert answer.json()["is_deidentified"]
    assert AuditEntry.objects.filter(action="record.exported_deidentified").count() == 1


def test_dates_move_by_the_same_days_in_every_copy_of_a_patient(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client
) -> None:
    first, second = (lins_api.get(address(record, "?as=json&deidentified=1")).json() for _ in range(2))

    assert first["visit"]["seen_at"] == second["visit"]["seen_at"]
    assert first["id"] == second["id"]


@pytest.mark.parametrize("wanted", ["fhir", "cda"])
def test_a_copy_without_names_is_not_given_in_formats_that_are_filed_under_one(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client, wanted: str
) -> None:
    answer = lins_api.get(address(record, f"?as={wanted}&deidentified=1"))

    assert answer.status_code == 400
    assert "deidentified" in answer.json()["error"]["fields"]


@pytest.mark.parametrize("wanted", ["pdf", "docx", "transcript"])
def test_a_copy_without_names_comes_on_paper_too(
    record: MedicalRecord, signed: RecordVersion, lins_api: Client, wanted: str
) -> None:
    answer = lins_api.get(address(record, f"?as={wanted}&deidentified=1"))

    assert answer.status_code == 200
    assert str(record.pk) not in answer["Content-Disposition"]


def test_other_systems_are_told_ids_and_no_contents(
    record: MedicalRecord, signed: RecordVersion, alice_actor: Actor, doctor_lin: Actor
) -> None:
    webhook_secrets.create_webhook(alice_actor, url="https://his.example/", events=["medical_record.signed"])

    record_signed.send(sender=RecordVersion, actor=doctor_lin, record=record, version=signed)

    delivery = WebhookDelivery.objects.get()
    assert delivery.subject == f"medical_record:{record.pk}"
    assert set(delivery.payload["data"]) == {
        "record_id",
        "version",
        "kind",
        "encounter_id",
        "patient_id",
        "fingerprint",
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload::text FROM jobs_webhookdelivery")
        assert "支气管炎" not in json.dumps(cursor.fetchall(), ensure_ascii=False)


def test_a_key_of_another_house_gets_nothing(
    record: MedicalRecord, signed: RecordVersion, bob_api: ApiClient
) -> None:
    assert bob_api.get(address(record)).status_code == 404


def test_members_who_left_still_stand_under_what_they_signed(
    record: MedicalRecord, signed: RecordVersion, alice_browser: Client, alice: User, doctor_lin: Actor
) -> None:
    assert doctor_lin.member
    doctor_lin.member.delete()

    body = alice_browser.get(address(record, "?as=json")).json()
    assert body["signature"]["signer"]["name"] == "Lin"
    assert body["author"] is None


@pytest.mark.parametrize(
    ("state", "permissions", "heading"),
    [
        ("signed", {"records.export"}, "Signed record"),
        ("draft", {"records.export", "records.write"}, "Draft, not signed"),
        ("draft", {"records.export"}, None),
        ("drafting", {"records.export", "records.write"}, None),
        ("signed", {"records.view"}, None),
    ],
)
def test_the_menu_offers_what_may_leave(
    record: MedicalRecord, tea_house: Organisation, state: str, permissions: set[str], heading: str | None
) -> None:
    record.state = state
    shown = render_to_string(
        "medical_records/records/export_menu.html",
        {"record": record, "actor": Actor(tea_house, frozenset(permissions))},
    )

    assert (heading in shown) if heading else not shown.strip()


def test_who_reviewed_an_amendment_is_no_reviewer_of_what_was_signed_before(
    record: MedicalRecord, signed: RecordVersion, doctor_lin: Actor
) -> None:
    record.reviewed_by = doctor_lin.member
    assert document_of(record, signed).reviewer

    amendment = version(record, 3, Kind.EDIT)

    assert document_of(record, amendment).reviewer
    assert document_of(record, signed).reviewer is None
