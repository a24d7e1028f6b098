"""Which profile an installation serves conversations with: named, chosen before, or fitting the machine."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from config.env import Env
from llm_backend.machine import this_machine
from llm_backend.profiles import FALLBACK, Choice, Profile, ProfileError, default_profile, load_profiles
from stack.errors import StackError
from stack.layout import Layout


def known_profiles(env: Env) -> dict[str, Profile]:
    own = Path(env.engine_profiles).expanduser() if env.engine_profiles else None
    try:
        return load_profiles(own)
    except ProfileError as error:
        raise StackError(str(error)) from error


def named_profile(name: str, profiles: Mapping[str, Profile], *, said_by: str = "") -> Profile:
    """Raises StackError where there is no such profile. `said_by`: the setting or command that named it."""
    if name not in profiles:
        source = f" ({said_by})" if said_by else ""
        raise StackError(f"There is no profile {name}{source}. There are: {', '.join(profiles)}")
    return profiles[name]


def choose(
    env: Env,
    profiles: Mapping[str, Profile],
    *,
    started_name: str,
    models: Path,
    is_ready: Callable[[Profile], bool],
) -> Choice:
    """What is served, and why: what a setting says comes before what `engine start` was told, and that before what fits
    the machine.

    `started_name` is what `engine start` was last told, or empty; `models` is where weights are kept. Raises StackError
    for a name that no profile has.
    """
    if env.llm_profile:
        return Choice(named_profile(env.llm_profile, profiles, said_by="LLM_PROFILE"), "LLM_PROFILE says so")
    if started_name:
        profile = named_profile(started_name, profiles, said_by="./kongming engine start")
        return Choice(profile, f"./kongming engine start {started_name} chose it")
    if env.kongming_llama_model:
        return Choice(profiles[FALLBACK], "KONGMING_LLAMA_MODEL names a model for it")
    return default_profile(this_machine(models), profiles, is_ready=is_ready)


def started_profile(layout: Layout) -> str:
    """What `engine start` was last told; empty when it was not, or was undone by `engine stop`."""
    path = layout.engine_choice
    return str(json.loads(path.read_text())["llm"]) if path.exists() else ""


def remember_started(layout: Layout, name: str) -> None:
    if name:
        layout.engine_choice.write_text(json.dumps({"llm": name}))
    else:
        layout.engine_choice.unlink(missing_ok=True)
