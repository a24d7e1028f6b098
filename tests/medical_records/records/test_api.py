"""Records over REST."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.medical_records.patients.models import Patient
from apps.medical_records.records.models import MedicalRecord
from tests.conftest import ApiClient, api_client
from tests.medical_records.papers import drafted_record
from tests.medical_records.records.test_pages import browser_of


@pytest.fixture
def record(mrs_wang: Patient, doctor_lin: Actor) -> MedicalRecord:
    return drafted_record(doctor_lin, mrs_wang)


@pytest.fixture
def lin(doctor_lin: Actor) -> Client:
    return browser_of(doctor_lin)


@pytest.fixture
def key(record: MedicalRecord, alice_actor: Actor) -> ApiClient:
    return api_client(alice_actor, "records.view", "records.write", "records.oversee", "records.sign")


def path(record: MedicalRecord, step: str = "") -> str:
    return f"/api/v1/medical/records/{record.pk}/{f'{step}/' if step else ''}"


def post(client: Client, record: MedicalRecord, step: str, **body: Any) -> Any:
    record.refresh_from_db()
    body = {"revision": record.revision, **body}
    return client.post(path(record, step), body, content_type="application/json")


def statements(answer: Any) -> dict[str, dict[str, Any]]:
    sections = answer.json()["content"]["sections"]
    return {each["id"]: each for part in sections for field in part["fields"] for each in field["statements"]}


def test_a_record_comes_with_its_places_and_without_what_nobody_said(
    record: MedicalRecord, key: ApiClient
) -> None:
    answer = key.get(path(record))

    said = statements(answer)
    assert said["s1"]["spans"][0]["seconds"]
    assert "s4" not in said
    assert "s4" not in statements(key.get(path(record), {"include": "unsupported"})), "a key reviews nothing"


def test_members_who_review_may_ask_for_what_nobody_said(record: MedicalRecord, lin: Client) -> None:
    assert "s4" in statements(lin.get(path(record), {"include": "unsupported"}))
    assert "s4" not in statements(lin.get(path(record)))


def test_the_list_names_records_and_not_what_they_say(record: MedicalRecord, lin: Client) -> None:
    listed = lin.get("/api/v1/medical/records/").json()["results"]

    assert [each["id"] for each in listed] == [str(record.pk)]
    assert "content" not in listed[0]


def test_edits_by_revision(record: MedicalRecord, key: ApiClient) -> None:
    stale = record.revision
    answer = post(key, record, "edit", operation="change", statement="s3", text="活动后气促。")
    assert statements(answer)["s3"]["entered_by"] == "test"

    refused = post(key, record, "edit", revision=stale, operation="accept", statement="s4")

    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "changed_meanwhile")
    assert error["details"]["changes"][0]["statement"] == "s3"
    wrong = post(key, record, "edit", operation="add", place="background.smoking", text="偶尔")
    assert (wrong.status_code, list(wrong.json()["error"]["fields"])) == (400, ["text"])


def test_review_sign_amend_and_verify(record: MedicalRecord, lin: Client) -> None:
    assert post(lin, record, "review").json()["state"] == "reviewed"
    assert post(lin, record, "return", note="请补充").json()["state"] == "draft"
    refused = post(lin, record, "sign")
    assert (refused.status_code, refused.json()["error"]["details"]["unsupported"]) == (409, ["s4", "s14"])

    signed = post(lin, record, "sign", leaves_out_unsupported=True).json()
    assert signed["kind"] == "signed"
    post(lin, record, "amend", reason="漏写了吸烟史")
    assert post(lin, record, "discard-amendment").json()["state"] == "signed"

    proofs = lin.get(path(record, "verify")).json()
    assert [(each["is_whole"], each["fingerprint"]) for each in proofs] == [(True, signed["fingerprint"])]
    assert [each["kind"] for each in lin.get(path(record, "versions")).json()] == ["signed", "model"]


def test_a_key_signs_nothing(record: MedicalRecord, key: ApiClient) -> None:
    for step in ("review", "sign"):
        assert post(key, record, step).status_code == 403


def test_a_stranger_finds_nothing(record: MedicalRecord, bob_api: ApiClient) -> None:
    assert bob_api.get(path(record)).status_code == 404
    assert post(bob_api, record, "edit", operation="remove", statement="s1").status_code == 404
