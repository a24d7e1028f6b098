"""What a judgement comes to: who is preferred, how much depends on the order, and whether people see it the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from apps.evaluation.models import EvaluationJudgement, EvaluationVerdict
from apps.evaluation.opinions import annotations
from llm_backend import shares
from llm_backend.shares import Agreement

Preference = EvaluationVerdict.Preference
# A coin's two verdicts differ in half of all pairs; GPT-4's did in 35% (Zheng et al., “Judging LLM-as-a-Judge”, 2023).
MOST_ORDER_DEPENDENT = 0.4


@dataclass(frozen=True)
class JudgeFigures:
    judgement: EvaluationJudgement

    @cached_property
    def verdicts(self) -> list[EvaluationVerdict]:
        """What depends on the order last."""
        places = [Preference.OTHER, Preference.ANSWER, Preference.EQUAL, EvaluationVerdict.ORDER, ""]
        rows = self.judgement.verdicts.select_related("answer", "other_answer").order_by("id")
        return sorted(rows, key=lambda row: places.index(row.outcome))

    @cached_property
    def counts(self) -> dict[str, int]:
        """answer, other, equal, order, and `none` where the judge gave no usable answer."""
        outcomes = [each.outcome or "none" for each in self.verdicts]
        return {name: outcomes.count(name) for name in (*Preference.values, EvaluationVerdict.ORDER, "none")}

    @property
    def judged(self) -> int:
        return len(self.verdicts) - self.counts["none"]

    @property
    def order_text(self) -> str:
        return shares.share_text(self.counts[EvaluationVerdict.ORDER], self.judged)

    @property
    def is_usable(self) -> bool:
        return self.counts[EvaluationVerdict.ORDER] <= MOST_ORDER_DEPENDENT * self.judged

    @property
    def judges_itself(self) -> bool:
        """Whether the judge is the model whose answers it judges: models prefer their own."""
        runs = (self.judgement.run, self.judgement.other_run)
        return bool(self.judgement.model) and self.judgement.model in {run.model for run in runs if run}

    @property
    def difference_text(self) -> str:
        """How much more often this run's answer is preferred."""
        return shares.difference_text(
            self.counts[Preference.ANSWER], self.counts[Preference.OTHER], self.judged
        )

    @cached_property
    def agreement(self) -> Agreement:
        """With people, over the answers that they agree on. A verdict that depends on the order agrees with no one."""
        people = annotations.opinion_of_people(self.judgement.run).agreed_on
        other = self.judgement.other_run
        others = annotations.opinion_of_people(other).agreed_on if other else {}
        pairs = [(each.outcome, _preferred(each, people, others)) for each in self.verdicts if each.outcome]
        if not other:
            # As good as what is expected is right.
            pairs = [
                ("right" if said in (Preference.ANSWER, Preference.EQUAL) else said, by) for said, by in pairs
            ]
            pairs = [("wrong" if said == Preference.OTHER else said, by) for said, by in pairs]
        return shares.agreement([(said, by) for said, by in pairs if by])

    @property
    def agreement_text(self) -> str:
        return shares.share_text(self.agreement.agreed, self.agreement.total)

    @property
    def kappa_text(self) -> str:
        if self.agreement.kappa is None:
            return "–"
        low, high = self.agreement.kappa_interval
        return f"{self.agreement.kappa:.2f} ({low:.2f} … {high:.2f})"


def _preferred(verdict: EvaluationVerdict, people: Mapping[UUID, str], others: Mapping[UUID, str]) -> str:
    """What people's verdicts say of the pair; empty where they said nothing of it."""
    said = people.get(verdict.answer_id, "")
    if verdict.other_answer_id is None:
        return said
    said_of_other = others.get(verdict.other_answer_id, "")
    if not said or not said_of_other:
        return ""
    if said == said_of_other:
        return Preference.EQUAL
    return Preference.ANSWER if said == annotations.RIGHT else Preference.OTHER
