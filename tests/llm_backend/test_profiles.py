"""The shipped profiles, profiles of one's own, and which of them fit a machine."""

import json
import subprocess
from pathlib import Path

import pytest

from llm_backend.machine import Gpu, Machine, parse_gpus, this_machine
from llm_backend.profiles import (
    PLACEHOLDERS,
    SHIPPED,
    Profile,
    ProfileError,
    default_profile,
    fits,
    fits_on_disk,
    load_profiles,
)
from tests.scripted_engine_fixture import ROOT

LAPTOP = Machine(cores=4, memory_gib=16, disk_gib=50)
ONE_H100 = Machine(16, 128, 500, (Gpu("NVIDIA H100 80GB HBM3", 79.6),))
EIGHT_H100 = Machine(96, 1024, 4000, (Gpu("NVIDIA H100 80GB HBM3", 79.6),) * 8)
EIGHT_H200 = Machine(96, 1024, 4000, (Gpu("NVIDIA H200", 140.4),) * 8)
ONE_L4 = Machine(8, 32, 100, (Gpu("NVIDIA L4", 22.5),))

OWN = """
[profiles.mine]
summary = "a server of mine"
engine = "command"
model = "mine"
served_name = "mine"
purposes = ["chat"]
context_tokens = 4096
concurrency = 2
needs = { memory_gib = 1 }
command = ["my-server", "--port", "${port}"]
"""
VLLM_PYTHON = ROOT / "var" / "engines" / "vllm-cpu" / "venv" / "bin" / "python"
# Parses command lines from standard input with vLLM's own parser and prints what it makes of the parallel sizes.
PARSE_WITH_VLLM = """
import json, sys
from vllm.entrypoints.launchers.cli_args import make_arg_parser
from vllm.utils.argparse_utils import FlexibleArgumentParser
from vllm.reasoning import ReasoningParserManager
from vllm.tool_parsers import ToolParserManager
parser = make_arg_parser(FlexibleArgumentParser())
for line in json.load(sys.stdin):
    options = parser.parse_args(line)
    if options.reasoning_parser:
        ReasoningParserManager.get_reasoning_parser(options.reasoning_parser)
    if options.tool_call_parser:
        ToolParserManager.get_tool_parser(options.tool_call_parser)
"""


def own_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(text)
    return path


def flags_of(profile: Profile) -> list[str]:
    return profile.flags(dict.fromkeys(PLACEHOLDERS, 16))


def chosen(machine: Machine, *, ready: bool = True) -> tuple[str, str]:
    choice = default_profile(machine, load_profiles(), is_ready=lambda profile: ready)
    return choice.profile.name, choice.reason


def test_the_profiles_that_the_platform_promises_are_there() -> None:
    promised = {"embedded", "vllm-cpu", "deepseek-v2-lite", "deepseek-v3", "deepseek-r1"}
    assert promised | {"qwen3-14b", "whisper-large-v3", "whisper-large-v3-turbo", "bge-m3"} <= set(
        load_profiles()
    )


def test_models_that_look_at_pictures_are_never_the_default_for_talk() -> None:
    names = ("qwen3-vl-8b", "deepseek-vl2", "deepseek-ocr")
    assert {load_profiles()[name].preference for name in names} == {None}
    assert {load_profiles()[name].purposes for name in names} == {("vision",)}


def test_every_argument_says_why_it_is_there() -> None:
    reasons = [argument.why for profile in load_profiles().values() for argument in profile.arguments]
    assert min(map(len, reasons)) > 15


def test_deepseek_uses_what_the_model_and_vllm_offer_for_it() -> None:
    low, high = flags_of(load_profiles()["deepseek-r1"]), flags_of(load_profiles()["deepseek-r1-high-load"])
    for line in (low, high):
        assert line[line.index("--kv-cache-dtype") + 1] == "fp8"
        assert {"--reasoning-parser", "--tool-call-parser", "--enable-auto-tool-choice"} <= set(line)
    assert low[low.index("--tensor-parallel-size") + 1] == "8"
    assert json.loads(low[low.index("--speculative-config") + 1]) == {
        "method": "mtp",
        "num_speculative_tokens": 1,
    }
    assert high[high.index("--data-parallel-size") + 1] == "8"
    assert "--enable-expert-parallel" in high
    assert "--tensor-parallel-size" not in high


@pytest.mark.skipif(
    not VLLM_PYTHON.exists(), reason="vLLM is not installed: ./kongming engine prepare vllm-cpu"
)
def test_vllm_itself_understands_every_argument() -> None:
    lines = [flags_of(profile) for profile in load_profiles().values() if profile.engine == "vllm"]
    done = subprocess.run(
        [VLLM_PYTHON, "-c", PARSE_WITH_VLLM],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (LAPTOP, "embedded"),
        (ONE_L4, "qwen3-14b"),
        (ONE_H100, "deepseek-v2-lite"),
        (EIGHT_H100, "deepseek-v2-lite"),
        (EIGHT_H200, "deepseek-v3"),
    ],
)
def test_the_default_is_the_strongest_that_fits(machine: Machine, expected: str) -> None:
    assert chosen(machine)[0] == expected


def test_the_reason_fits_one_line_and_names_the_machine() -> None:
    reason = chosen(ONE_H100)[1]
    assert "\n" not in reason
    assert "NVIDIA H100" in reason


def test_without_a_gpu_the_reason_says_when_to_change() -> None:
    assert "ten or more at once: ./kongming engine prepare vllm-cpu" in chosen(LAPTOP)[1]


def test_what_is_not_prepared_is_named_and_not_started() -> None:
    name, reason = chosen(ONE_H100, ready=False)
    assert name == "embedded"
    assert "./kongming engine prepare deepseek-v2-lite" in reason


def test_what_is_prepared_is_served_though_something_stronger_would_fit() -> None:
    choice = default_profile(ONE_H100, load_profiles(), is_ready=lambda profile: profile.name == "qwen3-14b")
    assert choice.profile.name == "qwen3-14b"
    assert "and is prepared" in choice.reason


def test_what_does_not_fit_says_what_is_needed_and_what_is_there() -> None:
    profiles = load_profiles()
    assert fits(profiles["deepseek-v3"], EIGHT_H100) == [
        "it needs 8 GPUs of 94 GiB and this machine has 8 × NVIDIA H100 80GB HBM3 of 80 GiB"
    ]
    assert fits(profiles["vllm-cpu"], Machine(2, 4, 50)) == [
        "it needs 8 GiB of memory and this machine has 4"
    ]
    assert fits_on_disk(profiles["deepseek-v3"], LAPTOP) == ["it needs 720 GiB of disk and 50 are free"]


def test_a_profile_of_ones_own_is_added_to_ours(tmp_path: Path) -> None:
    profiles = load_profiles(own_file(tmp_path, OWN))
    assert profiles["mine"].command == ("my-server", "--port", "${port}")
    assert "embedded" in profiles


def test_ones_own_file_may_use_our_sets_and_take_a_profiles_place(tmp_path: Path) -> None:
    text = OWN.replace("profiles.mine", "profiles.deepseek-v3").replace('"command"', '"vllm"')
    text = text.replace('command = ["my-server", "--port", "${port}"]', 'argument_sets = ["low-load"]')
    profile = load_profiles(own_file(tmp_path, text))["deepseek-v3"]
    assert [argument.flag for argument in profile.arguments] == [
        "--tensor-parallel-size",
        "--speculative-config",
    ]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (OWN.replace("concurrency = 2", "concurrency = 0"), "concurrency: "),
        (OWN.replace("concurrency = 2", "concurency = 2"), "concurency: "),
        (OWN.replace('["chat"]', '["chatting"]'), "purposes.1: "),
        (OWN.replace("${port}", "${prot}"), "${port}"),
        (OWN.replace('engine = "command"', 'engine = "vllm"'), "command: "),
        (OWN + 'argument_sets = ["none"]', "argument_sets: there is no set none"),
        (OWN + 'arguments = [{ flag = "--slots", value = "1" }]', "arguments.1.why: "),
        (
            OWN + 'arguments = [{ flag = "--a", why = "one" }, { flag = "--a", why = "two" }]',
            "--a is given twice",
        ),
    ],
)
def test_a_wrong_profile_names_file_profile_and_key(tmp_path: Path, wrong: str, named: str) -> None:
    with pytest.raises(ProfileError) as raised:
        load_profiles(own_file(tmp_path, wrong))
    assert f"{tmp_path / 'own.toml'}, profile mine" in str(raised.value)
    assert named in str(raised.value)


@pytest.mark.parametrize(
    ("text", "named"), [("[profiles", "it is not TOML"), ("[profile.mine]\na = 1", "profile: there are")]
)
def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ProfileError, match=named):
        load_profiles(own_file(tmp_path, text))


def test_a_file_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="ENGINE_PROFILES"):
        load_profiles(tmp_path / "nowhere.toml")


def test_gpus_are_read_from_what_the_driver_prints() -> None:
    printed = "NVIDIA H100 80GB HBM3, 81559\nNVIDIA GH200, [N/A]\n\n"
    assert [(gpu.name, round(gpu.memory_gib)) for gpu in parse_gpus(printed)] == [
        ("NVIDIA H100 80GB HBM3", 80)
    ]


def test_this_machine_can_hold_the_embedded_profile(tmp_path: Path) -> None:
    machine = this_machine(tmp_path / "not" / "there" / "yet")
    assert machine.cores >= 1
    assert fits(load_profiles()["embedded"], machine) == []


def test_the_file_says_to_which_version_of_vllm_its_flags_belong() -> None:
    assert "vLLM 0.32" in SHIPPED.read_text()
