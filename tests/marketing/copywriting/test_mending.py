"""What is left after two repairs is put right by code, without a word that the brief does not hold."""

import pytest

from apps.marketing.copywriting.mending import mend
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import channels
from domain.marketing.copy_checks.check import check_copy

TEA = BriefFacts(
    "岩茶",
    (Fact("产地", "福建武夷山"), Fact("净含量", "250 克"), Fact("焙火", "中火")),
    must_say=("250 克",),
    brand_terms={"山雀茶": "山雀茶舍"},
    links=("https://tea.example/oolong",),
)


def mended(channel: str, **texts: str) -> dict[str, str]:
    rules = channels()[channel]
    for _round in range(2):
        texts = mend(texts, check_copy(texts, rules, TEA), rules, TEA)
    assert [each.reason_en for each in check_copy(texts, rules, TEA) if each.severity == "error"] == []
    return texts


def test_a_sentence_with_an_invented_number_goes() -> None:
    copy = mended("moments", text="福建武夷山的岩茶，250 克。每年只做 300 斤。慢慢喝。")

    assert copy["text"] == "福建武夷山的岩茶，250 克。慢慢喝。"


def test_a_sentence_that_turns_a_fact_round_goes() -> None:
    kettle = BriefFacts("铸铁壶", (Fact("", "不支持明火加热"), Fact("价格", "299 元")))
    rules, texts = channels()["moments"], {"text": "铸铁壶，299 元。支持明火加热，安心使用。慢慢喝。"}

    kept = mend(texts, check_copy(texts, rules, kettle), rules, kettle)

    assert kept == {"text": "铸铁壶，299 元。慢慢喝。"}


def test_a_missing_word_is_named_behind_its_fact() -> None:
    assert mended("moments", text="福建武夷山的岩茶。")["text"] == "福建武夷山的岩茶。净含量：250 克。"


def test_words_do_not_run_into_a_hashtag() -> None:
    assert mended("moments", text="喝岩茶。 #岩茶")["text"] == "喝岩茶。 #岩茶\n净含量：250 克。"


def test_what_is_too_short_gets_the_facts_that_are_left() -> None:
    copy = mended("xiaohongshu", title="岩茶", body="全国第一的茶。慢慢喝。")

    assert "产地：福建武夷山。" in copy["body"]
    assert "第一" not in copy["body"]
    assert copy["body"].endswith("#岩茶")


def test_a_message_gets_its_signature_and_its_way_out() -> None:
    assert mended("sms", body="中火岩茶 250 克。")["body"] == "【岩茶】中火岩茶 250 克。拒收请回复R"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250 克，看 https://other.example/x 。", "250 克，看  。"),
        ("山雀茶的岩茶，250 克。", "山雀茶舍的岩茶，250 克。"),
        ("250 克。 #一 #二 #三 #四", "250 克。 #一 #二 #三"),
    ],
)
def test_links_names_and_hashtags_are_put_right_in_their_place(text: str, expected: str) -> None:
    assert mended("moments", text=text)["text"] == expected


def test_a_headline_is_cut_where_a_clause_ends() -> None:
    copy = mended(
        "taobao",
        title="武夷岩茶，中火慢焙，产自福建武夷山，一盒 250 克，泡一壶慢慢喝，送礼自饮都好，办公室常备",
        detail="250 克。",
    )

    assert copy["title"] == "武夷岩茶，中火慢焙，产自福建武夷山，一盒 250 克"


def test_a_text_of_which_nothing_fits_stays_for_the_checks_to_name() -> None:
    rules = channels()["taobao"]
    texts = {"title": "岩茶" * 40, "detail": "250 克。"}

    assert mend(texts, check_copy(texts, rules, TEA), rules, TEA)["title"] == "岩茶" * 40


def test_copy_of_which_no_sentence_is_left_does_not_become_a_list_of_facts() -> None:
    rules, texts = channels()["moments"], {"text": "全国第一的岩茶，只要 9 元。"}

    assert mend(texts, check_copy(texts, rules, TEA), rules, TEA) == texts
