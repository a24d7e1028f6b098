from pathlib import Path

import pytest

from llm_backend.capacity.architecture import (
    MAX_CONFIG_BYTES,
    bundled_architecture,
    bundled_names,
    find_config,
    read_config,
)
from llm_backend.capacity.errors import InvalidConfig
from llm_backend.capacity.formats import WeightFormat
from tests.llm_backend.capacity.configs import TINY_DEEPSEEK_V3, changed


@pytest.mark.parametrize("name", bundled_names())
def test_a_bundled_config_survives_being_put_into_an_address(name: str) -> None:
    model = bundled_architecture(name)

    assert read_config(model.compact) == model
    assert len(model.compact) < 700


def test_a_config_is_found_as_a_file_in_a_folder_and_by_name(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(TINY_DEEPSEEK_V3)

    assert find_config(str(config)) == find_config(str(tmp_path)) == read_config(TINY_DEEPSEEK_V3)
    assert find_config("deepseek-v3") == bundled_architecture("DeepSeek-V3")


def test_a_model_that_is_not_bundled_is_answered_with_those_that_are() -> None:
    with pytest.raises(InvalidConfig, match=r"gpt-5.*DeepSeek-V3"):
        find_config("gpt-5")


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        pytest.param("{", "config.json", "valid JSON", id="cut off"),
        pytest.param("hello", "config.json", "valid JSON", id="prose"),
        pytest.param("[" * 100_000, "config.json", "valid JSON", id="nested without end"),
        pytest.param("[]", "config.json", "wrong type", id="a list"),
        pytest.param(b"\xff\xfe\x00", "config.json", "valid JSON", id="bytes"),
        pytest.param("x" * (MAX_CONFIG_BYTES + 1), "config.json", "kilobytes", id="far too long"),
        pytest.param("{}", "model_type", "missing", id="empty"),
        pytest.param(
            '{"model_type": "gpt2"}', "model_type", "supported: chatglm, deepseek_v2", id="unknown family"
        ),
        pytest.param(changed("LLaMA-2-7B", hidden_size=None), "hidden_size", "missing", id="no width"),
        pytest.param(changed("ChatGLM3-6B", num_layers="28"), "num_layers", "28", id="text for a number"),
        pytest.param(changed("LLaMA-2-7B", hidden_size=True), "hidden_size", "True", id="truth for a number"),
        pytest.param(changed("LLaMA-2-7B", vocab_size=-1), "vocab_size", "minimum is 1", id="negative"),
        pytest.param(
            changed("LLaMA-2-7B", num_hidden_layers=10**12), "num_hidden_layers", "maximum", id="10^12 layers"
        ),
        pytest.param(changed("LLaMA-2-7B", hidden_size=float("inf")), "hidden_size", "inf", id="infinite"),
        pytest.param(
            changed("LLaMA-2-7B", num_attention_heads=7), "num_attention_heads", "divide", id="uneven heads"
        ),
        pytest.param(
            changed("LLaMA-2-7B", num_key_value_heads=5), "num_key_value_heads", "divide", id="uneven groups"
        ),
        pytest.param(changed("DeepSeek-V3", kv_lora_rank=None), "kv_lora_rank", "needs", id="no latent"),
        pytest.param(
            changed("Mixtral-8x7B", num_experts_per_tok=9),
            "num_experts_per_tok",
            "more than",
            id="greedy token",
        ),
        pytest.param(
            changed("Mixtral-8x7B", num_experts_per_tok=None),
            "num_experts_per_tok",
            "needs",
            id="idle experts",
        ),
        pytest.param(
            changed("DeepSeek-V3", first_k_dense_replace=62),
            "first_k_dense_replace",
            "more",
            id="too many dense",
        ),
    ],
)
def test_a_config_that_cannot_be_used_is_refused_with_the_key(
    text: str | bytes, key: str, reason: str
) -> None:
    with pytest.raises(InvalidConfig, match=reason) as refused:
        read_config(text)

    assert refused.value.key == key
    assert len(str(refused.value)) < 400


def test_other_keys_of_a_config_are_of_no_matter() -> None:
    assert read_config(
        changed("Qwen2.5-7B", rope_scaling={"factor": 4}, use_cache=True)
    ) == bundled_architecture("Qwen2.5-7B")


def test_heads_share_nothing_when_the_config_names_no_groups() -> None:
    assert read_config(changed("LLaMA-2-70B", num_key_value_heads=None)).key_value_heads == 64
    assert read_config(changed("ChatGLM3-6B", multi_query_attention=False)).key_value_heads == 32


def test_experts_stand_in_the_layers_that_the_config_says() -> None:
    def moe_layers(name: str, **keys: object) -> int:
        return read_config(changed(name, **keys)).moe_layers

    assert moe_layers("DeepSeek-V3") == 58
    assert moe_layers("DeepSeek-V3", moe_layer_freq=2) == 29
    assert moe_layers("Qwen3-30B-A3B", decoder_sparse_step=2) == 24
    assert moe_layers("Qwen3-30B-A3B", mlp_only_layers=[0, 1, 2]) == 45


@pytest.mark.parametrize(
    ("keys", "weights"),
    [
        ({"torch_dtype": "float32"}, WeightFormat.FP32),
        ({"torch_dtype": "float16"}, WeightFormat.BF16),
        ({"quantization_config": {"quant_method": "fp8"}}, WeightFormat.FP8),
        ({"quantization_config": {"quant_method": "awq", "bits": 4}}, WeightFormat.INT4),
        ({"quantization_config": {"quant_method": "gptq", "bits": 8}}, WeightFormat.INT8),
    ],
)
def test_weights_are_counted_in_the_format_of_the_checkpoint(
    keys: dict[str, object], weights: WeightFormat
) -> None:
    assert read_config(changed("Qwen2.5-7B", **keys)).published_format is weights


def test_an_unknown_quantisation_has_to_be_chosen_by_the_person() -> None:
    model = read_config(changed("Qwen2.5-7B", quantization_config={"quant_method": "exl9"}))

    with pytest.raises(InvalidConfig, match="exl9"):
        _ = model.published_format
