"""multilingual-e5-small in torch, with what is learnt beside it: adapters, norms and a head over sentences.

Frozen: words, positions and the layers below `FIRST_LAYER`. Adapters are low-rank differences of the matrices (LoRA, Hu et
al. 2021), kept apart from the frozen product, so that no gradient of a whole matrix is made.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from llm_backend.engines.e5_file import E5File

FIRST_LAYER = 4
RANK = 16
# Of what the matrix adds (LoRA's alpha over rank): part of the first half, so that the product is the difference itself.
SCALE = 2.0
DROPOUT = 0.1


class Adapted(nn.Module):
    """A frozen matrix, and a low-rank difference where it is learnt."""

    def __init__(self, weight: np.ndarray[Any, Any], bias: np.ndarray[Any, Any], *, is_learnt: bool) -> None:
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(weight).bfloat16())
        self.register_buffer("bias", torch.from_numpy(bias).bfloat16())
        self.is_learnt = is_learnt
        if is_learnt:
            rows, columns = weight.shape
            self.down = nn.Parameter(torch.randn(RANK, columns) * SCALE / RANK)
            self.up = nn.Parameter(torch.zeros(rows, RANK))

    def forward(self, states: Tensor) -> Tensor:
        plain = functional.linear(states, self.weight, self.bias)
        if not self.is_learnt:
            return plain
        # Dropped between the two: there are few numbers there, and drawing many costs as much as a layer.
        low_rank = functional.dropout(functional.linear(states, self.down.bfloat16()), DROPOUT, self.training)
        return plain + functional.linear(low_rank, self.up.bfloat16())


class Norm(nn.Module):
    def __init__(self, model: E5File, name: str, *, is_learnt: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(model.floats(f"{name}.w").copy()), is_learnt)
        self.bias = nn.Parameter(torch.from_numpy(model.floats(f"{name}.b").copy()), is_learnt)
        self.spread = model.smallest_spread

    def forward(self, states: Tensor) -> Tensor:
        return functional.layer_norm(
            states.float(), self.weight.shape, self.weight, self.bias, self.spread
        ).bfloat16()


class Layer(nn.Module):
    def __init__(self, model: E5File, number: int) -> None:
        super().__init__()
        name, is_learnt = f"l{number}", number >= FIRST_LAYER

        def adapted(parts: str, columns: int) -> Adapted:
            weights = [model.matrix(f"{name}.{part}.w", columns) for part in parts.split()]
            biases = [model.floats(f"{name}.{part}.b") for part in parts.split()]
            return Adapted(np.concatenate(weights), np.concatenate(biases), is_learnt=is_learnt)

        self.heads = model.heads
        self.attention, self.attention_out = adapted("q k v", model.width), adapted("ao", model.width)
        self.inner, self.outer = adapted("fi", model.width), adapted("fo", model.inner_width)
        self.attention_norm = Norm(model, f"{name}.aln", is_learnt=is_learnt)
        self.outer_norm = Norm(model, f"{name}.oln", is_learnt=is_learnt)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = states.shape
        joint = self.attention(states).view(batch, length, 3, self.heads, width // self.heads)
        query, key, value = joint.permute(2, 0, 3, 1, 4)
        # By hand: the backward pass of torch's fused attention takes ten times as long on a processor.
        scores = query @ key.transpose(2, 3) * (query.shape[-1] ** -0.5) + mask
        mixed = (scores.softmax(-1) @ value).transpose(1, 2).reshape(batch, length, width)
        states = self.attention_norm(states + self.attention_out(mixed))
        return self.outer_norm(states + self.outer(functional.gelu(self.inner(states))))


class ReaderEncoder(nn.Module):
    """Relevance of each sentence of each window: how much rather it answers than the window says “not here”."""

    def __init__(self, model: E5File) -> None:
        super().__init__()
        words = np.concatenate([part.astype(np.float16) for part in model.parts("emb.word", model.width)])
        self.register_buffer("words", torch.from_numpy(words).bfloat16())
        positions = model.floats("emb.pos").reshape(-1, model.width) + model.floats("emb.type")[: model.width]
        self.register_buffer("positions", torch.from_numpy(positions).bfloat16())
        self.norm = Norm(model, "emb.ln", is_learnt=False)
        self.layers = nn.ModuleList(Layer(model, number) for number in range(model.layers))
        self.head = nn.Parameter(torch.randn(model.width, 2) * 0.02)
        self.offset = nn.Parameter(torch.zeros(1))

    def states(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """[windows, longest, width]."""
        longest = max(map(len, tokens))
        ids = torch.zeros(len(tokens), longest, dtype=torch.long)
        mask = torch.full((len(tokens), 1, 1, longest), -torch.inf, dtype=torch.bfloat16)
        for row, each in enumerate(tokens):
            ids[row, : len(each)] = torch.tensor(each)
            mask[row, ..., : len(each)] = 0
        with torch.no_grad():
            states = self.norm(self.words[ids] + self.positions[:longest])
            for layer in self.layers[:FIRST_LAYER]:
                states = layer(states, mask)
        for layer in self.layers[FIRST_LAYER:]:
            states = layer(states, mask)
        return states

    def forward(
        self, tokens: Sequence[Sequence[int]], sentences: Sequence[Sequence[tuple[int, int]]]
    ) -> list[Tensor]:
        """A vector of relevances a window; `sentences`: from which token to before which."""
        states = functional.dropout(self.states(tokens).float(), DROPOUT, self.training)
        by_token = states @ self.head
        relevances = []
        for row, places in enumerate(sentences):
            means = torch.stack([by_token[row, start:end, 0].mean() for start, end in places])
            relevances.append(means - by_token[row, 0, 1] + self.offset)
        return relevances

    def learnt(self) -> Iterator[tuple[str, nn.Parameter]]:
        return ((name, each) for name, each in self.named_parameters() if each.requires_grad)

    def adapter(self) -> dict[str, np.ndarray[Any, Any]]:
        """As `llm_backend.engines.e5_int8.encoder` takes it, in sixteen bits, and the head."""
        return {name: each.detach().float().numpy().astype(np.float16) for name, each in self._by_name()}

    def load_adapter(self, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        with torch.no_grad():
            for name, each in self._by_name():
                each.copy_(torch.from_numpy(arrays[name].astype(np.float32)))

    def _by_name(self) -> Iterator[tuple[str, nn.Parameter]]:
        yield from (("head", self.head), ("offset", self.offset))
        adapted = {"attention": "qkv", "attention_out": "ao", "inner": "fi", "outer": "fo"}
        for number, layer in list(enumerate(self.layers))[FIRST_LAYER:]:
            for attribute, part in adapted.items():
                matrix = getattr(layer, attribute)
                yield from ((f"l{number}.{part}.down", matrix.down), (f"l{number}.{part}.up", matrix.up))
            for attribute, part in (("attention_norm", "aln"), ("outer_norm", "oln")):
                norm = getattr(layer, attribute)
                yield from ((f"l{number}.{part}.w", norm.weight), (f"l{number}.{part}.b", norm.bias))
