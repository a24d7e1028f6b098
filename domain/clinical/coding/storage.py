"""What was learnt, as plain arrays: reading them runs no code."""

import io
import json
from typing import Any

import numpy as np

from domain.clinical.coding.catalogue import Weights
from domain.clinical.coding.chooser import STEP, Chooser
from domain.clinical.coding.features import DENSE
from domain.clinical.coding.ranker import Ranker

FORMAT = 1


def to_bytes(weights: Weights) -> bytes:
    """The vocabulary holds fragments that several lines share; lines themselves are not in it."""
    ranker, chooser = weights.ranker, weights.chooser
    head: dict[str, Any] = {
        "format": FORMAT,
        "numbers": DENSE,
        "step": STEP,
        "bias": [ranker.bias, chooser.bias],
        "vocabulary": list(ranker.vocabulary),
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        allow_pickle=False,
        head=np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), dtype=np.uint8),
        ranker_mean=ranker.mean,
        ranker_scale=ranker.scale,
        ranker_weights=ranker.weights,
        chooser_mean=chooser.mean,
        chooser_scale=chooser.scale,
        chooser_weights=chooser.weights,
    )
    return file.getvalue()


def from_bytes(content: bytes) -> Weights:
    """Raises ValueError for what `to_bytes` of this version did not write."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        head = json.loads(arrays["head"].tobytes())
        if (head["format"], tuple(head["numbers"]), tuple(head["step"])) != (FORMAT, DENSE, STEP):
            raise ValueError("these weights were written by another version: train again")
        vocabulary = {word: place for place, word in enumerate(head["vocabulary"])}
        ranker_bias, chooser_bias = head["bias"]
        return Weights(
            Ranker(
                arrays["ranker_mean"],
                arrays["ranker_scale"],
                arrays["ranker_weights"],
                ranker_bias,
                vocabulary,
            ),
            Chooser(arrays["chooser_mean"], arrays["chooser_scale"], arrays["chooser_weights"], chooser_bias),
        )
