"""Configs that several tests read."""

import json
from typing import Any

from llm_backend.capacity.architecture import CONFIGS

TINY_DEEPSEEK_V3 = json.dumps(
    {
        "model_type": "deepseek_v3",
        "num_hidden_layers": 8,
        "hidden_size": 512,
        "intermediate_size": 1024,
        "vocab_size": 32000,
        "num_attention_heads": 8,
        "num_key_value_heads": 8,
        "q_lora_rank": None,
        "kv_lora_rank": 512,
        "qk_nope_head_dim": 128,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "n_routed_experts": 16,
        "num_experts_per_tok": 4,
        "n_shared_experts": 1,
        "moe_intermediate_size": 256,
        "first_k_dense_replace": 1,
        "torch_dtype": "bfloat16",
    }
)


def changed(name: str, **keys: Any) -> str:
    """A bundled config.json with other values; None takes a key out."""
    config = json.loads((CONFIGS / f"{name}.json").read_text()) | keys
    return json.dumps({key: value for key, value in config.items() if value is not None})
