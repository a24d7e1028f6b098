"""Who changes, reviews and signs a record, and what holds when two do it at once."""

from threading import Barrier, Thread

import pytest
from django.db import connection, connections

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit.models import AuditEntry
from apps.core.errors import ApplicationError, Conflict, InvalidInput, NotFound, PermissionDenied
from apps.medical_records.coding.models import Catalogue, CatalogueEntry, ConfirmedCode
from apps.medical_records.patients import services as patients
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.records import diff, services, versions
from apps.medical_records.records import selectors as records
from apps.medical_records.records.editing import StatementPatch
from apps.medical_records.records.errors import ChangedMeanwhile, NotSignable
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from apps.medical_records.settings.models import MedicalPreferences
from apps.medical_records.signing import services as signing
from domain.clinical.records.record import Code, Statement, Support
from tests.medical_records.papers import drafted_record, empty_record, en_paper, zh_paper
from tests.medical_records.people import member_of

UNSUPPORTED = ("s4", "s14")


@pytest.fixture
def record(mrs_wang: Patient, doctor_lin: Actor, cardiology: Department) -> MedicalRecord:
    patients.relate(doctor_lin, mrs_wang, department=cardiology)
    return drafted_record(doctor_lin, mrs_wang)


def statement(record: MedicalRecord, statement_id: str) -> Statement:
    version = records.current_version(record)
    assert version
    return next(each for _s, _k, each in version.document.statements() if each.id == statement_id)


def now(record: MedicalRecord) -> int:
    record.refresh_from_db()
    return record.revision


def change(actor: Actor, record: MedicalRecord, statement_id: str, **wanted: object) -> services.RecordChange:
    wording = StatementPatch(**wanted)  # type: ignore[arg-type]
    return services.change_statement(
        actor, record, revision=now(record), statement_id=statement_id, patch=wording
    )


def add(actor: Actor, record: MedicalRecord, place: str, **wanted: object) -> services.RecordChange:
    section, _dot, key = place.partition(".")
    wording = StatementPatch(**wanted)  # type: ignore[arg-type]
    return services.add_statement(
        actor, record, revision=now(record), section=section, key=key, patch=wording
    )


def settled(actor: Actor, record: MedicalRecord) -> MedicalRecord:
    """With nothing that keeps it from being signed."""
    for statement_id in UNSUPPORTED:
        services.accept_statement(actor, record, revision=now(record), statement_id=statement_id)
    record.refresh_from_db()
    return record


def signed(actor: Actor, record: MedicalRecord) -> RecordVersion:
    return signing.sign(actor, settled(actor, record), revision=now(record))


@pytest.mark.parametrize("paper", [zh_paper(), en_paper()], ids=["zh", "en"])
def test_every_place_of_the_example_records_holds_the_words(paper: object) -> None:
    text = paper.transcript.text  # type: ignore[attr-defined]
    for _section, _key, each in paper.content.statements():  # type: ignore[attr-defined]
        if each.spans:
            assert text[each.spans[0].start : each.spans[0].end] == each.value


def test_who_changes_a_statement_answers_for_it(record: MedicalRecord, resident_chen: Actor) -> None:
    change(resident_chen, record, "s3", text="活动后气促。")

    changed = statement(record, "s3")
    assert (changed.text, changed.support, changed.entered_by) == ("活动后气促。", Support.ENTERED, "Chen")
    assert changed.spans, "the words it came from stay beside it"
    model = records.model_version(record)
    assert model
    assert "活动后轻度气促。" in [each.text for _s, _k, each in model.document.statements()]


def test_a_status_can_be_set_right(record: MedicalRecord, resident_chen: Actor) -> None:
    change(resident_chen, record, "s5", status="present")

    assert statement(record, "s5").status == "present"
    with pytest.raises(InvalidInput) as refused:
        change(resident_chen, record, "s5", status="perhaps")
    assert set(refused.value.fields) == {"status"}


def test_what_changes_nothing_leaves_no_trace(record: MedicalRecord, resident_chen: Actor) -> None:
    before = record.revision
    change(resident_chen, record, "s3", text=statement(record, "s3").text)

    assert now(record) == before
    assert statement(record, "s3").support is Support.SUPPORTED
    assert not AuditEntry.objects.filter(action="record.changed").exists()


def test_statements_are_added_moved_and_removed(record: MedicalRecord, resident_chen: Actor) -> None:
    added = add(resident_chen, record, "history.symptoms", text="咽痛", status="denied")
    assert statement(record, added.statement_id).entered_by == "Chen"

    services.move_statement(
        resident_chen, record, revision=now(record), statement_id=added.statement_id, step=-2
    )
    version = records.working_version(record)
    assert version
    field = version.document.field("history", "symptoms")
    assert field
    assert [each.text for each in field.statements] == ["咽痛", "胸痛", "气促"]

    services.move_statement(
        resident_chen,
        record,
        revision=now(record),
        statement_id=added.statement_id,
        to="background.conditions",
    )
    services.remove_statement(resident_chen, record, revision=now(record), statement_id=added.statement_id)
    with pytest.raises(NotFound):
        change(resident_chen, record, added.statement_id, text="x")


def test_the_template_says_what_a_field_takes(record: MedicalRecord, resident_chen: Actor) -> None:
    for place, wanted, field in (
        ("background.smoking", {"text": "偶尔"}, "text"),
        ("exam.saturation", {"text": "很好"}, "number"),
        ("history.symptoms", {"text": " "}, "text"),
    ):
        with pytest.raises(InvalidInput) as refused:
            add(resident_chen, record, place, **wanted)
        assert set(refused.value.fields) == {field}, place

    add(resident_chen, record, "background.smoking", text="已戒")
    with pytest.raises(InvalidInput):
        add(resident_chen, record, "background.smoking", text="从不")
    with pytest.raises(NotFound):
        add(resident_chen, record, "history.unknown", text="x")


def test_a_number_out_of_range_stays_and_has_to_be_confirmed(
    record: MedicalRecord, doctor_lin: Actor
) -> None:
    added = add(doctor_lin, record, "exam.saturation", number=58.0)
    entered = statement(record, added.statement_id)
    assert (entered.text, entered.unit) == ("58 %", "%")
    settled(doctor_lin, record)

    with pytest.raises(NotSignable) as refused:
        signing.sign(doctor_lin, record, revision=now(record))
    assert set(refused.value.fields) == {"exam.saturation"}
    services.dismiss_problem(
        doctor_lin, record, revision=now(record), statement_id=added.statement_id, code="out_of_range"
    )
    assert signing.sign(doctor_lin, record, revision=now(record))


def test_an_unsupported_statement_is_accepted_by_name(record: MedicalRecord, resident_chen: Actor) -> None:
    services.accept_statement(resident_chen, record, revision=now(record), statement_id="s4")

    accepted = statement(record, "s4")
    assert (accepted.support, accepted.entered_by, accepted.problems) == (Support.ENTERED, "Chen", [])
    entry = AuditEntry.objects.get(action="record.changed")
    assert (entry.actor_name, entry.details["operation"], entry.details["statement"]) == (
        "Chen",
        "accept",
        "s4",
    )
    with pytest.raises(Conflict):
        services.accept_statement(resident_chen, record, revision=now(record), statement_id="s4")


def test_a_contradiction_is_dismissed_where_it_is_flagged(
    record: MedicalRecord, resident_chen: Actor
) -> None:
    assert statement(record, "s8").problems

    services.dismiss_problem(
        resident_chen, record, revision=now(record), statement_id="s8", code="contradiction"
    )

    assert not statement(record, "s8").problems
    with pytest.raises(NotFound):
        services.dismiss_problem(
            resident_chen, record, revision=now(record), statement_id="s8", code="contradiction"
        )


def test_a_code_is_confirmed_and_remembered(record: MedicalRecord, resident_chen: Actor) -> None:
    catalogue = Catalogue.objects.create(organisation=record.organisation, system="icd10", name="ICD-10")
    CatalogueEntry.objects.create(
        organisation=record.organisation, catalogue=catalogue, code="J15.902", name="社区获得性肺炎"
    )

    def confirm(code: str) -> None:
        services.confirm_code(
            resident_chen,
            record,
            revision=now(record),
            statement_id="s15",
            code=Code(system="icd10", code=code, display="whatever was sent"),
        )

    with pytest.raises(InvalidInput):
        confirm("X99")
    confirm("J15.902")

    code = statement(record, "s15").code
    assert code
    assert (code.display, code.is_confirmed) == ("社区获得性肺炎", True)
    assert ConfirmedCode.objects.get().written == "社区获得性肺炎"
    assert statement(record, "s15").support is Support.SUPPORTED


def test_the_second_of_two_gets_told_what_changed_and_loses_nothing(
    record: MedicalRecord, resident_chen: Actor, doctor_lin: Actor
) -> None:
    seen = record.revision
    change(resident_chen, record, "s3", text="活动后气促。")

    with pytest.raises(ChangedMeanwhile) as refused:
        services.change_statement(
            doctor_lin, record, revision=seen, statement_id="s3", patch=StatementPatch(text="快走时气促。")
        )

    assert refused.value.revision == now(record)
    assert refused.value.changes == [
        {"by": "Chen", "action": "change", "statement": "s3", "place": "history.present_illness"}
    ]
    assert statement(record, "s3").text == "活动后气促。"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_write_at_once_one_is_stored(record: MedicalRecord, doctor_lin: Actor) -> None:
    revision = record.revision

    def write(text: str) -> object:
        return services.change_statement(
            doctor_lin, record, revision=revision, statement_id="s3", patch=StatementPatch(text=text)
        )

    outcomes = at_once([lambda: write("甲"), lambda: write("乙")])

    assert sorted(type(each).__name__ for each in outcomes) == ["ChangedMeanwhile", "RecordChange"]
    assert now(record) == revision + 1


@pytest.mark.django_db(transaction=True)
def test_signed_twice_at_once_there_is_one_signature(record: MedicalRecord, doctor_lin: Actor) -> None:
    revision = settled(doctor_lin, record).revision

    outcomes = at_once([lambda: signing.sign(doctor_lin, record, revision=revision)] * 4)

    assert sum(isinstance(each, RecordVersion) for each in outcomes) == 1
    assert sum(isinstance(each, Conflict) for each in outcomes) == 3
    assert records.signed_versions(record).count() == 1


def at_once(tasks: list[object]) -> list[object]:
    """What each returned or refused with; real threads, each with its own connection."""
    barrier, outcomes = Barrier(len(tasks)), []

    def run(task: object) -> None:
        barrier.wait(timeout=60)
        try:
            outcomes.append(task())  # type: ignore[operator]
        except ApplicationError as refusal:
            outcomes.append(refusal)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=[task]) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def test_unsupported_statements_keep_a_record_from_being_signed(
    record: MedicalRecord, doctor_lin: Actor
) -> None:
    with pytest.raises(NotSignable) as refused:
        signing.sign(doctor_lin, record, revision=record.revision)

    assert [each.id for _place, each in refused.value.unsupported] == list(UNSUPPORTED)
    assert now(record) == refused_revision(record)


def refused_revision(record: MedicalRecord) -> int:
    return MedicalRecord.objects.get(pk=record.pk).revision


def test_the_signer_may_leave_them_out(record: MedicalRecord, doctor_lin: Actor) -> None:
    version = signing.sign(doctor_lin, record, revision=record.revision, leaves_out_unsupported=True)

    said = {each.id for _section, _key, each in version.document.statements()}
    assert not said & set(UNSUPPORTED)
    model = records.model_version(record)
    assert model
    assert {each.id for _s, _k, each in model.document.statements()} >= set(UNSUPPORTED)


def test_a_required_field_that_is_empty_is_named(record: MedicalRecord, doctor_lin: Actor) -> None:
    services.remove_statement(doctor_lin, record, revision=now(record), statement_id="s9")

    with pytest.raises(NotSignable) as refused:
        signing.sign(doctor_lin, record, revision=now(record), leaves_out_unsupported=True)

    assert set(refused.value.fields) == {"background.allergies"}


def test_a_signature_locks_counts_and_is_on_the_trail(record: MedicalRecord, doctor_lin: Actor) -> None:
    change(doctor_lin, record, "s3", text="活动后气促。")
    version = signed(doctor_lin, record)

    record.refresh_from_db()
    assert (record.state, record.signed_at) == ("signed", version.signed_at)
    assert records.working_version(record) is None
    with pytest.raises(Conflict, match="Amend"):
        change(doctor_lin, record, "s3", text="别的")
    figures = version.figures
    assert (figures.statements, figures.unsupported, figures.entered) == (18, 2, 3)
    assert figures.fields["history.present_illness"]["distance"] == 2
    assert 0 < figures.edit_ratio < 0.05
    entry = AuditEntry.objects.get(action="record.signed")
    assert entry.details["fingerprint"] == version.fingerprint
    assert "气促" not in str(AuditEntry.objects.values_list("details", flat=True))


def test_only_people_who_may_sign_do(record: MedicalRecord, resident_chen: Actor, alice_actor: Actor) -> None:
    with pytest.raises(PermissionDenied):
        signing.sign(resident_chen, record, revision=record.revision)
    key = Actor(record.organisation, frozenset({"records.sign"}))
    with pytest.raises(PermissionDenied, match="key"):
        signing.sign(key, record, revision=record.revision)


def test_a_hospital_may_want_four_eyes(
    record: MedicalRecord, doctor_lin: Actor, resident_chen: Actor
) -> None:
    MedicalPreferences.objects.create(organisation=record.organisation, signs_own_drafts=False)
    settled(doctor_lin, record)
    services.mark_reviewed(doctor_lin, record, revision=now(record))
    with pytest.raises(Conflict, match="someone else"):
        signing.sign(doctor_lin, record, revision=now(record))

    services.mark_reviewed(resident_chen, record, revision=now(record))

    assert signing.sign(doctor_lin, record, revision=now(record)).signer_name == "Lin"


def test_a_change_after_the_review_asks_for_another_one(
    record: MedicalRecord, doctor_lin: Actor, resident_chen: Actor
) -> None:
    services.mark_reviewed(doctor_lin, record, revision=now(record))
    record.refresh_from_db()
    assert (record.state, record.reviewed_by) == ("reviewed", doctor_lin.member)

    change(resident_chen, record, "s3", text="活动后气促。")

    record.refresh_from_db()
    assert (record.state, record.reviewed_by, record.reviewed_at) == ("draft", None, None)


def test_a_draft_is_given_back_with_a_reason(
    record: MedicalRecord, doctor_lin: Actor, resident_chen: Actor
) -> None:
    with pytest.raises(InvalidInput):
        services.return_to_author(doctor_lin, record, revision=now(record), note=" ")
    services.return_to_author(doctor_lin, record, revision=now(record), note="请补充吸烟史")

    record.refresh_from_db()
    assert (record.state, record.return_note) == ("draft", "请补充吸烟史")
    with connection.cursor() as cursor:
        cursor.execute("SELECT return_note FROM medical_records_medicalrecord")
        assert "吸烟" not in str(cursor.fetchall())
    services.mark_reviewed(resident_chen, record, revision=now(record))
    record.refresh_from_db()
    assert record.return_note is None


def test_an_amendment_is_a_new_version_that_names_the_one_before(
    record: MedicalRecord, doctor_lin: Actor
) -> None:
    first = signed(doctor_lin, record)
    with pytest.raises(InvalidInput):
        signing.begin_amendment(doctor_lin, record, reason="x")
    signing.begin_amendment(doctor_lin, record, reason="漏写了吸烟史")
    add(doctor_lin, record, "background.smoking", text="已戒")

    second = signing.sign(doctor_lin, record, revision=now(record))

    assert (second.kind, second.previous_fingerprint) == ("amendment", first.fingerprint)
    assert second.reason == "漏写了吸烟史"
    assert [(each.number, each.is_whole) for each in signing.verify(record)] == [
        (first.number, True),
        (second.number, True),
    ]


def test_an_amendment_can_be_dropped(record: MedicalRecord, doctor_lin: Actor) -> None:
    version = signed(doctor_lin, record)
    signing.begin_amendment(doctor_lin, record, reason="漏写了吸烟史")
    change(doctor_lin, record, "s3", text="别的")

    services.return_to_author(doctor_lin, record, revision=now(record), note="请补充吸烟史")
    signing.discard_amendment(doctor_lin, record, revision=now(record))

    record.refresh_from_db()
    assert (record.state, record.return_note) == ("signed", None)
    assert records.current_version(record) == version
    assert statement(record, "s3").text == "活动后轻度气促。"


def test_whoever_changes_what_was_signed_is_found_out(record: MedicalRecord, doctor_lin: Actor) -> None:
    version = signed(doctor_lin, record)
    assert signing.verify(record)[0].is_whole

    version.content["sections"][0]["fields"][0]["statements"][0]["text"] = "咳嗽30天"
    version.save(update_fields=["content"])

    assert not signing.verify(record)[0].is_whole
    with connection.cursor() as cursor:
        cursor.execute("UPDATE medical_records_recordversion SET content = left(content, 200)")
    assert not signing.verify(record)[0].is_whole


def test_a_signed_record_is_not_drafted_anew(record: MedicalRecord, doctor_lin: Actor) -> None:
    signed(doctor_lin, record)

    with pytest.raises(Conflict):
        versions.store_draft(record, zh_paper().content, model_name="scripted")


def test_a_new_draft_leaves_what_people_wrote(record: MedicalRecord, doctor_lin: Actor) -> None:
    change(doctor_lin, record, "s3", text="活动后气促。")
    versions.store_draft(record, zh_paper().content, model_name="scripted")

    assert statement(record, "s3").text == "活动后气促。"


def test_nothing_can_be_done_before_the_draft_is_there(mrs_wang: Patient, doctor_lin: Actor) -> None:
    record = empty_record(doctor_lin, mrs_wang, zh_paper())

    with pytest.raises(Conflict, match="drafted"):
        signing.sign(doctor_lin, record, revision=record.revision)


def test_who_does_not_treat_the_patient_finds_no_record(
    record: MedicalRecord, tea_house: Organisation
) -> None:
    stranger = member_of(tea_house, "Sun", "clinician")

    with pytest.raises(NotFound):
        records.record_of(stranger, record.pk)


def test_the_draft_and_what_was_signed_are_compared(record: MedicalRecord, doctor_lin: Actor) -> None:
    change(doctor_lin, record, "s3", text="活动后气促。")
    change(doctor_lin, record, "s6", status="present")
    version = signed(doctor_lin, record)
    draft = records.model_version(record)
    assert draft

    changes = {
        f"{each.section}.{each.key}": each for each in diff.comparison(draft.document, version.document)
    }

    kinds = [each.kind for each in changes["history.present_illness"].statements]
    assert kinds == ["same", "changed", "same"]
    pieces = changes["history.present_illness"].statements[1].pieces
    assert ("removed", "轻度") in [(piece.kind, piece.text) for piece in pieces]
    assert changes["history.symptoms"].statements[1].has_other_status
    assert changes["history.chief_complaint"].is_same
