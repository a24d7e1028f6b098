"""`engine prepare`: what a profile serves is fetched or made, or a person is told how to."""

import shlex
import sys

from llm_backend.machine import Machine, this_machine
from llm_backend.profiles import Profile, fits, fits_on_disk
from stack import engine_commands
from stack.errors import StackError
from stack.installation import Installation
from stack.progress import Steps, console
from stack.testing import run
from stack.weights import catalogue, ensure_weights

# Chat templates and examples are those of the very version that is installed.
VLLM_SOURCE = "https://raw.githubusercontent.com/vllm-project/vllm/v0.32.0/examples"
VLLM_REQUIREMENT = "vllm==0.32.0"
SETTINGS_OF = {
    "speech": "SPEECH_ENDPOINT",
    "embedding": "EMBEDDING_ENDPOINT",
    "synthesis": "SYNTHESIS_ENDPOINT",
}


def prepare(profile: Profile, installation: Installation) -> None:
    """Raises StackError before anything is fetched when the profile does not fit this machine."""
    models = installation.layout.models(installation.settings)
    machine = this_machine(models)
    require_fit(profile, machine, installation)
    is_ready = not engine_commands.missing(profile, installation.serving(profile))
    if not is_ready and (reasons := fits_on_disk(profile, machine)):
        raise StackError(f"{profile.name} does not fit this machine: {'; '.join(reasons)}. Free some space.")
    if profile.engine == "vllm":
        _say_how(profile, installation)
        return
    if profile.engine in ("llama.cpp", "vllm-cpu") and "KONGMING_LLAMA_MODEL" not in installation.settings:
        with Steps() as steps:
            ensure_weights(catalogue("llm"), models, steps)
    if profile.engine == "kokoro":
        _prepare_voice(profile, installation)
        return
    if profile.engine == "vllm-cpu" and not is_ready:
        _make_checkpoint(profile, installation)
    console.print(f"{profile.name} is ready: ./kongming engine start {profile.name}", soft_wrap=True)


def _prepare_voice(profile: Profile, installation: Installation) -> None:
    """Raises StackError where espeak-ng is missing: English is read with it, as a program of its own."""
    models = installation.layout.models(installation.settings)
    with Steps() as steps:
        ensure_weights(catalogue("synthesis"), models, steps)
    if missing := engine_commands.voice_missing(models):
        raise StackError(f"{profile.name} is not ready: {missing}")
    console.print(f"{profile.name} is ready. It reads aloud from the next start on: ./kongming up")


def require_fit(profile: Profile, machine: Machine, installation: Installation) -> None:
    """Raises StackError with what the machine lacks, and with the profiles of the same purpose that would fit it."""
    reasons = fits(profile, machine)
    if not reasons:
        return
    others = [
        each.name
        for each in installation.profiles.values()
        if set(profile.purposes) & set(each.purposes) and not fits(each, machine)
    ]
    instead = (
        f"What fits: {', '.join(others)}." if others else f"No profile for {profile.purposes[0]} fits it."
    )
    raise StackError(f"{profile.name} does not fit this machine: {'; '.join(reasons)}.\n{instead}")


def _make_checkpoint(profile: Profile, installation: Installation) -> None:
    serving = installation.serving(profile)
    module = [sys.executable, "-m", "llm_backend.engines.vllm_cpu", "prepare", "--state", str(serving.state)]
    files = ["--gguf", str(serving.gguf), "--out", str(serving.checkpoint(profile))]
    command = [*module, *files, "--format", str(profile.checkpoint)]
    if run(command, installation.environment()):
        raise StackError(f"{profile.name} could not be prepared. What is written above says why.")


def _say_how(profile: Profile, installation: Installation) -> None:
    """Prints the commands: hundreds of gigabytes from somebody else's server are a person's decision."""
    serving = installation.serving(profile)
    extra = "[audio]" if "speech" in profile.purposes else ""
    steps = [
        f"pip install '{VLLM_REQUIREMENT.replace('vllm', f'vllm{extra}', 1)}' huggingface_hub",
        f"hf download {profile.model}    # about {profile.needs.disk_gib:.0f} GiB",
    ]
    line = engine_commands.command(profile, serving)
    folder = str(serving.vllm_examples)
    steps += [
        f"curl --create-dirs -o {shlex.quote(part)} {VLLM_SOURCE}{part.removeprefix(folder)}"
        for part in line
        if part.startswith(folder)
    ]
    if "chat" in profile.purposes:
        steps.append(f"./kongming engine start {profile.name}")
    elif "vision" in profile.purposes:
        steps.append(
            f"{shlex.join(line)}    # then add its address under Models, for vision, and check it there"
        )
    else:
        setting = SETTINGS_OF[profile.purposes[0]]
        steps.append(f"{shlex.join(line)}    # then {setting}=http://127.0.0.1:PORT/v1 in .env")
    console.print(f"Nothing is fetched for you. To serve {profile.name} on this machine:")
    for number, step in enumerate(steps, 1):
        console.print(f"  {number}. {step}", soft_wrap=True, markup=False)
