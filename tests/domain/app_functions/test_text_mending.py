"""A text is held to its rules: what breaks them is found, cut or put in by code, and asked for where it lacks."""

from typing import Any

import pytest

from domain.app_functions.text_mending import find_missing_parts, mend_text
from domain.app_functions.text_rules import broken_rules, length, says, state_rules

EN = (
    "Our shop moves in May. The new shop stands at the river. It is larger, and it has a garden. "
    "Regrettably the old one closes. Come and see it with your friends on the first day."
)
ZH = "我们的店五月搬家。新店在河边，面积更大，还有花园。很遗憾，老店要关门了。欢迎第一天就来看看。"


def rules(**given: Any) -> dict[str, Any]:
    empty = {"at_least": None, "at_most": None, "points": None, "paragraphs": None, "title": False}
    named = {"language": "English", "must_say": [], "must_not_say": [], "ending": ""}
    stated: dict[str, Any] = state_rules("notice", **{**empty, **named, **given})["rules"]
    return stated


def broken(text: str, stated: dict[str, Any]) -> list[str]:
    return [f"{each['rule']} {each['word']}".strip() for each in broken_rules(text, stated)]


def mended(text: str, stated: dict[str, Any], **answers: list[str]) -> str:
    kinds = [kind for kind, texts in answers.items() for _text in texts]
    told = mend_text(
        find_missing_parts(text, stated)["text"],
        stated,
        kinds,
        [a for b in answers.values() for a in b],
        is_last=True,
    )
    assert told["broken"] == broken_rules(told["text"], stated)
    return str(told["text"])


def test_length_is_counted_as_each_language_counts() -> None:
    assert length("Don't forget: 3.5 well-known teas – now!", "English") == 6
    assert length("绿茶 GREEN 3.5 元，好喝！", "Chinese") == 9


@pytest.mark.parametrize(
    ("text", "word", "is_said"),
    [
        ("The TEA is here", "tea", True),
        ("The teapot", "tea", False),
        ("红茶杯", "茶", True),
        ("x", "", False),
        ('选购"春茶"礼盒', "“春茶”礼盒", True),
        ("反对「内卷」", "“内卷”", True),
        ("欢迎参加AI大会", "AI 大会", True),
        ("优惠价 12,000 元", "12,000元", True),
        ("a free  gift", "free gift", True),
        ("参加会议\n\n室内", "会议室", False),
        ("use AI tools", "usea", False),
    ],
)
def test_words_of_letters_stand_whole(text: str, word: str, is_said: bool) -> None:
    assert says(text, word) == is_said


@pytest.mark.parametrize("mark", ["- ", "1.", "1．", "1）", "（1）", "①", "一、", "（一）"])
def test_points_are_counted_by_whichever_mark_they_have(mark: str) -> None:
    text = f"请带好：\n{mark}杯子\n{mark}茶叶"
    stated = rules(language="Chinese", points=2)

    assert broken(text, stated) == []
    assert mended(text, stated, points=["- 水壶\n- 点心"]) == text


@pytest.mark.parametrize("line", ["**停电通知**", "---", "3.5元一斤", "*** 注意 ***"])
def test_what_only_looks_like_the_mark_of_a_point_is_none(line: str) -> None:
    assert broken(f"{line}\n- 杯子\n- 茶叶", rules(language="Chinese", points=2)) == []


def test_a_title_goes_without_stars_and_without_saying_that_it_is_one() -> None:
    stated, body = rules(language="Chinese", title=True), "因检修，3号楼停电。"
    draft = f"**停电通知**\n\n{body}"

    assert find_missing_parts(draft, stated)["broken"] == []
    assert mended(f"标题：停电通知\n\n{body}", stated) == f"停电通知\n\n{body}"
    assert mended(body, stated, title=["Title: “停电通知”"]) == f"停电通知\n\n{body}"


def test_each_rule_that_breaks_is_named() -> None:
    stated = rules(
        at_least=100,
        points=2,
        paragraphs=2,
        title=True,
        ending="Bye.",
        must_say=["bus"],
        must_not_say=["old one"],
    )

    assert broken(EN, stated) == [
        "must_say bus",
        "must_not_say old one",
        "at_least",
        "points",
        "paragraphs",
        "title",
        "ending",
    ]
    assert broken(EN, rules(language="Chinese")) == ["language"]
    assert broken("", rules()) == ["language"]


def test_sentences_with_what_must_not_be_said_go_and_the_others_stay() -> None:
    assert "closes" not in mended(EN, rules(must_not_say=["regrettably"]))
    assert mended(ZH, rules(language="Chinese", must_not_say=["遗憾"])) == ZH.replace(
        "很遗憾，老店要关门了。", ""
    )


def test_a_text_that_is_too_long_loses_sentences_but_none_that_it_needs() -> None:
    text = mended(EN, rules(at_most=20, must_say=["first day"]))

    assert length(text, "English") <= 20
    assert text.endswith("on the first day.")
    assert text.startswith("Our shop moves in May.")


def test_between_two_lengths_the_last_sentence_is_cut_within() -> None:
    for language, text in (("English", EN), ("Chinese", ZH)):
        for most in range(14, length(text, language)):
            stated = rules(language=language, at_least=most - 2, at_most=most)
            assert broken(mended(text, stated), stated) == [], most


def test_the_ending_and_the_title_are_put_in_place() -> None:
    text = mended(
        EN, rules(title=True, ending="See you there"), title=['"**A New Shop at the River.**"\nMore']
    )

    assert text.startswith("A New Shop at the River\n\nOur shop")
    assert text.endswith("first day. See you there")
    assert mended(text, rules(title=True, ending="See you there")) == text


def test_what_stands_behind_the_ending_goes() -> None:
    assert mended(f"{EN} See you there.\n\nYours\n[name]", rules(ending="See you there.")).endswith(
        "first day. See you there."
    )


def test_an_ending_on_a_line_of_its_own_stays_there() -> None:
    letter = "各位同事：\n请于周五前提交报表。谢谢！\n\n此致\n敬礼"
    assert mended(letter, rules(language="Chinese", ending="此致\n敬礼")) == letter
    assert mended(f"{EN}\nThe team", rules(ending="The team")) == f"{EN}\nThe team"
    counted = rules(language="Chinese", ending="此致\n敬礼", paragraphs=1)
    assert broken(mended(letter, counted), counted) == []


def test_what_lacks_is_asked_for_and_put_in() -> None:
    stated = rules(at_least=60, must_say=["bus", "Open at nine."], points=2)
    asked = find_missing_parts(EN, stated)["missing"]

    assert [(each["kind"], each["word"]) for each in asked] == [
        ("sentence", "bus"),
        ("sentence", "Open at nine."),
        ("points", ""),
        ("more", ""),
    ]
    text = mended(
        EN,
        stated,
        sentence=["Take the bus to the river.", "I will not."],
        points=["- Tea\n- Coffee\n- Cake"],
        more=["Our shop moves in May. There is room for everyone. " + "We have many teas here. " * 4],
    )
    assert broken(text, stated) in ([], ["at_least"])
    assert text.count("Our shop moves in May.") == 1
    assert "Take the bus" in text
    assert "Open at nine." in text
    assert "- Tea\n- Coffee" in text
    assert "Cake" not in text


def test_words_that_nobody_wrote_come_last_as_they_are() -> None:
    assert mended(EN, rules(must_say=["bus", "ticket"])).endswith("Keywords: bus, ticket.")
    assert mended(ZH, rules(language="Chinese", must_say=["公交"])).endswith("关键词：公交。")


def test_points_and_paragraphs_come_to_their_number() -> None:
    listed = "Bring:\n- tea\n- a cup\n- a chair\n\nSee you."
    assert mended(listed, rules(points=2)) == "Bring:\n- tea\n- a cup\n\nSee you."
    assert broken(mended(EN, rules(points=3)), rules(points=3)) == []
    for count in (1, 2, 4):
        stated = rules(paragraphs=count)
        assert broken(mended(EN, stated), stated) == []
        assert broken(mended("One.\n\nTwo.\n\nThree.\n\nFour here.", stated), stated) == []


def test_a_short_first_line_stays_where_paragraphs_are_counted() -> None:
    letter = "各位同事\n\n周五下午三点开会。请准时参加。\n\n会议室在三楼。"
    two = rules(language="Chinese", paragraphs=2)
    assert mended(letter, two) == letter.replace("\n\n", "\n", 1)
    with_title = rules(language="Chinese", paragraphs=2, title=True)
    text = mended(f"会议通知\n\n{letter}", with_title)
    assert text.startswith("会议通知\n\n各位同事")
    assert broken(text, with_title) == []


def test_a_model_that_goes_on_with_the_ending_does_not_bring_it_twice() -> None:
    stated = rules(language="Chinese", paragraphs=5, ending="感谢您的阅读。")
    text = mended("公司食堂新增早餐，价格实惠。", stated, more=["感谢您的阅读。"])
    assert text.count("感谢您的阅读。") == 1


def test_a_sentence_that_begins_with_the_ending_stays() -> None:
    letter = "王经理：周五下午三点在三楼开会，请准时参加。谢谢您的支持，另请备好三份材料。"
    assert mended(letter, rules(language="Chinese", ending="谢谢")) == f"{letter}谢谢"


def test_a_text_in_another_language_or_that_goes_in_circles_is_asked_for_again() -> None:
    stated = rules(language="Chinese")

    assert [each["kind"] for each in find_missing_parts(EN, stated)["missing"]] == ["whole"]
    assert [each["kind"] for each in find_missing_parts("好茶真好。" * 80, stated)["missing"]] == ["whole"]
    assert mended(EN, stated, whole=[ZH]) == ZH


def test_rules_are_told_in_the_language_of_the_text() -> None:
    given = rules(language="Chinese", at_least=80.0, must_say=["茶", "水"], title=True, ending="完。")

    first, *others = state_rules("mail", **given)["requirements"].splitlines()
    assert first == "写一封邮件，用中文写。"
    assert set(others) == {
        "全文至少80字。",
        "至少写5句话。",
        "文中写到这些词：茶、水。",
        "第一行写标题，标题下空一行。",
        "最后一句是：完。",
    }


def test_what_must_and_must_not_be_said_is_told_and_not_argued_with() -> None:
    given = rules(must_say=["old tea"], must_not_say=["tea"])

    assert state_rules("notice", **given)["contradicting"] == ["tea"]
    assert broken(mended(EN, given), given) == ["must_not_say tea"]


@pytest.mark.parametrize("text", ["", " \n", "- ", "```", "...", "# \n\n", "\n\n- a\n\n\n- b"])
def test_a_text_of_nothing_is_mended_without_harm(text: str) -> None:
    stated = rules(points=2, paragraphs=1, title=True, at_least=5, at_most=9, ending="End.", must_say=["x"])

    assert isinstance(mended(text, stated), str)


def test_a_first_line_that_was_no_title_is_part_of_the_first_paragraph() -> None:
    mail = (
        "Subject: Breakfast\n\nDear Lin,\n\nBreakfast begins at seven. It is free.\n\nBest regards,\n\nVera"
    )
    text = mended(mail, rules(paragraphs=2))

    assert text.startswith("Subject: Breakfast\nDear Lin,\nBreakfast begins at seven. It is free.")
    assert text.endswith("Best regards,\nVera")
    assert len(text.split("\n\n")) == 2


def test_a_text_that_is_too_long_keeps_a_sentence_for_each_paragraph() -> None:
    stated = rules(at_most=23, paragraphs=4)
    text = mended(EN, stated)

    assert broken(text, stated) == []


def test_what_a_model_says_to_whoever_asked_is_not_put_in() -> None:
    chinese, english = rules(language="Chinese", at_least=80), rules(at_least=80)
    remarks = [
        "好的，我明白了。",
        "好的，请继续。",
        "当然可以！以下是续写：",
        "Sure, I can help.",
        "以上内容约一百字。",
    ]
    for remark in remarks:
        assert mended(ZH, chinese, more=[remark]) == ZH
        assert mended(ZH, chinese, more=[f"{remark}\n店里有茶。"]) == f"{ZH}店里有茶。"
    for remark in ("Sure, here are 20 words:", "Certainly!", "The text mentions a shop."):
        assert mended(EN, english, more=[f"{remark}\nTea is free."]) == f"{EN} Tea is free."
    assert mended(ZH, chinese, more=["写一篇通知，主题是搬家。" * 5]) == ZH
    assert mended(ZH, chinese, more=["好的习惯从早餐开始。"]).endswith("好的习惯从早餐开始。")


def test_what_is_added_to_a_letter_stands_before_its_greeting_and_names() -> None:
    letter = "尊敬的居民：\n\n周一停水。\n\n此致\n\n敬礼！\n\n[您的名字]\n[日期]"
    stated = rules(language="Chinese", at_least=60, must_say=["阀门"])

    text = mended(letter, stated, more=["请提前储水。\n\n物业公司"])
    assert text == letter.replace("停水。", "停水。请提前储水。关键词：阀门。")


def test_an_ending_without_its_mark_is_put_in_once() -> None:
    stated = rules(language="Chinese", ending="以上。")
    assert mended("周一停水。\n\n以上", stated) == "周一停水。\n\n以上。"
    assert mended("以上。", stated) == "以上。"


def test_what_still_lacks_after_an_answer_is_asked_for_again() -> None:
    stated = rules(at_least=60, must_say=["bus"])
    told = mend_text(EN, stated, ["sentence", "more"], ["Take the bus.", "Tea is free."], is_last=False)

    assert [(each["kind"], each["count"]) for each in told["missing"]] == [("more", 30)]
    assert told["broken"] == [{"rule": "at_least", "word": ""}]


def test_what_an_answer_says_twice_is_put_in_once() -> None:
    assert mended(ZH, rules(language="Chinese", at_least=80), more=["店里有茶。" * 5]) == f"{ZH}店里有茶。"


def test_paragraphs_that_no_sentence_is_left_for_are_asked_for_and_the_ending_is_one() -> None:
    stated = rules(language="Chinese", paragraphs=4, ending="感谢您的阅读。")
    (asked,) = find_missing_parts("早餐便宜。\n\n感谢您的阅读。", stated)["missing"]

    assert (asked["kind"], asked["count"]) == ("more", 3)
    assert asked["instruction"].endswith("句数：")
    text = mended("早餐便宜。", stated, more=["七点开始。八点结束。"])
    assert text == "早餐便宜。\n\n七点开始。\n\n八点结束。\n\n感谢您的阅读。"


def test_a_model_is_shown_a_text_without_its_end_so_that_it_can_go_on() -> None:
    letter = "尊敬的居民：\n\n周一停水。\n\n感谢您的理解！\n\n此致\n敬礼\n\n[您的名字]\n\n以上。"
    stated = rules(language="Chinese", at_least=80, ending="以上。")

    assert find_missing_parts(letter, stated)["shown"]["text"] == "尊敬的居民：\n\n周一停水。"


def test_a_draft_that_is_its_ending_alone_is_asked_for_again() -> None:
    stated = rules(language="Chinese", paragraphs=3, ending="以上。")
    told = find_missing_parts("以上。", stated)

    assert [each["kind"] for each in told["missing"]] == ["whole"]
    assert told["shown"]["text"] == ""


def test_of_a_sentence_that_ends_with_the_ending_no_beginning_is_left_alone() -> None:
    stated = rules(language="Chinese", ending="期待您的到来！", must_say=["绳子"])
    text = mended("周五开会。我们期待您的到来！", stated, sentence=["请带上绳子。"])
    assert text == "周五开会。请带上绳子。期待您的到来！"
