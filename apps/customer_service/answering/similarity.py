"""How near in meaning a sentence is to passages: for two languages, whose words cannot be compared."""

from collections.abc import Sequence

import numpy as np

from apps.core.errors import ServiceUnavailable
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from llm_backend.errors import ModelError
from llm_backend.grounding import Similarity


def similarity(run: JobRun) -> Similarity:
    """Asks the embedding model only when it is called. Without one such a sentence stays marked."""

    def cosines(sentence: str, texts: Sequence[str]) -> list[float]:
        try:
            rows = np.array(inference.embed(run, [sentence, *texts], input_type="passage"))
        except (ModelError, ServiceUnavailable):
            return []  # the words alone decide then
        unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return [float(cosine) for cosine in unit[1:] @ unit[0]]

    return cosines
