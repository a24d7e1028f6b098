"""Floating-point operations for one token: a multiplication and an addition for each parameter that it meets."""

from collections.abc import Iterator

from llm_backend.capacity.architecture import Architecture
from llm_backend.capacity.figure import Figure
from llm_backend.capacity.parameters import ParameterCount
from llm_backend.errors import gettext_noop

SCALING_LAWS = "Kaplan et al. (arXiv:2001.08361), 2.1"


def compute_figures(
    model: Architecture, count: ParameterCount, *, context: int, mla: bool
) -> Iterator[Figure]:
    """What one token costs at the end of a conversation of `context` tokens. A dense model of equal size stands beside."""
    attention, attention_formula = _attention_operations(model, context, mla=mla)
    sparse, dense = 2 * count.active + attention, 2 * count.dense_equivalent + attention
    yield Figure(
        "flop_per_token",
        gettext_noop("Operations per token"),
        sparse,
        "flop",
        gettext_noop("2 × active parameters + attention") + f" = 2 × {count.active:,} + {attention:,}",
        SCALING_LAWS,
    )
    yield Figure(
        "flop_attention",
        gettext_noop("of which attention over the context"),
        attention,
        "flop",
        attention_formula,
    )
    yield Figure(
        "flop_dense",
        gettext_noop("A dense model of the same size"),
        dense,
        "flop",
        gettext_noop("2 × all parameters but looked-up embeddings + attention")
        + f" = 2 × {count.dense_equivalent:,} + {attention:,}",
    )
    yield Figure(
        "flop_ratio",
        gettext_noop("Dense vs. this model"),
        dense / sparse,
        "times",
        f"{dense:,} / {sparse:,}",
    )


def _attention_operations(model: Architecture, context: int, *, mla: bool) -> tuple[int, str]:
    """(operations, formula). While it writes, an engine with MLA compares queries with the latents themselves."""
    layers, heads, size = model.num_hidden_layers, model.num_attention_heads, model.head_size
    latent, plain, rotary = model.latent_sizes
    if not model.has_latent_attention:
        keys, widths = size, "(head_dim + head_dim)"
        values = size
    elif mla:
        keys, values, widths = latent + rotary, latent, "(kv_lora_rank + qk_rope_head_dim + kv_lora_rank)"
    else:
        keys, values, widths = plain + rotary, size, "(qk_nope_head_dim + qk_rope_head_dim + v_head_dim)"
    formula = (
        f"2 × num_hidden_layers × num_attention_heads × {widths} × context_length"
        f" = 2 × {layers} × {heads} × {keys + values} × {context:,}"
    )
    return 2 * layers * heads * (keys + values) * context, formula
