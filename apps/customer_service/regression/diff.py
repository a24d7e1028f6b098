"""Two runs side by side: what got better, what got worse, which words changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import ExpressionWrapper, F, FloatField, Window
from django.db.models.functions import Lead, RowNumber

from apps.accounts.models import Organisation
from apps.customer_service.regression import runs
from apps.customer_service.regression.models import RegressionAnswer, RegressionRun
from apps.jobs.models import Job
from llm_backend.changes import Piece, word_changes

BETTER, WORSE, CHANGED, SAME, NEW, GONE = "better", "worse", "changed", "same", "new", "gone"
ORDER = (WORSE, BETTER, CHANGED, NEW, GONE, SAME)


@dataclass(frozen=True)
class Pair:
    question: str
    before: RegressionAnswer | None
    after: RegressionAnswer | None
    verdict: str
    pieces: list[Piece]


@dataclass(frozen=True)
class Comparison:
    before: RegressionRun
    after: RegressionRun
    pairs: list[Pair]

    def count(self, verdict: str) -> int:
        return sum(pair.verdict == verdict for pair in self.pairs)

    @property
    def counts(self) -> dict[str, int]:
        return {verdict: self.count(verdict) for verdict in ORDER}


def comparison(before: RegressionRun, after: RegressionRun) -> Comparison:
    """What got worse first."""
    old, new = _by_question(before), _by_question(after)
    pairs = [_pair(old.get(key), new.get(key)) for key in {**new, **old}]
    pairs.sort(key=lambda pair: ORDER.index(pair.verdict))
    return Comparison(before, after, pairs)


def earlier_live_run(of: RegressionRun) -> RegressionRun | None:
    """What a run is compared with unless somebody chooses: the last one of what was live, before it."""
    live = runs.run_list(of.organisation).filter(channel=of.channel_id, is_draft=False)
    return live.filter(created_at__lt=of.created_at, answers__isnull=False).exclude(pk=of.pk).first()


def latest_drop(organisation: Organisation) -> RegressionRun | None:
    """The last live run of a channel if a smaller part of it passed than of the one before it."""
    finished = runs.run_list(organisation).filter(is_draft=False, job__state=Job.State.SUCCEEDED, total__gt=0)
    rate = ExpressionWrapper(F("passed") * 1.0 / F("total"), output_field=FloatField())
    by_channel: dict[str, Any] = {
        "partition_by": [F("channel")],
        "order_by": [F("created_at").desc(), F("id").desc()],
    }
    ranked = finished.annotate(
        place=Window(RowNumber(), **by_channel),
        rate=rate,
        rate_before=Window(Lead(rate), **by_channel),
    )
    return ranked.filter(place=1, rate__lt=F("rate_before")).first()


def _by_question(run: RegressionRun) -> dict[object, RegressionAnswer]:
    """A question whose row is gone is known by its words."""
    answers: Sequence[RegressionAnswer] = list(run.answers.order_by("id"))
    return {answer.question_id or answer.question_text: answer for answer in answers}


def _pair(before: RegressionAnswer | None, after: RegressionAnswer | None) -> Pair:
    known = after or before
    assert known is not None  # noqa: S101  (one of both is there, or there would be no pair)
    pieces = word_changes(before.text, after.text) if before and after else []
    return Pair(known.question_text, before, after, _verdict(before, after), pieces)


def _verdict(before: RegressionAnswer | None, after: RegressionAnswer | None) -> str:
    if before is None or after is None:
        return NEW if before is None else GONE
    if before.is_passed != after.is_passed:
        return BETTER if after.is_passed else WORSE
    return SAME if before.text == after.text else CHANGED
