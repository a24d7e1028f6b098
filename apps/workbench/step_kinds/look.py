from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from apps.inference import prompts
from apps.inference import selectors as endpoints
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.workbench.step_kinds.ask import PROMPTS
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import expressions
from domain.workflows.step_kinds.look import Look
from llm_backend.errors import ModelError


def _do(execution: Execution, step: Look, _place: str) -> Result:
    """Without a model to look, the app goes on with what text recognition found, and says so."""
    organisation = execution.row.organisation
    candidates = endpoints.candidates(organisation, Purpose.VISION)
    if not candidates:
        return {"text": "", "state": "no_model"}
    if not all(map(endpoints.sees_reliably, candidates)):
        return {"text": "", "state": "not_trusted"}
    request = expressions.for_model(step.prompt, execution.values, execution.app.scope)
    prompt = prompts.load(organisation, PROMPTS / "look_step.md").render(request=request)
    jpeg = execution.value(step.picture)["jpeg"]
    try:
        completion = inference.look(execution.run, replace(prompt, max_tokens=step.max_tokens), jpeg)
    except ModelError:
        # Logged and in the ledger; the run's page says that nobody looked.
        return {"text": "", "state": "away"}
    return {"text": completion.text.strip()[:20_000], "state": "looked"}


KIND = StepKind(_("Look at a picture"), "eye", _do)
