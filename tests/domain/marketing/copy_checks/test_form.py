"""What a channel allows: fields, lengths, hashtags, emoji, links, and what it asks for."""

from dataclasses import replace

import pytest

from domain.marketing.copy_checks.check import check_copy
from domain.marketing.copy_checks.markers import emoji, hashtags, links
from tests.domain.marketing.copy_checks.briefs import TEA, channel, codes, said, violations


def test_a_title_that_is_too_long_is_shown_from_the_first_letter_that_does_not_fit() -> None:
    title = "桂" * 30 + "花"
    (violation,) = violations("taobao", {"title": title, "detail": "桂花"})
    assert (violation.code, violation.field, violation.text) == ("too_long", "title", "花")
    assert (violation.start, violation.end) == (30, 31)
    assert "62" in violation.reason_zh
    assert "60" in violation.reason_en
    assert violation.source == channel("taobao").source


def test_a_changed_channel_is_kept_to() -> None:
    rules = replace(channel("moments").fields[0], max_length=4)
    shorter = replace(channel("moments"), fields=(rules,))
    assert [each.code for each in check_copy({"text": "桂花乌龙茶"}, shorter, TEA)] == ["too_long"]


def test_fields_that_are_missing_empty_or_unknown_are_named() -> None:
    found = violations("taobao", {"title": " ", "subtitle": "桂花"})
    assert [(each.code, each.field) for each in found] == [
        ("unknown_field", "subtitle"),
        ("missing_field", "title"),
        ("missing_field", "detail"),
    ]


def test_an_optional_field_may_be_missing_and_a_short_one_is_told() -> None:
    assert violations("jd", {"title": "桂花乌龙", "detail": "桂花"}) == []
    assert [each.code for each in violations("baidu_ad", {"title": "茶", "description": "桂花乌龙茶"})] == [
        "too_short"
    ]


def test_hashtags_are_counted_over_all_fields_and_shown_from_the_first_too_many() -> None:
    tags = " ".join(f"#茶{letter}" for letter in "甲乙丙丁戊己")
    (violation,) = violations("douyin", {"title": "桂花", "body": f"好喝 {tags}"})
    assert (violation.code, violation.text) == ("too_many_hashtags", "#茶己")
    body = "桂花乌龙上新了，办公室里泡一杯，满屋子都是秋天的味道。"
    assert [each.code for each in violations("xiaohongshu", {"title": "茶", "body": body})] == [
        "too_few_hashtags"
    ]


@pytest.mark.parametrize(
    ("text", "are_closed", "found"),
    [
        ("#桂花 好喝 #乌龙", False, ["#桂花", "#乌龙"]),
        ("#桂花#乌龙", False, ["#桂花", "#乌龙"]),
        ("#桂花# 好喝 #乌龙茶#", True, ["#桂花#", "#乌龙茶#"]),
        ("America's #1, and #2", False, []),
        ("#3D #tea", False, ["#3D", "#tea"]),
        ("see https://a.example/#top", False, []),
        ("＃桂花", False, ["＃桂花"]),
    ],
)
def test_hashtags_are_told_from_numbers_and_addresses(text: str, are_closed: bool, found: list[str]) -> None:
    assert [text[slice(*span)] for span in hashtags(text, are_closed=are_closed)] == found


def test_an_emoji_counts_once_however_it_is_made() -> None:
    text = "👨‍👩‍👧‍👦 好 👍🏽 ☕️ 🇨🇳 1️⃣ © 1 ™"
    assert [text[slice(*span)] for span in emoji(text)] == ["👨‍👩‍👧‍👦", "👍🏽", "☕️", "🇨🇳", "1️⃣"]
    assert codes("桂花" + "🍂" * 9) == []
    assert said("桂花" + "🍂" * 11) == [("too_many_emoji", "🍂🍂")]


def test_only_links_of_the_brief_may_stand() -> None:
    assert codes("看 https://yunqi.example/tea 。") == []
    assert said("看 https://yunqi.example/tea2") == [("foreign_link", "https://yunqi.example/tea2")]
    assert said("看 www.other.example/x，桂花") == [("foreign_link", "www.other.example/x")]
    assert said("看 other-shop.com/x 买桂花") == [("foreign_link", "other-shop.com/x")]
    body = "在哪买？https://yunqi.example/tea 自己看，桂花乌龙，喜欢的话收藏一下吧。#茶"
    assert [each.code for each in violations("xiaohongshu", {"title": "茶", "body": body})] == [
        "too_many_links"
    ]


def test_an_address_ends_where_its_sentence_does() -> None:
    text = "See https://a.example/x?y=1. Or (https://b.example)!"
    assert [link for _, link in links(text)] == ["https://a.example/x?y=1", "https://b.example"]


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("【云栖茶舍】桂花乌龙上市，拒收请回复R", 0),
        ("【云栖茶舍】桂花乌龙上市，退订回T", 0),
        ("桂花乌龙上市，拒收请回复R", 1),
        ("桂花【云栖茶舍】乌龙上市", 2),
        ("Harbor: it is out. Reply STOP to opt out", 0),
        ("Harbor: it is out. Do not stop.", 1),
    ],
)
def test_a_message_says_who_sends_it_and_how_to_be_left_alone(text: str, missing: int) -> None:
    assert [each.code for each in violations("sms", {"body": text})] == ["missing_channel_text"] * missing


@pytest.mark.parametrize("text", ["【退订】", "【云栖茶舍】拒收请回复R", "Reply STOP to opt out."])
def test_a_sender_and_a_way_to_opt_out_alone_are_no_message(text: str) -> None:
    assert [each.code for each in violations("sms", {"body": text}) if each.code == "missing_field"]
