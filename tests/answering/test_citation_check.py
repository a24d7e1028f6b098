import re
from uuid import uuid4

import pytest

from apps.answering import citation_check
from apps.answering.citation_check import CheckedAnswer, without_sentence
from apps.answering.passages import NumberedPassage


def passage(number: int, text: str, heading: str = "") -> NumberedPassage:
    return NumberedPassage(number, uuid4(), "Handbook", heading, text)


def checked_answer(text: str, passages: list[NumberedPassage], *, question: str = "") -> CheckedAnswer:
    return citation_check.checked_answer(text, [each.text for each in passages], question=question)


DELIVERY = passage(1, "Delivery takes two to four working days. Islands take up to 7 days.", "Delivery")
RETURNS = passage(2, "未开封的茶叶可在收到后三十天内退货。运费由我们承担。", "退货")


def test_a_sentence_from_the_passage_is_supported_and_quoted() -> None:
    checked = checked_answer("Delivery takes two to four working days [1].", [DELIVERY])

    assert checked.text == "Delivery takes two to four working days [1]."
    assert checked.sentences[0].is_supported
    start, end = checked.quote_of(1)
    assert DELIVERY.text[start:end] == "Delivery takes two to four working days"


def test_a_missing_marker_is_added_where_the_passage_holds_the_sentence() -> None:
    checked = checked_answer("未开封的茶叶三十天内可以退货。", [DELIVERY, RETURNS])

    assert checked.text == "未开封的茶叶三十天内可以退货[2]。"
    assert checked.cited_numbers == {2}


def test_markers_of_passages_that_do_not_exist_are_removed() -> None:
    checked = checked_answer("Delivery takes two to four working days [7].", [DELIVERY])

    assert "[7]" not in checked.text
    assert checked.cited_numbers == {1}


def test_brackets_in_code_are_no_markers() -> None:
    code = "Tea is sold in boxes of 100 g [1].\n\n```\nfirst = rows[0]\nall = [1, 2, 3]\ngit add .\n```\nand `rows[1]`."
    answer = checked_answer(code, [passage(1, "Tea is sold in boxes of 100 g."), passage(2, "Opening hours")])
    assert answer.text == code
    assert (
        checked_answer("`rows[2]` is the third.", [passage(1, "x"), passage(2, "x")]).cited_numbers == set()
    )
    below = CheckedAnswer("Lead.").followed_by(answer, {1: 4})
    assert below.text == f"Lead.\n\n{code.replace('g [1]', 'g [4]')}"


def test_a_marker_on_the_wrong_passage_moves_to_the_right_one() -> None:
    checked = checked_answer("Islands take up to 7 days [2].", [DELIVERY, RETURNS])

    assert checked.text == "Islands take up to 7 days [1]."


def test_an_invented_sentence_is_flagged() -> None:
    checked = checked_answer(
        "Islands take up to 7 days [1]. We also sell bicycles made of carbon.", [DELIVERY]
    )

    assert [sentence.is_supported for sentence in checked.sentences] == [True, False]


def test_a_wrong_number_is_never_supported() -> None:
    checked = checked_answer("Islands take up to 9 days [1].", [DELIVERY])

    assert not checked.sentences[0].is_supported


def test_politeness_needs_no_source() -> None:
    checked = checked_answer("您好！未开封的茶叶三十天内可退货[2]。", [DELIVERY, RETURNS])

    assert [sentence.is_supported for sentence in checked.sentences] == [True, True]


def test_sentences_name_their_place_in_the_checked_text() -> None:
    checked = checked_answer(
        "Delivery takes two to four working days [1].\nIslands take up to 7 days 【1】.", [DELIVERY]
    )

    pieces = [checked.text[sentence.start : sentence.end] for sentence in checked.sentences]
    assert pieces == ["Delivery takes two to four working days [1].", "Islands take up to 7 days [1]."]


def test_counts_in_round_brackets_are_not_citations() -> None:
    checked = checked_answer("Delivery takes (2) to four working days.", [DELIVERY])

    assert "(2)" in checked.text


REFUSAL = "I could not find that in our documents."


@pytest.mark.parametrize("text", ["I could not find that in our documents", f"{REFUSAL} [2]", f"“{REFUSAL}”"])
def test_the_refusal_is_recognised_despite_punctuation_and_markers(text: str) -> None:
    assert not re.search(r"\w{2}", without_sentence(text, REFUSAL))


def test_a_refusal_behind_an_answer_is_dropped() -> None:
    assert (
        without_sentence(f"Delivery takes two days [1]. {REFUSAL}", REFUSAL) == "Delivery takes two days [1]."
    )


def test_a_marker_at_the_beginning_moves_to_the_end() -> None:
    checked = checked_answer("[2] 未开封的茶叶可在收到后三十天内退货。", [DELIVERY, RETURNS])

    assert checked.text == "未开封的茶叶可在收到后三十天内退货[2]。"


def test_a_marker_goes_before_a_semicolon_too() -> None:
    checked = checked_answer("未开封的茶叶可在收到后三十天内退货；运费由我们承担。", [DELIVERY, RETURNS])

    assert checked.text == "未开封的茶叶可在收到后三十天内退货[2]；运费由我们承担[2]。"


def test_an_answer_is_false_when_all_that_it_claims_is_made_up_or_contradicted() -> None:
    question = "Who delivers to islands?"

    assert checked_answer("Captain Ahab delivers to islands [1].", [DELIVERY], question=question).is_false
    assert checked_answer("您好！未开封的茶叶九十天内可退货[2]。", [DELIVERY, RETURNS]).is_false


def test_an_answer_is_not_false_for_one_wrong_sentence_or_one_wrong_marker() -> None:
    half = "Islands take up to 7 days [1]. Islands take up to 9 days [1]."
    both = "Islands take up to 7 days, city deliveries two to four working days and returns 30 days [1]."

    assert not checked_answer(half, [DELIVERY]).is_false
    assert not checked_answer(both, [DELIVERY, RETURNS]).is_false
    assert not checked_answer("Couriers on bicycles deliver on working days.", [DELIVERY]).is_false
