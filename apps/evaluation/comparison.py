"""Two runs side by side: what got better, what got worse, which words changed."""

from dataclasses import dataclass
from functools import cached_property

from apps.evaluation.models import EvaluationAnswer, EvaluationRun
from llm_backend import shares
from llm_backend.changes import Piece, word_changes

BETTER, WORSE, CHANGED, SAME, NEW, GONE = "better", "worse", "changed", "same", "new", "gone"
ORDER = (WORSE, BETTER, CHANGED, NEW, GONE, SAME)


@dataclass(frozen=True)
class Pair:
    question: str
    before: EvaluationAnswer | None
    after: EvaluationAnswer | None

    @property
    def verdict(self) -> str:
        if self.before is None or self.after is None:
            return NEW if self.before is None else GONE
        if self.before.is_passed != self.after.is_passed:
            return BETTER if self.after.is_passed else WORSE
        return SAME if self.before.text == self.after.text else CHANGED

    @property
    def is_reworded(self) -> bool:
        """Whether both runs asked it, in other words or with something else expected."""
        if self.before is None or self.after is None:
            return False
        return self.before.was_asked_otherwise(self.after.question_text, self.after.expected)

    @property
    def pieces(self) -> list[Piece]:
        return word_changes(self.before.text, self.after.text) if self.before and self.after else []


@dataclass(frozen=True)
class Comparison:
    before: EvaluationRun
    after: EvaluationRun

    @cached_property
    def pairs(self) -> list[Pair]:
        """What got worse first. A question whose row is gone, also one that was imported anew, is known by its words."""
        old, new = (
            {
                answer.question_id or answer.question_text: answer
                for answer in run.answers.select_related("run").order_by("id")
            }
            for run in (self.before, self.after)
        )
        by_words = {answer.question_text: key for key, answer in new.items() if key not in old}
        old = {
            key if key in new else by_words.get(answer.question_text, key): answer
            for key, answer in old.items()
        }
        texts = {key: answer.question_text for key, answer in [*old.items(), *new.items()]}
        pairs = [Pair(text, old.get(key), new.get(key)) for key, text in texts.items()]
        return sorted(pairs, key=lambda pair: ORDER.index(pair.verdict))

    @property
    def difference_text(self) -> str:
        """Of the shares that pass, over questions that both runs asked."""
        counts = self.counts
        both = len(self.pairs) - counts[NEW] - counts[GONE]
        return shares.difference_text(counts[BETTER], counts[WORSE], both)

    @property
    def is_same_version(self) -> bool:
        """Whether both asked the same questions; of runs from before versions were counted nobody knows."""
        return self.before.set_hash == self.after.set_hash

    @property
    def reworded_count(self) -> int:
        return sum(pair.is_reworded for pair in self.pairs)

    @property
    def counts(self) -> dict[str, int]:
        verdicts = [pair.verdict for pair in self.pairs]
        return {verdict: verdicts.count(verdict) for verdict in ORDER}
