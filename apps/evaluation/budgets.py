"""What asking a set takes, said before it is asked, and the limit that a run keeps."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.errors import LimitExceeded, Text
from apps.evaluation import measures, selectors
from apps.evaluation.adapters import Adapter
from apps.evaluation.models import EvaluationRun
from apps.inference.models import Endpoint, EndpointQuerySet, InferenceCall, Purpose
from llm_backend.tokens import count_tokens

# Of a set that no model was asked: what a prompt says around the question, and a short answer.
PROMPT_TOKENS, ANSWER_TOKENS = 100, 200
# What a set took is read from so many of its last runs.
MEASURED_RUNS = 20


class LimitReached(LimitExceeded):
    code = "evaluation_limit_reached"
    message = _("This run reached its limit. All answers so far are kept. Raise the limit to run the rest.")


@dataclass(frozen=True)
class Limit:
    """What a run may take; None: whatever it takes. It lies in the inputs of the run's job, so a repetition keeps it."""

    tokens: int | None = None
    cost: Decimal | None = None

    @classmethod
    def of_inputs(cls, inputs: Mapping[str, Any]) -> Self:
        cost = inputs.get("max_cost")
        return cls(inputs.get("max_tokens"), None if cost is None else Decimal(cost))

    @property
    def inputs(self) -> dict[str, Any]:
        return {"max_tokens": self.tokens, "max_cost": None if self.cost is None else str(self.cost)}

    @property
    def in_words(self) -> list[tuple[Text, str]]:
        """In words, for whoever reads the run."""
        told: list[tuple[Text, str]] = []
        if self.tokens is not None:
            told.append((_("Token limit"), f"{self.tokens:,}"))
        if self.cost is not None:
            told.append((_("Cost limit"), f"{self.cost:,}"))
        return told


@dataclass(frozen=True)
class RunSettings:
    """What a run is called, which options it tries, and what it may take."""

    label: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    limit: Limit = field(default_factory=Limit)


@dataclass(frozen=True)
class Estimate:
    """About what one endpoint takes for a set. `basis`: what that rests on."""

    endpoint: Endpoint
    questions: int
    input_tokens: float
    output_tokens: float
    basis: Text

    @property
    def tokens(self) -> int:
        """Two digits: more would say that it is known."""
        exact = self.input_tokens + self.output_tokens
        return int(round(exact, 2 - len(str(round(exact)))))

    @property
    def cost(self) -> Decimal:
        return self.endpoint.cost(
            input_tokens=round(self.input_tokens), output_tokens=round(self.output_tokens)
        )


def chat_endpoints(organisation: Organisation) -> EndpointQuerySet:
    return Endpoint.objects.visible_to(organisation).filter(purpose=Purpose.CHAT).in_fallback_order()


def estimates(adapter: Adapter, organisation: Organisation, question_set: str) -> list[Estimate]:
    """For each endpoint that a run can choose, by what its model took in this set; where it was not asked, by what the
    others took; else by the length of the questions alone.
    """
    questions = selectors.questions(adapter, organisation).filter(question_set=question_set)
    texts = [f"{text} {expected}" for text, expected in questions.values_list("text", "expected")]
    runs = list(selectors.runs(adapter, organisation).filter(question_set=question_set)[:MEASURED_RUNS])
    of_runs, of_models = measures.of_runs(runs), dict[str, list[measures.Measures]]()
    for run in runs:
        if run.model and of_runs[run.pk].answers and of_runs[run.pk].tokens:
            of_models.setdefault(run.model, []).append(of_runs[run.pk])
    everyone = [each for taken in of_models.values() for each in taken]
    rows = []
    for endpoint in chat_endpoints(organisation):
        own = of_models.get(endpoint.model)
        if taken_before := own or everyone:
            answers = sum(each.answers for each in taken_before)
            read, wrote = (
                len(texts) * sum(getattr(each, name) for each in taken_before) / answers
                for name in ("input_tokens", "output_tokens")
            )
            basis = _("measured with this model") if own else _("measured with other models")
        else:
            read = float(sum(map(count_tokens, texts)) + PROMPT_TOKENS * len(texts))
            wrote, basis = float(ANSWER_TOKENS * len(texts)), _("estimated from the questions' length")
        rows.append(Estimate(endpoint, len(texts), read, wrote, basis))
    return rows


class Budget:
    """What a run may still spend, asked before each question by all that ask beside each other.

    A question is begun only where it and those under way stay within the limit if they take as much as the ones before;
    else it waits for them. The first is asked alone, as nothing is known yet. So a run ends below its limit, by an answer
    about, unless its last answers are longer than the others.
    """

    def __init__(self, run: EvaluationRun, limit: Limit, *, answered: int) -> None:
        self._run, self._limit, self._answered = run, limit, answered
        self._under_way, self._changed = 0, threading.Condition()

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Raises LimitReached, before anything is asked."""
        if self._limit == Limit():
            yield
            return
        with self._changed:
            while not self._has_room():
                if not self._under_way:
                    raise LimitReached
                # No place at the database is kept for as long as others' answers take.
                connection.close()
                self._changed.wait()
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._answered += 1
                self._changed.notify_all()

    def _has_room(self) -> bool:
        if not self._answered and self._under_way:
            return False
        calls = InferenceCall.objects.filter(job=self._run.job_id)
        sums = calls.aggregate(
            read=Sum("input_tokens", default=0), wrote=Sum("output_tokens", default=0), cost=Sum("cost")
        )
        limited = (
            (self._limit.tokens, sums["read"] + sums["wrote"]),
            (self._limit.cost, sums["cost"] or Decimal(0)),
        )
        return all(
            limit is None or spent + spent * (self._under_way + 1) / max(self._answered, 1) <= limit
            for limit, spent in limited
        )
