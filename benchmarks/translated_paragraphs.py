"""Paragraphs translated as a member of an organisation has them translated, and scored against people's translations."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from apps.accounts.actors import Actor
from apps.translation import services
from apps.translation.models import Translation, TranslationSegment
from benchmarks import intervals, progress
from benchmarks.organisations import work_off
from domain.text.translation import numbers
from domain.text.translation.segments import WITHOUT_SPACES, Pair

RESAMPLES = 200
# sacrebleu cuts Chinese into characters, as the WMT shared tasks do.
TOKENISERS = {"zh": "zh", "en": "13a"}


def score(actor: Actor, pairs: Sequence[tuple[str, str]], *, details: Path | None = None) -> dict[str, Any]:
    """chrF and BLEU of both directions; which segments kept their numbers, and how many were marked."""
    figures: dict[str, Any] = {}
    segments: list[TranslationSegment] = []
    started, write = time.monotonic(), progress.row_writer(details)
    for pair in (Pair("en", "zh"), Pair("zh", "en")):
        sources, references = zip(*(each[:: 1 if pair.source == "en" else -1] for each in pairs), strict=True)
        written = [_translate(actor, source, pair, number) for number, source in enumerate(sources, start=1)]
        joint = "" if pair.target in WITHOUT_SPACES else " "
        texts = [joint.join(each.target for each in one) for one in written]
        name = f"{pair.source}_{pair.target}"
        figures |= with_interval(f"chrf_{name}", CHRF(), texts, references)
        figures |= with_interval(f"bleu_{name}", BLEU(tokenize=TOKENISERS[pair.target]), texts, references)
        segments += [segment for one in written for segment in one]
        for row in zip(sources, texts, references, strict=True):
            write([name, *row])
    sys.stderr.write("\n")
    seconds = (time.monotonic() - started) / max(2 * len(pairs), 1)
    return {**figures, **kept_numbers(segments), "seconds_per_paragraph": round(seconds, 2)}


def kept_numbers(segments: Sequence[TranslationSegment]) -> dict[str, Any]:
    """`numbers_kept`: of the segments without a mark those whose numbers are all there, read again from what is stored.

    `numbers_lost`: segments that lost one in spite of the repair; each of them has to be marked.
    """
    lost = [any(numbers.problems(each.source, each.target, each.translation.pair)[:2]) for each in segments]
    marked = [each.is_marked for each in segments]
    unmarked = [not is_lost for is_lost, is_marked in zip(lost, marked, strict=True) if not is_marked]
    return {
        **intervals.share("numbers_kept", unmarked),
        **intervals.share("marked_share", marked),
        "numbers_lost": sum(lost),
        "marked": sum(marked),
        "segments": len(segments),
    }


def with_interval(name: str, metric: Any, texts: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """A corpus score; what is drawn are paragraphs."""

    def score_of(places: intervals.Places) -> float:
        written, wanted = ([some[place] for place in places] for some in (texts, references))
        return float(metric.corpus_score(written, [wanted]).score)

    return intervals.statistic(name, score_of, len(texts), digits=2, resamples=RESAMPLES)


def _translate(actor: Actor, source: str, pair: Pair, number: int) -> list[TranslationSegment]:
    """The paragraph's segments, as the worker leaves them."""
    languages = {"source_language": pair.source, "target_language": pair.target}
    made = services.translate_text(actor, text=source, **languages)
    work_off(made.job_id)
    sys.stderr.write(f"\r{pair.source} → {pair.target}: paragraph {number}")
    translation = Translation.objects.get(pk=made.pk)
    return list(translation.segments.select_related("translation").order_by("ordinal"))
