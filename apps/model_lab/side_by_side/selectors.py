"""One's own comparisons, the models that may be asked, and the scores of all votes of the organisation."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count

from apps.accounts.actors import Actor, own_rows
from apps.accounts.models import Organisation
from apps.analytics.charts import Drawing, interval
from apps.core.models import OrganisationQuerySet
from apps.inference import selectors as inference
from apps.inference.models import Endpoint, EndpointQuerySet, Purpose
from apps.model_lab.side_by_side.models import ArenaVote, ComparedAnswer, ModelComparison
from domain.exams import bradley_terry
from domain.exams.bradley_terry import Duel, Strength

# Those that answer in words.
ASKED = (*inference.TALKING, Purpose.REASONING)
Vote = ModelComparison.Vote
# Points that the drawing leaves free at either side.
SPACE = 10


def comparison_list(actor: Actor) -> OrganisationQuerySet[ModelComparison]:
    """The actor's own, newest first."""
    return ModelComparison.objects.within(actor.organisation).filter(own_rows(actor)).order_by("-id")


def own_comparison(actor: Actor, model_comparison_id: object) -> ModelComparison:
    return comparison_list(actor).one(pk=model_comparison_id)


def own_answer(actor: Actor, compared_answer_id: object) -> ComparedAnswer:
    answers = ComparedAnswer.objects.within(actor.organisation).filter(own_rows(actor, "comparison__"))
    return answers.select_related("comparison", "job").one(pk=compared_answer_id)


def answers_of(comparison: ModelComparison) -> list[ComparedAnswer]:
    """In their order on the page."""
    answers = ComparedAnswer.objects.within(comparison.organisation_id).filter(comparison=comparison)
    return list(answers.select_related("comparison", "job").order_by("place"))


def offered_endpoints(organisation: Organisation) -> EndpointQuerySet:
    endpoints = Endpoint.objects.visible_to(organisation).filter(purpose__in=ASKED, is_enabled=True)
    return endpoints.in_fallback_order()


@dataclass(frozen=True)
class ArenaRow:
    """A model and what the votes say of it; `strength` is None as long as it cannot be compared with the others.

    `scale`: lowest and highest of all intervals.
    """

    model: str
    votes: int
    wins: float
    strength: Strength | None
    scale: tuple[float, float]

    @property
    def score(self) -> str:
        return f"{self.strength.value:.0f}" if self.strength else "–"

    @property
    def range_text(self) -> str:
        return f"{self.strength.low:.0f} – {self.strength.high:.0f}" if self.strength else ""

    @property
    def drawing(self) -> Drawing | None:
        """Its interval on the scale of all."""
        if self.strength is None:
            return None
        start, end = self.scale
        values = (self.strength.low, self.strength.value, self.strength.high, bradley_terry.MEAN)
        low, value, high, zero = ((each - start) / (end - start) for each in values)
        return interval(low, value, high, zero=zero)

    @property
    def win_percent(self) -> float:
        """Of its votes, where neither won half of one."""
        return 100 * self.wins / self.votes


@dataclass(frozen=True)
class Arena:
    duels: list[Duel]

    @cached_property
    def votes(self) -> int:
        return sum(duel.votes for duel in self.duels)

    @cached_property
    def rows(self) -> list[ArenaRow]:
        """The strongest first; those without a score behind them."""
        votes, wins = Counter[str](), defaultdict[str, float](float)
        for duel in self.duels:
            for name, won in ((duel.first, duel.first_wins), (duel.second, duel.second_wins)):
                votes[name] += duel.votes
                wins[name] += won + duel.ties / 2
        strengths = bradley_terry.strengths(self.duels)
        lowest = min((each.low for each in strengths.values()), default=0.0)
        highest = max((each.high for each in strengths.values()), default=1.0)
        scale = (lowest - SPACE, highest + SPACE)
        rows = [ArenaRow(name, votes[name], wins[name], strengths.get(name), scale) for name in votes]
        return sorted(
            rows, key=lambda row: (row.strength is None, -(row.strength.value if row.strength else row.votes))
        )


def arena(organisation: Organisation) -> Arena:
    """All votes that were given blind. That both are bad is as much a tie as that both are good."""
    counted = ArenaVote.objects.within(organisation).values("first", "second", "vote")
    counts = {
        (row["first"], row["second"], row["vote"]): row["votes"]
        for row in counted.annotate(votes=Count("id")).order_by()
    }
    pairs = sorted({(first, second) for first, second, _vote in counts})
    return Arena(
        [
            Duel(
                *pair,
                counts.get((*pair, Vote.FIRST), 0),
                counts.get((*pair, Vote.SECOND), 0),
                counts.get((*pair, Vote.EQUAL), 0) + counts.get((*pair, Vote.BOTH_BAD), 0),
            )
            for pair in pairs
        ]
    )
