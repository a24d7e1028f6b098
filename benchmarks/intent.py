"""Accuracy of the intent classifier on rows it was not trained on; recall of what belongs to no intent."""

import time
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.embedded import Embedder, embedder
from benchmarks.labelled_files import LabelledTexts, first_of_each, labelled_texts
from domain.text.understanding.classifier import Classifier, Verdict
from domain.text.understanding.examples import Examples
from domain.text.understanding.validation import OUT_OF_SCOPE, cross_validated, tuned_threshold

COMMAND = "eval intent"


def run(
    data: Annotated[Path, "directory with train and test rows"],
    shots: Annotated[int | None, "learn from the first rows of each intent only"] = None,
) -> dict[str, Any]:
    texts = labelled_texts(data)
    if not texts.test:
        raise SystemExit(f"There are no test, dev or val rows in {data}.")
    if shots:
        texts.train = first_of_each(texts.train, shots)
    with embedder() as embed:
        return {**texts.sources(), **_measure(embed, texts)}


def _measure(embed: Embedder, texts: LabelledTexts) -> dict[str, Any]:
    strangers = [(text, OUT_OF_SCOPE) for text in texts.out_of_scope_train]
    examples = embed.examples([*texts.train, *strangers])
    names = embed.names([label for _, label in texts.train])
    start = time.monotonic()
    classifier = Classifier.trained(examples + names)
    figures: dict[str, Any] = {"train_s": round(time.monotonic() - start, 2), "examples": len(examples)}
    test = embed.examples(texts.test)
    verdicts = classifier.verdicts(test.texts, test.vectors)
    if not texts.out_of_scope_test:
        return figures | intervals.share("accuracy", _right(verdicts, test, 0)) | {"tested": len(test)}
    # The threshold comes from the training rows alone, by cross-validation.
    threshold = tuned_threshold(cross_validated(examples, always=names))
    foreign = embed.examples([(text, OUT_OF_SCOPE) for text in texts.out_of_scope_test])
    turned_away = _right(classifier.verdicts(foreign.texts, foreign.vectors), foreign, threshold)
    return figures | {
        **intervals.share("accuracy", _right(verdicts, test, threshold)),
        **intervals.share("oos_recall", turned_away),
        **intervals.share("accuracy_without_threshold", _right(verdicts, test, 0)),
        "threshold": round(threshold, 4),
        "tested": len(test) + len(foreign),
    }


def _right(verdicts: list[Verdict], examples: Examples, threshold: float) -> list[bool]:
    """A text below the threshold counts as out of scope, so a right one that falls below is lost."""
    labels = [OUT_OF_SCOPE if each.confidence < threshold else each.label for each in verdicts]
    return [label == right for label, right in zip(labels, examples.labels, strict=True)]
