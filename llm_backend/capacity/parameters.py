"""How many parameters a model has, part by part, and how many of them each token meets."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from llm_backend.capacity.architecture import Architecture
from llm_backend.capacity.figure import Figure, Unit
from llm_backend.errors import gettext_noop

Kind = Literal["embedding", "head", "attention", "dense", "experts", "shared", "router", "norms"]
QUANTISED: frozenset[Kind] = frozenset({"attention", "dense", "experts", "shared"})

LABELS: dict[Kind, str] = {
    "embedding": gettext_noop("Embeddings"),
    "head": gettext_noop("Output head"),
    "attention": gettext_noop("Attention"),
    "dense": gettext_noop("Dense feed-forward layers"),
    "experts": gettext_noop("Routed experts"),
    "shared": gettext_noop("Shared experts"),
    "router": gettext_noop("Router"),
    "norms": gettext_noop("Norms and biases"),
}


@dataclass(frozen=True)
class Part:
    """`active` is what one token is multiplied with."""

    kind: Kind
    total: int
    active: int
    formula: str


@dataclass(frozen=True)
class ParameterCount:
    parts: tuple[Part, ...]
    draft: Figure | None
    """Layers that predict further tokens (MTP); they are left out of all other figures."""

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts)

    @property
    def active(self) -> int:
        """The parameters that a token meets, without embeddings that are only looked up: a token reads one row of them."""
        return sum(part.active for part in self.parts)

    @property
    def dense_equivalent(self) -> int:
        """All that a model would compute with if every expert answered every token."""
        return sum(part.total for part in self.parts if part.active)

    @property
    def quantised(self) -> int:
        return sum(part.total for part in self.parts if part.kind in QUANTISED)

    @property
    def routed(self) -> int:
        return sum(part.total for part in self.parts if part.kind == "experts")

    def figures(self) -> Iterator[Figure]:
        unit: Unit = "parameters"
        total = " + ".join(f"{part.total:,}" for part in self.parts)
        yield Figure("total_parameters", gettext_noop("Parameters in total"), self.total, unit, total)
        active = " + ".join(f"{part.active:,}" for part in self.parts if part.active)
        yield Figure("active_parameters", gettext_noop("Active per token"), self.active, unit, active)
        for part in self.parts:
            yield Figure(f"{part.kind}_parameters", LABELS[part.kind], part.total, unit, part.formula)
        if self.draft:
            yield self.draft


def count_parameters(architecture: Architecture) -> ParameterCount:
    parts = [*_embeddings(architecture), _attention_part(architecture), *_feed_forward(architecture)]
    return ParameterCount((*parts, _norms(architecture)), _draft(architecture))


def _embeddings(model: Architecture) -> Iterator[Part]:
    size = model.vocab_size * model.hidden_size
    formula = f"vocab_size × hidden_size = {model.vocab_size:,} × {model.hidden_size:,}"
    if model.tie_word_embeddings:
        yield Part("embedding", size, size, f"{formula} (tie_word_embeddings)")
    else:
        yield Part("embedding", size, 0, formula)
        yield Part("head", size, size, formula)


def _attention_part(model: Architecture) -> Part:
    size, formula = _latent_projections(model) if model.has_latent_attention else _projections(model)
    total = model.num_hidden_layers * size
    return Part(
        "attention",
        total,
        total,
        f"num_hidden_layers × ({formula[0]}) = {model.num_hidden_layers} × ({formula[1]})",
    )


def _projections(model: Architecture) -> tuple[int, tuple[str, str]]:
    width, heads = model.hidden_size, model.num_attention_heads
    pairs, head = model.key_value_heads, model.head_size
    size = 2 * width * heads * head + 2 * width * pairs * head
    words = (
        "2 × hidden_size × num_attention_heads × head_dim + 2 × hidden_size × num_key_value_heads × head_dim"
    )
    return size, (words, f"2 × {width} × {heads} × {head} + 2 × {width} × {pairs} × {head}")


def _latent_projections(model: Architecture) -> tuple[int, tuple[str, str]]:
    """DeepSeek-V2, section 2.1: queries, the shared latent, what it unfolds to, the output."""
    width, heads, head = model.hidden_size, model.num_attention_heads, model.head_size
    latent, plain, rotary = model.latent_sizes
    rank = model.q_lora_rank
    queries = (width + heads * (plain + rotary)) * rank if rank else width * heads * (plain + rotary)
    size = queries + width * (latent + rotary) + latent * heads * (plain + head) + heads * head * width
    named_queries, numbers = (
        (
            "q_lora_rank × (hidden_size + num_attention_heads × (qk_nope_head_dim + qk_rope_head_dim))",
            f"{rank} × ({width} + {heads} × ({plain} + {rotary}))",
        )
        if rank
        else (
            "hidden_size × num_attention_heads × (qk_nope_head_dim + qk_rope_head_dim)",
            f"{width} × {heads} × ({plain} + {rotary})",
        )
    )
    return size, (
        f"{named_queries} + hidden_size × (kv_lora_rank + qk_rope_head_dim)"
        " + kv_lora_rank × num_attention_heads × (qk_nope_head_dim + v_head_dim)"
        " + num_attention_heads × v_head_dim × hidden_size",
        f"{numbers} + {width} × ({latent} + {rotary}) + {latent} × {heads} × ({plain} + {head})"
        f" + {heads} × {head} × {width}",
    )


def _feed_forward(model: Architecture) -> Iterator[Part]:
    """Gated layers of three matrices each."""
    width, sparse = model.hidden_size, model.moe_layers
    dense = model.num_hidden_layers - sparse
    if dense:
        size = dense * 3 * width * model.intermediate_size
        words = gettext_noop("dense layers × 3 × hidden_size × intermediate_size")
        yield Part("dense", size, size, f"{words} = {dense} × 3 × {width} × {model.intermediate_size}")
    if sparse:
        yield from _experts(model, sparse)


def _experts(model: Architecture, layers: int) -> Iterator[Part]:
    width, narrow = model.hidden_size, model.expert_width
    expert = 3 * width * narrow
    yield Part(
        "experts",
        layers * model.num_experts * expert,
        layers * model.num_experts_per_tok * expert,
        gettext_noop("MoE layers × experts × 3 × hidden_size × moe_intermediate_size")
        + f" = {layers} × {model.num_experts} × 3 × {width} × {narrow}",
    )
    if model.shared_width:
        size = layers * 3 * width * model.shared_width
        words = gettext_noop("MoE layers × 3 × hidden_size × width of the shared experts")
        yield Part("shared", size, size, f"{words} = {layers} × 3 × {width} × {model.shared_width}")
    router = layers * width * model.num_experts
    yield Part(
        "router",
        router,
        router,
        gettext_noop("MoE layers × hidden_size × experts") + f" = {layers} × {width} × {model.num_experts}",
    )


def _norms(model: Architecture) -> Part:
    per_layer = 2 * model.hidden_size
    words, numbers = "2 × hidden_size", f"2 × {model.hidden_size}"
    for name, size in _small_vectors(model):
        per_layer += size
        words, numbers = f"{words} + {name}", f"{numbers} + {size}"
    total = model.num_hidden_layers * per_layer + model.hidden_size
    formula = (
        f"num_hidden_layers × ({words}) + hidden_size"
        f" = {model.num_hidden_layers} × ({numbers}) + {model.hidden_size}"
    )
    return Part("norms", total, total, formula)


def _small_vectors(model: Architecture) -> Iterator[tuple[str, int]]:
    """(name, size) of what a layer has beside its matrices and its two norms."""
    if model.has_latent_attention:
        yield "kv_lora_rank", model.latent_sizes[0]
        if model.q_lora_rank:
            yield "q_lora_rank", model.q_lora_rank
        return
    if model.has_normed_heads:
        yield "2 × head_dim", 2 * model.head_size
    if model.has_attention_bias:
        heads = model.num_attention_heads + 2 * model.key_value_heads
        yield "(num_attention_heads + 2 × num_key_value_heads) × head_dim", heads * model.head_size


def _draft(model: Architecture) -> Figure | None:
    """A layer as the last one, a matrix that joins it to the model, three norms; embeddings and head are shared."""
    layers = model.num_nextn_predict_layers
    if not layers:
        return None
    one = model.model_copy(update={"num_hidden_layers": 1, "first_k_dense_replace": 0})
    layer = _attention_part(one).total + sum(part.total for part in _feed_forward(one))
    size = layers * (layer + 2 * model.hidden_size**2)
    formula = (
        gettext_noop("num_nextn_predict_layers × (one layer + 2 × hidden_size²)")
        + f" = {layers} × ({layer:,} + 2 × {model.hidden_size:,}²)"
    )
    label = gettext_noop("Multi-token prediction layers (not counted above)")
    return Figure(
        "draft_parameters", label, size, "parameters", formula, "DeepSeek-V3 (arXiv:2412.19437), 2.2"
    )
