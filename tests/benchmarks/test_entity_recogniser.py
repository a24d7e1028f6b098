import pytest

from benchmarks.entity_recogniser import Entity, LabelledText, Recogniser, outermost

SYMPTOMS = ["瘙痒", "疼痛", "红肿", "溃烂"]
PARTS = ["手背", "足底", "面部", "颈部", "肘部"]
DRUGS = ["金贝灵", "银贝灵", "铜贝灵", "铁贝灵", "锌贝灵"]


def _row(part, symptom, drug):
    """A body part inside of a symptom, and a drug that no dictionary knows."""
    text = f"患者{part}{symptom}三天，口服{drug}后好转。"
    whole = part + symptom
    at, of_drug = text.index(whole), text.index(drug)
    return LabelledText(
        text,
        (
            Entity(at, at + len(whole), "sym"),
            Entity(at, at + len(part), "bod"),
            Entity(of_drug, of_drug + len(drug), "dru"),
        ),
    )


ROWS = [_row(part, symptom, drug) for part in PARTS for symptom in SYMPTOMS for drug in DRUGS[:4]]


@pytest.fixture(scope="module")
def trained():
    return Recogniser.trained(ROWS)


def _named(recogniser, text):
    return {(text[each.start : each.end], each.type) for each in recogniser.entities(text)}


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("患者有高血压史五年。", ("高血压", "dis")),
        ("口服阿莫西林三天。", ("阿莫西林", "dru")),
        ("查血常规未见异常。", ("血常规", "pro")),
        ("痰中检出肺炎支原体。", ("肺炎支原体", "mic")),
        ("转入重症监护室。", ("重症监护室", "dep")),
        ("Patient denies chest pain or fever.", ("chest pain", "sym")),
        ("Started on metformin last year.", ("metformin", "dru")),
    ],
)
def test_common_terms_are_found_without_any_training(text, entity):
    assert entity in _named(Recogniser(), text)


def test_a_word_inside_of_a_longer_english_word_is_not_found():
    assert _named(Recogniser(), "He was painting the ceiling.") == set()


def test_an_ending_takes_the_name_before_it_along():
    assert ("胃黏膜肉瘤", "dis") in _named(Recogniser(), "病理提示胃黏膜肉瘤。")


def test_what_lies_inside_of_another_entity_is_found_too(trained):
    found = _named(trained, "患者足底红肿五天，口服银贝灵后好转。")
    assert found == {("足底红肿", "sym"), ("足底", "bod"), ("银贝灵", "dru")}


def test_a_name_never_marked_is_recognised_by_where_it_stands(trained):
    assert ("锌贝灵", "dru") in _named(trained, "患者面部瘙痒三天，口服锌贝灵后好转。")


def test_places_count_from_the_start_of_the_whole_text(trained):
    one = "患者足底红肿三天，口服铜贝灵后好转。"
    text = "\n" + one + "\n\n" + one
    found = trained.entities(text)
    assert [text[each.start : each.end] for each in found] == ["足底红肿", "足底", "铜贝灵"] * 2
    assert found == sorted(found, key=lambda each: (each.start, -each.end))


@pytest.mark.parametrize("text", ["", " ", "\n\n", "。", "。。。！？", "🙂", "\x00", "a" * 5000])
def test_text_without_words_has_no_entities(trained, text):
    assert trained.entities(text) == []


def test_texts_without_nesting_need_one_tagger_only():
    flat = [
        LabelledText(row.text, tuple(each for each in row.entities if each.type != "bod")) for row in ROWS
    ]
    recogniser = Recogniser.trained(flat)
    assert recogniser.inner is None
    assert ("足底红肿", "sym") in _named(recogniser, "患者足底红肿五天，口服银贝灵后好转。")


def test_of_two_that_cross_the_earlier_one_counts():
    assert outermost([Entity(2, 6, "sym"), Entity(0, 4, "dis"), Entity(1, 2, "bod")]) == [Entity(0, 4, "dis")]


def test_the_same_rows_give_the_same_weights():
    once, again = Recogniser.trained(ROWS[:40]), Recogniser.trained(ROWS[:40])

    assert once.outer == again.outer
    assert once.inner == again.inner
