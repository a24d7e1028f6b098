"""The desk's pages: what clinicians see, and what is refused."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit.models import AuditEntry
from apps.jobs import services as jobs
from apps.medical_records.drafting.services import DRAFT_RECORD
from apps.medical_records.encounters.models import EncounterTranscript
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.records import selectors as records
from apps.medical_records.records import services
from apps.medical_records.records.editing import StatementPatch
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.signing import services as signing
from apps.vault import keys
from apps.vault.models import SealingKey
from tests.architecture.test_code import ROOT
from tests.medical_records.papers import drafted_record, empty_record, zh_paper
from tests.medical_records.people import member_of, patient_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def browser_of(actor: Actor) -> Client:
    client = Client()
    assert actor.member
    client.force_login(actor.member.user, backend=BACKEND)
    return client


@pytest.fixture
def record(mrs_wang: Patient, doctor_lin: Actor, cardiology: Department) -> MedicalRecord:
    patients.relate(doctor_lin, mrs_wang, department=cardiology)
    return drafted_record(doctor_lin, mrs_wang, department=cardiology)


@pytest.fixture
def lin(doctor_lin: Actor) -> Client:
    return browser_of(doctor_lin)


@pytest.fixture
def chen(resident_chen: Actor) -> Client:
    return browser_of(resident_chen)


def page(client: Client, name: str, record: MedicalRecord, **query: str) -> str:
    answer = client.get(reverse(f"medical_records:{name}", args=[record.pk]), query)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def edit(client: Client, record: MedicalRecord, **fields: Any) -> Any:
    record.refresh_from_db()
    fields = {"revision": record.revision, **fields}
    return client.post(
        reverse("medical_records:edit_record", args=[record.pk]), fields, headers={"HX-Request": "true"}
    )


def step(client: Client, name: str, record: MedicalRecord, **fields: Any) -> str:
    """What the page says after it."""
    record.refresh_from_db()
    fields = {"revision": record.revision, **fields}
    answer = client.post(reverse(f"medical_records:{name}", args=[record.pk]), fields, follow=True)
    return str(answer.content.decode())


def test_a_statement_points_at_its_exact_words(record: MedicalRecord, lin: Client) -> None:
    shown = " ".join(page(lin, "record", record).split())

    assert '<span class="said-piece" role="button" tabindex="-1" data-said="s1 s2">咳嗽三天</span>' in shown
    assert 'data-statement="s5" data-support="supported" data-status="denied"' in shown
    assert "Not in the transcript" in shown
    # Who has no mouse scrolls it by keys.
    assert 'id="said" aria-label="Transcript" tabindex="0"' in shown
    # Its own words begin with it.
    assert ">denied</span> 否认" not in shown
    assert "氨氯地平：5毫克 / 10毫克" in shown
    assert "J18.900" in shown


def test_what_was_heard_with_little_certainty_is_marked_where_it_stands_and_where_it_is_cited(
    record: MedicalRecord, lin: Client
) -> None:
    assert "heard-unsure" not in page(lin, "record", record)
    transcript = EncounterTranscript.objects.get(encounter=record.encounter)
    content = transcript.content
    content["utterances"][1]["words"] = [
        ["我", 7.0, 7.2, 0.9],
        ["咳嗽", 7.2, 7.6, 0.3],
        ["三天", 7.6, 8.0, 0.9],
    ]
    transcript.content = content
    transcript.save(update_fields=["content"])

    shown = " ".join(page(lin, "record", record).split())

    mark = 'title="Heard with little certainty: listen again">咳嗽</span>'
    assert f'data-said="s1 s2" {mark}' in shown
    assert f'<span class="heard-unsure" {mark}' in shown


def test_reading_is_noted_under_the_patient_without_words(record: MedicalRecord, lin: Client) -> None:
    page(lin, "record", record)

    entry = AuditEntry.objects.get(action="record.read")
    assert entry.target_id == str(record.patient_id)
    assert entry.details == {
        "address": "medical_records:record",
        "patients": 1,
        "encounters": [str(record.encounter_id)],
        "records": [str(record.pk)],
    }


def test_a_head_alone_is_noted_as_a_reading_too(record: MedicalRecord, lin: Client) -> None:
    lin.head(reverse("medical_records:record", args=[record.pk]))

    assert AuditEntry.objects.get(action="record.read").target_id == str(record.patient_id)


def test_a_statement_is_edited_in_place(record: MedicalRecord, chen: Client) -> None:
    form = page(chen, "record_field", record, place="history.present_illness", edit="s3")
    assert "data-editor" in form
    assert "活动后轻度气促。</textarea>" in form

    answer = edit(chen, record, operation="change", statement="s3", text="活动后气促。", status="present")

    content = answer.content.decode()
    assert "活动后气促。" in content
    assert 'data-support="entered"' in content
    assert "Chen" in content
    assert f'id="revision" name="revision" value="{record.revision + 1}"' in content


def test_autosave_keeps_the_form_open(record: MedicalRecord, chen: Client) -> None:
    answer = edit(chen, record, operation="change", statement="s3", text="活动后气", autosave="on")

    assert "record-field" not in answer.content.decode().replace("record-field-title", "")
    assert 'id="sign-off"' in answer.content.decode()


def test_the_slower_of_two_keeps_the_typed_words_and_sees_both(
    record: MedicalRecord, chen: Client, doctor_lin: Actor
) -> None:
    seen = record.revision
    services.change_statement(
        doctor_lin, record, revision=seen, statement_id="s3", patch=StatementPatch(text="活动后明显气促。")
    )

    answer = edit(chen, record, revision=seen, operation="change", statement="s3", text="快走后轻度气促。")

    content = answer.content.decode()
    assert answer.status_code == 409
    assert "快走后轻度气促。</textarea>" in content
    assert "Lin changed a statement" in content
    assert "明" in content.split("record-pieces")[1]
    assert f'value="{seen + 1}"' in content
    again = edit(chen, record, operation="change", statement="s3", text="快走后轻度气促。")
    assert again.status_code == 200


def test_words_for_a_statement_that_was_removed_are_kept_as_a_new_one(
    record: MedicalRecord, chen: Client, doctor_lin: Actor
) -> None:
    seen = record.revision
    services.remove_statement(doctor_lin, record, revision=seen, statement_id="s3")

    answer = edit(
        chen,
        record,
        revision=seen,
        operation="change",
        statement="s3",
        place="history.present_illness",
        text="快走后轻度气促。",
    )

    content = answer.content.decode()
    assert answer.status_code == 409
    assert "快走后轻度气促。</textarea>" in content
    assert 'name="operation" value="add"' in content


def test_a_refusal_stands_beside_the_field(record: MedicalRecord, chen: Client) -> None:
    answer = edit(chen, record, operation="add", place="background.smoking", text="偶尔")

    assert answer.status_code == 400
    assert "Choose one of: 从不 · 已戒 · 吸烟" in answer.content.decode()


@pytest.mark.slow
def test_the_other_edits(record: MedicalRecord, chen: Client) -> None:
    assert (
        "Not in the transcript"
        not in edit(chen, record, operation="accept", statement="s14")
        .content.decode()
        .split('id="sign-off"')[0]
    )
    added = edit(chen, record, operation="add", place="history.symptoms", text="咽痛", status="denied")
    assert "咽痛" in added.content.decode()
    assert edit(chen, record, operation="move", statement="h1", step="-1").status_code == 200
    moved = edit(chen, record, operation="move", statement="h1", place="background.conditions")
    assert moved.content.decode().count('class="record-field ') == 2
    dismissed = edit(chen, record, operation="dismiss", statement="s8", problem="contradiction")
    assert "contradictory statements" not in dismissed.content.decode()
    confirmed = edit(chen, record, operation="code", statement="s15", system="icd10", code="J18.900")
    assert "confirmed" in confirmed.content.decode()
    assert edit(chen, record, operation="remove", statement="h1").status_code == 200


def test_codes_are_searched_and_nothing_shows_without_a_catalogue(
    record: MedicalRecord, chen: Client
) -> None:
    shown = page(chen, "record_codes", record, system="icd10", query="肺炎", statement="s15")

    assert "No matching entries." in shown


@pytest.mark.slow
def test_review_return_and_sign(record: MedicalRecord, chen: Client, lin: Client) -> None:
    assert "Ready to sign." in step(chen, "review_record", record)
    assert "returned" in step(lin, "return_record", record, note="请补充吸烟史")
    assert "请补充吸烟史" in page(chen, "record", record)
    assert "cannot be signed yet" in step(lin, "sign_record", record)

    signed = step(lin, "sign_record", record, leaves_out_unsupported="on")

    assert "Signed and locked." in signed
    assert "verified" in signed
    assert "夜间可平卧" not in signed
    assert "data-edit" not in signed.split("data-edit-url")[1]


def test_a_resident_neither_sees_nor_reaches_the_signature(record: MedicalRecord, chen: Client) -> None:
    assert 'data-open-dialog="sign-dialog"' not in page(chen, "record", record)
    answer = chen.post(
        reverse("medical_records:sign_record", args=[record.pk]), {"revision": record.revision}
    )
    assert answer.status_code == 403


@pytest.mark.slow
def test_an_amendment_is_begun_signed_and_compared(record: MedicalRecord, lin: Client) -> None:
    step(lin, "sign_record", record, leaves_out_unsupported="on")
    step(lin, "amend_record", record, reason="漏写了吸烟史")
    edit(lin, record, operation="add", place="background.smoking", text="已戒")
    step(lin, "sign_record", record)

    shown = page(lin, "record", record)
    assert shown.count("verified") == 2
    assert "漏写了吸烟史" in shown
    compared = page(lin, "record_versions", record)
    assert "<ins>已戒</ins>" in compared.replace("\n", "").replace("  ", "")
    assert "<del>夜间可平卧。</del>" in compared.replace("\n", "")


def test_a_record_changed_behind_its_back_says_so(
    record: MedicalRecord, lin: Client, doctor_lin: Actor
) -> None:
    version = signing.sign(doctor_lin, record, revision=record.revision, leaves_out_unsupported=True)
    version.content["language"] = "en"
    version.save(update_fields=["content"])

    shown = page(lin, "record", record)

    assert "broken" in shown
    assert "A signed version was altered" in shown


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("drafting", "checked against the transcript"),
        ("failed", "Draft again"),
        ("no_speech", "No speech was detected"),
    ],
)
def test_every_state_says_what_is_going_on(
    mrs_wang: Patient, doctor_lin: Actor, lin: Client, state: str, words: str
) -> None:
    record = empty_record(doctor_lin, mrs_wang, zh_paper())
    MedicalRecord.objects.filter(pk=record.pk).update(state=state)

    assert words in page(lin, "record", record)


def test_a_draft_whose_job_was_stopped_can_be_asked_for_again(
    mrs_wang: Patient, doctor_lin: Actor, lin: Client
) -> None:
    record = empty_record(doctor_lin, mrs_wang, zh_paper())
    record.job = jobs.create_job(doctor_lin, kind=DRAFT_RECORD, inputs={"record_id": str(record.pk)})
    record.save()
    shown = page(lin, "record", record)
    assert "data-events" in shown
    assert '<li data-section="history">病史</li>' in shown
    jobs.cancel_job(record.job)

    shown = page(lin, "record", record)

    assert "Draft again" in shown
    assert "data-events" not in shown
    assert "Drafting again" in step(lin, "retry_record", record)


def test_a_lost_key_is_said_clearly(record: MedicalRecord, lin: Client) -> None:
    SealingKey.objects.all().delete()
    keys.clear_keys()

    answer = lin.get(reverse("medical_records:record", args=[record.pk]))

    assert answer.status_code == 503
    assert "The key for this content is missing" in answer.content.decode()


@pytest.mark.slow
def test_who_does_not_treat_the_patient_gets_nothing(
    record: MedicalRecord, tea_house: Organisation, bob_browser: Client
) -> None:
    stranger = browser_of(member_of(tea_house, "Sun", "clinician"))
    for client in (stranger, bob_browser):
        for name in ("record", "record_sound", "record_versions", "record_field", "record_codes"):
            assert client.get(reverse(f"medical_records:{name}", args=[record.pk])).status_code == 404
    assert "王秀英" not in stranger.get(reverse("medical_records:records")).content.decode()


def test_the_sound_is_gone_and_the_words_remain(record: MedicalRecord, lin: Client) -> None:
    assert lin.get(reverse("medical_records:record_sound", args=[record.pk])).status_code == 409
    shown = page(lin, "record", record)
    assert "The audio has been deleted. The transcript remains." in shown
    assert "data-player" not in shown


def test_an_empty_desk_leads_to_the_first_record(lin: Client) -> None:
    assert "No records yet" in lin.get(reverse("medical_records:records")).content.decode()


@pytest.mark.slow
def test_records_are_found_by_patient_view_and_filters(
    record: MedicalRecord, lin: Client, doctor_lin: Actor, cardiology: Department
) -> None:
    other = drafted_record(doctor_lin, patient_of(doctor_lin, "李四", "P-0002"))
    services.mark_reviewed(doctor_lin, other, revision=other.revision)

    def found(**query: str) -> list[str]:
        text = lin.get(reverse("medical_records:records"), query).content.decode()
        return [name for name in ("王秀英", "李四") if name in text]

    assert found() == ["王秀英", "李四"]
    assert found(query="李四") == ["李四"]
    assert found(view="review") == ["王秀英"]
    assert found(view="sign") == ["李四"]
    assert found(view="signed") == []
    assert found(view="mine") == ["王秀英", "李四"]
    assert found(department=str(cardiology.pk)) == ["王秀英"]
    assert found(day="1999-01-01") == []
    assert found(day="never", department="nonsense") == ["王秀英", "李四"]


@pytest.mark.slow
def test_a_long_list_asks_no_more_than_a_short_one(
    record: MedicalRecord,
    lin: Client,
    doctor_lin: Actor,
    cardiology: Department,
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(8):
        drafted_record(
            doctor_lin, patient_of(doctor_lin, f"病人{number}", f"P-1{number}"), department=cardiology
        )
    lin.get(reverse("medical_records:records"))

    with django_assert_max_num_queries(16):
        text = lin.get(reverse("medical_records:records")).content.decode()
    assert text.count("<tr>") == 10


def test_the_signed_text_is_what_was_kept(record: MedicalRecord, lin: Client) -> None:
    step(lin, "sign_record", record, leaves_out_unsupported="on")
    version = records.current_version(record)
    assert version
    assert version.document.language == "zh"


def undo_token(answer: Any) -> str:
    return str(answer.context["removed_token"])


def put_back(client: Client, record: MedicalRecord, token: str) -> Any:
    record.refresh_from_db()
    address = reverse("medical_records:put_back_statement", args=[record.pk])
    return client.post(address, {"revision": record.revision, "removed": token})


def document_of(record: MedicalRecord) -> Any:
    version = records.current_version(record)
    assert version
    return version.document


def test_a_removed_statement_comes_back_as_it_was(record: MedicalRecord, chen: Client) -> None:
    before = document_of(record)
    removal = edit(chen, record, operation="remove", statement="s3")
    assert "Removed." in removal.content.decode()
    assert document_of(record) != before

    answer = put_back(chen, record, undo_token(removal))

    assert answer.status_code == 200
    assert document_of(record) == before
    assert put_back(chen, record, undo_token(removal)).status_code == 409
    assert AuditEntry.objects.filter(details__operation="put_back", details__statement="s3").count() == 1


def test_nothing_is_put_back_that_this_record_did_not_lose(
    record: MedicalRecord, doctor_lin: Actor, mrs_wang: Patient, cardiology: Department, lin: Client
) -> None:
    other = drafted_record(doctor_lin, mrs_wang, department=cardiology)
    token = undo_token(edit(lin, other, operation="remove", statement="s3"))

    assert put_back(lin, record, token).status_code == 400
    assert put_back(lin, record, "made up").status_code == 400


def test_the_signature_can_be_cancelled_and_says_what_is_open(record: MedicalRecord, lin: Client) -> None:
    shown = page(lin, "record", record)

    dialog = shown.partition('id="sign-dialog"')[2].partition("</dialog>")[0]
    assert "data-close-dialog" in dialog
    assert "Not in the transcript:" in dialog
    assert "No open incidents" not in dialog


def test_every_dialog_with_a_form_can_be_left_by_a_button_that_says_so() -> None:
    dialogs = [
        (path.name, dialog)
        for path in (ROOT / "templates").rglob("*.html")
        for dialog in path.read_text().split("<dialog")[1:]
    ]

    trapped = [
        name for name, dialog in dialogs if "dialog-actions" in dialog and "data-close-dialog" not in dialog
    ]
    assert trapped == []
