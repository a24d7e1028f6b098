"""How fast messages are understood: embedding, intent, sentiment, urgency and entities of each, one at a time."""

import itertools
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks.embedded import Embedder, embedder
from benchmarks.waiting import milliseconds
from domain.text.understanding.classifier import MOODS, Classifier
from domain.text.understanding.entities import entities
from domain.text.understanding.sentiment import built_in_examples
from domain.text.understanding.urgency import is_urgent

COMMAND = "bench understand"
OPENINGS = (
    *("", "Hello, ", "please: ", "I have a question, ", "quick one: ", "Hi, can you help? "),
    *("你好，", "请问", "麻烦一下，", "在吗？"),
)
INTENTS = {
    "order_status": ("where is my order", "has my parcel been sent", "我的订单到哪里了", "什么时候发货"),
    "cancel_order": ("cancel my order", "I do not want it any more", "取消订单", "我不想要了"),
    "refund": ("I want my money back", "when do I get the refund", "退款什么时候到", "我要退款"),
    "return": ("how do I send it back", "where do I return this", "怎么退货", "退货寄到哪里"),
    "invoice": ("send me an invoice", "I need a receipt with tax number", "可以开发票吗", "发票抬头写公司"),
    "address": (
        "change the delivery address",
        "send it to my office instead",
        "修改收货地址",
        "寄到另一个地址",
    ),
    "payment": ("can I pay by card", "my payment failed", "可以用支付宝吗", "付款失败了"),
    "stock": ("is it in stock", "when will you have it again", "有货吗", "什么时候补货"),
    "size": ("which size fits me", "is it larger than the last one", "我穿多大码", "尺码偏大吗"),
    "warranty": ("how long is the warranty", "it broke, is that covered", "保修多久", "坏了保修吗"),
    "account": ("I cannot log in", "reset my password", "登录不了", "忘记密码了"),
    "person": ("I want to talk to a person", "give me a human", "转人工", "找客服"),
}
MESSAGES = 300


def run(messages: int = MESSAGES) -> dict[str, Any]:
    rows = [(o + text, name) for name, texts in INTENTS.items() for text in texts for o in OPENINGS]
    with embedder() as embed:
        examples, sentiments = embed.examples(rows), embed.examples(built_in_examples())
        start = time.monotonic()
        intents = Classifier.trained(examples)
        train_seconds = time.monotonic() - start
        feelings = Classifier.trained(sentiments, MOODS)
        timings = _timings_of(embed, [intents, feelings], messages)
    seconds = [embedding + rest for embedding, rest in timings]
    return {
        "messages_per_second": round(len(seconds) / sum(seconds), 1),
        "p50_ms": milliseconds(seconds, 50),
        "p95_ms": milliseconds(seconds, 95),
        "p95_ms_embedding": milliseconds([embedding for embedding, _ in timings], 95),
        "p95_ms_rest": milliseconds([rest for _, rest in timings], 95),
        "train_s": round(train_seconds, 2),
        "examples": len(rows),
    }


def _timings_of(embed: Embedder, classifiers: list[Classifier], count: int) -> list[tuple[float, float]]:
    """Seconds of embedding and of all the rest. Each message is new, so that no cache answers for the model."""
    texts = itertools.cycle([text for each in INTENTS.values() for text in each])
    timings = []
    for number, text in zip(range(count), texts, strict=False):
        message = f"{text}, order {10_000_000 + number}, ¥{number}"
        start = time.perf_counter()
        vectors = embed.vectors([message], is_shown=False)
        embedded_at = time.perf_counter()
        for classifier in classifiers:
            classifier.verdicts([message], vectors)
        is_urgent(message)
        entities(message, today=datetime.now(UTC).date())
        timings.append((embedded_at - start, time.perf_counter() - embedded_at))
    return timings
