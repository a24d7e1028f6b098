"""A shop to look at: an organisation, its handbook in two languages, and a conversation through the public API."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from config.env import PROJECT_ROOT

SLUG = "demo-tea-house"
NAME = "云岭茶舍 Yunling Tea House"
EMAIL = "owner@demo.example"
COLLECTION = "Handbook 手册"
HANDBOOKS = (PROJECT_ROOT / "demo" / "handbook.zh.md", PROJECT_ROOT / "demo" / "handbook.en.md")
# Two in Chinese, then two in English: a question, a follow-up to it, another question, one without an answer.
QUESTIONS = (
    "茶叶可以退货吗?",
    "那开封了的呢?",
    "How long does delivery take, and what does it cost?",
    "Do you sell coffee machines?",
)
SCOPES = ("knowledge.view", "knowledge.edit", "conversations.view", "conversations.reply", "jobs.view")
KEY_LIFETIME = timedelta(hours=1)
INGEST_SECONDS = 300
TERMINAL = {"ready", "failed", "cancelled"}


@dataclass
class Answer:
    """One streamed answer and when it arrived."""

    started: float = field(default_factory=time.perf_counter)
    first_at: float | None = None
    last_at: float = 0.0
    result: dict[str, Any] = field(default_factory=dict)
    usage_tokens: int = 0

    def arrived(self) -> None:
        self.last_at = time.perf_counter()
        self.first_at = self.first_at or self.last_at

    @property
    def first_token_seconds(self) -> float:
        return (self.first_at or self.last_at) - self.started
