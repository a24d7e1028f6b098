"""Texts sorted by the examples given to the app “Classify texts”: accuracy over five folds, of each set.

Each text is judged by what the others have taught, as the app itself tells how often it is right. `sure` is the share of
texts that no model would have to read, and `sure_accuracy` how many of those are right. With `--asked` the whole app sorts
some texts of each set, the model those that the examples leave open.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals, isolated
from benchmarks.embedded import embedder
from benchmarks.labelled_files import LabelledTexts, labelled_texts, spread
from domain.app_functions.classification import MAX_EXAMPLES, SURE_SHARE, cross_validated, right_share

COMMAND = "eval app classify"
FOLDS = 5
# What the figures of a set are called; others by their directory.
NAMES = {"tnews_zh": "tnews", "financial_phrasebank": "phrasebank"}


def run(
    data: Annotated[Sequence[Path], "directories with labelled texts"],
    asked: Annotated[int, "sort so many texts of each set by the whole app, model and all"] = 0,
) -> dict[str, Any]:
    sets = {NAMES.get(path.name, path.name): labelled_texts(path) for path in data}
    names = [f"{path.name}/{name}" for path in data for name in labelled_texts(path).trained_on]
    figures: dict[str, Any] = {"trained_on": names, "folds": FOLDS, "tested_on": names}
    with embedder() as embed:
        for name, texts in sets.items():
            tested = cross_validated(embed.examples(texts.train))
            is_right = [label == told for label, told, _sureness in tested]
            shares = [
                right_share(sureness, tested[:place] + tested[place + 1 :]) or 0.0
                for place, (_label, _told, sureness) in enumerate(tested)
            ]
            right_and_sure = zip(is_right, shares, strict=True)
            figures |= intervals.share(f"{name}_accuracy", is_right)
            figures |= intervals.share(f"{name}_sure", [share >= SURE_SHARE for share in shares])
            sure = [right for right, share in right_and_sure if share >= SURE_SHARE]
            figures |= intervals.share(f"{name}_sure_accuracy", sure)
            figures[f"{name}_tested"] = len(tested)
    if asked:
        with isolated.services("embedding", "llm"):
            for name, texts in sets.items():
                figures |= _sorted_by_the_app(name, texts, asked)
    return figures


def _sorted_by_the_app(name: str, texts: LabelledTexts, count: int) -> dict[str, Any]:
    """Of texts spread over the set; what is left of it, up to the app's limit, are the examples."""
    from benchmarks.app_cases import AppRunner

    rows = [(" ".join(text.split()), label) for text, label in texts.train]
    held_out = list(spread(rows, count))
    examples = spread([row for row in rows if row not in held_out], MAX_EXAMPLES)
    inputs = {"texts": [text for text, _label in held_out], "labels": [], "unsure": "model"}
    inputs["examples"] = [f"{label}: {text}" for text, label in examples]
    told = AppRunner.of("classify").outputs(inputs)["rows"]
    is_right = [row["label"] == label for row, (_text, label) in zip(told, held_out, strict=True)]
    decided = Counter(row["decided_by"] for row in told)
    return {
        **intervals.share(f"{name}_app_accuracy", is_right),
        f"{name}_app_by": {by: decided[by] for by in ("examples", "model", "nobody")},
    }
