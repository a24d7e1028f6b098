"""How many bytes of KV cache each token of a conversation holds, under the kinds of attention."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from llm_backend.capacity.architecture import Architecture
from llm_backend.capacity.figure import Figure
from llm_backend.capacity.formats import CacheFormat
from llm_backend.errors import gettext_noop

Attention = Literal["mla", "gqa", "mqa", "mha", "full"]

# What a model that groups its heads most often uses, for models that do not: LLaMA-2-70B, Qwen2.5-72B.
USUAL_GROUPS = 8
PAPER = "DeepSeek-V2 (arXiv:2405.04434), 2.1.4"

LABELS: dict[Attention, str] = {
    "mla": gettext_noop("MLA: one latent for all heads"),
    "gqa": gettext_noop("GQA: heads share keys and values in groups"),
    "mqa": gettext_noop("MQA: all heads share one key and value"),
    "mha": gettext_noop("MHA: every head has its own"),
    "full": gettext_noop("MLA switched off: all heads, padded"),
}


@dataclass(frozen=True)
class CachePerToken:
    """What each layer keeps of a token: `layer_elements` numbers. `heads`: into how many parts it can be cut, one a
    GPU.
    """

    attention: Attention
    layer_elements: int
    heads: int
    formula: str
    source: str = ""

    def bytes(self, layers: int, element: CacheFormat) -> int:
        return layers * self.layer_elements * element.bytes

    def figure(self, layers: int, element: CacheFormat) -> Figure:
        words, numbers = self.formula.split(" = ")
        return Figure(
            f"cache_bytes_{self.attention}",
            LABELS[self.attention],
            self.bytes(layers, element),
            "bytes",
            f"num_hidden_layers × {words} × dtype_bytes = {layers} × {numbers} × {element.bytes}",
            self.source,
        )


def attention_type(model: Architecture) -> Attention:
    if model.has_latent_attention:
        return "mla"
    if model.key_value_heads == model.num_attention_heads:
        return "mha"
    return "mqa" if model.key_value_heads == 1 else "gqa"


def cache_per_token(model: Architecture, attention: Attention) -> CachePerToken:
    """What `model` would keep if it had this kind of attention and stayed the same otherwise."""
    match attention:
        case "mla":
            return _latent(model)
        case "full":
            return _full(model)
        case "gqa":
            is_grouped = (
                not model.has_latent_attention and 1 < model.key_value_heads < model.num_attention_heads
            )
            groups = model.key_value_heads if is_grouped else min(USUAL_GROUPS, model.num_attention_heads)
            return _heads(model, attention, groups, "num_key_value_heads")
        case "mqa":
            return _heads(model, attention, 1, "1")
        case "mha":
            return _heads(model, attention, model.num_attention_heads, "num_attention_heads")


def used_cache(model: Architecture, *, mla: bool) -> CachePerToken:
    """What an engine keeps; `mla` off makes it store a latent model's keys and values unfolded."""
    own = attention_type(model)
    return cache_per_token(model, "full" if own == "mla" and not mla else own)


def all_caches(model: Architecture) -> Iterator[CachePerToken]:
    """The four kinds side by side, from large to small."""
    kinds: tuple[Attention, ...] = ("mha", "gqa", "mla", "mqa")
    if model.has_latent_attention:
        yield cache_per_token(model, "full")
    for attention in kinds:
        yield cache_per_token(model, attention)


def _heads(model: Architecture, attention: Attention, pairs: int, name: str) -> CachePerToken:
    size = model.head_size
    formula = f"2 × {name} × head_dim = 2 × {pairs} × {size}"
    return CachePerToken(attention, 2 * pairs * size, pairs, formula, PAPER)


def _latent(model: Architecture) -> CachePerToken:
    """A model without a latent is given DeepSeek-V2's proportions: four heads' width and half a head's."""
    if model.has_latent_attention:
        latent, _, rotary = model.latent_sizes
        formula = f"(kv_lora_rank + qk_rope_head_dim) = ({latent} + {rotary})"
    else:
        latent, rotary = 4 * model.head_size, model.head_size // 2
        formula = f"(4 × head_dim + head_dim / 2) = (4 × {model.head_size} + {rotary})"
    return CachePerToken("mla", latent + rotary, 1, formula, PAPER)


def _full(model: Architecture) -> CachePerToken:
    """As vLLM keeps it: values are padded to the width of the keys."""
    _, plain, rotary = model.latent_sizes
    heads = model.num_attention_heads
    return CachePerToken(
        "full",
        2 * heads * (plain + rotary),
        heads,
        "2 × num_attention_heads × (qk_nope_head_dim + qk_rope_head_dim)"
        f" = 2 × {heads} × ({plain} + {rotary})",
        "vLLM, VLLM_MLA_DISABLE=1",
    )


def savings(model: Architecture, reference: Architecture, name: str) -> Iterator[Figure]:
    """How much smaller the latent cache is than `reference`'s, both in 16 bits and as the paper counts it."""
    theirs = used_cache(reference, mla=True).bytes(reference.num_hidden_layers, CacheFormat.BF16)
    elements = model.num_hidden_layers * _latent(model).layer_elements
    cases = (
        ("saving_16_bit", gettext_noop("Smaller than DeepSeek 67B's, both in 16 bits"), 16, "2.1.4"),
        (
            "saving_6_bit",
            gettext_noop("Smaller than DeepSeek 67B's, with 6 bits an element as its paper deploys it"),
            6,
            "3.2.3",
        ),
    )
    for key, label, bits, section in cases:
        ours = elements * bits / 8
        formula = f"1 − {elements:,} × {bits} / 8 / {theirs:,} ({name})"
        source = f"DeepSeek-V2 (arXiv:2405.04434), {section}"
        yield Figure(key, label, 100 * (1 - ours / theirs), "percent", formula, source)
