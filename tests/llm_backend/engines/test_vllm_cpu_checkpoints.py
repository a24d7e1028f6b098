"""Checkpoints for vLLM, made by the real code in the real environment."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.vllm_environment import run_inside, vllm_state

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(300)]

CHECKPOINT = "llm_backend.engines.vllm_cpu.checkpoint"
TINY = "llm_backend.engines.vllm_cpu.tiny"
SMALL = ("--layers", "3", "--hidden", "128", "--heads", "2", "--expert-width", "64", "--dense-width", "128")
Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def state() -> Path:
    return vllm_state()


@pytest.fixture(scope="module")
def small_gguf(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gguf") / "small.gguf"
    done = run_inside(state, "tests.llm_backend.engines.small_gguf", path, "qwen2")
    assert done.returncode == 0, done.stderr
    return path


def prepare(state: Path, gguf: Path, out: Path, form: str = "bf16") -> Done:
    return run_inside(state, CHECKPOINT, "--gguf", gguf, "--out", out, "--format", form)


def test_a_gguf_becomes_checkpoints_that_compute_the_same(
    state: Path, small_gguf: Path, tmp_path: Path
) -> None:
    for form in ("bf16", "int8"):
        done = prepare(state, small_gguf, tmp_path / form, form)
        assert done.returncode == 0, done.stderr
    compared = run_inside(
        state,
        "tests.llm_backend.engines.compare_checkpoints",
        small_gguf,
        tmp_path / "bf16",
        tmp_path / "int8",
    )
    assert compared.returncode == 0, compared.stderr
    found = json.loads(compared.stdout.splitlines()[-1])
    assert found["back"] == "tea 茶 2026\n"
    assert found["chat"] == "<|im_start|>hi<|im_end|>"
    assert found["bf16_error"] == 0
    assert found["int8_cosine"] > 0.99


def test_a_checkpoint_that_is_there_is_not_made_again(state: Path, small_gguf: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare(state, small_gguf, out)
    made = (out / "config.json").stat().st_mtime_ns
    assert "as it was" in prepare(state, small_gguf, out).stderr
    assert (out / "config.json").stat().st_mtime_ns == made
    assert json.loads((out / "generation_config.json").read_text())["eos_token_id"]


@pytest.mark.parametrize("kept", [0, 100, 20_000, -4096])
def test_a_gguf_that_was_cut_short_is_refused_in_one_sentence(
    state: Path, small_gguf: Path, tmp_path: Path, kept: int
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(small_gguf.read_bytes()[:kept])
    done = prepare(state, broken, tmp_path / "out")
    assert done.returncode == 1
    assert "is broken or was cut short" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [broken]


def test_another_architecture_is_refused_with_what_can_be_done(state: Path, tmp_path: Path) -> None:
    path = tmp_path / "other.gguf"
    run_inside(state, "tests.llm_backend.engines.small_gguf", path, "mamba")
    done = prepare(state, path, tmp_path / "out")
    assert done.returncode == 1
    assert "“mamba”; qwen2 can be prepared" in done.stderr
    assert "“embedded”" in done.stderr


def test_the_dense_twin_has_as_many_parameters(state: Path, tmp_path: Path) -> None:
    moe = run_inside(state, TINY, "--out", tmp_path / "moe", *SMALL)
    dense = run_inside(state, TINY, "--out", tmp_path / "dense", "--dense", *SMALL)
    counts = [int(done.stderr.split(": ")[-1].split()[0].replace(",", "")) for done in (moe, dense)]
    assert counts[1] == pytest.approx(counts[0], rel=0.01)
    config = json.loads((tmp_path / "moe" / "config.json").read_text())
    assert (config["topk_method"], config["scoring_func"], config["moe_layer_freq"]) == (
        "noaux_tc",
        "sigmoid",
        1,
    )


def test_balancing_by_the_bias_alone_evens_the_experts_out(state: Path, tmp_path: Path) -> None:
    text = Path("apps/operations/demonstration/material/handbook.en.md")
    run_inside(state, TINY, "--out", tmp_path / "moe", *SMALL, "--vocab", "768", "--text", text)
    done = run_inside(state, "benchmarks.expert_load", "--checkpoint", tmp_path / "moe", "--text", text)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["expert_load_before"] > 1.2
    assert found["expert_load_after"] < 1.2
    for layer in found["expert_shares_after"]:
        assert sum(layer) == pytest.approx(1, abs=0.01)
