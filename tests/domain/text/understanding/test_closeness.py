import pytest

from domain.text.understanding.closeness import closeness, objection, overlap, plain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("怎么退货？", "请问怎么退货"),
        ("怎么退货?", "你好，怎么退货，谢谢"),
        ("How do I return tea?", "hello, how do i return tea"),
        ("ＶＩＰ怎么办理", "VIP怎么办理？"),
        ("我想问一下怎么退货", "怎么退货"),
        ("你好\n在吗\n怎么退货\n谢谢", "怎么退货"),
        ("3-5天能到吗", "3～5天能到吗"),
        ("零下5度能保存吗", "-5度能保存吗？"),
    ],
)
def test_politeness_width_and_punctuation_do_not_make_another_question(one: str, other: str) -> None:
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5kg 的运费多少", "15kg 的运费多少"),
        ("满1.5万有折扣吗", "满15万有折扣吗"),
        ("3-5天能到吗", "35天能到吗"),
        ("Are you open at 10:30?", "Are you open at 1030?"),
        ("-5度能保存吗", "5度能保存吗"),
        ("Pro+ 套餐多少钱", "Pro 套餐多少钱"),
        ("C# 课程多少钱", "C 课程多少钱"),
        ("<3kg 包邮吗", ">3kg 包邮吗"),
        ("3—5天能到吗", "35天能到吗"),
        ("2×3米的地毯有吗", "23米的地毯有吗"),
        ("第3、4款有货吗", "第34款有货吗"),
    ],
)
def test_marks_in_a_number_make_another_question(one: str, other: str) -> None:
    assert plain(one) != plain(other)
    assert objection(one, other) == "numbers"


def test_a_greeting_alone_stays_something() -> None:
    assert plain("你好") == "你好"
    assert plain("???") == "???"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("订单 A-1029 到哪了", "订单到哪了", "numbers"),
        ("逾期3天怎么办", "逾期5天怎么办", "numbers"),
        ("一天利息多少", "一年利息多少", "numbers"),
        ("7天内能退吗", "7天内可以退吗", ""),
        ("3天能到吗", "3个月能到吗", "numbers"),
        ("一个月内能退吗", "1个月内可以退吗", ""),
        ("十五天无理由退货", "15天无理由退货", ""),
        ("2XL有货吗", "有2XL的吗", ""),
        ("2XL有货吗", "3XL有货吗", "numbers"),
        ("TH-2041到哪了", "TH-2042到哪了", "numbers"),
        ("三天能到吗", "五天能到吗", "numbers"),
        ("周六几点开门", "周日几点开门", "numbers"),
        ("周日几点开门", "星期天几点开门", ""),
        ("周一至周五几点开门", "周一和周五几点开门", "numbers"),
        ("周一至周五几点开门", "星期一到五几点开门", ""),
        ("每周三次可以吗", "每周可以三次吗", ""),
        ("Are you open on Saturday?", "Are you open on Sunday?", "numbers"),
        ("Are you open on Saturdays?", "Are you open on a Saturday?", ""),
        ("为什么能登录", "为什么不能登录", "negation"),
        ("I can log in", "I can't log in", "negation"),
        ("Can I return opened tea?", "Can I return unopened tea?", "negation"),
        ("开封的茶叶能退吗", "未开封的茶叶能退吗", "negation"),
        ("能不能退货", "可以退货吗", ""),
        ("有没有发票", "有发票吗", ""),
        ("你们商店周末几点开门", "你们商店周末几点关门", "opposite"),
        ("酒店最早几点入住", "酒店最晚几点入住", "opposite"),
        ("怎么预约", "怎么取消预约", "opposite"),
        ("怎么注册账号", "怎么注销账号", "opposite"),
        ("怎么退货", "怎么换货", "opposite"),
        ("退货是买家付运费吗", "退货是卖家付运费吗", "opposite"),
        ("红色的有货吗", "黑色的有货吗", "opposite"),
        ("今天营业吗", "明天营业吗", "opposite"),
        ("有L码吗", "有M码吗", "numbers"),
        ("退货 不 收费吗", "退货收费吗", "negation"),
        ("Is the gluten-free cake fresh?", "Is the gluten cake fresh?", "negation"),
        ("退换货政策", "退换货规则", ""),
        ("可以刷卡吗", "可以付现金吗", "opposite"),
        ("How do I return it?", "How do I exchange it?", "opposite"),
        ("怎么取消预约", "预约怎么取消", ""),
        ("几点开始营业", "几点开门", ""),
        ("从上海到北京的快递要多久", "从北京到上海的快递要多久", "opposite"),
        ("从上海到北京要多久", "从上海到北京的快递多久能到", ""),
        ("When does your store open on Saturday?", "When does your store close on Saturday?", "opposite"),
        ("How long is it from Paris to Rome?", "How long is it from Rome to Paris?", "opposite"),
        ("When does the bus arrive?", "When does the bus leave?", "opposite"),
        ("Can I log in with my phone?", "Can I login by phone?", ""),
        ("怎么退款", "退款要多久", "kind"),
        ("How long does shipping take?", "How much is shipping?", "kind"),
        ("怎么退货", "如何退货", ""),
        ("退货", "怎么退货", ""),
    ],
)
def test_what_forbids_that_two_questions_are_one(one: str, other: str, expected: str) -> None:
    assert objection(one, other) == expected
    assert objection(other, one) == expected


def test_shared_words_count_with_their_order() -> None:
    assert overlap("怎么退货", "怎么退货") == 1
    assert overlap("怎么退货", "today") == 0
    assert overlap("我敢撩你", "你敢撩我") < 0.85


def test_meaning_leads_and_words_decide_between_equals() -> None:
    assert closeness(1, 1) == 1
    assert closeness(0.95, 1) > closeness(0.95, 0)
    assert closeness(0.97, 0) > closeness(0.93, 1)
