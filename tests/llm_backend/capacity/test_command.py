import json
import re
from pathlib import Path

import pytest

from llm_backend.capacity.__main__ import main


def test_the_table_shows_figures_with_their_formulas(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "240")

    assert main(["DeepSeek-V2-Lite", "--gpu-memory", "80", "--context", "8192"]) == 0

    shown = capsys.readouterr().out
    assert re.search(r"Tokens that fit +│ +[\d,]+ │ ⌊room", shown)
    assert "27 × (512 + 64) × 2" in shown


def test_the_plan_comes_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--gpus 8 --gpu-memory 141 --context 8192 --mla off --kv-dtype fp8 --weights fp8 --json"
    assert main(["deepseek-v3", *options.split()]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["attention"] == "mla"
    assert document["deployment"]["kv_dtype"] == "fp8"
    assert document["figures"]["cache_bytes_full"]["value"] == 61 * 2 * 128 * 192
    assert document["figures"]["total_parameters"]["value"] == 671_026_404_352
    assert document["fits"] is True


def test_a_plan_in_which_nothing_fits_says_so_with_its_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["DeepSeek-V3", "--gpu-memory", "80"]) == 1
    assert "weights do not fit" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nothing-like-this"], "nothing-like-this"),
        (["Qwen2.5-7B", "--gpus", "0"], "“gpus” is 0"),
        (["Qwen2.5-7B", "--gpus", "8"], "28 attention heads"),
    ],
)
def test_input_that_cannot_be_used_is_explained(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert reason in " ".join(capsys.readouterr().err.split())


def test_a_broken_file_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')

    assert main([str(tmp_path)]) == 2
    assert "num_hidden_layers" in capsys.readouterr().err
