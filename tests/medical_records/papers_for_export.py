"""A Chinese and an English record as they leave: with sources, statuses, a code, and one statement without support."""

from datetime import UTC, datetime
from typing import Any

from domain.clinical.exporting.document import (
    ExportedPatient,
    ExportedRecord,
    Hospital,
    Person,
    Signature,
    Visit,
    export_sections,
)
from domain.clinical.records.record import (
    Code,
    FieldContent,
    RecordContent,
    SectionContent,
    Span,
    Statement,
    Status,
    Support,
)
from domain.clinical.records.template import Template, TemplateField, TemplateSection
from domain.clinical.transcripts.transcript import ClinicalTranscript

# Planted: the model made these up, and no format may contain them.
INVENTED_ZH, INVENTED_EN = "双肺满布湿啰音", "Wheezing in both lungs"
ICD10 = "http://hl7.org/fhir/sid/icd-10"

SAID_ZH = ClinicalTranscript.from_text(
    "医生：您好，哪里不舒服？\n"
    "患者：我发烧咳嗽三天了，没有胸痛。\n"
    "医生：体温三十八度五，血压150/95。青霉素过敏吗？\n"
    "患者：青霉素过敏，吃了起皮疹。我父亲有高血压。\n"
    "医生：诊断是急性支气管炎，阿莫西林不能用，阿奇霉素0.5克每天一次。"
)
SAID_EN = ClinicalTranscript.from_text(
    "Doctor: What brings you in today?\n"
    "Patient: I have had a cough for three days, no chest pain. My mother had a stroke.\n"
    "Doctor: Your blood pressure is 150/95, temperature 38.5.\n"
    "Patient: I have no allergies to any drug.\n"
    "Doctor: This is acute bronchitis. Take azithromycin 500 mg once a day."
)


def statement(said: ClinicalTranscript, text: str, words: str, **details: object) -> Statement:
    """Supported by the first place where `words` were said."""
    start = said.text.index(words)
    span = Span(
        start=start, end=start + len(words), utterance=said.utterance_at(start), seconds=(start, start + 2)
    )
    values = {
        "id": f"s{start}-{len(text)}",
        "text": text,
        "value": words,
        "speaker": "patient",
        "spans": [span],
    }
    return Statement.model_validate({"support": Support.SUPPORTED} | values | details)


def invented(text: str) -> Statement:
    return Statement(id="invented", text=text, status=Status.PRESENT, support=Support.UNSUPPORTED)


def section(key: str, **fields: list[Statement]) -> SectionContent:
    return SectionContent(
        key=key, fields=[FieldContent(key=name, statements=said) for name, said in fields.items()]
    )


def template_section(key: str, title: str, division: str, **fields: tuple[str, str]) -> TemplateSection:
    made = [TemplateField(key=name, title=label, kind=kind) for name, (label, kind) in fields.items()]
    return TemplateSection(key=key, title=title, division=division, fields=made)


TEMPLATE_ZH = Template(
    key="zh_outpatient",
    name="门诊病历",
    language="zh",
    sections=[
        template_section("chief_complaint", "主诉", "subjective", complaint=("主诉", "text")),
        template_section("present_illness", "现病史", "subjective", symptoms=("伴随症状", "findings")),
        template_section("allergy_history", "过敏史", "subjective", allergies=("过敏史", "allergies")),
        template_section("family_history", "家族史", "subjective", conditions=("家族史", "findings")),
        template_section(
            "physical_exam",
            "体格检查",
            "exam",
            vitals=("生命体征", "vitals"),
            chest_lungs=("胸部与肺", "findings"),
        ),
        template_section("diagnosis", "初步诊断", "assessment_and_plan", diagnoses=("初步诊断", "diagnoses")),
        template_section(
            "plan",
            "诊疗计划",
            "assessment_and_plan",
            medications=("用药", "medications"),
            tests=("检查", "tests"),
        ),
    ],
)
TEMPLATE_EN = Template(
    key="en_soap",
    name="SOAP note",
    language="en",
    sections=[
        template_section(
            "subjective",
            "Subjective",
            "subjective",
            chief_complaint=("Chief complaint", "text"),
            symptoms=("Review of systems", "findings"),
            allergies=("Allergies", "allergies"),
            family=("Family history", "findings"),
        ),
        template_section(
            "objective", "Objective", "exam", vitals=("Vital signs", "vitals"), exam=("Exam", "findings")
        ),
        template_section(
            "assessment", "Assessment", "assessment_and_plan", diagnoses=("Diagnoses", "diagnoses")
        ),
        template_section("plan", "Plan", "assessment_and_plan", medications=("Medications", "medications")),
    ],
)


def record_zh() -> RecordContent:
    said = SAID_ZH
    return RecordContent(
        template="zh_outpatient",
        template_version=1,
        language="zh",
        sections=[
            section("chief_complaint", complaint=[statement(said, "发热、咳嗽3天", "发烧咳嗽三天")]),
            section(
                "present_illness",
                symptoms=[
                    statement(said, "咳嗽", "咳嗽"),
                    statement(said, "否认胸痛", "没有胸痛", status="denied"),
                    statement(said, "胸部不适", "胸痛", status="denied"),
                    statement(said, "盗汗", "发烧", status="unsure"),
                ],
            ),
            section(
                "allergy_history",
                allergies=[statement(said, "青霉素过敏（皮疹）", "青霉素过敏，吃了起皮疹", value="青霉素")],
            ),
            section(
                "family_history",
                conditions=[
                    statement(said, "父亲患高血压", "我父亲有高血压", status="family", value="高血压")
                ],
            ),
            section(
                "physical_exam",
                vitals=[
                    statement(said, "体温 38.5 ℃", "体温三十八度五", number=38.5, unit="℃"),
                    statement(said, "血压 150/95 mmHg", "血压150/95", number=150, unit="mmHg"),
                ],
                chest_lungs=[
                    invented(INVENTED_ZH),
                    Statement(id="typed", text="咽部充血", support=Support.ENTERED),
                ],
            ),
            *assessed_zh(),
        ],
    )


def assessed_zh() -> list[SectionContent]:
    """One diagnosis with a code that was confirmed, one with a code that was only proposed."""
    said = SAID_ZH
    code = Code(system=ICD10, code="J20.900", display="急性支气管炎", is_confirmed=True)
    proposed = Code(system=ICD10, code="I10.x00", display="原发性高血压", is_confirmed=False)
    dose = {"value": "阿奇霉素", "number": 0.5, "unit": "g"}
    return [
        section(
            "diagnosis",
            diagnoses=[
                statement(said, "急性支气管炎", "急性支气管炎", code=code),
                statement(said, "高血压待查", "血压150/95", status="unsure", code=proposed),
            ],
        ),
        section(
            "plan",
            medications=[statement(said, "阿奇霉素 0.5 g 每日一次", "阿奇霉素0.5克每天一次", **dose)],
            tests=[Statement(id="ordered", text="胸部X线", support=Support.ENTERED)],
        ),
    ]


def record_en() -> RecordContent:
    said = SAID_EN
    code = Code(system=ICD10, code="J20.9", display="Acute bronchitis, unspecified", is_confirmed=True)
    return RecordContent(
        template="en_soap",
        template_version=1,
        language="en",
        sections=[
            section(
                "subjective",
                chief_complaint=[statement(said, "Cough for three days", "cough for three days")],
                symptoms=[statement(said, "Chest pain", "no chest pain", status="denied")],
                allergies=[
                    statement(said, "No known drug allergies", "no allergies to any drug", status="denied")
                ],
                family=[statement(said, "Mother had a stroke", "My mother had a stroke", status="family")],
            ),
            section(
                "objective",
                vitals=[
                    statement(
                        said,
                        "Blood pressure 150/95 mmHg",
                        "blood pressure is 150/95",
                        number=150,
                        unit="mmHg",
                    )
                ],
                exam=[invented(INVENTED_EN)],
            ),
            section(
                "assessment", diagnoses=[statement(said, "Acute bronchitis", "acute bronchitis", code=code)]
            ),
            section(
                "plan",
                medications=[
                    statement(
                        said,
                        "Azithromycin 500 mg once a day",
                        "azithromycin 500 mg once a day",
                        value="Azithromycin",
                        number=500,
                        unit="mg",
                    )
                ],
            ),
        ],
    )


SEEN_AT = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
FINGERPRINT = "0123456789abcdef" * 4


def ident(number: int) -> str:
    return f"01934000-0000-7000-8000-{number:012}"


def exported(content: RecordContent, template: Template, **changes: Any) -> ExportedRecord:
    """Signed by Lin Guohua, unless `changes` say otherwise."""
    is_zh = template.language == "zh"
    record = ExportedRecord(
        id=ident(1),
        version=3,
        state="signed",
        language=template.language,
        template=template.key,
        title=template.name,
        written_at=SEEN_AT,
        hospital=Hospital(
            name="湖滨市第一人民医院" if is_zh else "Lakeside General Hospital",
            letterhead="湖滨路12号" if is_zh else "12 Lake Road",
            department="呼吸内科" if is_zh else "Respiratory medicine",
        ),
        patient=ExportedPatient(
            id=ident(2),
            name="王秀英" if is_zh else "Mary Wong",
            number="P-0001",
            sex="female",
            birth_date="1961-04-02",
            age="65",
            phone="138 0013 8000",
        ),
        visit=Visit(id=ident(3), kind="consultation", seen_at=SEEN_AT),
        author=Person(id=ident(4), name="陈晓" if is_zh else "Xiao Chen"),
        signature=Signature(
            signer=Person(
                id=ident(5), name="林国华" if is_zh else "Guohua Lin", title="主任医师" if is_zh else "MD"
            ),
            signed_at=SEEN_AT,
            fingerprint=FINGERPRINT,
        ),
        sections=export_sections(content, template),
    )
    return record.model_copy(update=changes)


def paper_zh(**changes: Any) -> ExportedRecord:
    return exported(record_zh(), TEMPLATE_ZH, **changes)


def paper_en(**changes: Any) -> ExportedRecord:
    return exported(record_en(), TEMPLATE_EN, **changes)


def with_text(text: str) -> ExportedRecord:
    """A record whose only finding reads `text`."""
    content = RecordContent(
        template="zh_outpatient",
        template_version=1,
        language="zh",
        sections=[
            section("chief_complaint", complaint=[Statement(id="typed", text=text, support=Support.ENTERED)])
        ],
    )
    return exported(content, TEMPLATE_ZH)
