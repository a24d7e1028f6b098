"""Copies for sharing: what tells who somebody is goes, what is medicine stays."""

from datetime import date

import pytest

from domain.clinical.exporting import plain, word
from domain.clinical.exporting.deidentification import (
    Deidentifier,
    Identity,
    deidentify_record,
    deidentify_transcript,
)
from domain.clinical.exporting.document import ExportedStatement
from domain.clinical.transcripts.transcript import ClinicalTranscript
from tests.medical_records.papers_for_export import FINGERPRINT, paper_en, paper_zh

ZH = Identity(
    patient="王秀英",
    numbers=("P-0001", "13800138000", "1961-04-02"),
    clinicians=("林国华", "陈晓"),
    hospitals=("湖滨市第一人民医院",),
    days=-10,
    seen_on=date(2026, 11, 25),
)
EN = Identity(
    patient="Mary Wong",
    numbers=("P-0001", "+44 20 7946 0000", "1961-04-02"),
    clinicians=("Guohua Lin", "Xiao Chen"),
    hospitals=("Lakeside General Hospital",),
    days=-10,
    seen_on=date(2026, 11, 25),
)


def zh(text: str) -> str:
    return Deidentifier(ZH, "zh").text(text)


def en(text: str) -> str:
    return Deidentifier(EN, "en").text(text)


@pytest.mark.parametrize(
    ("written", "shared"),
    [
        ("我叫王秀英，今年65岁", "我叫患者A，今年65岁"),
        ("秀英，你过来一下", "患者A，你过来一下"),
        ("王女士诉头痛", "患者A诉头痛"),
        ("请林国华主任会诊", "请医生A主任会诊"),
        ("林主任说再查一次", "医生A说再查一次"),
        ("赵医生开的药，赵医生说没事", "医生C开的药，医生C说没事"),
        ("我是刘建国先生的家属", "我是人员A的家属"),
        ("儿子叫王小明，在外地", "儿子叫人员A，在外地"),
        ("病历号P-0001，住院号：20261234", "病历号[号码]，住院号：[号码]"),
        ("电话13800138000", "电话[号码]"),
        ("手机 139 1234 5678", "手机 [电话]"),
        ("家里座机0571-88880000", "家里座机[电话]"),
        ("身份证330106196104021234", "身份证[证件号]"),
        ("身份证33010619610402123X", "身份证[证件号]"),
        ("微信号 wang_xy@example.com", "微信号 [邮箱]"),
        ("我住在杭州市西湖区文三路100号3幢2单元", "我住在[地址]"),
        ("家住幸福小区，走路来的", "家住[地址]，走路来的"),
        ("浙江省杭州市西湖区来的", "[地址]来的"),
        ("2026年11月20日开始发热", "2026年11月10日开始发热"),
        ("2026-11-20 复查", "2026-11-10 复查"),
        ("11月5日做的手术", "10月26日做的手术"),
        ("2019年做过阑尾手术", "2019年做过阑尾手术"),
        ("患者93岁", "患者90以上岁"),
        ("九十三岁的老人", "90以上岁的老人"),
        ("曾在湖滨市第一人民医院住院", "曾在[医院]住院"),
        ("去年到北京协和医院看过", "去年到[医院]看过"),
        ("在浙江大学医学院附属第二医院滨江院区手术", "在[医院]手术"),
        ("电话是幺三八零零幺三八零零零", "电话是[号码]"),
    ],
)
def test_planted_identifiers_go_in_chinese(written: str, shared: str) -> None:
    assert zh(written) == shared


@pytest.mark.parametrize(
    "kept",
    [
        "心前区疼痛3天，向左肩放射",
        "双肺未闻及湿啰音，肝区叩痛阴性",
        "白细胞12.5×10^9/L，血小板230×10^9/L",
        "血压150/95 mmHg，体温38.5℃",
        "在当地医院诊断为社区获得性肺炎",
        "社区医院开的阿莫西林0.5g每日三次",
        "年轻时吸烟20年，已戒5年",
        "高血压病史10年，黄疸消退",
        "父亲高血压，母亲糖尿病",
        "阿司匹林肠溶片100mg每晚一次",
        "由于医生建议休息",
        "常规医嘱，平时体健",
        "孕3产1，末次月经不详",
    ],
)
def test_medicine_stays_in_chinese(kept: str) -> None:
    assert zh(kept) == kept


@pytest.mark.parametrize(
    ("written", "shared"),
    [
        ("My name is Mary Wong.", "My name is [patient]."),
        ("Mary came in with a cough", "[patient] came in with a cough"),
        ("Mrs. Wong denies fever", "Mrs. [patient] denies fever"),
        ("Dr. Guohua Lin saw her", "Dr. [clinician A] saw her"),
        (
            "referred by Dr. Patel, and Dr. Patel agrees",
            "referred by [clinician C], and [clinician C] agrees",
        ),
        ("my husband James drove her", "my husband [person A] drove her"),
        ("MRN: 00123456", "MRN: [number]"),
        ("number P-0001", "number [number]"),
        ("call +44 20 7946 0000", "call [number]"),
        ("call (555) 123-4567 or 555-987-6543", "call [phone] or [phone]"),
        ("SSN 123-45-6789", "SSN [identity number]"),
        ("write to mary.wong@example.com", "write to [e-mail]"),
        ("lives at 12 Baker Street, London", "lives at [address]"),
        ("seen on November 20, 2026", "seen on November 10, 2026"),
        ("seen on 20 November 2026", "seen on 10 November 2026"),
        ("seen on 2026-11-20", "seen on 2026-11-10"),
        ("a 93-year-old woman", "a 90+-year-old woman"),
        ("treated at St. Mary Hospital", "treated at [hospital]"),
        ("treated at Lakeside General Hospital", "treated at [hospital]"),
    ],
)
def test_planted_identifiers_go_in_english(written: str, shared: str) -> None:
    assert en(written) == shared


@pytest.mark.parametrize(
    "kept",
    [
        "Blood pressure 150/95 mmHg, temperature 38.5",
        "Azithromycin 500 mg once a day for 5 days",
        "A 65-year-old woman with Parkinson's disease",
        "No chest pain. She may take it with food",
        "Hemoglobin A1c 7.2 percent, WBC 12,500",
        "Follow up in two weeks with the cardiology clinic",
    ],
)
def test_medicine_stays_in_english(kept: str) -> None:
    assert en(kept) == kept


def test_a_name_has_one_placeholder_in_a_whole_document() -> None:
    record = paper_zh()
    shared = deidentify_record(record, ZH, name="copy")

    assert shared.patient.name == "患者A"
    assert shared.author
    assert shared.signature
    assert (shared.signature.signer.name, shared.author.name) == ("医生A", "医生B")


def test_a_copy_keeps_what_was_found_and_nothing_of_whom() -> None:
    for record, identity in ((paper_zh(), ZH), (paper_en(), EN)):
        shared = deidentify_record(record, identity, name="copy")
        text = plain.write(shared).decode()

        for trace in (
            record.patient.name,
            "P-0001",
            "1961",
            "138 0013",
            FINGERPRINT,
            record.id,
            record.patient.id,
        ):
            assert trace not in text, trace
        assert record.hospital.name not in text
        assert record.hospital.letterhead not in text
        findings = [(each.status, each.number, each.code) for _, _, each in record.statements()]
        assert [(each.status, each.number, each.code) for _, _, each in shared.statements()] == findings
        assert not any(each.spans for _, _, each in shared.statements())
        assert word.write(shared)


def test_ages_above_89_are_told_together() -> None:
    old = paper_zh(patient=paper_zh().patient.model_copy(update={"age": "93"}))

    assert deidentify_record(old, ZH, name="copy").patient.age == "90以上"


def test_words_behind_a_value_are_cleaned_too() -> None:
    record = paper_en()
    first = record.sections[0].fields[0].statements[0]
    told = first.model_copy(update={"text": "Mary coughs", "value": "Mary coughs"})
    record.sections[0].fields[0].statements[0] = ExportedStatement.model_validate(told)

    shared = deidentify_record(record, EN, name="copy").sections[0].fields[0].statements[0]
    assert (shared.text, shared.value) == ("[patient] coughs", "[patient] coughs")


def test_a_transcript_is_shared_without_names_and_without_the_heard_words() -> None:
    said = ClinicalTranscript.from_text("医生：王秀英，您好\n患者：林主任好，我电话13912345678")

    shared = deidentify_transcript(said, ZH, "zh")
    assert shared.text == "患者A，您好\n医生A好，我电话[电话]"
    assert all(not each.words for each in shared.utterances)
    assert plain.write_transcript(shared, "zh").decode() == "医生：患者A，您好\n患者：医生A好，我电话[电话]\n"
