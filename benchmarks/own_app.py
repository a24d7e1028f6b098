"""An app by the cases of its own file: `eval app summarise`.

Without --organisation it is one that comes with the platform, in an installation of its own with the embedded model. With
it, one that the organisation made, on the platform that runs here and with the model that is set up there: its workers
run the cases, and the evaluation stands on the app's page.
"""

from typing import Annotated, Any

from benchmarks import isolated
from stack.installation import Installation
from stack.layout import state_directory
from stack.settings import chosen_settings

COMMAND = "eval app NAME"


def run(
    name: Annotated[str, "of the app, as its file says it"],
    organisation: Annotated[str | None, "whose app it is, by its short name"] = None,
) -> dict[str, Any]:
    if organisation is None:
        with isolated.services("llm"):
            from benchmarks import app_cases

            return app_cases.measure_shipped(name)
    settings = chosen_settings()
    installation = Installation(state_directory(settings.get("KONGMING_STATE_DIR")), settings=settings)
    if not installation.supervisor.process():
        raise SystemExit("The platform does not run. Start it: ./kongming up")
    isolated.enter(installation)
    from benchmarks import app_cases

    return app_cases.measure_own(name, organisation)
