from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from apps.inference import prompts
from apps.inference import services as inference
from apps.workbench.step_kinds.ask import PROMPTS
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import expressions
from domain.workflows.step_kinds.look import Look


def _do(execution: Execution, step: Look, _place: str) -> Result:
    """Without a model to look, the app goes on with what text recognition found, and says so."""
    request = expressions.for_model(step.prompt, execution.values, execution.app.scope)
    prompt = prompts.load(execution.row.organisation, PROMPTS / "look_step.md").render(request=request)
    jpeg = execution.value(step.picture)["jpeg"]
    looked = inference.look(execution.run, replace(prompt, max_tokens=step.max_tokens), jpeg)
    return {"text": looked.text, "state": looked.state}


KIND = StepKind(_("Look at a picture"), "eye", _do)
