"""`doctor`: what is wrong with this machine, and what to do about it."""

import locale
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

import psutil

from stack import engine_commands
from stack.embedded_parts import embedded_parts, embedded_servers
from stack.errors import StackError
from stack.installation import Installation
from stack.layout import package_directory
from stack.lifecycle import named_installation
from stack.ports import trouble
from stack.progress import console
from stack.settings import misspelt_settings
from stack.system_user import database_user, let_pass
from stack.weights import catalogue, is_verified

GIB = 1 << 30
# Weights take 1.3 GB, PostgreSQL and its backups the rest of a first week.
MIN_FREE_DISK = 4 * GIB
# After the demo's ninety days and half an hour of use by several (docs/decisions/installation.md).
MIN_FREE_MEMORY = 6 * GIB
MIN_CORES = 2
MIN_OPEN_FILES = 4096
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
CHINESE_FONTS = (
    "NotoSansCJK",
    "NotoSerifCJK",
    "SourceHanSans",
    "wqy",
    "PingFang",
    "msyh",
    "DroidSansFallback",
)
FONT_DIRECTORIES = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "~/.fonts",
    "~/.local/share/fonts",
)


class Level(StrEnum):
    WELL = "✓"
    WARNING = "!"
    BROKEN = "✗"


@dataclass(frozen=True)
class Finding:
    level: Level
    subject: str
    state: str
    advice: str = ""


def finding(
    subject: str, state: str, *, is_well: bool, advice: str, otherwise: Level = Level.BROKEN
) -> Finding:
    return Finding(Level.WELL, subject, state) if is_well else Finding(otherwise, subject, state, advice)


def doctor() -> int:
    results = list(findings(named_installation()))
    for each in results:
        colour = {Level.WELL: "green", Level.WARNING: "yellow", Level.BROKEN: "red"}[each.level]
        console.print(f"[{colour}]{each.level}[/] {each.subject}: {each.state}", soft_wrap=True)
        if each.advice:
            console.print(f"    {each.advice}", soft_wrap=True)
    return 1 if any(each.level == Level.BROKEN for each in results) else 0


def findings(installation: Installation) -> Iterator[Finding]:
    machine: Iterable[Callable[[], Finding]] = (
        python,
        cores,
        memory,
        open_files,
        character_set,
        chinese_fonts,
    )
    for look in machine:
        yield look()
    # From here on it is about this installation: its directory, its port, its weights.
    yield disk(installation)
    for look_at_directory in (writable_state, socket_paths):
        found = look_at_directory(installation)
        yield found
        if found.level == Level.BROKEN:
            # What follows would write there.
            return
    ours = (
        setting_names,
        host_names,
        web_port,
        weights,
        speech_weights,
        voice,
        database_system_user,
        leftover_processes,
        packages,
    )
    for examine in ours:
        yield examine(installation)
    if installation.env.public_url:
        yield from about_production(installation)


def about_production(installation: Installation) -> Iterator[Finding]:
    """What is right for trying it out, and a decision to take where others are served: PUBLIC_URL says so."""
    for part in embedded_parts(installation):
        state = f"embedded, from the package {part.package}, which one person or one small company keeps"
        yield Finding(Level.WARNING, part.subject, state, f"Set {part.variable} to {part.replacement}.")
    passphrase = installation.env.kongming_backup_passphrase.get_secret_value()
    yield finding(
        "Backup passphrase",
        "set" if passphrase else "none",
        is_well=bool(passphrase),
        advice="Backups by schedule and drills need one: set KONGMING_BACKUP_PASSPHRASE, and keep a copy elsewhere.",
        otherwise=Level.WARNING,
    )
    yield finding(
        "Tools of development",
        "in .venv, from a run of the tests" if find_spec("pytest") else "none",
        is_well=not find_spec("pytest"),
        advice="They are more to attack. ./kongming down, remove .venv, ./kongming up",
        otherwise=Level.WARNING,
    )


def python() -> Finding:
    return finding(
        "Python",
        f"{platform.python_version()} at {sys.executable}",
        is_well=sys.version_info >= (3, 11),
        advice="Install Python 3.11 or newer.",
    )


def cores() -> Finding:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return finding(
        "Processor cores",
        str(count),
        is_well=count >= MIN_CORES,
        advice="It works, slowly: point LLM_ENDPOINT to a faster machine.",
        otherwise=Level.WARNING,
    )


def memory() -> Finding:
    available = psutil.virtual_memory().available
    return finding(
        "Free memory",
        f"{available / GIB:.1f} GiB",
        is_well=available >= MIN_FREE_MEMORY,
        advice=f"The embedded models and servers want {MIN_FREE_MEMORY // GIB} GiB. Close other programs, "
        "or point LLM_ENDPOINT and EMBEDDING_ENDPOINT to another machine.",
        otherwise=Level.WARNING,
    )


def open_files() -> Finding:
    # The module does not exist on Windows, where Kongming does not run either.
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return finding(
        "Open files",
        "unlimited" if hard == resource.RLIM_INFINITY else str(hard),
        is_well=hard == resource.RLIM_INFINITY or hard >= MIN_OPEN_FILES,
        advice=f"Each open page holds one. Raise the hard limit to {MIN_OPEN_FILES}: ulimit -Hn",
        otherwise=Level.WARNING,
    )


def character_set() -> Finding:
    # That of the machine: `./kongming` itself runs in UTF-8 everywhere.
    encoding = locale.getencoding()
    return finding(
        "Character set",
        encoding,
        is_well=encoding.lower().replace("-", "") == "utf8",
        advice="Chinese text in the terminal needs UTF-8: export LC_ALL=C.UTF-8",
        otherwise=Level.WARNING,
    )


def chinese_fonts() -> Finding:
    directories = [path for each in FONT_DIRECTORIES if (path := Path(each).expanduser()).is_dir()]
    names = (file.name for directory in directories for file in directory.rglob("*.[to]t[fc]"))
    font = next((name for name in names if name.startswith(CHINESE_FONTS)), "")
    return finding(
        "Chinese fonts",
        font or "none",
        is_well=bool(font),
        advice="Charts with Chinese labels need one. On Debian and Ubuntu: apt install fonts-noto-cjk",
        otherwise=Level.WARNING,
    )


def disk(installation: Installation) -> Finding:
    free = shutil.disk_usage(_existing(installation.layout.state)).free
    return finding(
        "Free disk",
        f"{free / GIB:.1f} GiB at {installation.layout.state}",
        is_well=free >= MIN_FREE_DISK,
        advice="Free some space, or set KONGMING_STATE_DIR to a larger disk.",
    )


def _existing(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def writable_state(installation: Installation) -> Finding:
    place = _existing(installation.layout.state)
    return finding(
        "State directory",
        str(installation.layout.state),
        is_well=os.access(place, os.W_OK | os.X_OK),
        advice=f"{place} cannot be written to by this user. Change its owner, or set KONGMING_STATE_DIR.",
    )


def socket_paths(installation: Installation) -> Finding:
    sockets, run = installation.layout.sockets, installation.layout.run
    state = str(sockets) if sockets == run else f"{sockets}, as {run} is too long a path for them"
    try:
        installation.layout.create()
    except (StackError, OSError) as error:
        return Finding(Level.BROKEN, "Sockets", state, str(error))
    return Finding(Level.WELL, "Sockets", state)


def setting_names(installation: Installation) -> Finding:
    wrong = [f"{name} (meant: {meant}?)" for name, meant in misspelt_settings().items()]
    return finding(
        "Names in .env",
        f"no settings: {', '.join(wrong)}" if wrong else "all known, or of other programs",
        is_well=not wrong,
        advice="They do nothing. `./kongming settings` prints all that there are.",
        otherwise=Level.WARNING,
    )


def host_names(installation: Installation) -> Finding:
    """Where others are let in by the network, and every page would refuse the name that they type."""
    env = installation.env
    names = [name for name in env.served_hosts if name not in LOCAL_NAMES]
    return finding(
        "Host names",
        ", ".join(env.served_hosts),
        is_well=bool(names) or env.host in LOCAL_NAMES,
        advice=f"HOST={env.host} lets others in, who are refused by any name. Set ALLOWED_HOSTS to what they type: "
        "this machine's address, its name, or both, separated by commas.",
        otherwise=Level.WARNING,
    )


def web_port(installation: Installation) -> Finding:
    host, port = installation.env.host, installation.env.port
    if installation.is_running():
        return Finding(Level.WELL, "Port", f"{port}, used by this installation")
    state, advice = trouble(host, port)
    return finding("Port", state or f"{port} is free", is_well=not state, advice=advice)


def weights(installation: Installation) -> Finding:
    if "llm" not in installation.names:
        return Finding(Level.WELL, "Model weights", "not needed: LLM_ENDPOINT is set")
    profile = installation.engine.profile
    if profile.engine != "llama.cpp":
        missing = engine_commands.missing(profile, installation.serving(profile))
        advice = f"Make it ready: ./kongming engine prepare {profile.name}"
        return finding(
            "Model weights", missing or f"{profile.name}, ready", is_well=not missing, advice=advice
        )
    path = installation.model
    # A file of the user's own has no digest to be compared with.
    if "KONGMING_LLAMA_MODEL" in installation.settings:
        return finding(
            "Model weights", f"yours, {path}", is_well=path.is_file(), advice="The file is not there."
        )
    is_there = is_verified(path, catalogue("llm"))
    return finding(
        "Model weights",
        f"verified, {path}" if is_there else f"not at {path} yet",
        is_well=is_there,
        advice="`./kongming up` fetches 1.1 GB once and works offline from then on.",
        otherwise=Level.WARNING,
    )


def speech_weights(installation: Installation) -> Finding:
    subject = "Speech weights"
    if not installation.needs_speech_weights:
        return Finding(Level.WELL, subject, "yours, as SPEECH_ENDPOINT or SPEECH_MODEL says")
    whisper = catalogue("speech")
    path = installation.layout.models(installation.settings) / whisper.file
    is_there = is_verified(path, whisper)
    return finding(
        subject,
        f"verified, {path}" if is_there else f"not at {path} yet",
        is_well=is_there,
        advice="`./kongming up` fetches 145 MB once and works offline from then on.",
        otherwise=Level.WARNING,
    )


def voice(installation: Installation) -> Finding:
    if installation.is_replaced("synthesis"):
        return Finding(Level.WELL, "Voice", "yours, SYNTHESIS_ENDPOINT is set")
    models = installation.layout.models(installation.settings)
    missing = engine_commands.voice_missing(models)
    # Nobody has to have one; who fetched it wants it to speak.
    if missing and not engine_commands.voice_folder(models).exists():
        return Finding(Level.WELL, "Voice", "none; fetch one: ./kongming engine prepare kokoro-82m")
    advice = "Make it ready: ./kongming engine prepare kokoro-82m"
    return finding("Voice", missing or "ready", is_well=not missing, advice=advice, otherwise=Level.WARNING)


def database_system_user(installation: Installation) -> Finding:
    subject = "Database user"
    if "postgresql" not in installation.names:
        return Finding(Level.WELL, subject, "not needed: DATABASE_URL is set")
    try:
        user = database_user()
        if user is None:
            return Finding(Level.WELL, subject, "you")
        let_pass(_existing(installation.layout.postgresql), user)
    except StackError as error:
        return Finding(Level.BROKEN, subject, "PostgreSQL does not run as root", str(error))
    return Finding(Level.WELL, subject, f"{user.pw_name}, as PostgreSQL does not run as root")


def leftover_processes(installation: Installation) -> Finding:
    processes = installation.leftovers()
    return finding(
        "Leftover processes",
        ", ".join(f"{each.name()} ({each.pid})" for each in processes) or "none",
        is_well=not processes,
        advice="Their supervisor died. Stop them: ./kongming down",
    )


def packages(installation: Installation) -> Finding:
    # The servers come as wheels; what the settings replace by a server of the user's own needs none.
    names = [part.module for part in embedded_servers(installation)]
    try:
        for package in names:
            package_directory(package)
    except StackError as error:
        return Finding(Level.BROKEN, "Embedded servers", "incomplete", str(error))
    return Finding(Level.WELL, "Embedded servers", ", ".join(names) or "none needed")
