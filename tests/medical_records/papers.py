"""Records that are really tied to what was said: a consultation in Chinese and one in English."""

from dataclasses import dataclass
from typing import Any

from apps.accounts.actors import Actor
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.records import versions
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.templates.models import RecordTemplate, RecordTemplateVersion
from domain.clinical.records.record import (
    Code,
    FieldContent,
    Problem,
    RecordContent,
    SectionContent,
    Span,
    Statement,
    Status,
    Support,
)
from domain.clinical.records.template import Template
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker, Utterance

Lines = list[tuple[Speaker, str]]

ZH_SAID: Lines = [
    ("doctor", "您好，今天哪里不舒服？"),
    ("patient", "我咳嗽三天了，昨天晚上还发烧，最高三十八度五。"),
    ("doctor", "有没有胸痛，喘不喘？"),
    ("patient", "没有胸痛，就是走快了有点喘。"),
    ("doctor", "以前有什么病吗？药物过敏吗？"),
    ("patient", "高血压十年了，每天吃氨氯地平5毫克。青霉素过敏，起过皮疹。"),
    ("relative", "她吃的是氨氯地平10毫克，药盒上写的。"),
    ("doctor", "我量一下。血压150/95，体温38.2度，脉搏96次每分，右下肺有湿啰音。"),
    ("doctor", "考虑是社区获得性肺炎，先查血常规和胸部CT，口服莫西沙星0.4克，每天一次。"),
    ("doctor", "三天后复诊，不舒服随时来。"),
]
EN_SAID: Lines = [
    ("doctor", "Good morning, what brings you in today?"),
    ("patient", "I have had a cough for three days, and last night a fever of 38.5."),
    ("doctor", "Any chest pain or shortness of breath?"),
    ("patient", "No chest pain. I get a little short of breath when I walk fast."),
    ("doctor", "Any other conditions, or allergies?"),
    (
        "patient",
        "High blood pressure for ten years, I take amlodipine 5 mg every day. Penicillin gave me a rash.",
    ),
    ("relative", "She takes amlodipine 10 mg, it is on the box."),
    ("doctor", "Blood pressure is 150 over 95, temperature 38.2, pulse 96, crackles at the right base."),
    (
        "doctor",
        "This is community acquired pneumonia. We do a blood count and a chest CT, moxifloxacin 400 mg once daily.",
    ),
    ("doctor", "Please come back in three days."),
]


def transcript_of(lines: Lines) -> ClinicalTranscript:
    """Six seconds for each turn, with a breath between."""
    return ClinicalTranscript(
        tuple(
            Utterance(speaker, text, start=number * 7.0, end=number * 7.0 + 6.0)
            for number, (speaker, text) in enumerate(lines)
        )
    )


def _template(language: str, titles: dict[str, str], choices: list[str]) -> dict[str, Any]:
    def field(key: str, kind: str = "text", **more: Any) -> dict[str, Any]:
        return {"key": key, "title": titles[key], "kind": kind, **more}

    def section(key: str, division: str, *fields: dict[str, Any]) -> dict[str, Any]:
        return {"key": key, "title": titles[key], "division": division, "fields": list(fields)}

    return {
        "key": f"{language}_outpatient",
        "name": titles["name"],
        "language": language,
        "sections": [
            section(
                "history",
                "subjective",
                field("chief_complaint", is_required=True, hint=titles["hint"]),
                field("present_illness", is_required=True),
                field("symptoms", "findings"),
            ),
            section(
                "background",
                "subjective",
                field("conditions", "findings"),
                field("medications", "medications"),
                field("allergies", "allergies", is_required=True),
                field("smoking", "choice", choices=choices),
            ),
            section(
                "exam",
                "exam",
                field("vitals", "vitals"),
                field("chest", "findings"),
                field("saturation", "number", unit="%", low=70, high=100),
            ),
            section("results", "results", field("tests", "tests")),
            section(
                "assessment",
                "assessment_and_plan",
                field("diagnoses", "diagnoses", is_required=True),
                field("plan", "plan"),
                field("treatment", "medications"),
            ),
        ],
    }


ZH_TEMPLATE = _template(
    "zh",
    {
        "name": "门诊病历",
        "hint": "主要症状和持续时间。",
        "history": "病史",
        "chief_complaint": "主诉",
        "present_illness": "现病史",
        "symptoms": "伴随症状",
        "background": "既往情况",
        "conditions": "既往史",
        "medications": "长期用药",
        "allergies": "过敏史",
        "smoking": "吸烟",
        "exam": "体格检查",
        "vitals": "生命体征",
        "chest": "胸部",
        "saturation": "血氧饱和度",
        "results": "辅助检查",
        "tests": "检查结果",
        "assessment": "诊断与诊疗计划",
        "diagnoses": "初步诊断",
        "plan": "诊疗计划",
        "treatment": "处方",
    },
    ["从不", "已戒", "吸烟"],
)
EN_TEMPLATE = _template(
    "en",
    {
        "name": "Outpatient visit",
        "hint": "The main symptom and since when.",
        "history": "History",
        "chief_complaint": "Chief complaint",
        "present_illness": "History of present illness",
        "symptoms": "Other symptoms",
        "background": "Background",
        "conditions": "Past medical history",
        "medications": "Current medications",
        "allergies": "Allergies",
        "smoking": "Smoking",
        "exam": "Examination",
        "vitals": "Vital signs",
        "chest": "Chest",
        "saturation": "Oxygen saturation",
        "results": "Results",
        "tests": "Results",
        "assessment": "Assessment and plan",
        "diagnoses": "Diagnoses",
        "plan": "Plan",
        "treatment": "Prescription",
    },
    ["never", "stopped", "smoker"],
)


@dataclass(frozen=True)
class Paper:
    """A template, what was said, and the record that a model could have drafted of it."""

    definition: dict[str, Any]
    transcript: ClinicalTranscript
    content: RecordContent


class _Writer:
    def __init__(self, transcript: ClinicalTranscript) -> None:
        self.transcript, self.number = transcript, 0

    def statement(self, text: str, *words: str, **more: Any) -> Statement:
        """`words`: where it comes from, word for word. Without any it is unsupported."""
        self.number += 1
        spans = [self._span(each) for each in words]
        support = Support.SUPPORTED if spans else Support.UNSUPPORTED
        speaker = self.transcript.utterances[spans[0].utterance].speaker if spans else "unknown"
        value = words[0] if words else text
        return Statement(
            id=f"s{self.number}",
            text=text,
            value=value,
            spans=spans,
            support=support,
            speaker=speaker,
            **more,
        )

    def _span(self, words: str) -> Span:
        start = self.transcript.text.rindex(words)  # an answer, not the question before it
        end = start + len(words)
        return Span(
            start=start,
            end=end,
            utterance=self.transcript.utterance_at(start),
            seconds=self.transcript.seconds(start, end),
        )


def _content(definition: dict[str, Any], fields: dict[str, list[Statement]]) -> RecordContent:
    return RecordContent(
        template=definition["key"],
        template_version=1,
        language=definition["language"],
        sections=[
            SectionContent(
                key=section["key"],
                fields=[
                    FieldContent(
                        key=field["key"], statements=fields.get(f"{section['key']}.{field['key']}", [])
                    )
                    for field in section["fields"]
                ],
            )
            for section in definition["sections"]
        ],
    )


def zh_paper() -> Paper:
    said = transcript_of(ZH_SAID)
    of = _Writer(said).statement
    clash = [Problem(code="contradiction", words="氨氯地平：5毫克 / 10毫克")]
    fields = {
        "history.chief_complaint": [of("咳嗽3天，发热1天。", "咳嗽三天", "昨天晚上还发烧")],
        "history.present_illness": [
            of(
                "患者3天前出现咳嗽，昨晚发热，最高体温38.5℃。", "我咳嗽三天了，昨天晚上还发烧，最高三十八度五"
            ),
            of("活动后轻度气促。", "走快了有点喘"),
            of("夜间可平卧。", problems=[Problem(code="no_source", words="夜间可平卧")]),
        ],
        "history.symptoms": [
            of("胸痛", "没有胸痛", status=Status.DENIED),
            of("气促", "有点喘", status=Status.UNSURE),
        ],
        "background.conditions": [of("高血压病史10年", "高血压十年了")],
        "background.medications": [
            of(
                "氨氯地平 5 mg 每日一次",
                "氨氯地平5毫克",
                "氨氯地平10毫克",
                number=5,
                unit="mg",
                problems=clash,
            )
        ],
        "background.allergies": [of("青霉素过敏（皮疹）", "青霉素过敏，起过皮疹")],
        "exam.vitals": [
            of("血压 150/95 mmHg", "血压150/95", number=150, unit="mmHg"),
            of("体温 38.2 ℃", "体温38.2度", number=38.2, unit="℃"),
            of("脉搏 96 /min", "脉搏96次每分", number=96, unit="/min"),
        ],
        "exam.chest": [of("右下肺可闻及湿啰音", "右下肺有湿啰音")],
        "results.tests": [
            of("血常规白细胞升高", problems=[Problem(code="no_source", words="白细胞升高")]),
        ],
        "assessment.diagnoses": [
            of(
                "社区获得性肺炎",
                "社区获得性肺炎",
                code=Code(system="icd10", code="J18.900", display="肺炎"),
            ),
        ],
        "assessment.plan": [
            of("完善血常规、胸部CT检查。", "先查血常规和胸部CT"),
            of("3天后复诊。", "三天后复诊"),
        ],
        "assessment.treatment": [
            of("莫西沙星 0.4 g 口服 每日一次", "口服莫西沙星0.4克，每天一次", number=0.4, unit="g")
        ],
    }
    return Paper(ZH_TEMPLATE, said, _content(ZH_TEMPLATE, fields))


def en_paper() -> Paper:
    said = transcript_of(EN_SAID)
    of = _Writer(said).statement
    clash = [Problem(code="contradiction", words="amlodipine: 5 mg / 10 mg")]
    fields = {
        "history.chief_complaint": [
            of("Cough for 3 days, fever.", "cough for three days", "a fever of 38.5")
        ],
        "history.present_illness": [
            of(
                "Cough for three days; last night fever up to 38.5.",
                "I have had a cough for three days, and last night a fever of 38.5",
            ),
            of("Mild dyspnoea on exertion.", "a little short of breath when I walk fast"),
            of("Sleeps flat.", problems=[Problem(code="no_source", words="Sleeps flat")]),
        ],
        "history.symptoms": [
            of("Chest pain", "No chest pain", status=Status.DENIED),
            of("Shortness of breath", "short of breath", status=Status.UNSURE),
        ],
        "background.conditions": [of("Hypertension for ten years", "High blood pressure for ten years")],
        "background.medications": [
            of(
                "Amlodipine 5 mg daily",
                "amlodipine 5 mg every day",
                "amlodipine 10 mg",
                number=5,
                unit="mg",
                problems=clash,
            )
        ],
        "background.allergies": [of("Penicillin: rash", "Penicillin gave me a rash")],
        "exam.vitals": [
            of("Blood pressure 150/95 mmHg", "Blood pressure is 150 over 95", number=150, unit="mmHg"),
            of("Temperature 38.2 ℃", "temperature 38.2", number=38.2, unit="℃"),
            of("Heart rate 96 /min", "pulse 96", number=96, unit="/min"),
        ],
        "exam.chest": [of("Crackles at the right base", "crackles at the right base")],
        "results.tests": [
            of(
                "White cell count raised",
                problems=[Problem(code="no_source", words="White cell count raised")],
            ),
        ],
        "assessment.diagnoses": [
            of(
                "Community acquired pneumonia",
                "community acquired pneumonia",
                code=Code(system="icd10", code="J18.9", display="Pneumonia, unspecified organism"),
            ),
        ],
        "assessment.plan": [
            of("Blood count and chest CT.", "a blood count and a chest CT"),
            of("Review in three days.", "come back in three days"),
        ],
        "assessment.treatment": [
            of("Moxifloxacin 400 mg once daily", "moxifloxacin 400 mg once daily", number=400, unit="mg")
        ],
    }
    return Paper(EN_TEMPLATE, said, _content(EN_TEMPLATE, fields))


def template_version_of(actor: Actor, definition: dict[str, Any]) -> RecordTemplateVersion:
    """Made once; later calls find it."""
    template, _made = RecordTemplate.objects.get_or_create(
        organisation=actor.organisation,
        key=definition["key"],
        defaults={"name": definition["name"], "language": definition["language"]},
    )
    whole = Template.model_validate(definition).model_dump(mode="json")
    version, _made = RecordTemplateVersion.objects.get_or_create(
        organisation=actor.organisation,
        template=template,
        number=1,
        defaults={"definition": whole, "resolved": whole},
    )
    return version


def encounter_of(
    actor: Actor, patient: Patient, paper: Paper, department: Department | None = None
) -> Encounter:
    encounter = Encounter.objects.create(
        organisation=actor.organisation,
        patient=patient,
        department=department,
        clinician=actor.member,
        template_version=template_version_of(actor, paper.definition),
    )
    EncounterTranscript.objects.create(
        organisation=actor.organisation,
        encounter=encounter,
        content=paper.transcript.to_dict(),
        language=paper.definition["language"],
        seconds=70,
    )
    return encounter


def empty_record(
    actor: Actor, patient: Patient, paper: Paper, department: Department | None = None
) -> MedicalRecord:
    encounter = encounter_of(actor, patient, paper, department)
    return MedicalRecord.objects.create(
        organisation=actor.organisation,
        encounter=encounter,
        patient=patient,
        department=department,
        template_version=encounter.template_version,
        author=actor.member,
    )


def drafted_record(
    actor: Actor, patient: Patient, paper: Paper | None = None, department: Department | None = None
) -> MedicalRecord:
    paper = paper or zh_paper()
    record = empty_record(actor, patient, paper, department)
    versions.store_draft(record, paper.content, model_name="scripted")
    record.refresh_from_db()
    return record
