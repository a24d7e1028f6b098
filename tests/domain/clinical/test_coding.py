import numpy as np
import pytest

from domain.clinical.coding import catalogue as catalogue_module
from domain.clinical.coding.catalogue import Catalogue, TooFewPairs
from domain.clinical.coding.catalogue_files import CatalogueUnreadable, read_catalogue
from domain.clinical.coding.entries import Entry, Pair
from domain.clinical.coding.normalisation import bare_name, fold, parts, without_sides
from domain.clinical.coding.storage import from_bytes, to_bytes

ENTRIES = [
    Entry("I10.x00", "高血压"),
    Entry("I11.900", "高血压性心脏病"),
    Entry("I25.103", "冠状动脉粥样硬化性心脏病"),
    Entry("I21.900", "急性心肌梗死"),
    Entry("I25.200", "陈旧性心肌梗死"),
    Entry("E11.900", "2型糖尿病"),
    Entry("E10.900", "1型糖尿病"),
    Entry("R51.x00", "头痛"),
    Entry("R42.x00", "头晕"),
    Entry("J44.900", "慢性阻塞性肺疾病"),
    Entry("K80.200", "胆囊结石"),
    Entry("K81.000", "急性胆囊炎"),
    Entry("K81.100", "慢性胆囊炎"),
    Entry("S82.001", "髌骨骨折"),
    Entry("M17.900", "膝关节骨性关节病"),
    Entry("C34.900", "支气管或肺恶性肿瘤"),
    Entry("J18.900", "肺炎"),
    Entry("I50.900", "心力衰竭"),
    Entry("G43.900", "偏头痛", ("血管神经性头痛",)),
]


@pytest.fixture(scope="module")
def icd():
    return Catalogue.of(ENTRIES)


def _names(found):
    return [candidate.name for candidate in found]


def test_a_name_as_it_stands_comes_first(icd):
    for entry in ENTRIES:
        assert icd.candidates(entry.name)[0].code == entry.code


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("右髌骨骨折", "髌骨骨折"),
        ("陈旧心梗", "陈旧性心肌梗死"),
        ("急性心肌梗塞", "急性心肌梗死"),
        ("ＣＯＰＤ", "慢性阻塞性肺疾病"),
        ("高心病", "高血压性心脏病"),
        ("Ⅱ型糖尿病", "2型糖尿病"),
        ("二型糖尿病", "2型糖尿病"),
        ("血管神经性头痛", "偏头痛"),
        ("心衰", "心力衰竭"),
        ("左肺恶性肿瘤", "支气管或肺恶性肿瘤"),
    ],
)
def test_everyday_spellings_and_abbreviations_find_the_standard_name(icd, written, name):
    assert icd.candidates(written)[0].name == name


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("头痛.头晕.高血压", {"头痛", "头晕", "高血压"}),
        ("1、2型糖尿病 2、冠心病；3、头晕", {"2型糖尿病", "冠状动脉粥样硬化性心脏病", "头晕"}),
        ("胆囊结石伴急性胆囊炎", {"胆囊结石", "急性胆囊炎"}),
        ("肺炎", {"肺炎"}),
    ],
)
def test_a_line_is_coded_once_for_each_diagnosis_it_lists(icd, written, names):
    assert set(_names(icd.list_terms(written))) == names


def test_acute_is_not_taken_for_chronic(icd):
    assert icd.candidates("慢性胆囊炎急性发作待查：慢性胆囊炎")[0].name == "慢性胆囊炎"
    assert icd.candidates("急性胆囊炎")[0].name == "急性胆囊炎"


@pytest.mark.parametrize("written", ["", "   ", "。。。", "？"])
def test_what_says_nothing_is_not_coded(icd, written):
    assert icd.candidates(written) == []
    assert icd.list_terms(written) == []


def test_what_shares_nothing_with_the_catalogue_gets_a_low_score(icd):
    known = icd.candidates("髌骨骨折")[0].score
    assert all(candidate.score < known / 3 for candidate in icd.candidates("zzqqy"))


def test_a_very_long_line_is_read_up_to_a_limit(icd):
    assert icd.candidates("高血压，" + "甲" * 100_000)[0].name == "高血压"


def test_drugs_and_tests_of_an_english_catalogue_are_found_by_part_of_their_name():
    drugs = Catalogue.of(
        [
            Entry("A1", "Metformin hydrochloride 500 mg tablets", ("Glucophage",)),
            Entry("A2", "Metoprolol succinate 50 mg tablets"),
            Entry("A3", "Amoxicillin 250 mg capsules"),
        ]
    )
    assert drugs.candidates("metformin 500 mg")[0].code == "A1"
    assert drugs.candidates("glucophage")[0].code == "A1"
    assert drugs.candidates("Metoprolol")[0].code == "A2"
    assert drugs.candidates("amoxycillin 250 mg")[0].code == "A3"


def test_a_catalogue_learns_what_a_hospital_confirms():
    entries = [*ENTRIES, Entry("Z00.001", "健康查体"), Entry("Z76.901", "开药")]
    pairs = [
        Pair(f"{prefix}代配{drug}", ("开药",)) for prefix in ("", "家属", "要求") for drug in "甲乙丙丁戊己庚"
    ]
    pairs += [Pair(f"{side}{entry.name}", (entry.name,)) for side in ("左", "双侧") for entry in ENTRIES]
    untrained = Catalogue.of(entries)
    assert "开药" not in _names(untrained.list_terms("患者代配辛"))

    trained = untrained.trained(pairs)

    assert trained.candidates("患者代配辛")[0].name == "开药"
    assert _names(trained.list_terms("患者代配辛")) == ["开药"]
    assert trained.candidates("右髌骨骨折")[0].name == "髌骨骨折"

    again = Catalogue.of(entries, pairs=pairs, weights=from_bytes(to_bytes(trained.weights)))
    assert again.candidates("患者代配辛") == trained.candidates("患者代配辛")


def test_too_few_confirmed_lines_are_refused(icd):
    with pytest.raises(TooFewPairs):
        icd.trained([Pair("头痛", ("头痛",))] * (catalogue_module.MIN_PAIRS - 1))
    with pytest.raises(TooFewPairs, match="none of the confirmed names"):
        icd.trained([Pair("头痛", ("不在目录里",))] * catalogue_module.MIN_PAIRS)


def test_weights_of_another_version_are_refused(icd, monkeypatch):
    written = to_bytes(icd.weights)
    monkeypatch.setattr("domain.clinical.coding.storage.FORMAT", 2)
    with pytest.raises(ValueError, match="train again"):
        from_bytes(written)


def test_the_meaning_of_names_finds_what_shares_no_character():
    vectors = np.eye(len(ENTRIES), dtype=np.float32)
    pneumonia = next(place for place, entry in enumerate(ENTRIES) if entry.name == "肺炎")
    by_meaning = Catalogue.of(ENTRIES, vectors=vectors, embed=lambda texts: vectors[[pneumonia] * len(texts)])
    assert "肺炎" in _names(by_meaning.candidates("pulmonary infection"))
    with pytest.raises(ValueError, match="one vector for each entry"):
        Catalogue.of(ENTRIES, vectors=vectors[:3])


def test_one_spelling_for_width_numerals_and_sides():
    assert fold("糖尿病肾病Ⅲ期") == fold("糖尿病肾病三期") == fold("糖尿病肾病III期")
    assert without_sides(fold("双侧膝关节炎")) == "膝关节炎"
    assert without_sides(fold("左心室肥大")) == "左心室肥大"
    assert bare_name('"下肢损伤,水平未特指"') == bare_name("下肢损伤， 水平未特指")


def test_a_line_is_cut_at_punctuation_and_joining_words_but_not_inside_numbers():
    assert parts("胆囊结石伴急性胆囊炎") == ["胆囊结石伴急性胆囊炎", "胆囊结石", "急性胆囊炎"]
    assert parts("发热37.5度") == ["发热37.5度"]


def test_a_catalogue_file_is_read_with_and_without_headings():
    entries = [Entry("A1", "霍乱"), Entry("A2", "伤寒", ("肠伤寒", "伤寒病"))]
    assert read_catalogue("编码\t名称\t别名\nA1\t霍乱\nA2\t伤寒\t肠伤寒|伤寒病\n").entries == entries
    assert read_catalogue("\ufeffA1,霍乱\n\nA2,伤寒,肠伤寒,伤寒病\n").entries == entries
    assert read_catalogue('A3,"损伤, 未特指"\n').entries == [Entry("A3", "损伤, 未特指")]


def test_lines_that_cannot_be_used_are_named_and_the_others_are_read():
    read = read_catalogue("code\tname\nA1\t霍乱\n\t没有编码\nA2\nA3\t" + "长" * 300 + "\nA4\t伤寒\n")
    assert [entry.code for entry in read.entries] == ["A1", "A4"]
    assert [(fault.line, fault.reason) for fault in read.faults] == [
        (3, "no_code"),
        (4, "no_name"),
        (5, "name_too_long"),
    ]


def test_a_repeated_code_gives_its_term_another_name():
    read = read_catalogue("A1\t霍乱\nA1\t虎列拉\nA1\t霍乱\n")
    assert read.entries == [Entry("A1", "霍乱", ("虎列拉",))]
    assert read.merged == 2


@pytest.mark.parametrize(
    ("content", "reason"), [("", "empty"), ("\n \n", "empty"), ("just words\nmore", "one_column")]
)
def test_a_file_that_is_no_catalogue_is_refused(content, reason):
    with pytest.raises(CatalogueUnreadable) as refused:
        read_catalogue(content)
    assert refused.value.reason == reason


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("domain.clinical.coding.catalogue_files.MAX_ENTRIES", 2)
    with pytest.raises(CatalogueUnreadable) as refused:
        read_catalogue("A1\t甲\nA2\t乙\nA3\t丙\n")
    assert refused.value.reason == "too_many"
