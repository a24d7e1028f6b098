"""Records for other systems: FHIR R4 and HL7 CDA."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B.bundle import Bundle

from domain.clinical.exporting import cda, fhir, plain
from domain.clinical.exporting.document import ExportedRecord
from domain.clinical.records.record import Statement, Status, Support
from domain.clinical.records.template import Template
from tests.medical_records.papers_for_export import (
    FINGERPRINT,
    INVENTED_EN,
    INVENTED_ZH,
    SAID_ZH,
    TEMPLATE_EN,
    TEMPLATE_ZH,
    exported,
    ident,
    paper_en,
    paper_zh,
    record_en,
    record_zh,
    section,
    template_section,
    with_text,
)

V3 = {"v3": "urn:hl7-org:v3"}
HEADER = [
    "typeId",
    "id",
    "code",
    "title",
    "effectiveTime",
    "confidentialityCode",
    "languageCode",
    "setId",
    "versionNumber",
    "recordTarget",
    "author",
    "custodian",
    "legalAuthenticator",
    "relatedDocument",
    "componentOf",
    "component",
]
PAPERS = [pytest.param(paper_zh, id="zh"), pytest.param(paper_en, id="en")]


def resources(record: ExportedRecord, kind: str) -> list[dict[str, Any]]:
    entries = fhir.bundle(record)["entry"]
    return [each["resource"] for each in entries if each["resource"]["resourceType"] == kind]


def with_statements(section_key: str, field: str, *said: Statement, language: str = "zh") -> ExportedRecord:
    content, template = (record_zh(), TEMPLATE_ZH) if language == "zh" else (record_en(), TEMPLATE_EN)
    return exported(
        content.model_copy(update={"sections": [section(section_key, **{field: list(said)})]}), template
    )


def typed(text: str, status: Status = Status.PRESENT, **details: Any) -> Statement:
    return Statement(id=text, text=text, status=status, support=Support.ENTERED, **details)


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["reference"]} if isinstance(node.get("reference"), str) else set()
        return own.union(*(references(each) for each in node.values()))
    return set().union(*(references(each) for each in node)) if isinstance(node, list) else set()


@pytest.mark.parametrize("paper", PAPERS)
def test_a_bundle_is_valid_and_refers_to_nothing_outside_it(paper: Any) -> None:
    bundle = json.loads(fhir.write(paper()))

    read = Bundle.model_validate(bundle)
    assert read.type == "document"
    assert bundle["entry"][0]["resource"]["resourceType"] == "Composition"
    urls = [each["fullUrl"] for each in bundle["entry"]]
    assert len(urls) == len(set(urls))
    assert references(bundle) <= set(urls)


@pytest.mark.parametrize("write", [fhir.write, cda.write, plain.write])
def test_nothing_unsupported_reaches_another_system(write: Any) -> None:
    assert INVENTED_ZH not in write(paper_zh()).decode()
    assert INVENTED_EN not in write(paper_en()).decode()
    assert "I10.x00" not in write(paper_zh()).decode()  # a code nobody confirmed


def test_chinese_text_is_kept_as_it_is_written() -> None:
    composition = resources(paper_zh(), "Composition")[0]

    assert composition["title"] == "门诊病历"
    assert composition["language"] == "zh-CN"
    assert "否认胸痛" in composition["section"][1]["text"]["div"]
    assert resources(paper_zh(), "Patient")[0]["name"] == [{"text": "王秀英"}]


def test_a_diagnosis_is_a_condition_with_the_code_that_was_confirmed() -> None:
    bronchitis, pressure = resources(paper_zh(), "Condition")

    assert bronchitis["code"]["coding"][0]["code"] == "J20.900"
    assert bronchitis["verificationStatus"]["coding"][0]["code"] == "confirmed"
    assert bronchitis["clinicalStatus"]["coding"][0]["code"] == "active"
    assert "coding" not in pressure["code"]
    assert pressure["verificationStatus"]["coding"][0]["code"] == "provisional"


@pytest.mark.parametrize("written", ["否认糖尿病", "无糖尿病", "糖尿病"])
def test_a_denied_diagnosis_is_never_an_active_condition(written: str) -> None:
    [condition] = resources(
        with_statements("diagnosis", "diagnoses", typed(written, Status.DENIED)), "Condition"
    )

    assert condition["verificationStatus"]["coding"][0]["code"] == "refuted"
    assert "clinicalStatus" not in condition
    assert condition["code"]["text"] == "糖尿病"


def test_vital_signs_carry_loinc_and_ucum() -> None:
    observations = [each for each in resources(paper_zh(), "Observation") if "coding" in each["code"]]
    temperature, pressure = observations

    assert temperature["code"]["coding"][0] == {
        "system": "http://loinc.org",
        "code": "8310-5",
        "display": "Body temperature",
    }
    assert temperature["valueQuantity"] == {
        "value": 38.5,
        "unit": "℃",
        "system": "http://unitsofmeasure.org",
        "code": "Cel",
    }
    assert [part["valueQuantity"]["value"] for part in pressure["component"]] == [150, 95]
    assert {part["valueQuantity"]["code"] for part in pressure["component"]} == {"mm[Hg]"}


def test_a_denied_finding_is_a_negative_observation() -> None:
    found = {
        each["valueString"]: each for each in resources(paper_zh(), "Observation") if "valueString" in each
    }

    assert found["否认胸痛"]["interpretation"][0]["coding"][0]["code"] == "NEG"
    assert found["否认胸部不适"]["interpretation"][0]["coding"][0]["code"] == "NEG"
    assert found["盗汗（不确定）"]["interpretation"][0]["coding"][0]["code"] == "IND"
    assert found["咳嗽"]["interpretation"][0]["coding"][0]["code"] == "POS"


@pytest.mark.parametrize(
    ("key", "written", "is_positive"),
    [
        ("symptoms", "左膝没问题。", False),
        ("symptoms", "咽充血。", True),
        ("symptoms", "乏力。", True),
        ("symptoms", "No wasting.", False),
    ],
)
def test_what_was_looked_at_and_found_in_order_is_no_positive_observation(
    key: str, written: str, is_positive: bool
) -> None:
    [observed] = resources(with_statements("present_illness", key, typed(written)), "Observation")

    assert ("interpretation" in observed) is is_positive


def test_an_allergy_is_told_from_none_known_and_from_a_refuted_one() -> None:
    [penicillin] = resources(paper_zh(), "AllergyIntolerance")
    assert penicillin["verificationStatus"]["coding"][0]["code"] == "confirmed"
    [none] = resources(paper_en(), "AllergyIntolerance")
    assert none["code"]["coding"][0]["code"] == "409137002"
    for written, code in (("否认食物及药物过敏史", "716186003"), ("无药物过敏史", "409137002")):
        record = with_statements("allergy_history", "allergies", typed(written, Status.DENIED))
        assert resources(record, "AllergyIntolerance")[0]["code"]["coding"][0]["code"] == code
    for written, about in (
        ("否认青霉素过敏", "青霉素过敏"),
        # The second denial would turn what is refuted around.
        ("否认头孢过敏，否认阿司匹林过敏。", "头孢过敏，阿司匹林过敏"),
    ):
        [refuted] = resources(
            with_statements("allergy_history", "allergies", typed(written, Status.DENIED)),
            "AllergyIntolerance",
        )
        assert refuted["verificationStatus"]["coding"][0]["code"] == "refuted"
        assert refuted["code"] == {"text": about}


def test_what_runs_in_the_family_is_not_the_patients() -> None:
    [father] = resources(paper_zh(), "FamilyMemberHistory")

    assert father["relationship"]["coding"][0]["code"] == "FTH"
    assert not [each for each in resources(paper_zh(), "Condition") if "父" in json.dumps(each)]


@pytest.mark.parametrize("written", ["家属的父亲有哮喘。", "Informant's father had asthma."])
def test_the_father_of_who_spoke_for_the_patient_is_not_the_patients_father(written: str) -> None:
    [told] = resources(with_statements("family_history", "conditions", typed(written)), "FamilyMemberHistory")

    assert told["relationship"]["coding"][0]["code"] == "FAMMEMB"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("父亲有高血压，兄弟有痛风。", "FAMMEMB"),
        ("Mother's sister had breast cancer.", "FAMMEMB"),
        ("祖母糖尿病。", "GRMTH"),
        ("表姐乳腺癌。", "COUSN"),
        ("岳父肝癌。", "INLAW"),
    ],
)
def test_a_relative_is_coded_only_where_one_is_named(written: str, code: str) -> None:
    [told] = resources(with_statements("family_history", "conditions", typed(written)), "FamilyMemberHistory")

    assert told["relationship"]["coding"][0]["code"] == code


def test_a_medication_has_its_dose() -> None:
    [drug] = resources(paper_zh(), "MedicationStatement")

    assert drug["status"] == "intended"
    assert drug["medicationCodeableConcept"] == {"text": "阿奇霉素"}
    assert drug["dosage"][0]["text"] == "阿奇霉素 0.5 g 每日一次"
    assert drug["dosage"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 0.5


TEMPLATE_OF_DRUGS = Template(
    key="drugs",
    name="Drugs",
    language="zh",
    sections=[
        template_section("history", "既往史", "subjective", medications=("长期用药", "medications")),
        template_section("plan", "计划", "assessment_and_plan", medications=("处方用药", "medications")),
    ],
)


@pytest.mark.parametrize(
    ("place", "written", "status"),
    [
        ("history", "氨氯地平1天1片。", "active"),
        ("history", "以前吃二甲双胍，停了2周。", "stopped"),
        ("history", "华法林去年吃过，现在不吃。", "stopped"),
        ("history", "以前吃辛伐他汀。", "completed"),
        ("history", "氨氯地平停了两周，现在又吃上了。", "unknown"),
        ("history", "氨氯地平从来没停过。", "active"),
        ("history", "The patient stopped the metformin last month.", "stopped"),
        ("history", "The patient used to take simvastatin.", "completed"),
        ("history", "Ibuprofen, which stopped the pain.", "active"),
        ("history", "优甲乐没吃过。", "not-taken"),
        ("history", "Warfarin he has never taken.", "not-taken"),
        ("plan", "阿奇霉素0.5克每日一次，三天后停药。", "intended"),
        ("plan", "先把氨氯地平停了。", "stopped"),
        ("plan", "先别停阿司匹林。", "intended"),
        ("plan", "阿司匹林先不停。", "intended"),
        ("plan", "布洛芬不要吃。", "not-taken"),
        ("plan", "暂停二甲双胍48小时", "on-hold"),
        ("plan", "阿司匹林先不用。", "on-hold"),
        ("plan", "氯吡格雷术前停五天。", "on-hold"),
        ("plan", "Skip tonight's warfarin.", "on-hold"),
        ("plan", "泼尼松不吃了。", "stopped"),
        ("plan", "泼尼松先不要空腹吃。", "intended"),
        ("plan", "停用阿司匹林，改用氯吡格雷75mg", "unknown"),
        ("plan", "Stop the lisinopril.", "stopped"),
        ("plan", "Stop the Calpol if her temperature settles.", "intended"),
        ("plan", "Don’t take ibuprofen.", "not-taken"),
        ("plan", "Amoxicillin 500 mg for 5 days, then stop.", "intended"),
    ],
)
def test_a_medicine_that_ends_is_neither_taken_nor_to_be_taken(place: str, written: str, status: str) -> None:
    content = record_zh().model_copy(update={"sections": [section(place, medications=[typed(written)])]})

    [drug] = resources(exported(content, TEMPLATE_OF_DRUGS), "MedicationStatement")

    assert drug["status"] == status
    assert drug["dosage"][0]["text"] == written


def test_a_denied_medicine_is_named_without_its_denial() -> None:
    content = record_zh().model_copy(
        update={"sections": [section("history", medications=[typed("未服用降压药", Status.DENIED)])]}
    )

    [drug] = resources(exported(content, TEMPLATE_OF_DRUGS), "MedicationStatement")

    assert drug["status"] == "not-taken"
    assert drug["medicationCodeableConcept"]["text"] == "降压药"


@pytest.mark.parametrize("written", ["未服用阿司匹林、华法林。", "未用胰岛素", "肠镜未做过"])
def test_a_text_that_denies_with_its_own_word_is_not_denied_twice(written: str) -> None:
    record = with_statements("present_illness", "symptoms", typed(written, Status.DENIED))

    assert [statement.text for _, _, statement in record.statements()] == [written]


def test_a_denial_of_other_allergies_is_none_of_all() -> None:
    known, others = resources(
        with_statements(
            "allergy_history",
            "allergies",
            typed("造影剂过敏"),
            typed("否认其他药物过敏", Status.DENIED),
        ),
        "AllergyIntolerance",
    )

    assert known["verificationStatus"]["coding"][0]["code"] == "confirmed"
    assert others["verificationStatus"]["coding"][0]["code"] == "refuted"
    assert others["code"] == {"text": "其他药物过敏"}


def test_every_statement_says_where_it_came_from() -> None:
    record = paper_zh()
    sources = [each for each in resources(record, "Provenance") if "extension" in each]
    statements = [statement for _, _, statement in record.statements()]

    assert len(sources) == len(statements)
    for source, statement in zip(sources, statements, strict=True):
        spans = [
            {part["url"]: next(iter(v for k, v in part.items() if k != "url")) for part in each["extension"]}
            for each in source["extension"]
            if each["url"].endswith("transcript-span")
        ]
        assert [SAID_ZH.text[span["start"] : span["end"]] for span in spans] == [
            SAID_ZH.text[span.start : span.end] for span in statement.spans
        ]
        assert bool(spans) == (statement.origin == "transcript")
        if spans:
            assert source["entity"][0]["what"]["identifier"]["value"] == f"urn:uuid:{ident(3)}"
            assert "from-seconds" in spans[0]
    narrative = json.dumps(resources(record, "Composition")[0], ensure_ascii=False)
    for source in sources:
        assert f'id=\\"{source["extension"][0]["valueString"]}\\"' in narrative


def test_what_a_colleague_wrote_is_not_said_to_be_the_authors() -> None:
    record = paper_zh()
    assert record.author
    for written_by, who in (("陈医生", {"display": "陈医生"}), (record.author.name, None)):
        for _, _, statement in record.statements():
            statement.entered_by = written_by if statement.origin == "person" else ""
        sources = [each["agent"][0] for each in resources(record, "Provenance") if "extension" in each]
        writers = [each["who"] for each in sources if each["type"]["coding"][0]["code"] == "author"]
        assert writers
        assert all(each == who if who else "reference" in each for each in writers)


def test_a_signature_is_in_the_bundle_and_a_draft_has_none() -> None:
    signed = [each for each in resources(paper_zh(), "Provenance") if "signature" in each]
    assert signed[0]["signature"][0]["extension"][0]["valueString"] == FINGERPRINT
    assert resources(paper_zh(), "Composition")[0]["status"] == "final"

    draft = paper_zh(state="draft", signature=None)
    assert not [each for each in resources(draft, "Provenance") if "signature" in each]
    assert resources(draft, "Composition")[0]["status"] == "preliminary"
    Bundle.model_validate(json.loads(fhir.write(draft)))


def test_hostile_text_stays_text_in_every_format() -> None:
    hostile = '</div><script>alert(1)</script> & <item nullFlavor="x"/> ]]> \x01'
    record = with_text(hostile)

    narrative = ElementTree.fromstring(resources(record, "Composition")[0]["section"][0]["text"]["div"])
    assert "<script>alert(1)</script>" in "".join(narrative.itertext())
    document = ElementTree.fromstring(cda.write(record))
    assert "<script>alert(1)</script>" in "".join(document.itertext())
    assert not document.findall(".//{*}script")


@pytest.mark.parametrize("paper", PAPERS)
def test_a_cda_document_is_ordered_and_whole(paper: Any) -> None:
    root = ElementTree.fromstring(cda.write(paper(state="amended", replaces=2)))

    assert root.tag == "{urn:hl7-org:v3}ClinicalDocument"
    assert [child.tag.removeprefix("{urn:hl7-org:v3}") for child in root] == HEADER
    type_id = root.find("v3:typeId", V3)
    assert type_id is not None
    assert type_id.attrib == {"root": "2.16.840.1.113883.1.3", "extension": "POCD_HD000040"}
    for path in (
        "recordTarget/patientRole/id",
        "recordTarget/patientRole/patient/name",
        "author/time",
        "author/assignedAuthor/id",
        "custodian/assignedCustodian/representedCustodianOrganization/id",
        "legalAuthenticator/signatureCode[@code='S']",
        "legalAuthenticator/assignedEntity/assignedPerson/name",
        "relatedDocument[@typeCode='RPLC']/parentDocument/id",
        "componentOf/encompassingEncounter/effectiveTime",
    ):
        assert root.find("/".join(f"v3:{part}" for part in path.split("/")), V3) is not None, path
    sections = root.findall("v3:component/v3:structuredBody/v3:component/v3:section", V3)
    assert len(sections) == len(paper().sections) + 1  # the fingerprint has a section of its own
    for each in sections[:-1]:
        code = each.find("v3:code", V3)
        assert code is not None
        assert code.get("codeSystem") == "2.16.840.1.113883.6.1"
        assert [child.tag.rpartition("}")[2] for child in each] == ["code", "title", "text"]
        assert "".join(each.find("v3:text", V3).itertext()).strip()  # type: ignore[union-attr]


def test_a_cda_draft_has_no_legal_authenticator_and_says_so() -> None:
    root = ElementTree.fromstring(cda.write(paper_en(state="draft", signature=None)))

    assert root.find("v3:legalAuthenticator", V3) is None
    assert "Draft" in (root.findtext("v3:title", namespaces=V3) or "")
    assert "This is an unsigned draft" in "".join(root.itertext())


def test_json_is_the_documented_shape() -> None:
    written = plain.write(paper_zh())

    assert ExportedRecord.model_validate_json(written) == paper_zh()
    assert json.loads(written)["format"] == "kongming.medical-record/1"
