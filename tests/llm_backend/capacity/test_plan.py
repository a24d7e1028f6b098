import math
import re

import pytest

from llm_backend.capacity.architecture import bundled_architecture, bundled_names, read_config
from llm_backend.capacity.errors import InvalidDeployment
from llm_backend.capacity.figure import GIB
from llm_backend.capacity.formats import WeightFormat
from llm_backend.capacity.memory import deployment
from llm_backend.capacity.plan import Plan, make_plan, widest_plan
from tests.llm_backend.capacity.configs import TINY_DEEPSEEK_V3, changed


def plan(name: str, **settings: object) -> Plan:
    return make_plan(name, bundled_architecture(name), deployment(**settings))


def worked_out(formula: str) -> float:
    """The value of the side of a formula that has the numbers."""
    numbers = re.sub(r"\((?:tie_word_embeddings|DeepSeek-67B)\)|GiB|,", "", formula.rpartition(" = ")[2])
    for sign, operator in (("×", "*"), ("−", "-"), ("⌊", "math.floor("), ("⌋", ")"), ("²", "**2")):
        numbers = numbers.replace(sign, operator)
    return float(eval(numbers, {"math": math}))


@pytest.mark.parametrize("name", bundled_names())
@pytest.mark.parametrize("mla", [True, False])
@pytest.mark.parametrize("parallel", ["tensor", "data"])
def test_every_formula_gives_the_figure_beside_it(name: str, mla: bool, parallel: str) -> None:
    scale = {"percent": 100, "bytes of room": GIB}
    made = plan(name, gpus=2, gpu_memory=1000, mla=mla, parallel=parallel)

    for key, figure in made.figures.items():
        factor = scale.get("bytes of room" if key == "cache_room" else figure.unit, 1)
        assert worked_out(figure.formula) * factor == pytest.approx(figure.value, rel=1e-4), key


def test_conversations_fill_what_weights_and_reserve_leave() -> None:
    made = plan("Qwen2.5-7B", gpu_memory=24, context=8192)
    room = 24 * 0.9 * GIB - 7_615_616_512 * 2 - 2 * GIB

    assert made.figures["tokens"].value == room // 57344
    assert made.figures["conversations"].value == room // 57344 // 8192
    assert made.is_enough


def test_a_latent_lies_whole_on_each_gpu_under_tensor_parallel() -> None:
    """So the second GPU's share of the cache adds room only by the weights it takes over."""
    one, two = plan("DeepSeek-V2-Lite", gpus=1), plan("DeepSeek-V2-Lite", gpus=2)
    gained = two.layout.cache_room - one.layout.cache_room

    assert gained == pytest.approx(one.layout.weight_bytes / 2)
    assert two.layout.tokens == int(two.layout.cache_room // (27 * 576 * 2))


def test_data_parallel_gives_each_gpu_its_own_conversations() -> None:
    one, four = plan("Qwen2.5-7B"), plan("Qwen2.5-7B", gpus=4, parallel="data")

    assert four.layout.conversations == 4 * one.layout.conversations


def test_data_parallel_spreads_the_experts_alone() -> None:
    layout = plan("DeepSeek-V3", gpus=8, parallel="data", gpu_memory=141).layout
    routed = 653_908_770_816 * (8 + 32 / 128**2) / 8

    assert layout.weights_on_gpu == pytest.approx(layout.weight_bytes - routed * 7 / 8)


def test_heads_are_split_over_gpus_until_each_has_one_and_then_repeated() -> None:
    """Qwen2.5-72B has 8 pairs of heads."""
    eight, sixteen = (plan("Qwen2.5-72B", gpus=gpus, gpu_memory=80).layout for gpus in (8, 16))

    assert (eight.cache_parts, sixteen.cache_parts) == (8, 8)


@pytest.mark.parametrize(("gpus", "mla"), [(8, True), (8, False)])
def test_heads_that_cannot_be_split_evenly_are_refused(gpus: int, mla: bool) -> None:
    with pytest.raises(InvalidDeployment, match="28 attention heads") as refused:
        plan("Qwen2.5-7B", gpus=gpus, mla=mla)

    assert refused.value.key == "gpus"
    assert plan("Qwen2.5-7B", gpus=gpus, parallel="data").is_enough


@pytest.mark.parametrize(
    ("name", "gpus", "width"), [("LLaMA-2-13B", 5, "13,824"), ("Qwen2.5-7B", 28, "18,944")]
)
def test_layers_that_cannot_be_split_evenly_are_refused_though_their_heads_can(
    name: str, gpus: int, width: str
) -> None:
    with pytest.raises(InvalidDeployment, match=f"width {width}"):
        plan(name, gpus=gpus)

    assert plan(name, gpus=gpus, parallel="data").is_enough


@pytest.mark.parametrize(
    ("name", "gpus", "used"), [("Qwen2.5-7B", 3, 2), ("LLaMA-2-13B", 5, 4), ("Qwen2.5-72B", 8, 8)]
)
def test_of_gpus_that_cannot_share_a_model_evenly_as_many_as_can_are_used(
    name: str, gpus: int, used: int
) -> None:
    made = widest_plan(name, bundled_architecture(name), deployment(gpus=gpus))

    assert made.layout.deployment.gpus == used


def test_switching_the_latent_off_costs_conversations() -> None:
    """The same weights with a cache 5.33 times as large, as vLLM showed on the tiny checkpoint."""
    tiny = read_config(TINY_DEEPSEEK_V3)
    on, off = (
        make_plan("tiny", tiny, deployment(gpu_memory=4, reserve=0, context=1, mla=mla))
        for mla in (True, False)
    )

    assert on.layout.tokens / off.layout.tokens == pytest.approx(116_496 / 21_760, rel=0.01)


def test_a_model_that_does_not_fit_is_told_what_would_do() -> None:
    made = plan("DeepSeek-V3", gpus=8, gpu_memory=80, context=32768)

    assert not made.is_enough
    assert made.figures["tokens"].value == 0
    assert "9.3 GiB more" in made.notes[0].worded(str)
    assert made.notes[0].values["gpus"] == 16

    # With what it was told to need, of which the engine uses its share, the weights fit.
    enough = plan("DeepSeek-V3", gpus=8, gpu_memory=80 + made.layout.missing / GIB + 0.01, context=32768)
    assert enough.layout.missing == 0


@pytest.mark.parametrize(("name", "memory", "gpus"), [("Mixtral-8x7B", 48, 3), ("DeepSeek-V3", 141, 6)])
def test_with_data_parallel_any_number_of_gpus_may_be_enough(name: str, memory: int, gpus: int) -> None:
    made = plan(name, gpu_memory=memory, context=32768, parallel="data")

    assert made.gpus_needed == gpus
    assert not plan(name, gpu_memory=memory, context=32768, parallel="data", gpus=gpus - 1).is_enough


def test_experts_that_cannot_be_spread_evenly_fill_the_gpu_that_has_most() -> None:
    """Three GPUs hold eight experts as three, three and two."""
    three, four = (plan("Mixtral-8x7B", gpus=gpus, parallel="data").layout for gpus in (3, 4))
    expert = (three.weights_on_gpu - four.weights_on_gpu) / 32

    assert expert == pytest.approx(3 * 4096 * 14336 * 2, rel=1e-3)


def test_what_fits_with_the_other_distribution_is_not_said_to_fit_nowhere() -> None:
    words = plan("DeepSeek-67B", gpu_memory=80, parallel="data").notes[0].worded(str)

    assert "Distributed like this" in words
    assert "the other distribution" in words
    assert plan("DeepSeek-67B", gpu_memory=80, gpus=2).is_enough


def test_a_conversation_that_is_too_long_is_told_apart_from_weights_that_are_too_large() -> None:
    made = plan("LLaMA-2-7B", gpu_memory=17, context=4096)

    assert "conversation of this length" in made.notes[0].worded(str)
    assert made.notes[0].values["gpus"] == 2


def test_a_gpu_that_is_always_too_small_is_said_to_be() -> None:
    assert "any number" in plan("DeepSeek-V3", gpu_memory=1).notes[0].worded(str)


def test_a_context_beyond_the_models_own_is_pointed_out() -> None:
    notes = [note.worded(str) for note in plan("LLaMA-2-7B", context=8192).notes]

    assert any("4,096 tokens" in note for note in notes)


def test_data_parallel_is_proposed_only_where_it_holds_more() -> None:
    def notes(gpus: int, memory: int) -> str:
        return " ".join(note.worded(str) for note in plan("DeepSeek-V3", gpus=gpus, gpu_memory=memory).notes)

    assert "3,787,528 tokens" in notes(8, 141)
    assert "Data parallel" not in notes(8, 80)
    assert "Data parallel" not in notes(1, 800)


def test_a_mixture_of_experts_computes_a_fraction_of_a_dense_model() -> None:
    figures = plan("DeepSeek-V3", context=1).figures

    assert figures["flop_per_token"].value == pytest.approx(2 * 37e9, rel=0.015)
    assert figures["flop_dense"].value == pytest.approx(2 * 671e9, rel=0.005)
    assert figures["flop_ratio"].value == pytest.approx(18.3, abs=0.1)


def test_a_dense_model_is_no_cheaper_than_itself() -> None:
    assert plan("LLaMA-2-70B").figures["flop_ratio"].value == 1


@pytest.mark.parametrize(
    ("weights", "gib"),
    [("fp32", 25.1), ("bf16", 12.55), ("fp8", 6.52), ("int8", 6.52), ("int4", 3.62)],
)
def test_quantised_weights_keep_embeddings_and_head_in_16_bits(weights: WeightFormat, gib: float) -> None:
    """LLaMA-2-7B: 6.48 B in matrices, 0.26 B in embeddings and head."""
    assert plan("LLaMA-2-7B", weights=weights).layout.weight_bytes / GIB == pytest.approx(gib, abs=0.01)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("gpus", 0),
        ("gpus", 2000),
        ("gpu_memory", -80),
        ("gpu_memory", math.nan),
        ("gpu_memory", math.inf),
        ("context", 0),
        ("utilisation", 1.5),
        ("reserve", -1),
        ("weights", "fp2"),
        ("parallel", "pipeline"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(setting: str, value: object) -> None:
    with pytest.raises(InvalidDeployment) as refused:
        deployment(**{setting: value})

    assert refused.value.key == setting


def test_the_format_of_weights_can_be_chosen_where_it_is_unknown() -> None:
    odd = read_config(changed("Qwen2.5-7B", quantization_config={"quant_method": "exl9"}))

    assert make_plan("odd", odd, deployment(weights="int4")).layout.weights is WeightFormat.INT4
