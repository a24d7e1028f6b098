import pytest
from django.test import override_settings

from apps.answering.messages import (
    asks_for_a_fact,
    asks_whether_ai,
    checked_message,
    is_courtesy,
    is_greeting,
    is_objection,
    join_messages,
    language_after,
    language_of,
    leans_back,
    previous_question,
    questions_of,
    without_signature,
)
from apps.core.errors import InvalidInput


@override_settings(MESSAGE_MAX_CHARACTERS=5)
def test_a_line_that_ends_counts_once_as_in_the_field_that_it_was_typed_in() -> None:
    assert checked_message("1\r\n2\r\n3") == "1\n2\n3"


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "a\x00b", "\x1b[31mred", "half a pair \ud800"],
    ids=["empty", "blank", "NUL", "escape", "surrogate"],
)
def test_what_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked_message(text)

    assert refusal.value.fields["text"]


@override_settings(MESSAGE_MAX_CHARACTERS=100)
def test_a_message_may_be_as_long_as_the_setting_says() -> None:
    assert checked_message("x" * 100)
    with pytest.raises(InvalidInput):
        checked_message("x" * 101)


@override_settings(MESSAGE_MAX_CHARACTERS=20)
def test_many_messages_together_are_read_as_long_as_one_may_be() -> None:
    assert join_messages(["Where is it?", "TH-2041"]) == "Where is it?\nTH-2041"
    assert join_messages(["An older one.", "Where is it?", "TH-2041"]) == "Where is it?\nTH-2041"
    assert join_messages(["x" * 30]) == "x" * 20
    assert join_messages([]) == ""


@pytest.mark.parametrize("text", ["مرحبا، متى تفتحون؟", "שלום", "two\nlines\tand a tab", "🙂"])
def test_other_scripts_and_line_breaks_are_kept(text: str) -> None:
    assert checked_message(f" {text} ") == text


def test_breaks_as_slides_and_letters_have_them_are_line_breaks() -> None:
    assert checked_message("my order\x0bof May\x0cThanks") == "my order\nof May\nThanks"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("可以退货吗?", "zh-hans"),
        ("Can I return it?", "en"),
        ("我想买 iPhone 手机壳", "zh-hans"),
        ("???", "zh-hans"),
        ("TH-2041", "zh-hans"),
        ("li.wei@example.com", "zh-hans"),
        ("https://shop.example/tea", "zh-hans"),
        ("订单 SF10293-A", "zh-hans"),
        ("My order is TH-2041", "en"),
        ("مرحبا", "zh-hans"),
    ],
)
def test_the_answer_follows_the_visitors_language(text: str, language: str) -> None:
    assert language_of(text, otherwise="zh-hans") == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("OK", "zh-hans"),
        ("iPhone 15 Pro Max", "zh-hans"),
        ("English please", "en"),
        ("When will it be here?", "en"),
    ],
)
def test_a_few_words_of_english_end_no_talk_in_chinese(text: str, language: str) -> None:
    assert language_after(text, "zh-hans") == language
    assert language_after("退货", "en") == "zh-hans"


@pytest.mark.parametrize("text", ["And for gifts?", "那开封了的呢?", "How much is it?", "多少钱?"])
def test_follow_ups_lean_on_the_message_before(text: str) -> None:
    assert leans_back(text)


@pytest.mark.parametrize(
    "text", ["How long does delivery to Shanghai take?", "你们的绿茶和红茶分别应该怎么保存才好"]
)
def test_whole_questions_stand_alone(text: str) -> None:
    assert not leans_back(text)


@pytest.mark.parametrize(
    ("earlier", "leant_on"),
    [
        (["大人周六跑一场多少钱", "那小孩呢"], "大人周六跑一场多少钱"),
        (["How much is one ride on a Sunday?", "And for children?"], "How much is one ride on a Sunday?"),
        (["退货要几天？", "谢谢！"], "退货要几天？"),
        (["运费多少", "怎么退货"], "怎么退货"),
        (["你好", "那呢"], "那呢"),
        (["你好"], ""),
        ([], ""),
    ],
)
def test_a_follow_up_leans_on_the_last_question_that_stands_by_itself(
    earlier: list[str], leant_on: str
) -> None:
    assert previous_question(earlier) == leant_on


def test_a_greeting_that_asks_is_no_question_beside_another() -> None:
    assert questions_of("在吗？周末包场便宜吗？") == ["周末包场便宜吗？"]
    assert questions_of("Hi, anyone there? Are dogs allowed? What is the deposit?") == [
        "Are dogs allowed?",
        "What is the deposit?",
    ]
    assert questions_of("在吗？") == ["在吗？"]


@pytest.mark.parametrize(
    "text",
    [
        "When do orders leave the shop?",
        "How much is delivery to Japan?",
        "Hi, how long does a refund take?",
        "Which courier do you use?",
        "退款多久到账？",
        "满多少包邮",
        "发票什么时候能开？",
        "总店的地址",
    ],
)
def test_some_questions_ask_for_a_fact(text: str) -> None:
    assert asks_for_a_fact(text)


@pytest.mark.parametrize(
    "text",
    [
        "Can gift cards be returned?",
        "I bought tea. Is delivery free?",
        "How should I store white tea?",
        "Why was my parcel sent back?",
        "What can I do if it is broken?",
        "拆开的茶叶还能退吗？",
        "能不能寄到欧洲",
        "普洱茶怎么保存？",
    ],
)
def test_others_want_a_judgement(text: str) -> None:
    assert not asks_for_a_fact(text)


@pytest.mark.parametrize(
    "text",
    [
        "谢谢",
        "好的，谢谢您！",
        "嗯嗯好的",
        "知道了谢谢啦~",
        "不用了谢谢",
        "OK\nthanks",
        "Great, thank you",
        "No thanks",
        "bye!",
        "ok谢谢",
        "谢谢亲[玫瑰]",
        "感谢您的耐心解答",
        "没有其他问题了，谢谢",
        "问题解决了👍",
        "🙏🏻🙏🏻",
        "[抱拳][抱拳]",
        "Thanks for your quick reply!",
        "no that's all, thank you",
        "that helped, thx",
        "您好，\n收到，谢谢！",
        "Hi Anna,\nthank you!",
    ],
)
def test_thanks_and_goodbyes_ask_for_nothing(text: str) -> None:
    assert is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "好用吗",
        "没有",
        "谢谢，还能退吗",
        "收到货多久能退",
        "知道怎么退货吗",
        "Thanks, and how long is it valid?",
        "no",
        "ok to return it?",
        "ok？",
        "hi refund",
        "没有解决",
        "ok 那运费呢",
        "是什么问题",
        "😡",
        "👍😡",
        "[发怒]",
        "Thanks for your quick reply, but it is broken",
    ],
)
def test_what_only_begins_so_is_read(text: str) -> None:
    assert not is_courtesy(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("好的，谢谢！\n\n张三", "好的，谢谢！"),
        ("Ok, thanks!\n\nBest regards,\nVera", "Ok, thanks!"),
        ("Thanks\n--\nVera Wang", "Thanks"),
        ("谢谢\n此致\n敬礼", "谢谢"),
        ("我是\n张三", "我是"),
        ("张三", "张三"),
        ("Order 4711\nWangfujing 3", "Order 4711\nWangfujing 3"),
    ],
)
def test_who_signs_a_message_says_no_more_by_it(text: str, said: str) -> None:
    assert without_signature(text, "张三" if "张三" in text else "Vera Wang") == said
    assert is_courtesy(said) == (said in ("好的，谢谢！", "Ok, thanks!", "Thanks", "谢谢"))


@pytest.mark.parametrize(
    "text",
    [
        "that's not what I asked",
        "No, you didn't answer my question!",
        "Not helpful",
        "那不是我问的",
        "不对，我问的不是这个",
        "答非所问",
        "你答错了",
        "我不是问这个",
        "没用",
    ],
)
def test_an_objection_asks_for_nothing_itself(text: str) -> None:
    assert is_objection(text)


@pytest.mark.parametrize(
    "text",
    [
        "不是",
        "that is wrong size",
        "it is not working",
        "没用过可以退吗",
        "这不是我要的颜色，能退吗",
        "不是这个颜色",
    ],
)
def test_an_objection_that_says_more_is_read(text: str) -> None:
    assert not is_objection(text)


@pytest.mark.parametrize(
    "text",
    [
        "你好，在吗",
        "亲，在么",
        "hello there",
        "hi again",
        "Hello, anyone there?",
        "hello你好",
        "在？",
        "客服在吗",
        "您好，想咨询个问题",
        "hi, can I ask a question?",
    ],
)
def test_greetings_come_in_pairs(text: str) -> None:
    assert is_greeting(text)


def test_a_question_behind_a_greeting_is_none() -> None:
    assert not any(
        map(
            is_greeting,
            [
                "客服",
                "你好，我想退货",
                "hi, how much is it?",
                "请问怎么退货",
                "在上海有店吗",
                "问题多吗",
                "老板",
            ],
        )
    )


@pytest.mark.parametrize(
    "text",
    [
        "你是真人吗",
        "您是机器人吗？",
        "请问这边是人工还是机器人",
        "你到底是不是人",
        "Are you a robot?",
        "hi, are you human?",
        "Am I talking to a real person?",
        "Is this a bot or a human?",
        "你是谁？",
        "在吗？你不是机器人吧",
        "你是DeepSeek吗",
        "you're a bot, right?",
        "are you real",
        "Human or bot?",
        "Who are you",
    ],
)
def test_who_asks_whether_a_machine_answers_is_understood(text: str) -> None:
    assert asks_whether_ai(text)


@pytest.mark.parametrize(
    "text",
    [
        "可以转人工吗",
        "人工服务收费吗",
        "你们是工厂吗",
        "How much is the robot vacuum?",
        "Is there a person I can call about my order?",
        "Is this a return?",
        "Who are you shipping with?",
        "human or animal hair?",
        "这不是机器做的",
    ],
)
def test_other_questions_about_people_and_robots_are_not_taken_for_it(text: str) -> None:
    assert not asks_whether_ai(text)
