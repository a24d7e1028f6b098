import pytest

from llm_backend.capacity.architecture import bundled_architecture, bundled_names
from llm_backend.capacity.parameters import count_parameters

# The number of elements that the checkpoints' own index counts.
CHECKPOINTS = {
    "ChatGLM3-6B": 6_243_584_000,
    "DeepSeek-67B": 67_425_001_472,
    "DeepSeek-V2": 235_741_434_880,
    "DeepSeek-V2-Lite": 15_706_484_224,
    "LLaMA-2-7B": 6_738_415_616,
    "LLaMA-2-13B": 13_015_864_320,
    "LLaMA-2-70B": 68_976_648_192,
    "Mixtral-8x7B": 46_702_792_704,
    "Qwen2.5-Coder-1.5B": 1_543_714_304,
    "Qwen2.5-7B": 7_615_616_512,
    "Qwen2.5-72B": 72_706_203_648,
    "Qwen3-30B-A3B": 30_532_122_624,
}


@pytest.mark.parametrize("name", CHECKPOINTS)
def test_every_parameter_of_a_published_checkpoint_is_counted(name: str) -> None:
    assert count_parameters(bundled_architecture(name)).total == CHECKPOINTS[name]


@pytest.mark.parametrize(
    ("name", "total", "active", "tolerance"),
    [
        pytest.param("DeepSeek-V3", 671e9, 37e9, 0.015, id="DeepSeek-V3 report, abstract"),
        pytest.param("DeepSeek-R1", 671e9, 37e9, 0.015, id="DeepSeek-R1 model card"),
        pytest.param("DeepSeek-V2", 236e9, 21e9, 0.01, id="DeepSeek-V2 paper, abstract"),
        # 2.4 is rounded to two digits, which alone is 2 %.
        pytest.param("DeepSeek-V2-Lite", 15.7e9, 2.4e9, 0.022, id="DeepSeek-V2 paper, appendix B"),
        pytest.param("Mixtral-8x7B", 46.7e9, 12.9e9, 0.015, id="Mixtral announcement"),
        pytest.param("Qwen3-235B-A22B", 235e9, 22e9, 0.02, id="Qwen3 announcement"),
    ],
)
def test_a_mixture_of_experts_has_the_published_size(
    name: str, total: float, active: float, tolerance: float
) -> None:
    count = count_parameters(bundled_architecture(name))

    assert count.total == pytest.approx(total, rel=0.005)
    assert count.active == pytest.approx(active, rel=tolerance)


def test_a_dense_model_has_the_published_size() -> None:
    """Llama 3.1's model card."""
    assert count_parameters(bundled_architecture("Llama-3.1-405B")).total == pytest.approx(405e9, rel=0.005)


def test_layers_for_further_tokens_are_counted_apart() -> None:
    """11.5 B beside the shared embeddings and head: DeepSeek-V3's notes on its weights."""
    count = count_parameters(bundled_architecture("DeepSeek-V3"))

    assert count.draft is not None
    assert count.draft.value == pytest.approx(11.5e9, rel=0.01)
    assert count.total == pytest.approx(671e9, rel=0.001)


def test_a_token_of_a_dense_model_meets_all_but_the_embeddings_it_does_not_look_up() -> None:
    untied = count_parameters(bundled_architecture("Qwen2.5-7B"))
    tied = count_parameters(bundled_architecture("Qwen2.5-Coder-1.5B"))

    assert untied.total - untied.active == 152064 * 3584
    assert tied.total == tied.active


@pytest.mark.parametrize("name", bundled_names())
def test_the_parts_make_the_whole(name: str) -> None:
    count = count_parameters(bundled_architecture(name))
    total, active, *parts = count.figures()

    assert total.value == sum(part.value for part in parts if part != count.draft)
    assert 0 < active.value <= total.value
