"""`up`, `down` and `demo`."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from stack import engine_commands, health, upgrade
from stack.errors import StackError
from stack.installation import Installation
from stack.layout import PROJECT_ROOT, state_directory
from stack.preparation import is_prepared, prepare_application
from stack.programs import APPLICATION, ENGINES, SERVERS
from stack.progress import Steps, console
from stack.restore import refuse_unfinished_restore
from stack.settings import chosen_settings
from stack.start_lock import start_lock
from stack.testing import run
from stack.weights import catalogue, ensure_weights

TITLES = {
    "postgresql": "PostgreSQL",
    "redis": "Redis",
    "llm": "Language model",
    "embedding": "Embedding model",
    "synthesis": "Voice",
    "web": "Web",
    "worker-interactive": "Interactive worker",
    "worker-background": "Background worker",
    "worker-speech": "Speech worker",
    "worker-voice": "Voice message worker",
    "beat": "Scheduler",
    "backups": "Backups",
    "log-receiver": "Log receiver",
}


def named_installation() -> Installation:
    """The one that the settings name, as it lies there."""
    settings = chosen_settings()
    return Installation(state_directory(settings.get("KONGMING_STATE_DIR")), settings=settings)


def chosen_installation() -> Installation:
    """The same, with the directories that it needs."""
    installation = named_installation()
    installation.layout.create()
    return installation


def up(*, foreground: bool = False, dumps: bool = True) -> int:
    installation = chosen_installation()
    if foreground:
        return _up_in_foreground(installation, dumps=dumps)
    _bring_up(installation, dumps=dumps)
    console.print(f"Kongming runs at {health.web_address(installation.environment())}")
    console.print("Stop it with: ./kongming down")
    return 0


def _up_in_foreground(installation: Installation, *, dumps: bool) -> int:
    """Until supervisord ends or somebody presses Ctrl-C."""
    try:
        _bring_up(installation, attached=True, dumps=dumps)
        console.print(f"Kongming runs at {health.web_address(installation.environment())}")
        console.print("Ctrl-C stops everything.")
        if supervisor := installation.supervisor.process():
            supervisor.wait()
    except KeyboardInterrupt:
        console.print()
    finally:
        _stop(installation)
    return 0


def down() -> int:
    """Raises StackError where a process outlived it."""
    installation = chosen_installation()
    if not installation.supervisor.process() and not installation.leftovers():
        console.print(f"Nothing is running from {installation.layout.state}.")
        return 0
    _stop(installation)
    survivors = installation.leftovers()
    if survivors:
        raise StackError(f"These processes did not stop: {', '.join(str(each.pid) for each in survivors)}")
    return 0


def demo(*, is_busy: bool) -> int:
    installation = chosen_installation()
    _bring_up(installation)
    command = [sys.executable, str(PROJECT_ROOT / "manage.py"), "demo", *(["--busy"] if is_busy else [])]
    return run(command, installation.environment())


def _bring_up(installation: Installation, *, attached: bool = False, dumps: bool = True) -> None:
    """Start what does not run; with other settings than before everything anew, with other code the application."""
    with start_lock(installation.layout, waits=True):
        _bring_up_alone(installation, attached=attached, dumps=dumps)


def _bring_up_alone(installation: Installation, *, attached: bool, dumps: bool) -> None:
    refuse_unfinished_restore(installation.layout)
    if not installation.is_running():
        installation.stop_leftovers()
    installation.require_port()
    if "llm" in installation.names:
        console.print(
            f"Engine: {installation.engine.profile.name}, {installation.engine.reason}", soft_wrap=True
        )
    with Steps() as steps:
        ensure_engine(installation, steps)
        if installation.needs_speech_weights:
            ensure_weights(catalogue("speech"), installation.layout.models(installation.settings), steps)
        if installation.is_running() and (attached or installation.has_changed()):
            with steps.step("Stopping, to start with the present settings"):
                installation.stop()
        was_running = installation.is_running()
        try:
            _start(installation, steps, attached=attached, dumps=dumps)
        except BaseException:
            if not was_running:
                installation.stop()
            raise


def ensure_engine(installation: Installation, steps: Steps) -> None:
    """The weights of the embedded engine are fetched; whatever else is missing takes a person's decision. Raises
    StackError for that.
    """
    if "llm" not in installation.names:
        return
    profile = installation.engine.profile
    if profile.engine == "llama.cpp" and "KONGMING_LLAMA_MODEL" not in installation.settings:
        ensure_weights(catalogue("llm"), installation.layout.models(installation.settings), steps)
    if missing := engine_commands.missing(profile, installation.serving(profile)):
        raise StackError(
            f"{profile.name} is not ready: {missing}.\nMake it so: ./kongming engine prepare {profile.name}"
        )


def _start(installation: Installation, steps: Steps, *, attached: bool, dumps: bool) -> None:
    """The engines load their models while the database gets its schema."""
    waiting = {name: steps.begin(TITLES[name]) for name in installation.names}

    def tick(name: str) -> None:
        waiting[name]()

    if installation.is_running():
        installation.start_programs((*SERVERS, *ENGINES))
    else:
        installation.start((*SERVERS, *ENGINES), attached=attached)
    with ThreadPoolExecutor(1) as pool:
        engines = pool.submit(installation.wait_healthy, ENGINES, done=tick)
        try:
            _start_application(installation, steps, tick, dumps=dumps)
        except BaseException:
            installation.has_given_up.set()
            raise
        engines.result()


def _start_application(
    installation: Installation, steps: Steps, tick: Callable[[str], None], *, dumps: bool
) -> None:
    """Old code never meets a schema that it does not know: it is stopped before the database changes."""
    installation.wait_for_servers()
    installation.wait_healthy(SERVERS, done=tick)
    ready = is_prepared(installation)
    pending = [] if ready else upgrade.pending_migrations(installation)
    upgrade.stop_older_code(installation, steps, anyway=not ready)
    if pending and dumps:
        upgrade.dump_before_migrations(installation, pending, steps)
    if not ready:
        with steps.step("Database schema, static files, translations"):
            prepare_application(installation)
    # Before the start: what is edited while they start is older code the next time.
    upgrade.remember_code(installation)
    installation.start_programs(APPLICATION)
    installation.wait_healthy(APPLICATION, done=tick)


def _stop(installation: Installation) -> None:
    with Steps() as steps, steps.step("Stopping"):
        installation.stop()
