"""Answers that are right, and answers that only look right."""

import time
from collections.abc import Sequence

import pytest

from llm_backend.grounding import SentenceSupport, Span, check

RETURNS = "商品签收后7天内可以申请无理由退货，定制商品不可退货。退货运费由买家承担，质量问题由店铺承担。"
HOURS = "客服工作时间为每天上午9点至晚上9点，节假日照常。电话：400-820-1234。"
SHIPPING = (
    "We ship within two working days. Delivery is free for orders over $49.50. We do not ship to islands."
)
TEA = "Longjing tea is picked in April. A tin holds 100 g and costs 128 yuan."
PASSAGES = [RETURNS, HOURS, SHIPPING, TEA]


def only(answer: str, passages: Sequence[str] = PASSAGES, *, headings: Sequence[str] = ()) -> SentenceSupport:
    [verdict] = check(answer, passages, headings=headings)
    return verdict


@pytest.mark.parametrize(
    "answer",
    [
        "商品签收后7天内可以申请无理由退货[1]。",
        "签收后七天内可以申请无理由退货 [1]。",
        "您可以在签收后 7 天内申请无理由退货。[1]",
        "定制商品不可以退货[1]。",
        "质量问题的退货运费由店铺承担[1]。",
        "客服工作时间是每天9:00至21:00[2]。",
        "客服工作时间为每天上午九点到晚上九点【2】。",
        "We ship within 2 working days [3].",
        "Delivery is free for orders over $49.5 [3].",
        "We don't ship to islands.[3]",
        "A tin of tea holds 100 grams and costs 128 yuan [4].",
        "A tin costs ¥128 [4].",
    ],
)
def test_what_the_cited_passage_says_is_supported(answer: str) -> None:
    verdict = only(answer)
    assert (verdict.supported, verdict.reason) == (True, "")
    assert verdict.support >= 0.6


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("商品签收后15天内可以申请无理由退货[1]。", "wrong_figure"),
        ("商品签收后7小时内可以申请无理由退货[1]。", "wrong_figure"),
        ("商品签收后十天内可以申请无理由退货[1]。", "wrong_figure"),
        ("客服工作时间为每天上午8点至晚上9点[2]。", "wrong_figure"),
        ("We ship within three working days [3].", "wrong_figure"),
        ("Delivery is free for orders over $59.50 [3].", "wrong_figure"),
        ("A tin of tea holds 128 g and costs 100 yuan [4].", "wrong_figure"),
        ("定制商品可以退货[1]。", "negation"),
        ("商品签收后7天内不可以申请无理由退货[1]。", "negation"),
        ("We ship to islands [3].", "negation"),
        ("Delivery is not free for orders over $49.50 [3].", "negation"),
        ("所有商品均享受终身保修服务[1]。", "not_in_passages"),
        ("All teas are organic and certified by the ministry [4].", "not_in_passages"),
        ("商品签收后7天内可以申请无理由退货[2]。", "wrong_figure"),
        ("定制商品不可退货[2]。", "made_up"),
        ("商品签收后7天内可以申请无理由退货[9]。", "unknown_citation"),
    ],
)
def test_what_it_does_not_say_is_not(answer: str, reason: str) -> None:
    verdict = only(answer)
    assert (verdict.supported, verdict.reason) == (False, reason)


@pytest.mark.parametrize(
    ("answer", "passage", "is_supported"),
    [
        ("门店营业至18:30[1]。", "门店营业至下午6点30分。", True),
        ("门店营业至下午6点[1]。", "门店营业至下午6点30分。", False),
        ("门店周一18:00关门[1]。", "门店周一18点关门。", True),
        ("门店周一八点开门[1]。", "门店周一8:00开门。", True),
        ("门店营业时间为14:00至17:00[1]。", "门店营业时间为下午2:00至5:00。", True),
        (
            "The shop on Green Street opens from 14:00 to 16:00 [1].",
            "The shop on Green Street opens 2–4 pm.",
            True,
        ),
        ("押金为5万元[1]。", "押金为50000元。", True),
        ("押金为二十万元[1]。", "押金为20万元。", True),
        ("押金为二十万元[1]。", "押金为10020元。", False),
        ("门店营业时间为8:00至22:00[1]。", "门店营业时间为早8点至晚10点。", True),
        ("门店最晚22点关门[1]。", "门店最晚10点关门。", False),
        ("商品到货通常需要3到5天[1]。", "商品到货通常需要三到五天。", True),
        (
            "Returns take 48 hours at the Green Street shop [1].",
            "Returns take forty-eight hours at the Green Street shop.",
            True,
        ),
        (
            "Returns take 8 hours at the Green Street shop [1].",
            "Returns take forty-eight hours at the Green Street shop.",
            False,
        ),
        (
            "The deposit at the Green Street shop is $250 [1].",
            "The deposit at the Green Street shop is two hundred and fifty dollars.",
            True,
        ),
        (
            "The tea kit on Green Street costs $80 [1].",
            "The tea kit on Green Street costs eighty dollars.",
            True,
        ),
        ("门店晚一点开门[1]。", "门店会晚一点开门。", True),
        ("项目总投资1.2亿元[1]。", "项目总投资1亿2000万元。", True),
        ("项目总投资1亿元[1]。", "项目总投资1亿2000万元。", False),
    ],
)
def test_times_of_day_and_large_numbers_are_the_same_however_they_are_written(
    answer: str, passage: str, is_supported: bool
) -> None:
    [verdict] = check(answer, [passage])
    assert verdict.supported is is_supported


def test_a_sentence_without_citation_is_looked_for_in_all_passages() -> None:
    verdict = only("退货运费由买家承担。")
    assert verdict.supported
    assert verdict.citations == ()
    assert verdict.spans[0].passage == 1


def test_words_gathered_from_several_passages_support_nothing_uncited() -> None:
    assert not only("定制商品的客服电话由买家承担，节假日包邮。").supported


@pytest.mark.parametrize(
    ("answer", "question", "reason"),
    [
        ("Ann Miller won the tea prize in April [4].", "Who won the tea prize in April?", "made_up"),
        ("A tin of Longjing tea costs 128 yuan [4].", "What does a tin of Longjing tea cost?", ""),
        ("客服工作时间由王经理决定[2]。", "客服工作时间由谁决定？", "made_up"),
        ("客服工作时间为每天上午9点至晚上9点[2]。", "客服工作时间是几点？", ""),
        ("A tin holds 100 g [4].", "A tin holds 100 g?", ""),
    ],
)
def test_words_of_the_question_support_nothing(answer: str, question: str, reason: str) -> None:
    [verdict] = check(answer, PASSAGES, question=question)
    assert verdict.reason == reason


def test_the_spans_are_where_the_words_stand() -> None:
    verdict = only("退货运费由买家承担[1]。")
    span = verdict.spans[0]
    assert RETURNS[span.start : span.end] == "退货运费由买家承担"
    assert verdict.spans == (Span(1, *[span.start, span.end]),)


def test_places_are_right_behind_full_width_forms() -> None:
    passage = "营业时间：９：００－１８：００，全年ＯＰＥＮ，欢迎光临本店。"
    span = only("欢迎光临本店[1]。", [passage]).spans[0]
    assert passage[span.start : span.end] == "欢迎光临本店"


def test_sentences_keep_their_places_and_citations() -> None:
    answer = (
        "您好！运费由买家承担[1]。 We ship within 2 days.[3][4] 还有其他问题吗？\n1. 定制商品不可退货 [1, 2]"
    )
    verdicts = check(answer, PASSAGES)
    assert [answer[verdict.start : verdict.end] for verdict in verdicts] == [v.text for v in verdicts]
    assert [verdict.citations for verdict in verdicts] == [(), (1,), (3, 4), (), (1, 2)]
    assert [verdict.is_claim for verdict in verdicts] == [False, True, True, False, True]


def test_greetings_and_questions_claim_nothing() -> None:
    verdicts = check("Hello! Is there anything else? 很高兴为您服务。", PASSAGES)
    assert [verdict.is_claim for verdict in verdicts] == [False, False, False]
    assert not any(verdict.reason for verdict in verdicts)


def test_a_number_of_a_list_is_no_figure() -> None:
    assert only("5. 定制商品不可退货[1]").supported


def test_decimals_and_abbreviations_end_no_sentence() -> None:
    assert len(check("Delivery is free over $49.50, e.g. for two tins. It is fast.", PASSAGES)) == 2


def test_another_language_is_unsupported_unless_the_meaning_is_close() -> None:
    answer = "两个工作日内发货[3]。"
    alone = only(answer)
    assert (alone.supported, alone.reason) == (False, "other_language")
    [close] = check(answer, PASSAGES, similarity=lambda _, texts: [0.89] * len(texts))
    [far] = check(answer, PASSAGES, similarity=lambda _, texts: [0.79] * len(texts))
    assert (close.supported, far.supported) == (True, False)


def test_a_wrong_figure_in_another_language_is_wrong_however_close_the_meaning() -> None:
    [verdict] = check("五个工作日内发货[3]。", PASSAGES, similarity=lambda _, texts: [0.95] * len(texts))
    assert verdict.reason == "wrong_figure"


@pytest.mark.parametrize("answer", ["", "   \n", "…", "!!!", "[1]"])
def test_nothing_said_gives_no_verdict(answer: str) -> None:
    assert [verdict.is_claim for verdict in check(answer, PASSAGES)] in ([], [False])


def test_without_passages_nothing_is_supported() -> None:
    assert only("退货运费由买家承担。", []).reason == "not_in_passages"


@pytest.mark.parametrize("passage", [(RETURNS + HOURS) * 12, (SHIPPING + TEA) * 8])
def test_ten_sentences_on_six_passages_take_milliseconds(passage: str) -> None:
    answer = "定制商品不可退货[1]。We do not ship to islands [2]." * 5
    passages = [f"{number}{passage}" for number in range(6)]
    check(answer, passages)
    started = time.thread_time()
    check(answer, passages)
    assert time.thread_time() - started < 0.1


HIRE = "A city bike costs 14 euros a day. An electric bike costs 29 euros a day. We are open until 18:30."
DEPOSITS = "For a city bike we take a deposit of 80 euros, for an electric bike a deposit of 250 euros."
POOL = "深水池最深处两米。儿童池水深六十厘米。更衣柜押金二十元，遗失钥匙赔偿五十元。"


@pytest.mark.parametrize(
    "claim",
    [
        "The deposit for an electric bike is 29 euros.",
        "A deposit of 14 euros is taken for a city bike.",
        "遗失钥匙赔偿二十元。",
    ],
)
def test_a_figure_of_another_sentence_does_not_support_a_claim(claim: str) -> None:
    verdict = only(claim, [HIRE, DEPOSITS, POOL], headings=["Prices", "Deposit", "泳池"])

    assert verdict.reason in ("wrong_figure", "not_in_passages")


@pytest.mark.parametrize(
    "claim",
    [
        "The deposit for an electric bike is 250 euros [2].",
        "An electric bike costs 29 euros a day [1].",
        "We take 80 euros as a deposit for a city bike [2].",
        "A city bike costs 14 euros, and an electric bike 29 euros a day [1].",
        "遗失更衣柜钥匙要赔偿五十元[3]。",
        "儿童池水深60厘米[3]。",
    ],
)
def test_a_figure_with_its_subject_in_one_sentence_does(claim: str) -> None:
    assert only(claim, [HIRE, DEPOSITS, POOL], headings=["Prices", "Deposit", "泳池"]).supported
