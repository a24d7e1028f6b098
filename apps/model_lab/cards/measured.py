"""What exams held here say of models: how much they pass, how fast they answer, what an answer costs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.evaluation import measures, results
from apps.evaluation.measures import Measures
from apps.evaluation.models import EvaluationRun
from apps.model_lab.cards.schemas import Card
from apps.model_lab.cards.selectors import Fact, FactLine, ModelRow

DESK = "model_lab"
SHOWN = 100


@dataclass(frozen=True)
class Measured:
    """The last exam of a kind that a model sat."""

    run: EvaluationRun
    measures: Measures

    @property
    def pk(self) -> UUID:
        return self.run.pk

    @property
    def url(self) -> str:
        return self.run.adapter.url("run", self.run.pk)

    @property
    def created_at(self) -> datetime:
        return self.run.created_at


def measured(organisation: Organisation) -> list[Measured]:
    """The best of a kind first."""
    runs = results.latest_runs(organisation, desks=[DESK])[:SHOWN]
    taken = measures.of_runs(runs)
    rows = [Measured(run, taken[run.pk]) for run in runs]
    return sorted(rows, key=lambda row: (row.run.question_set, -row.run.passed / row.run.total))


def is_called(card: Card, model: str) -> bool:
    """Whether an endpoint's model is that of the card: by its exact name, or that of its configuration, as other spellings
    may be other models.
    """
    return model in (card.name, card.config) and bool(model)


def measured_lines(organisation: Organisation, rows: Sequence[ModelRow]) -> list[FactLine]:
    """Of models side by side, a few lines for each kind of exam that one of them sat."""
    found = [
        each for each in measured(organisation) if any(is_called(row.card, each.run.model) for row in rows)
    ]
    by_kind: dict[str, list[Measured]] = {}
    for each in found:
        by_kind.setdefault(each.run.question_set, []).append(each)
    return [
        line
        for exams in by_kind.values()
        for line in _lines([_of_card(row.card, exams) for row in rows], exams[0].run.set_name)
    ]


def _of_card(card: Card, exams: list[Measured]) -> Measured | None:
    """The latest, where a model is served under two of its names."""
    own = [each for each in exams if is_called(card, each.run.model)]
    return max(own, key=lambda each: each.run.created_at, default=None)


def _lines(own: list[Measured | None], kind: str) -> Iterator[FactLine]:
    yield FactLine(
        kind,
        [Fact(each.run.percent, each.run.interval_text, link=each.url) if each else Fact() for each in own],
    )
    numbers: tuple[tuple[Promise, Callable[[Measures], float | Decimal | None], int], ...] = (
        (_("Tokens per second"), lambda of: of.tokens_per_second, 1),
        (_("First token (s)"), lambda of: of.first_token_seconds, 2),
        (_("Cost per answer"), lambda of: of.cost_per_answer, 4),
    )
    for label, value, digits in numbers:
        values = [value(each.measures) if each else None for each in own]
        line = FactLine(label, [Fact("" if one is None else f"{one:.{digits}f}") for one in values])
        if line.is_told:
            yield line
