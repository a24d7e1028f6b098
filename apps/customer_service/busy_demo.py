"""Made-up conversations of a tea shop: what visitors ask, who answers, and how they found it."""

from datetime import datetime, timedelta
from typing import Any

from apps.accounts.models import Membership
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff.models import Agent
from apps.customer_service.unanswered_questions.selectors import CLUSTER_UNANSWERED, DAYS
from apps.customer_service.understanding.intents import TRAIN_CLASSIFIERS
from apps.customer_service.understanding.models import MessageUnderstanding
from apps.dashboards.busy.failures import failed_job
from apps.dashboards.busy.traffic import Traffic
from apps.jobs import lifecycle
from llm_backend.errors import ModelTooSlow

ORGANISATION = "demo-tea-house"
PER_DAY = 32.0
BATCH = 2000
# Nothing is said in the future.
LONGEST = timedelta(hours=1)
AUTHOR, SOURCE, ACTION = Message.Author, Message.Source, Message.Action
# Intent, question and answer, in Chinese and in English; no answer: the documents hold none.
TOPICS = (
    (
        "退换货",
        "Returns",
        "茶叶可以退货吗？",
        "未开封 7 天内可退。",
        "Can I return tea?",
        "Unopened, within 7 days.",
    ),
    ("配送", "Delivery", "多久能送到？", "一般 2 至 4 天。", "How long is delivery?", "Two to four days."),
    (
        "冲泡",
        "Brewing",
        "白茶用多少度的水？",
        "老白茶用沸水。",
        "How hot for white tea?",
        "Boiling for aged.",
    ),
    (
        "发票",
        "Invoices",
        "能开发票吗？",
        "下单时填写税号即可。",
        "An invoice, please?",
        "Give the tax number.",
    ),
    ("会员", "Membership", "积分何时到账？", "签收后 3 天内。", "When do points come?", "Within three days."),
    ("设备维修", "Repairs", "咖啡机坏了能修吗？", "", "Do you repair coffee machines?", ""),
)
REASONS = (
    Handoff.Reason.ASKED, Handoff.Reason.ASKED, Handoff.Reason.LOW_CONFIDENCE,
    Handoff.Reason.NEGATIVE, Handoff.Reason.KEYWORD, Handoff.Reason.SENSITIVE,
)  # fmt: skip


class Rows:
    """What is stored together, in the order in which the database accepts it."""

    def __init__(self) -> None:
        self.conversations: list[Conversation] = []
        self.visitor_messages: list[Message] = []
        self.other_messages: list[Message] = []
        self.understandings: list[MessageUnderstanding] = []
        self.handoffs: list[Handoff] = []
        self.ratings: list[Rating] = []
        self.taken: list[tuple[Conversation, Membership]] = []

    def store(self) -> None:
        for rows in (
            self.conversations, self.visitor_messages, self.other_messages, self.understandings, self.handoffs, self.ratings,
        ):  # fmt: skip
            if rows:
                type(rows[0])._default_manager.bulk_create(rows, BATCH)  # type: ignore[arg-type]
        # Only now: the assistant may say nothing where a person has taken over.
        for conversation, member in self.taken:
            conversation.answered_by, conversation.handled_by = Conversation.AnsweredBy.PERSON, member
        conversations = [conversation for conversation, _member in self.taken]
        Conversation.objects.bulk_update(conversations, ["answered_by", "handled_by"], BATCH)


def fill(traffic: Traffic) -> None:
    channel = Channel.objects.within(traffic.organisation).in_use().order_by("created_at").first()
    channel = channel or Channel.objects.create(
        organisation=traffic.organisation, name=str(traffic.organisation)[:80]
    )
    staff = [each for each in traffic.members if each.role != "owner"] or list(traffic.members)
    Membership.objects.filter(pk__in=[each.pk for each in staff], role="viewer").update(role="agent")
    for member in staff:
        Agent.objects.get_or_create(organisation=traffic.organisation, member=member)
    rows = Rows()
    for moment in traffic.moments(PER_DAY):
        if moment < traffic.until - LONGEST:
            _converse(traffic, rows, channel, staff, moment)
    rows.store()
    failed_job(
        traffic,
        CLUSTER_UNANSWERED,
        inputs={"days": DAYS},
        subject="unanswered",
        reason=(ModelTooSlow.code, ModelTooSlow.message),
        hours_ago=30,
    )
    failed_job(
        traffic,
        TRAIN_CLASSIFIERS,
        inputs={},
        subject="intents",
        reason=(lifecycle.LOST_WORKER, lifecycle.LOST_WORKER_MESSAGE),
        hours_ago=52,
    )


def _converse(
    traffic: Traffic, rows: Rows, channel: Channel, staff: list[Membership], begun_at: datetime
) -> None:
    """One visitor, one to three questions; where the assistant does not get on, somebody of staff takes over."""
    conversation = Conversation(
        id=traffic.row_id(begun_at),
        organisation=traffic.organisation,
        channel=channel,
        visitor_id=f"busy-{traffic.random.getrandbits(48):012x}",
        language=traffic.words("zh-hans", "en"),
        created_at=begun_at,
    )
    is_unhappy, moment, is_lost = traffic.chance(0.12), begun_at, False
    trend = traffic.random.uniform(-0.2, 0.2)
    for number in range(traffic.random.choice((1, 1, 2, 3))):
        topic = traffic.random.choices(TOPICS, (6, 7, 5, 3, 3, 1.5))[0]
        question = _made_message(
            traffic, conversation, rows, moment, AUTHOR.VISITOR, traffic.words(topic[2], topic[4])
        )
        trend += traffic.random.uniform(-0.5, -0.1) if is_unhappy else traffic.random.uniform(-0.05, 0.3)
        rows.understandings.append(_understanding(traffic, question, topic, trend, is_unhappy and number > 0))
        answer = traffic.words(topic[3], topic[5])
        is_lost = not answer
        moment += traffic.seconds(2.5)
        _answer(traffic, conversation, rows, moment, question, answer)
        moment += traffic.seconds(50)
    conversation.trend = max(-1.0, min(1.0, trend))
    if is_lost or traffic.chance(0.75 if is_unhappy else 0.1):
        moment = _hand_over(traffic, conversation, rows, staff, moment)
    _end(traffic, conversation, rows, moment, is_unhappy=is_unhappy)
    rows.conversations.append(conversation)


def _made_message(
    traffic: Traffic,
    conversation: Conversation,
    rows: Rows,
    at: datetime,
    author: str,
    text: str,
    **values: Any,
) -> Message:
    conversation.message_count += 1
    conversation.last_activity_at = at
    message = Message(
        id=traffic.row_id(at),
        organisation=traffic.organisation,
        conversation=conversation,
        ordinal=conversation.message_count,
        author=author,
        text=text,
        created_at=at,
        **values,
    )
    (rows.visitor_messages if author == AUTHOR.VISITOR else rows.other_messages).append(message)
    return message


def _understanding(
    traffic: Traffic, message: Message, topic: tuple[str, ...], trend: float, is_negative: bool
) -> MessageUnderstanding:
    kinds = MessageUnderstanding.Sentiment
    sentiment = (
        kinds.NEGATIVE
        if is_negative
        else traffic.random.choice((kinds.NEUTRAL, kinds.NEUTRAL, kinds.POSITIVE))
    )
    return MessageUnderstanding(
        organisation=traffic.organisation,
        message=message,
        intent=traffic.words(topic[0], topic[1]),
        intent_confidence=traffic.random.uniform(0.6, 0.98),
        sentiment=sentiment,
        trend=max(-1.0, min(1.0, trend)),
        is_urgent=False,
        language=traffic.words("zh-hans", "en"),
        created_at=message.created_at,
    )


def _answer(
    traffic: Traffic, conversation: Conversation, rows: Rows, at: datetime, question: Message, answer: str
) -> None:
    if not answer:
        text = traffic.words("资料中没有找到相关内容。", "The documents do not hold this.")
        _made_message(
            traffic, conversation, rows, at, AUTHOR.BOT, text, answers=question, is_unanswered=True,
            action=ACTION.ANSWER, source=SOURCE.FIXED,
        )  # fmt: skip
        return
    source = traffic.random.choices(
        (SOURCE.MODEL, SOURCE.SAVED_ANSWER, SOURCE.PASSAGES, SOURCE.QUOTE), (6, 2, 1, 1)
    )[0]
    sentence = {"start": 0, "end": len(answer), "is_supported": not traffic.chance(0.04), "citation": 1}
    action = ACTION.LOOKUP if traffic.chance(0.08) else ACTION.ANSWER
    _made_message(
        traffic, conversation, rows, at, AUTHOR.BOT, answer, answers=question, action=action, source=source,
        sentences=[sentence],
    )  # fmt: skip


def _hand_over(
    traffic: Traffic, conversation: Conversation, rows: Rows, staff: list[Membership], at: datetime
) -> datetime:
    member = traffic.random.choice(staff)
    accepted_at = at + traffic.seconds(200, 1.0)
    ended_at = accepted_at + traffic.seconds(420)
    rows.handoffs.append(
        Handoff(
            id=traffic.row_id(at),
            organisation=traffic.organisation,
            conversation=conversation,
            reason=traffic.random.choice(REASONS),
            state=Handoff.State.ENDED,
            due_at=at + timedelta(minutes=30),
            created_at=at,
            accepted_at=accepted_at,
            accepted_by=member,
            ended_at=ended_at,
        )
    )
    conversation.had_person = True
    rows.taken.append((conversation, member))
    text = traffic.words("您好，我来帮您处理。", "Hello, I am looking into it.")
    _made_message(traffic, conversation, rows, accepted_at, AUTHOR.AGENT, text, member=member)
    text = traffic.words("已为您登记，今天内答复。", "It is noted; you hear from us today.")
    _made_message(traffic, conversation, rows, ended_at, AUTHOR.AGENT, text, member=member)
    return ended_at


def _end(traffic: Traffic, conversation: Conversation, rows: Rows, at: datetime, *, is_unhappy: bool) -> None:
    resolved_at = at + traffic.seconds(900)
    if resolved_at > traffic.until or traffic.chance(0.03):
        return
    conversation.state, conversation.resolved_at = Conversation.State.RESOLVED, resolved_at
    kinds = Conversation.Resolution
    conversation.resolution = kinds.PERSON if conversation.had_person else kinds.BOT
    conversation.is_reopened_soon = traffic.chance(0.04)
    conversation.reopen_count = int(conversation.is_reopened_soon)
    if traffic.chance(0.3):
        scores = (1, 2, 2, 3, 4) if is_unhappy else (3, 4, 4, 5, 5)
        rows.ratings.append(
            Rating(
                organisation=traffic.organisation,
                conversation=conversation,
                score=traffic.random.choice(scores),
                created_at=resolved_at,
            )
        )
