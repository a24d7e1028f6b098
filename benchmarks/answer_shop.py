"""A shop that answers one question at a time from given passages, as its worker would."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from django.conf import settings

from apps.accounts.actors import Actor
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Citation, Conversation, Message
from apps.customer_service.conversations.services import Visitor
from apps.inference import calls
from apps.inference import selectors as inference
from apps.inference.calls import Call, CallUsage
from apps.inference.capability_checks import CHECK_SECONDS, PROMPT_PREFIX
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.knowledge.chunking import Cut
from benchmarks.organisations import evaluation_actor, store_check
from benchmarks.retrieval_collections import collection_of
from llm_backend import patterns
from llm_backend.contract import checks
from llm_backend.contract.results import CheckResult
from llm_backend.contract.subject import Subject


@dataclass(frozen=True)
class ShopAnswer:
    """`claims`: its sentences that are shown as supported and do not stand word for word in a passage; `quoted`: those
    that do.
    """

    text: str
    is_unanswered: bool
    claims: list[str]
    quoted: list[str]
    seconds: float


@dataclass
class AnswerShop:
    """`reading`: how well its model reads, by the check that decides whether visitors see what it writes."""

    actor: Actor
    reading: CheckResult
    question_count: int = field(default=0)

    @classmethod
    def open(cls) -> Self:
        actor = evaluation_actor()
        return cls(actor, _reading(actor))

    @property
    def model(self) -> str:
        return str(settings.LLM_MODEL)

    def channel(self, name: str, cuts: Sequence[Cut]) -> Channel:
        collection, _ = collection_of(self.actor, name, cuts)
        channel = Channel.objects.create(organisation=self.actor.organisation, name=name)
        channel.collections.add(collection)
        return channel

    def answer(self, question: str, passages: Sequence[str]) -> ShopAnswer:
        """From passages that nothing else is asked of."""
        channel = self.channel(f"question {self.question_count + 1}", [Cut("", text) for text in passages])
        return self.ask(channel, question)[1]

    def ask(
        self, channel: Channel, question: str, conversation: Conversation | None = None
    ) -> tuple[Conversation, ShopAnswer]:
        """In a conversation of its own, unless it goes on with one."""
        self.question_count += 1
        if conversation:
            received = services.receive_message(self.actor, conversation_id=conversation.pk, text=question)
        else:
            own: dict[str, Any] = {"channel": channel, "message": question}
            visitor = Visitor(f"visitor-{self.question_count}")
            received = services.start_conversation(self.actor, visitor=visitor, **own)
        start = time.perf_counter()
        told = self._work_off(received.job)
        seconds = time.perf_counter() - start
        # A question back and a call for staff answer nothing either.
        answers = (Message.Action.ANSWER, Message.Action.LOOKUP)
        is_unanswered = told.is_unanswered or told.action not in answers
        return received.conversation, ShopAnswer(told.text, is_unanswered, *_sentences(told), seconds)

    def _work_off(self, job: Job | None) -> Message:
        if job is None:
            raise RuntimeError("the assistant does not answer in this channel")
        runs.execute(job.pk)
        message = Message.objects.filter(job=job, author=Message.Author.BOT).first()
        if message is None or message.source == Message.Source.PASSAGES:
            code = Job.objects.get(pk=job.pk).error_code
            raise RuntimeError(f"the model stopped answering: {code or 'see the log'}")
        return message


def _reading(actor: Actor) -> CheckResult:
    """Stored, as the capability check stores it: the product acts on it from now on."""
    endpoint = inference.candidates(actor.organisation, Purpose.CHAT)[0]
    subject = Subject(endpoint.chat_server(), endpoint.context_tokens, CHECK_SECONDS)
    call = Call(actor, endpoint, endpoint.purpose, f"{PROMPT_PREFIX}{inference.READING}", asks_breaker=False)
    result = calls.perform(
        call, lambda: checks.run_check(inference.READING, subject), lambda: CallUsage(subject.usage)
    )
    store_check(actor, endpoint, result)
    return result


def _sentences(message: Message) -> tuple[list[str], list[str]]:
    """(claims, quoted)."""
    passages = list(Citation.objects.filter(message=message).values_list("text", flat=True))
    claims, quoted = list[str](), list[str]()
    for each in message.sentences:
        if each["is_supported"]:
            shown = message.text[each["start"] : each["end"]]
            bare = patterns.sub(r"\[\d{1,3}\]|[“”]", "", shown).strip()
            (quoted if any(bare in passage for passage in passages) else claims).append(bare)
    return claims, quoted
