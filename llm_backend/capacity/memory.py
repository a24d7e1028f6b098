"""What stays for conversations when weights and workspace have taken their place on the GPUs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from llm_backend.capacity.architecture import Architecture
from llm_backend.capacity.cache import CachePerToken
from llm_backend.capacity.errors import InvalidDeployment, explain
from llm_backend.capacity.figure import GIB, Figure
from llm_backend.capacity.formats import CacheFormat, WeightFormat
from llm_backend.capacity.parameters import ParameterCount
from llm_backend.errors import gettext_noop

Parallelism = Literal["tensor", "data"]

MAX_GPUS = 1024
UNEVEN = gettext_noop(
    "%(heads)s attention heads cannot be split evenly across %(gpus)s GPUs. Choose another number, or "
    "data parallel."
)
UNEVEN_WIDTH = gettext_noop(
    "Layers of width %(width)s cannot be split evenly across %(gpus)s GPUs. Choose another number, or data parallel."
)
# Engines fill the vocabulary up to a multiple of it before they split it.
VOCABULARY_STEP = 64


class Deployment(BaseModel):
    """The machine and the engine's settings. Sizes in GiB for each GPU, `context` in tokens.

    `reserve` is what the engine needs besides weights and cache: activations of a full batch, CUDA graphs,
    communication buffers. It depends on the engine, which measures it at its start; 2 GiB is a careful guess.
    `weights` None takes the format in which the model is published.
    """

    model_config = ConfigDict(frozen=True)

    gpu_memory: Annotated[float, Field(ge=0.1, le=10_000)] = 80.0
    gpus: Annotated[int, Field(ge=1, le=MAX_GPUS)] = 1
    context: Annotated[int, Field(ge=1, le=100_000_000)] = 8192
    utilisation: Annotated[float, Field(ge=0.01, le=1)] = 0.9
    reserve: Annotated[float, Field(ge=0, le=1000)] = 2.0
    weights: WeightFormat | None = None
    kv_dtype: CacheFormat = CacheFormat.BF16
    mla: bool = True
    parallel: Parallelism = "tensor"


def deployment(**settings: object) -> Deployment:
    """Raises InvalidDeployment, which names the setting."""
    try:
        return Deployment.model_validate(settings)
    except ValidationError as error:
        raise explain(error, InvalidDeployment) from error


@dataclass(frozen=True)
class Layout:
    """A model on its GPUs. All sizes are bytes on each GPU.

    Tensor parallel cuts weights and cached heads into one part a GPU; a latent is one piece and lies whole on
    each. Data parallel gives each GPU its own conversations and all weights but the routed experts, which are
    spread over the GPUs (expert parallel).

    Raises InvalidDeployment when the heads or a layer's width cannot be split evenly.
    """

    model: Architecture
    count: ParameterCount
    cache: CachePerToken
    deployment: Deployment
    weights: WeightFormat

    def __post_init__(self) -> None:
        if not self.is_tensor_parallel:
            return
        heads, gpus = self.model.num_attention_heads, self.deployment.gpus
        pairs = self.cache.heads
        if heads % gpus or (pairs % gpus and gpus % pairs):
            raise InvalidDeployment("gpus", UNEVEN, heads=heads, gpus=gpus)
        for width in self._widths:
            if width % gpus:
                raise InvalidDeployment("gpus", UNEVEN_WIDTH, width=f"{width:,}", gpus=gpus)

    @property
    def _widths(self) -> Iterator[int]:
        """Of the matrices that tensor parallel cuts, but those of heads."""
        model = self.model
        if model.moe_layers < model.num_hidden_layers:
            yield model.intermediate_size
        if model.moe_layers:
            yield model.expert_width
            yield model.shared_width
        yield math.ceil(model.vocab_size / VOCABULARY_STEP) * VOCABULARY_STEP

    @property
    def is_tensor_parallel(self) -> bool:
        return self.deployment.parallel == "tensor"

    @property
    def weight_bytes(self) -> float:
        quantised = self.count.quantised
        others = self.count.total - quantised
        return (quantised * self.weights.matrix_bits + others * self.weights.other_bits) / 8

    @property
    def _routed_bytes(self) -> float:
        return self.count.routed * self.weights.matrix_bits / 8

    @property
    def weights_on_gpu(self) -> float:
        if self.is_tensor_parallel:
            return self.weight_bytes / self.deployment.gpus
        experts, on_gpu = self._experts
        return self.weight_bytes - self._routed_bytes + self._routed_bytes * on_gpu / experts

    @property
    def _experts(self) -> tuple[int, int]:
        """Of a layer, and how many of them lie on the GPU that has most: an expert is one piece. One of a dense model."""
        experts = max(1, self.model.num_experts)
        return experts, math.ceil(experts / self.deployment.gpus)

    @property
    def memory(self) -> float:
        return self.deployment.gpu_memory * GIB

    @property
    def usable(self) -> float:
        return self.memory * self.deployment.utilisation

    @property
    def reserve(self) -> float:
        return self.deployment.reserve * GIB

    @property
    def cache_room(self) -> float:
        return max(self.usable - self.weights_on_gpu - self.reserve, 0)

    @property
    def missing(self) -> float:
        """How much more memory a GPU would need to hold the weights and the reserve at all, of which the engine uses its
        share alone.
        """
        return max((self.weights_on_gpu + self.reserve) / self.deployment.utilisation - self.memory, 0)

    @property
    def token_bytes(self) -> int:
        return self.cache.bytes(self.model.num_hidden_layers, self.deployment.kv_dtype)

    @property
    def cache_parts(self) -> int:
        """Over how many GPUs one token's cache is spread."""
        return min(self.cache.heads, self.deployment.gpus) if self.is_tensor_parallel else 1

    @property
    def independent_gpus(self) -> int:
        return 1 if self.is_tensor_parallel else self.deployment.gpus

    @cached_property
    def tokens_on_gpu(self) -> int:
        return int(self.cache_room * self.cache_parts // self.token_bytes)

    @property
    def tokens(self) -> int:
        return self.tokens_on_gpu * self.independent_gpus

    @property
    def conversations(self) -> int:
        return self.tokens_on_gpu // self.deployment.context * self.independent_gpus

    def figures(self) -> Iterator[Figure]:
        setting = self.deployment
        yield self._weights()
        yield self._weights_on_gpu()
        yield Figure(
            "cache_room",
            gettext_noop("KV cache space per GPU"),
            self.cache_room,
            "bytes",
            gettext_noop("gpu_memory × utilisation − weights − reserve")
            + f" = ({setting.gpu_memory:g} × {setting.utilisation:g} − {self.weights_on_gpu / GIB:,.2f}"
            f" − {setting.reserve:g}) GiB",
            "vLLM, --gpu-memory-utilization",
        )
        yield self._tokens()
        yield Figure(
            "conversations",
            gettext_noop("Conversations that fit at full context"),
            self.conversations,
            "conversations",
            self._on_all(
                gettext_noop("⌊tokens / context⌋"),
                gettext_noop("⌊tokens / context⌋ × GPUs"),
                f"⌊{self.tokens_on_gpu:,} / {setting.context:,}⌋",
            ),
        )

    def _weights(self) -> Figure:
        quantised = self.count.quantised
        others = self.count.total - quantised
        formula = (
            gettext_noop("matrices × bits / 8 + others × bits / 8")
            + f" = {quantised:,} × {self.weights.matrix_bits:g} / 8 + {others:,} × {self.weights.other_bits} / 8"
        )
        return Figure("weight_bytes", gettext_noop("Weights"), self.weight_bytes, "bytes", formula)

    def _weights_on_gpu(self) -> Figure:
        if self.is_tensor_parallel:
            formula = gettext_noop("weights / GPUs") + f" = {self.weight_bytes:,.0f} / {self.deployment.gpus}"
        else:
            expert_bytes, (experts, on_gpu) = self._routed_bytes, self._experts
            formula = (
                gettext_noop("weights without routed experts + routed experts × ⌈experts / GPUs⌉ / experts")
                + f" = {self.weight_bytes - expert_bytes:,.0f} + {expert_bytes:,.0f} × {on_gpu} / {experts}"
            )
        label = gettext_noop("Weights per GPU")
        return Figure("weights_on_gpu", label, self.weights_on_gpu, "bytes", formula)

    def _tokens(self) -> Figure:
        formula = self._on_all(
            gettext_noop("⌊room × parts of the cache / bytes a token⌋"),
            gettext_noop("⌊room × parts of the cache / bytes a token⌋ × GPUs"),
            f"⌊{self.cache_room:,.0f} × {self.cache_parts} / {self.token_bytes:,}⌋",
        )
        return Figure("tokens", gettext_noop("Tokens that fit"), self.tokens, "tokens", formula)

    def _on_all(self, words: str, words_times_gpus: str, numbers: str) -> str:
        """GPUs that work by themselves each have it."""
        if self.is_tensor_parallel:
            return f"{words} = {numbers}"
        return f"{words_times_gpus} = {numbers} × {self.deployment.gpus}"
