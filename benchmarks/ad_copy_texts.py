"""Copy written by the marketing desk as a member has it written, and scored against attributes and people's copy."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from pathlib import Path
from typing import Any

from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU

from apps.accounts.actors import Actor
from apps.marketing.briefs.fact_lines import write_facts
from apps.marketing.briefs.models import Brief
from apps.marketing.briefs.resources import BRIEFS
from apps.marketing.copywriting import services
from apps.marketing.copywriting.models import CopyVariant
from apps.resources import services as resources
from benchmarks import intervals, progress
from benchmarks.ad_copy import AdRow
from benchmarks.organisations import evaluation_actor, work_off

MIN_VALUE_CHARACTERS = 2


class Characters:
    """A tokeniser for rouge_score: papers on this set count characters."""

    def tokenize(self, text: str) -> list[str]:
        return [character for character in text if not character.isspace()]


ROUGE = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Characters())


@dataclass(frozen=True)
class RowCopy:
    """What is shown of a row, best first, and what was dropped."""

    row: AdRow
    shown: list[str]
    dropped: int
    mended: int


def measure(
    rows: Sequence[AdRow], others: Sequence[AdRow], *, variants: int, channel: str, details: Path | None
) -> dict[str, Any]:
    actor = evaluation_actor()
    for row in others:
        _brief(actor, row)
    started, written, write = time.monotonic(), list[RowCopy](), progress.row_writer(details)
    for row in progress.counted("rows", rows):
        written.append(_write(actor, row, variants=variants, channel=channel))
        write({"given": row.attributes, "human": row.copy, "shown": written[-1].shown})
    seconds = (time.monotonic() - started) / max(len(rows) * variants, 1)
    return {**score(written, [*rows, *others]), "seconds_per_variant": round(seconds, 2)}


def score(written: Sequence[RowCopy], rows: Sequence[AdRow]) -> dict[str, Any]:
    """`named`: of the given values those that the shown copy holds. `invented`: of the values of any row that it holds,
    those that were not given. `shown_share`: rows with at least one variant that passes."""
    values = (value for row in rows for _name, value in row.attributes)
    vocabulary = {value for value in values if len(value) >= MIN_VALUE_CHARACTERS}
    held, wanted, foreign = list[int](), list[int](), list[int]()
    for each in written:
        given = {value for _name, value in each.row.attributes}
        for text in each.shown:
            rest = text
            for value in sorted(given, key=len, reverse=True):
                rest = rest.replace(value, "\n")
            held.append(sum(value in text for value in given))
            wanted.append(len(given))
            foreign.append(sum(value in rest for value in vocabulary - given))
    best = [(each.shown[0], each.row.copy) for each in written if each.shown]
    return {
        **intervals.share("named", held, wanted),
        **intervals.share("invented", foreign, map(add, held, foreign)),
        **intervals.share("shown_share", [bool(each.shown) for each in written]),
        **likeness(best),
        "distinct_2": distinct_bigrams([text for text, _copy in best]),
        "rows": len(written),
        "variants_shown": sum(len(each.shown) for each in written),
        "variants_dropped": sum(each.dropped for each in written),
        "variants_mended": sum(each.mended for each in written),
    }


def likeness(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """ROUGE F by character and BLEU-4 by character, in per cent; 0 where nothing is shown."""
    names = {"rouge_1": "rouge1", "rouge_2": "rouge2", "rouge_l": "rougeL"}
    if not pairs:
        return dict.fromkeys((*names, "bleu_4"), 0.0)
    scores = [ROUGE.score(copy, text) for text, copy in pairs]
    sums = {key: sum(each[name].fmeasure for each in scores) for key, name in names.items()}
    means = {key: round(100 * whole / len(scores), 2) for key, whole in sums.items()}
    texts, copies = zip(*pairs, strict=True)
    bleu = BLEU(tokenize="zh").corpus_score(list(texts), [list(copies)]).score
    return {**means, "bleu_4": round(float(bleu), 2)}


def distinct_bigrams(texts: Sequence[str]) -> float:
    """Different pairs of neighbouring characters over all of them: how little a writer repeats itself."""
    pairs = [text[place : place + 2] for text in texts for place in range(len(text) - 1)]
    return round(len(set(pairs)) / len(pairs), 4) if pairs else 0.0


def _brief(actor: Actor, row: AdRow) -> Brief:
    """A marketer who wants each attribute named says so."""
    facts = list(dict.fromkeys(row.attributes))
    brief = {"product": row.product, "language": "zh", "facts": write_facts(facts)}
    return resources.save(actor, BRIEFS, {**brief, "must_say": list(dict.fromkeys(dict(facts).values()))})


def _write(actor: Actor, row: AdRow, *, variants: int, channel: str) -> RowCopy:
    request = services.request_copy(actor, _brief(actor, row), channels=[channel], count=variants)
    work_off(request.job_id)
    made = list(CopyVariant.objects.filter(request=request).order_by("is_mended", "repairs_count", "id"))
    shown = [each for each in made if each.status != CopyVariant.Status.DROPPED]
    texts = ["\n".join(each.lines) for each in shown]
    return RowCopy(row, texts, len(made) - len(shown), sum(each.is_mended for each in shown))
