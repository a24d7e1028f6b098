"""A shop that answers one question at a time from given passages, as its worker would."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from django.conf import settings

from apps.accounts.actors import Actor
from apps.customer_service import tasks
from apps.customer_service.conversations import services
from apps.customer_service.conversations.services import Visitor
from apps.customer_service.models import Channel, Turn
from apps.inference import endpoints
from apps.jobs.models import Job
from benchmarks.retrieval_collections import collection_of, evaluation_actor


@dataclass
class AnswerShop:
    actor: Actor
    asked: int = field(default=0)

    @classmethod
    def opened(cls) -> Self:
        endpoints.ensure_default_endpoints()
        return cls(evaluation_actor())

    @property
    def model(self) -> str:
        return str(settings.LLM_MODEL)

    def answer(self, question: str, passages: Sequence[str]) -> tuple[str, bool, float]:
        """The text, whether it says that there is no answer, and the seconds it took."""
        self.asked += 1
        name = f"question {self.asked}"
        collection, _ = collection_of(self.actor, name, passages)
        channel = Channel.objects.create(organisation=self.actor.organisation, name=name)
        channel.collections.add(collection)
        visitor = Visitor(f"visitor-{self.asked}")
        received = services.start_conversation(self.actor, channel=channel, visitor=visitor, message=question)
        started = time.perf_counter()
        turn = self._worked_off(received.job)
        return turn.text, turn.is_unanswered, time.perf_counter() - started

    def _worked_off(self, job: Job | None) -> Turn:
        if job is None:
            raise RuntimeError("the assistant does not answer in this channel")
        tasks.answer_message(str(job.pk))
        turn = Turn.objects.filter(job=job, author=Turn.Author.BOT).first()
        if turn is None or turn.source == Turn.Source.PASSAGES:
            code = Job.objects.get(pk=job.pk).error_code
            raise RuntimeError(f"the model stopped answering: {code or 'see the log'}")
        return turn
