"""`engine start`, `stop` and `status`: one chat engine, among the supervised programs of the installation."""

import json
from dataclasses import asdict, dataclass

from llm_backend.engine_metrics import EngineFigures
from llm_backend.machine import this_machine
from llm_backend.profiles import Profile
from stack import engine_report
from stack.engine_choice import remember_started, started_profile
from stack.engine_preparation import require_fit
from stack.errors import StackError
from stack.installation import Installation
from stack.lifecycle import ensure_engine
from stack.ports import LOOPBACK, free_port, is_free, owner_of, remember_port
from stack.preparation import register_endpoints
from stack.progress import Steps, console
from stack.supervision import STATES_OF_LIFE, Running

LLM = "llm"


def start(profile: Profile, installation: Installation, *, port: int | None = None) -> None:
    """Serve `profile` from now on, and return once it answers.

    Raises StackError, with the engine's own last error when it does not come up. What was served before is then
    served again.
    """
    _require_ours(profile, installation)
    require_fit(profile, this_machine(installation.layout.models(installation.settings)), installation)
    before, was_up = started_profile(installation.layout), _is_up(installation, LLM)
    remember_started(installation.layout, profile.name)
    try:
        serving = _as_now_chosen(installation)
        _take_port(serving, port)
        with Steps() as steps:
            ensure_engine(serving, steps)
            with steps.step(f"{profile.name} loads"):
                _start_and_wait(serving)
    except BaseException:
        remember_started(installation.layout, before)
        if was_up:
            _as_now_chosen(installation).start_engine()
        raise
    address = _engine(serving)
    console.print(f"{serving.engine.profile.name} answers at {address.url}")
    for line in engine_report.description_lines(address, engine_report.log_end(serving.layout.log_of(LLM))):
        console.print(f"  {line}", soft_wrap=True)


def _as_now_chosen(installation: Installation) -> Installation:
    """The same installation anew, as it decides only once what it serves."""
    return Installation(installation.layout.state, settings=installation.settings)


def _require_ours(profile: Profile, installation: Installation) -> None:
    if "chat" not in profile.purposes:
        raise StackError(
            f"{profile.name} is for {profile.purposes[0]}; `engine start` serves conversations.\n"
            f"How to serve it beside them: ./kongming engine prepare {profile.name}"
        )
    if installation.is_replaced(LLM):
        raise StackError(
            "LLM_ENDPOINT is set, so conversations go there. Remove it to serve a model from here."
        )
    if installation.env.llm_profile not in ("", profile.name):
        raise StackError(
            f"LLM_PROFILE says {installation.env.llm_profile}. Set it to {profile.name}, or remove it."
        )


def _take_port(installation: Installation, chosen_port: int | None) -> None:
    """Settle where the engine listens; without a wish another port is found when the usual one is taken."""
    usual = installation.ports[LLM]
    if chosen_port in (None, usual) and _is_up(installation, LLM):
        return
    port = chosen_port or (usual if is_free(LOOPBACK, usual) else free_port())
    if not is_free(LOOPBACK, port):
        raise StackError(
            f"Port {port} is taken by {owner_of(port)}.\n"
            f"Stop that program, or choose another: "
            f"./kongming engine start {installation.engine.profile.name} --port {port + 1}"
        )
    remember_port(installation.layout.run / "ports.json", LLM, port)
    installation.ports[LLM] = port


def _start_and_wait(installation: Installation) -> None:
    log = installation.layout.log_of(LLM)
    # What stood in the log before is not why it does not start now.
    log_size = log.stat().st_size if log.exists() else 0
    try:
        installation.start_engine()
        installation.wait_healthy([LLM])
    except StackError as error:
        _stop_program(installation)
        cause = engine_report.last_error(engine_report.log_end(log, since=log_size))
        raise StackError(f"{cause}\n{error}" if cause else str(error)) from error
    # Ctrl-C too: supervision would go on trying to start it.
    except BaseException:
        _stop_program(installation)
        raise
    if _is_up(installation, "web"):
        register_endpoints(installation)


def stop(installation: Installation) -> None:
    """Stop the engine; which profile it was is forgotten."""
    remember_started(installation.layout, "")
    if not _is_up(installation, LLM):
        console.print("No engine is running.")
        return
    with Steps() as steps, steps.step("Stopping the engine"):
        _stop_program(installation)


def _stop_program(installation: Installation) -> None:
    """With nothing else left to watch over, the supervisor ends too."""
    if not installation.is_running():
        return
    installation.supervisor.stop_program(LLM)
    if not any(each.state in STATES_OF_LIFE for each in installation.supervisor.programs()):
        installation.stop()


@dataclass(frozen=True)
class EngineStatus:
    profile: str
    reason: str
    url: str
    state: str
    is_healthy: bool
    why: str
    seconds: int
    figures: EngineFigures | None


def engine_status(installation: Installation) -> EngineStatus:
    running = _running(installation, LLM)
    engine = _engine(installation)
    why = installation.problem(LLM, installation.environment()) if running else "it is not running"
    if installation.is_replaced(LLM):
        profile, reason, state = "", "LLM_ENDPOINT is set", "yours"
        why = installation.problem(LLM, installation.environment())
    else:
        profile, reason = installation.engine.profile.name, installation.engine.reason
        state = running.state if running else "STOPPED"
    seconds = running.seconds if running else 0
    figures = None if why else engine.read_metrics()
    return EngineStatus(profile, reason, engine.url, state, not why, why, seconds, figures)


def status(installation: Installation, *, as_json: bool) -> int:
    """0 when the engine answers."""
    report = engine_status(installation)
    if as_json:
        print(json.dumps(asdict(report)))
        return 0 if report.is_healthy else 1
    console.print(f"{report.profile or 'A server of yours'}, {report.reason}", soft_wrap=True)
    health = "answers" if report.is_healthy else f"does not answer: {report.why}"
    console.print(f"  {report.url}  {report.state}  {health}", soft_wrap=True)
    if report.seconds:
        console.print(f"  up for {report.seconds // 60} min {report.seconds % 60} s")
    if report.figures:
        load, cache, tokens = report.figures, "", ""
        if load.kv_cache_use is not None:
            cache = f", KV cache {load.kv_cache_use:.0%} full"
        if load.written_tokens is not None:
            tokens = f", {load.written_tokens:,} tokens written"
        console.print(f"  {load.running} under way, {load.waiting} waiting{cache}{tokens}")
    elif not report.is_healthy:
        console.print(f"  Start it: ./kongming engine start {report.profile or 'PROFILE'}")
    return 0 if report.is_healthy else 1


def _engine(installation: Installation) -> engine_report.Engine:
    environment = installation.environment()
    return engine_report.Engine(environment["LLM_ENDPOINT"].rstrip("/"), environment["LLM_API_KEY"])


def _running(installation: Installation, name: str) -> Running | None:
    if not installation.is_running():
        return None
    programs = {each.name: each for each in installation.supervisor.programs()}
    program = programs.get(name)
    return program if program and program.state in STATES_OF_LIFE else None


def _is_up(installation: Installation, name: str) -> bool:
    return _running(installation, name) is not None
