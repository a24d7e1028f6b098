"""Made-up consultations of a clinic: each signed, some changed before, a few waiting."""

from datetime import datetime, timedelta

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.dashboards.busy.traffic import Traffic
from apps.medical_records.encounters.models import Encounter
from apps.medical_records.patients.models import Department, Patient
from apps.medical_records.patients.services import register_patient
from apps.medical_records.records.models import MedicalRecord, RecordVersion, SigningFigures
from apps.medical_records.records.versions import content_hash
from apps.medical_records.templates import selectors as templates
from apps.medical_records.templates.models import RecordTemplateVersion
from apps.medical_records.templates.services import install_builtin
from domain.clinical.records.record import FieldContent, RecordContent, SectionContent, Statement, Support

ORGANISATION = "demo-clinic"
PER_DAY = 7.0
BATCH = 500
PATIENTS = 40
DEPARTMENTS = (("内科", "Internal medicine"), ("全科", "General practice"))
FAMILY_NAMES, GIVEN_NAMES = (
    "王李张刘陈杨赵黄周吴",
    ("秀英", "建国", "丽华", "志强", "桂兰", "晓明", "玉梅", "海涛"),
)
# In turns, as the names are.
SEXES = ("female", "male")
ENGLISH_NAMES = (
    "Mary Hill",
    "John Reed",
    "Ann Cole",
    "Peter Wood",
    "Ruth Lane",
    "Mark Dale",
    "Jane Ford",
    "Paul Kerr",
)
# By the division of a section: each says what belongs there.
SENTENCES = {
    "subjective": (
        ("反复咳嗽三天，夜间加重。", "Cough for three days, worse at night."),
        ("左膝疼痛两周，上楼时明显。", "Pain in the left knee for two weeks, on stairs."),
        ("睡眠差，入睡需要一小时。", "Sleeps badly, takes an hour to fall asleep."),
    ),
    "exam": (
        ("血压 128/82 mmHg，心率 76 次/分。", "Blood pressure 128/82 mmHg, pulse 76 a minute."),
        ("双肺呼吸音清，未闻及啰音。", "Lungs clear, no rales."),
    ),
    "results": (
        ("血常规未见异常。", "Full blood count without findings."),
        ("胸片未见明显异常。", "Chest X-ray without findings."),
    ),
    "assessment_and_plan": (
        ("血压控制平稳，继续目前用药。", "Blood pressure is steady; the medicines stay."),
        ("症状加重随时复诊。", "To come back if it gets worse."),
    ),
}
State, Kind = MedicalRecord.State, RecordVersion.Kind


def fill(traffic: Traffic) -> None:
    install_builtin(traffic.organisation)
    version = templates.in_order(templates.latest_versions(traffic.organisation), traffic.words("zh", "en"))[
        0
    ]
    doctors = [each for each in traffic.members if each.role in ("clinician", "resident")] or traffic.members[
        :1
    ]
    departments = [
        Department.objects.get_or_create(organisation=traffic.organisation, name=traffic.words(*names))[0]
        for names in DEPARTMENTS
    ]
    patients = _patients(traffic, Actor.from_member(doctors[0]), departments)
    encounters: list[Encounter] = []
    records: list[MedicalRecord] = []
    versions: list[RecordVersion] = []
    figures: list[SigningFigures] = []
    for seen_at in traffic.moments(PER_DAY):
        patient, doctor = traffic.random.choice(patients), traffic.random.choice(doctors)
        record = _record(traffic, patient, doctor, version, traffic.random.choice(departments), seen_at)
        encounters.append(record.encounter)
        records.append(record)
        versions += _versions(traffic, record, doctor, version)
        if record.is_signed:
            figures.append(_metrics(traffic, versions[-1], version))
    Encounter.objects.bulk_create(encounters, BATCH)
    MedicalRecord.objects.bulk_create(records, BATCH)
    RecordVersion.objects.bulk_create(versions, BATCH)
    SigningFigures.objects.bulk_create(figures, BATCH)


def _patients(traffic: Traffic, actor: Actor, departments: list[Department]) -> list[Patient]:
    def name(number: int) -> str:
        chinese = FAMILY_NAMES[number % len(FAMILY_NAMES)] + GIVEN_NAMES[number % len(GIVEN_NAMES)]
        return traffic.words(f"{chinese}（示例）", f"{ENGLISH_NAMES[number % len(ENGLISH_NAMES)]} (example)")

    return [
        register_patient(
            actor,
            name=name(number),
            number=f"BUSY-{number:04d}",
            department=departments[number % len(departments)],
            sex=SEXES[number % len(SEXES)],
            birth_date=f"{traffic.random.randint(1940, 2005)}-{traffic.random.randint(1, 12):02d}-15",
        )
        for number in range(min(PATIENTS, 4 + traffic.days))
    ]


def _record(
    traffic: Traffic, patient: Patient, doctor: Membership, version: RecordTemplateVersion,
    department: Department, seen_at: datetime,
) -> MedicalRecord:  # fmt: skip
    encounter = Encounter(
        id=traffic.row_id(seen_at),
        organisation=traffic.organisation,
        patient=patient,
        department=department,
        clinician=doctor,
        kind=traffic.random.choice(
            (Encounter.Kind.CONSULTATION, Encounter.Kind.CONSULTATION, Encounter.Kind.DICTATION)
        ),
        template_version=version,
        has_consent=True,
        seen_at=seen_at,
        created_at=seen_at,
    )
    drafted_at = seen_at + traffic.seconds(600) + traffic.seconds(45)
    signed_at = drafted_at + traffic.seconds(2400, 1.0)
    is_signed = signed_at < traffic.until and not traffic.chance(0.04)
    return MedicalRecord(
        id=traffic.row_id(seen_at + timedelta(seconds=1)),
        organisation=traffic.organisation,
        encounter=encounter,
        patient=patient,
        department=department,
        template_version=version,
        state=State.SIGNED if is_signed else State.DRAFT,
        author=doctor,
        signed_at=signed_at if is_signed else None,
        drafted_at=min(drafted_at, traffic.until),
        created_at=seen_at,
    )


def _versions(
    traffic: Traffic, record: MedicalRecord, doctor: Membership, template: RecordTemplateVersion
) -> list[RecordVersion]:
    """The draft, and the copy of it that was signed, or waits for it."""
    content = _content(traffic, doctor, template).model_dump(mode="json")
    common = {"organisation": traffic.organisation, "record": record, "content": content, "author": doctor}
    drafted_at = record.drafted_at or record.created_at
    draft = RecordVersion(
        **common,
        id=traffic.row_id(drafted_at),
        number=1,
        kind=Kind.MODEL,
        model_name="Qwen3-30B-A3B",
        created_at=drafted_at,
    )
    last = RecordVersion(
        **common,
        id=traffic.row_id(drafted_at + timedelta(seconds=1)),
        number=2,
        kind=Kind.EDIT,
        created_at=drafted_at,
    )
    if record.is_signed:
        last.kind, last.signed_by, last.signer_name = Kind.SIGNED, doctor, str(doctor.user)
        last.signed_at = record.signed_at
        last.fingerprint = content_hash(last)
    return [draft, last]


def _content(traffic: Traffic, doctor: Membership, template: RecordTemplateVersion) -> RecordContent:
    def statement(number: int, division: str) -> Statement:
        text = traffic.words(*traffic.random.choice(SENTENCES[division]))
        return Statement(id=f"s{number}", text=text, support=Support.ENTERED, entered_by=str(doctor.user))

    sections = [
        SectionContent(
            key=section.key,
            fields=[
                FieldContent(key=section.fields[0].key, statements=[statement(number, section.division)])
            ],
        )
        for number, section in enumerate(template.schema.sections)
        if section.fields
    ]
    return RecordContent(
        template=template.template.key,
        template_version=template.number,
        language=template.template.language,
        sections=sections,
    )


def _metrics(traffic: Traffic, signed: RecordVersion, template: RecordTemplateVersion) -> SigningFigures:
    """As a signature counts them: drafts get a little better over time."""
    is_untouched = traffic.chance(0.25)
    fields = {}
    for place, section in enumerate(each for each in template.schema.sections if each.fields):
        length = traffic.random.randint(20, 160)
        share = 0.0 if is_untouched else traffic.random.uniform(0, 0.12 * (1 + place % 4))
        fields[f"{section.key}.{section.fields[0].key}"] = {
            "length": length,
            "distance": round(length * share),
        }
    lengths = sum(each["length"] for each in fields.values())
    statements = traffic.random.randint(8, 24)
    audio_seconds = traffic.seconds(420).total_seconds()
    return SigningFigures(
        organisation=traffic.organisation,
        version=signed,
        fields=fields,
        edit_ratio=sum(each["distance"] for each in fields.values()) / max(1, lengths),
        statements=statements,
        unsupported=traffic.random.choice((0, 0, 0, 1, 2)),
        entered=traffic.random.randint(0, 3),
        audio_seconds=audio_seconds,
        draft_seconds=traffic.seconds(40).total_seconds(),
        turnaround_seconds=traffic.seconds(2400, 1.0).total_seconds(),
        signed_at=signed.signed_at or signed.created_at,
    )
