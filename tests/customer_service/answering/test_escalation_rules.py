"""What visitors write that calls for a person, before any model is asked."""

from collections.abc import Callable

import pytest

from apps.customer_service.answering.responses import Trigger
from apps.customer_service.answering.services import trigger_of
from apps.customer_service.conversations import selectors, services
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff import services as handoff
from apps.customer_service.staff.models import DeskSettings
from apps.customer_service.understanding import conversation_trend
from tests.customer_service.conftest import Desk
from tests.customer_service.handoff_fixtures import understood

Judge = Callable[[str], Trigger | None]


def judged(conversation: Conversation) -> Trigger | None:
    exchange = selectors.exchange(conversation.pk)
    assert exchange
    return trigger_of(exchange)


@pytest.fixture
def judge(desk: Desk) -> Judge:
    return lambda text: judged(desk.open(text).conversation)


def choose(desk: Desk, **fields: object) -> None:
    DeskSettings.objects.update_or_create(organisation=desk.actor.organisation, defaults=fields)


@pytest.mark.parametrize(
    "text",
    [
        "转人工",
        "转人工！！",
        "人工",
        "我要人工客服",
        "能不能转人工？",
        "麻烦帮我转一下人工",
        "有没有真人在",
        "我不要机器人，我要人工",
        "让你们经理来",
        "我想和真人聊",
        "轉人工",
        "agent",
        "Can I talk to a human?",
        "I’d like to speak with one of your agents please",
        "please connect me to a representative",
        "Why can't I speak to someone?",
        "I do not know how to reach a real person",
        "give me a real person",
        "A real person, please!",
        "stop, I am not talking to a robot",
        "I don't want to talk to a bot",
        "我不想跟AI聊",
        "换个人来吧",
        "来个人！",
        "人工回复",
        "Can a human look at this?",
        "I don't want a bot.",
        "get me your manager",
        "我要投诉",
        "我想投诉快递员",
        "我要找人",
        "I'd like to make a complaint about my order",
        "Hello? Is there a person here?",
        "Could somebody please call me?",
    ],
)
def test_asking_for_a_person_is_understood(judge: Judge, text: str) -> None:
    trigger = judge(text)

    assert trigger
    assert trigger.reason == "asked"
    assert trigger.detail


@pytest.mark.parametrize(
    "text",
    [
        "不用转人工",
        "不要人工客服，你回答就行",
        "你是真人吗",
        "这茶是人工采摘的吗",
        "人工智能是什么",
        "客服电话是多少？",
        "人工客服几点上班",
        "I don't want to talk to a human",
        "no need to connect me to an agent",
        "No need for a human, just tell me the opening hours",
        "不要AI生成的图片",
        "Are you a real person?",
        "Am I talking to a human?",
        "Do I have to talk to someone to return it?",
        "I am a travel agent, do you give a discount?",
        "How long does delivery take?",
        "昨天跟客服说过了",
        "上次人工客服告诉我可以退",
        "发票要转给我领导",
        "怎么换个人信息",
        "I don't want a robot vacuum",
        "怎么投诉快递",
        "我不想投诉，只想退款",
        "转账给客服可以吗",
        "How do I complain about a courier?",
    ],
)
def test_what_only_sounds_like_it_is_not(judge: Judge, text: str) -> None:
    assert judge(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "我要起诉你们",
        "律师函已经寄出",
        "12315见",
        "孩子喝了过敏了",
        "喝完食物中毒住院了",
        "充电宝着火了",
        "我不想活了",
        "请删除我的个人信息",
        "My lawyer will contact you",
        "I will see you in court",
        "Please erase all my personal data",
        "my son had an allergic reaction",
        "the kettle caught fire",
        "I want to kill myself",
        "My daughter got burned by the kettle",
        "the coffee scalded me",
        "I have burns on my arm",
        "my son swallowed the battery",
        "我的手被划了个口子",
        "孩子把电池吞下去了",
        "插座会漏电，怎么办",
        "刚才漏电了，还会漏电吗",
        "充电宝冒烟会爆炸吗",
        "喝了拉肚子能退款吗",
        "Why does it catch fire when I plug it in?",
        "喝完肚子疼",
        "插上电冒火花",
        "My skin is burning after using the cream",
        "It gave me a rash",
    ],
)
def test_legal_and_safety_matters_are_handed_over_as_sensitive(judge: Judge, text: str) -> None:
    trigger = judge(text)

    assert trigger
    assert trigger.reason == "sensitive"


@pytest.mark.parametrize(
    "text",
    [
        "Is there a tennis court near the shop? My name is Sue.",
        "花生过敏的人能喝吗",
        "现在是跳楼价吗",
        "我的订单号是1231512315",
        "Do you have a cup that keeps fire colours?",
        "I got burnt orange instead of red",
        "医院对面有店吗",
        "派出所旁边的门店几点开",
        "手机壳被划了",
        "车丢了多久之内要去报案？",
        "If it is stolen, should I report it to the police?",
        "会漏电吗？",
        "用久了会不会自燃",
        "空腹喝会拉肚子吗",
        "喝完会不舒服吗",
        "怎么防止烫伤",
        "带漏电保护吗",
        "Can it catch fire?",
        "Could the battery cause an explosion?",
        "Do you sell carbon monoxide detectors?",
    ],
)
def test_harmless_uses_of_such_words_are_not(judge: Judge, text: str) -> None:
    assert judge(text) is None


def test_a_matter_of_life_comes_before_the_wish_for_a_person(judge: Judge) -> None:
    trigger = judge("Let me talk to a human, my son had an allergic reaction")

    assert trigger
    assert trigger.reason == "sensitive"


def test_a_shop_may_keep_sensitive_matters_with_the_assistant(desk: Desk, judge: Judge) -> None:
    choose(desk, hands_off_sensitive=False)

    assert judge("我要起诉你们") is None


def test_words_of_the_shop_call_a_person(desk: Desk, judge: Judge) -> None:
    choose(desk, handoff_keywords=["Wholesale", "批发"])

    english, chinese, other = (
        judge("A question about WHOLESALE prices"),
        judge("你们做批发吗"),
        judge("wholesaler"),
    )

    assert english == Trigger("keyword", "wholesale")
    assert chinese == Trigger("keyword", "批发")
    assert other is None


def angry(desk: Desk, *trends: float) -> Conversation:
    """A conversation of as many messages, the last of them not understood yet."""
    conversation = desk.open("message 0").conversation
    for number in range(1, len(trends) + 1):
        desk.ask(conversation, f"message {number}")
    for number, trend in enumerate(trends):
        understood(conversation, f"message {number}", trend=trend, sentiment="negative")
    conversation_trend.carry_over([conversation.pk])
    return conversation


def test_growing_anger_over_two_messages_calls_a_person(desk: Desk) -> None:
    assert judged(angry(desk, -0.55, -0.8)) == Trigger("negative", "-0.80")


def test_one_angry_message_does_not(desk: Desk) -> None:
    assert judged(angry(desk, -0.55)) is None


def test_anger_that_passed_does_not(desk: Desk) -> None:
    assert judged(angry(desk, -0.55, -0.2)) is None


def test_a_shop_may_leave_anger_to_the_assistant(desk: Desk) -> None:
    choose(desk, hands_off_negative=False)

    assert judged(angry(desk, -0.55, -0.8)) is None


def test_anger_of_a_settled_matter_is_forgotten(desk: Desk) -> None:
    conversation = angry(desk, -0.55, -0.8)
    services.resolve(desk.actor, conversation_id=conversation.pk)
    desk.ask(conversation, "Something else")

    assert judged(conversation) is None


def test_who_waits_already_is_not_handed_over_again(desk: Desk) -> None:
    conversation = desk.open("转人工").conversation
    handoff.hand_off(desk.actor, conversation_id=conversation.pk, reason="asked")
    desk.ask(conversation, "转人工！")

    assert judged(conversation) is None


def test_what_was_handed_over_once_does_not_count_after_it_came_back(desk: Desk) -> None:
    conversation = desk.open("转人工").conversation
    handoff.hand_off(desk.actor, conversation_id=conversation.pk, reason="asked")
    services.hand_back(desk.actor, conversation_id=conversation.pk)
    assert judged(conversation) is None

    desk.ask(conversation, "How long does delivery take?")
    assert judged(conversation) is None

    desk.ask(conversation, "No, I want a human")
    assert judged(conversation) == Trigger("asked", "want a human")
