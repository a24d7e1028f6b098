"""No number changes between what was said and what is written: by values that the tests know."""

import random
from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as some

from benchmarks import spoken_numbers
from domain.clinical.dialogue import number_words_en, text_normalisation_zh
from domain.clinical.grounding.quantities import quantities
from llm_backend import chinese_numerals
from llm_backend.speech import chinese_text


@pytest.mark.parametrize(
    "said",
    [
        "三五分钟",
        "七八年",
        "一两个月",
        "十七八岁",
        "二三十片",
        "三四百毫升",
        "一百五斤",
        "十来天",
        "十几次",
        "两三周",
    ],
)
def test_what_has_no_certain_value_stays_in_words(said: str) -> None:
    assert text_normalisation_zh.with_figures(said) == said


@pytest.mark.parametrize(
    "said", ["休息三五分钟", "喝两三升水", "一百五毫克", "百分之三五", "七八号来", "两点三五分"]
)
def test_a_transcript_does_not_make_a_number_of_a_range_either(said: str) -> None:
    assert chinese_text.as_written(said) == said


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("一天两三次", "1天两三次"),
        ("一百五十毫升", "150毫升"),
        ("二零二三年", "2023年"),
        ("九零年", "九零年"),
        ("两点五毫克", "2.5毫克"),
        ("两个半小时", "2个半小时"),
        ("维生素B6十毫克，一天三次", "维生素B6 10毫克，1天3次"),
        ("维生素B12五百微克", "维生素B12 500微克"),
        ("维生素B二十毫克", "维生素B二十毫克"),
    ],
)
def test_what_has_one_is_written_in_figures(said: str, written: str) -> None:
    assert text_normalisation_zh.with_figures(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("one twenty seven over eighty", "127/80"),
        ("two fifty milligrams", "250 mg"),
        ("150 over 95 two days ago", "150/95 2 days ago"),
        ("going up to three hundred over four days", "going up to 300 over 4 days"),
        ("in twenty eighteen", "in 2018"),
        ("at two thirty", "at two thirty"),
        ("ten fifteen minutes", "ten fifteen minutes"),
        ("sixty seventy percent", "sixty seventy percent"),
        ("one oh five over seventy", "one oh five over 70"),
    ],
)
def test_two_groups_are_one_number_only_where_what_follows_says_so(said: str, written: str) -> None:
    assert number_words_en.with_figures(said) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("take point two five milligrams", "take 0.25 mg"),
        ("two point two five milligrams", "2.25 mg"),
        ("oh point oh five percent", "0.05%"),
        ("one point five grams", "1.5 grams"),
        ("two and a half milligrams", "2.5 mg"),
        ("six point five six point seven", "6.5 6.7"),
        ("at this point two tablets", "at this point 2 tablets"),
        ("at one point five years ago", "at one point 5 years ago"),
        ("视力右眼零点三，左眼一点零。", "视力右眼0.3，左眼1.0。"),
        ("好一点五天以后来", "好一点五天以后来"),
        ("疼得轻一点三五天", "疼得轻一点三五天"),
    ],
)
def test_a_spoken_decimal_keeps_its_value(said: str, written: str) -> None:
    written_by = text_normalisation_zh if said > "~" else number_words_en

    assert written_by.with_figures(said) == written


@pytest.mark.parametrize(
    ("said", "number", "unit"),
    [
        ("point two five milligrams", "0.25", "mg"),
        ("one point five grams", "1.5", "gram"),
        ("point twenty five milligrams", "0.25", "mg"),
        ("thirty eight point nine degrees", "38.9", "degree"),
    ],
)
def test_a_decimal_that_was_said_bears_out_the_one_that_is_written(said: str, number: str, unit: str) -> None:
    (read,) = quantities(said)

    assert (read.number, read.unit) == (number, unit)


@given(some.integers(min_value=1, max_value=99_999_999))
def test_every_numeral_of_one_value_is_read_as_it_is_spoken(value: int) -> None:
    spoken = cn2an.an2cn(value)

    assert Decimal(chinese_numerals.exact(spoken) or 0) == value


@given(some.text("零一二三四五六七八九十百千万两", min_size=1, max_size=6))
def test_what_is_read_as_exact_is_what_an_independent_reader_reads(spoken: str) -> None:
    figure = chinese_numerals.exact(spoken)

    if figure is not None:
        assert Decimal(figure) == cn2an.cn2an(spoken.replace("两", "二"), "smart")


def test_no_made_form_changes_its_value() -> None:
    forms = list(spoken_numbers.made_forms(random.Random(1), 400))

    assert [form.text for form in forms if spoken_numbers.is_changed(form)] == []
