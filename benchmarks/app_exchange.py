"""All apps that come with the platform, exported and imported in another organisation: do they give the same there?

Each runs on its examples in both, with the scripted engine, which answers one request always the same. `equal` counts the
apps whose outputs are the same on all of them; an app without an example is no equal one.
"""

from typing import Any

from benchmarks import isolated
from stack.programs import SERVERS

COMMAND = "eval app export_import"


def run() -> dict[str, Any]:
    engine_options = ("--first-token-ms", "0", "--gap-ms", "0", "--tokens", "16")
    with isolated.scripted_engine(*engine_options) as engine:
        models = {"LLM_ENDPOINT": f"{engine}/v1", "EMBEDDING_ENDPOINT": f"{engine}/v1", **isolated.SCRIPTED}
        with isolated.running(models, SERVERS) as installation:
            isolated.enter(installation)
            from benchmarks import app_cases

            return app_cases.exchange()
