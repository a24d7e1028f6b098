"""The mean vectors of questions and sentences of each language, which `llm_backend.language_means` takes away.

Of rows of the reading sets that are named, drawn with a seed. Rows name their language, `en` or `zh`.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks.labelled_files import json_rows
from llm_backend.engines import e5_file, e5_int8
from llm_backend.language_means import FILE
from llm_backend.sentences import sentences

COMMAND = "train language_means"
TEXTS = 500
SEED = 3


def run(
    reading: Annotated[Sequence[Path], "reading sets (JSON lines)"],
    out: Path = FILE,
) -> dict[str, Any]:
    rows = [row for path in reading for row in json_rows(path)]
    encoder = e5_int8.Passages(e5_file.WEIGHTS, threads=1)
    means: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for language in ("en", "zh"):
        own = [row for row in rows if row["language"] == language]
        random.Random(SEED).shuffle(own)
        questions = [row["question"] for row in own[:TEXTS]]
        texts = [each.text for row in own[:TEXTS] for each in sentences(row["passage"])][:TEXTS]
        means[f"query_{language}"] = encoder.vectors(questions, prefix=e5_int8.QUERY).mean(axis=0)
        means[f"passage_{language}"] = encoder.vectors(texts).mean(axis=0)
        counts |= {f"questions_{language}": len(questions), f"sentences_{language}": len(texts)}
    arrays = {name: each.astype(np.float16) for name, each in means.items()}
    np.savez(out, **arrays)
    return {"trained_on": [path.stem for path in reading], "seed": SEED, **counts}
