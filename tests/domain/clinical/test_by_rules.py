import pytest

from domain.clinical.drafting import DraftContext, by_rules
from domain.clinical.drafting.draft_statements import diagnosis_status
from domain.clinical.grounding.assertion import Assertion, find_assertion
from domain.clinical.grounding.drugs import built_in
from domain.clinical.grounding.patient_change import find_patient_change
from domain.clinical.grounding.statement_grounding import NoSpeech
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import RecordContent, Status, Support
from domain.clinical.transcripts.language import sentence_at
from domain.clinical.transcripts.transcript import ClinicalTranscript

ZH = """医生：哪里不舒服？
患者：肚子疼三天了，拉肚子。
医生：对什么药过敏吗？
患者：青霉素过敏。
医生：体温三十八度五，血压130/80。腹部有压痛。
医生：考虑急性胃肠炎，开点蒙脱石散。三天后复诊。"""


def draft(text: str, template: str = "zh_outpatient") -> RecordContent:
    ground = DraftContext(ClinicalTranscript.from_text(text), built_in(), find_assertion)
    return by_rules.draft_by_rules(builtin_templates.resolve(template), ground)


def texts(record: RecordContent, section: str, field: str) -> list[str]:
    found = record.field(section, field)
    assert found is not None
    return [statement.text for statement in found.exported]


def exported(record: RecordContent) -> list[tuple[str, str, str]]:
    return [(section, field, each.text) for section, field, each in record.statements() if each.is_exported]


def test_without_a_model_what_was_said_stands_where_it_belongs() -> None:
    record = draft(ZH)

    assert texts(record, "chief_complaint", "complaint") == ["腹痛3天。"]
    assert texts(record, "present_illness", "narrative") == ["腹痛3天，腹泻。"]
    assert texts(record, "allergy_history", "allergies") == ["青霉素过敏。"]
    assert texts(record, "physical_exam", "vitals") == ["体温 38.5 ℃", "血压 130/80 mmHg"]
    assert texts(record, "diagnosis", "diagnoses") == ["考虑急性胃肠炎。"]
    assert texts(record, "plan", "medications") == ["开点蒙脱石散。"]
    assert texts(record, "plan", "follow_up") == ["3天后复诊。"]


def test_a_dictation_that_runs_on_is_cut_where_its_topic_turns() -> None:
    record = draft(
        "患者反复上腹部疼痛两周，无黑便。自服奥美拉唑20毫克每天一次。既往高血压病史八年，口服缬沙坦80毫克每日一次，"
        "2015年行阑尾切除术，对磺胺类药物过敏，表现为皮疹。父亲死于胃癌。腹软，剑突下轻压痛，血常规正常。"
        "初步诊断：慢性胃炎，高血压病，予以阿莫西林1克每日两次，停药一个月后复查，戒烟戒酒。"
    )

    assert texts(record, "chief_complaint", "complaint") == ["反复上腹部疼痛2周。"]
    assert texts(record, "past_history", "diseases") == ["既往高血压病史8年，口服缬沙坦80毫克每日1次。"]
    assert texts(record, "past_history", "operations") == ["2015年行阑尾切除术。"]
    assert texts(record, "past_history", "medications") == ["自服奥美拉唑20毫克每天1次。"]
    assert texts(record, "allergy_history", "allergies") == ["对磺胺类药物过敏，表现为皮疹。"]
    assert texts(record, "family_history", "conditions") == ["父亲死于胃癌。"]
    assert texts(record, "physical_exam", "specialist") == ["腹软，剑突下轻压痛。"]
    assert texts(record, "auxiliary_exams", "tests") == ["血常规正常。"]
    assert texts(record, "diagnosis", "diagnoses") == ["初步诊断：慢性胃炎，高血压病。"]
    assert texts(record, "plan", "medications") == ["予以阿莫西林1克每日2次。"]
    assert texts(record, "plan", "follow_up") == ["停药1个月后复查。"]
    assert texts(record, "plan", "advice") == ["戒烟戒酒。"]


def test_a_condition_stays_with_what_holds_under_it() -> None:
    record = draft("医生：少爬楼。如果肿得厉害，发烧，马上来。")

    assert texts(record, "plan", "follow_up") == ["如果肿得厉害，发烧，马上来。"]


def test_what_holds_under_a_condition_is_not_written_without_it() -> None:
    record = draft("医生：CT没有出血的话，收住院，先用阿司匹林三百毫克嚼服。")

    assert texts(record, "plan", "medications") == ["CT没有出血的话，收住院，先用阿司匹林300毫克嚼服。"]
    assert [text for _, _, text in exported(record) if "没有出血" in text and "的话" not in text] == []


@pytest.mark.parametrize(
    ("said", "template", "doubt"),
    [
        ("医生：看起来是肺炎，拍个胸片。", "zh_outpatient", "看起来"),
        ("医生：听起来像心绞痛。", "zh_outpatient", "听起来"),
        ("Doctor: What happened?\nPatient: I guess it started on Tuesday.", "en_soap", "guesses it started"),
    ],
)
def test_a_doubt_is_written_as_one(said: str, template: str, doubt: str) -> None:
    written = [text for _, _, text in exported(draft(said, template))]

    assert written
    assert all(doubt in text for text in written)


def test_a_relatives_second_illness_is_not_the_patients() -> None:
    record = draft("患者：我头疼两天了。我父亲有高血压，糖尿病，我对海鲜过敏，吃了就痒。")

    assert texts(record, "family_history", "conditions") == ["父亲有高血压，糖尿病。"]
    assert texts(record, "allergy_history", "allergies") == ["对海鲜过敏，吃了就痒。"]
    assert texts(record, "past_history", "diseases") == []


def test_every_statement_without_a_model_has_its_words() -> None:
    record = draft(ZH)
    talk = ClinicalTranscript.from_text(ZH)

    for _, _, statement in record.statements():
        assert statement.spans
        assert all(talk.text[span.start : span.end].strip() for span in statement.spans)


def test_an_empty_recording_makes_no_record() -> None:
    with pytest.raises(NoSpeech):
        draft("[music]")


def test_what_is_said_after_the_next_patient_was_called_in_is_left_to_a_person() -> None:
    record = draft(f"{ZH}\n医生：好，下一位。\n患者：我头疼一个月了。\n医生：体温36.5度。")

    after = [s for _, _, s in record.statements() if any(p.code == "other_patient" for p in s.problems)]
    assert {"头痛1个月。", "体温 36.5 ℃"} <= {statement.text for statement in after}
    assert all(statement.support is Support.UNSUPPORTED for statement in after)
    assert texts(record, "chief_complaint", "complaint") == ["腹痛3天。"]
    assert texts(record, "present_illness", "narrative") == ["腹痛3天，腹泻。"]


def test_calling_in_the_next_patient_at_the_very_end_changes_nothing() -> None:
    assert find_patient_change(ClinicalTranscript.from_text(f"{ZH}\n医生：下一位。")) is None


def test_contradicting_doses_are_marked_at_both() -> None:
    record = draft(
        "Patient: I take lisinopril 20 mg.\nPatient: I have a cough.\nPatient: My lisinopril is 40 mg.",
        "en_soap",
    )

    marked = [
        statement.text
        for _, _, statement in record.statements()
        if any(problem.code == "contradiction" for problem in statement.problems)
    ]
    assert {"I take lisinopril 20 mg.", "My lisinopril is 40 mg."} <= set(marked)


def test_another_language_than_the_template_stays_as_it_was_spoken() -> None:
    record = draft("Patient: I have chest pain for three days.", "zh_outpatient")

    assert texts(record, "present_illness", "narrative") == ["The patient has chest pain for 3 days."]


def test_what_plainly_belongs_to_one_section_is_not_told_again_in_others() -> None:
    template = builtin_templates.resolve("zh_outpatient")
    ground = DraftContext(ClinicalTranscript.from_text(ZH), built_in(), find_assertion)
    composed = by_rules.RuleComposer(template, ground)
    sections = [composed.section(section) for section in template.sections]
    history = next(section for section in sections if section.key == "present_illness")
    allergy = next(section for section in sections if section.key == "allergy_history")
    history.fields[0].statements += allergy.fields[0].statements

    once = by_rules.without_repeats(sections, composed)

    told = [s.text for section in once for field in section.fields for s in field.statements]
    assert told.count("青霉素过敏。") == 1
    assert "腹痛3天。" in told
    alone = by_rules.without_repeats([history], composed)
    assert any(s.text == "青霉素过敏。" for s in alone[0].fields[0].statements)


@pytest.mark.parametrize(
    ("said", "template", "diagnoses"),
    [
        (
            "不考虑阑尾炎，考虑输尿管结石。",
            "zh_outpatient",
            [("不考虑阑尾炎，考虑输尿管结石。", Status.UNSURE)],
        ),
        ("考虑急性胃肠炎。", "zh_outpatient", [("考虑急性胃肠炎。", Status.UNSURE)]),
        ("诊断是高血压二级。", "zh_outpatient", [("诊断是高血压二级。", Status.PRESENT)]),
        ("疑似带状疱疹。", "zh_outpatient", [("疑似带状疱疹。", Status.UNSURE)]),
        (
            "It's not pneumonia. It's probably bronchitis.",
            "en_soap",
            [("It is not pneumonia.", Status.DENIED), ("It is probably bronchitis.", Status.UNSURE)],
        ),
        ("You have gout.", "en_soap", [("The patient has gout.", Status.PRESENT)]),
        ("肺炎可能性大，肺癌也要排除。", "zh_outpatient", [("肺炎可能性大，肺癌也要排除。", Status.UNSURE)]),
        ("带状疱疹待排。", "zh_outpatient", [("带状疱疹待排。", Status.UNSURE)]),
        ("支气管扩张不能除外。", "zh_outpatient", [("支气管扩张不能除外。", Status.UNSURE)]),
        ("发热待查。", "zh_outpatient", [("发热待查。", Status.UNSURE)]),
        (
            "Probably costochondritis. We can't rule out a PE.",
            "en_soap",
            [("Probably costochondritis.", Status.UNSURE), ("We can't rule out a PE.", Status.UNSURE)],
        ),
        (
            "Pneumonia still needs to be excluded. Appendicitis is unlikely.",
            "en_soap",
            [
                ("Pneumonia still needs to be excluded.", Status.UNSURE),
                ("Appendicitis is unlikely.", Status.DENIED),
            ],
        ),
        (
            "You definitely have high blood pressure.",
            "en_soap",
            [("The patient definitely has high blood pressure.", Status.PRESENT)],
        ),
        ("You might have some nausea with this.", "en_soap", []),
        (
            "This is a sprained ankle, no fracture.",
            "en_soap",
            [("This is a sprained ankle, no fracture.", Status.PRESENT)],
        ),
    ],
)
def test_a_diagnosis_has_the_status_of_its_words(
    said: str, template: str, diagnoses: list[tuple[str, Status]]
) -> None:
    is_chinese = template.startswith("zh")
    record = draft(f"医生：{said}\n患者：好。" if is_chinese else f"Doctor: {said}\nPatient: Okay.", template)

    place = "diagnosis" if is_chinese else "assessment"
    field = record.field(place, "diagnoses")
    assert field is not None
    assert [(each.text, each.status) for each in field.exported] == diagnoses


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("急性阑尾炎不能完全除外", Status.UNSURE),
        ("肺癌需排除", Status.UNSURE),
        ("肺栓塞可以排除", Status.DENIED),
        ("要小心肺栓塞", Status.UNSURE),
        ("多半是胃炎", Status.UNSURE),
        ("Lymphoma can't be excluded.", Status.UNSURE),
        ("Lymphoma is unlikely.", Status.DENIED),
        ("There's a chance this is lymphoma.", Status.UNSURE),
        ("It could well be gout.", Status.UNSURE),
        ("脑梗后遗症", Status.PRESENT),
    ],
)
def test_a_diagnosis_that_no_list_has_is_read_by_what_stands_around_it(written: str, status: Status) -> None:
    assert diagnosis_status(written, find_assertion) is status


def test_an_order_of_insulin_counts_its_units() -> None:
    record = draft("医生：胰岛素早上12个单位，晚上8个单位，餐前打。\n患者：好。")

    assert texts(record, "plan", "medications") == ["胰岛素早上12个单位，晚上8个单位，餐前打。"]


@pytest.mark.parametrize(
    ("told", "template", "diagnoses"),
    [
        (
            "高血压，可能有糖尿病。",
            "zh_outpatient",
            [("高血压。", Status.PRESENT), ("可能有糖尿病。", Status.UNSURE)],
        ),
        (
            "右膝骨关节炎，半月板损伤不能排除。",
            "zh_outpatient",
            [("右膝骨关节炎。", Status.PRESENT), ("半月板损伤不能排除。", Status.UNSURE)],
        ),
        # What is denied, or told of the same, stays with it.
        ("考虑肺炎，比较重。", "zh_outpatient", [("考虑肺炎，比较重。", Status.UNSURE)]),
        ("考虑肺炎，不像肺结核。", "zh_outpatient", [("考虑肺炎，不像肺结核。", Status.UNSURE)]),
        ("先兆流产不能除外。", "zh_outpatient", [("先兆流产不能除外。", Status.UNSURE)]),
    ],
)
def test_a_fact_and_a_doubt_of_one_sentence_are_two_diagnoses(
    told: str, template: str, diagnoses: list[tuple[str, Status]]
) -> None:
    field = draft(f"医生：哪里不好？\n患者：不舒服。\n医生：诊断是{told}", template).field(
        "diagnosis", "diagnoses"
    )

    assert field is not None
    assert [(each.text.removeprefix("诊断是"), each.status) for each in field.exported] == diagnoses


def test_a_line_without_stops_is_looked_at_in_proportion_to_its_length() -> None:
    def mentions_looked_at(times: int) -> int:
        looked_at: list[int] = []

        def find(transcript: ClinicalTranscript, start: int, end: int) -> Assertion:
            looked_at.append(start)
            return find_assertion(transcript, start, end)

        said = ClinicalTranscript.from_text("医生：哪里不好？\n患者：" + "头痛，" * times)
        by_rules.draft_by_rules(
            builtin_templates.resolve("zh_outpatient"), DraftContext(said, built_in(), find)
        )
        return len(looked_at)

    assert mentions_looked_at(60) < 8 * mentions_looked_at(10)
    line = "头痛，" * 2000
    start, end = sentence_at(line, 3000, 3002, "zh")
    assert end - start < 2000
