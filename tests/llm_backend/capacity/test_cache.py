import pytest

from llm_backend.capacity.architecture import Architecture, bundled_architecture, read_config
from llm_backend.capacity.cache import all_caches, attention_type, cache_per_token, savings, used_cache
from llm_backend.capacity.figure import GIB
from llm_backend.capacity.formats import CacheFormat
from tests.llm_backend.capacity.configs import TINY_DEEPSEEK_V3


def token_bytes(model: Architecture, *, mla: bool = True, element: CacheFormat = CacheFormat.BF16) -> int:
    return used_cache(model, mla=mla).bytes(model.num_hidden_layers, element)


@pytest.mark.parametrize(
    ("mla", "tokens_per_gib"),
    [
        pytest.param(True, 116_496, id="vLLM 0.32 with its CPU_MLA backend"),
        pytest.param(False, 21_760, id="vLLM 0.32 with VLLM_MLA_DISABLE=1"),
    ],
)
def test_a_gib_holds_as_many_tokens_as_vllm_says_for_a_tiny_checkpoint(
    mla: bool, tokens_per_gib: int
) -> None:
    tiny = read_config(TINY_DEEPSEEK_V3)

    assert GIB / token_bytes(tiny, mla=mla) == pytest.approx(tokens_per_gib, rel=0.01)


def test_deepseek_v2_saves_what_its_paper_says_once_its_cache_has_6_bits() -> None:
    """The abstract's 93.3 % compares 16 bits with the 6 bits of section 3.2.3; the latent alone saves 82.2 %."""
    plain, deployed = savings(
        bundled_architecture("DeepSeek-V2"), bundled_architecture("DeepSeek-67B"), "DeepSeek-67B"
    )

    assert deployed.value == pytest.approx(93.3, abs=0.05)
    assert plain.value == pytest.approx(82.2, abs=0.05)


@pytest.mark.parametrize(
    ("name", "attention", "kib"),
    [
        ("DeepSeek-V3", "mla", 68.625),
        ("DeepSeek-67B", "gqa", 380),
        ("LLaMA-2-7B", "mha", 512),
        ("LLaMA-2-70B", "gqa", 320),
        ("Mixtral-8x7B", "gqa", 128),
        ("Qwen2.5-7B", "gqa", 56),
        ("ChatGLM3-6B", "gqa", 28),
    ],
)
def test_each_kind_of_attention_keeps_its_own_size(name: str, attention: str, kib: float) -> None:
    model = bundled_architecture(name)

    assert attention_type(model) == attention
    assert token_bytes(model) / 1024 == kib


def test_a_single_group_is_multi_query_attention() -> None:
    model = read_config(
        bundled_architecture("LLaMA-2-7B").compact.replace(
            '"num_key_value_heads":32', '"num_key_value_heads":1'
        )
    )

    assert attention_type(model) == "mqa"
    assert token_bytes(model) == 32 * 2 * 128 * 2


def test_eight_bits_halve_the_cache() -> None:
    model = bundled_architecture("DeepSeek-V3")

    assert token_bytes(model, element=CacheFormat.FP8) * 2 == token_bytes(model)


def test_the_latent_is_as_large_as_two_and_a_quarter_groups() -> None:
    """DeepSeek-V2, table 1: "equal to GQA with only 2.25 groups"."""
    model = bundled_architecture("DeepSeek-V2")
    latent, single = cache_per_token(model, "mla"), cache_per_token(model, "mqa")

    assert latent.layer_elements == 2.25 * single.layer_elements


def test_a_model_without_a_latent_is_shown_what_one_would_save() -> None:
    model = bundled_architecture("LLaMA-2-7B")
    sizes = {cache.attention: cache.layer_elements for cache in all_caches(model)}

    assert sizes == {"mha": 8192, "gqa": 2048, "mla": 576, "mqa": 256}


def test_the_groups_of_a_grouped_model_are_its_own() -> None:
    sizes = {
        cache.attention: cache.layer_elements for cache in all_caches(bundled_architecture("ChatGLM3-6B"))
    }

    assert sizes["gqa"] == 2 * 2 * 128
