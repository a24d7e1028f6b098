from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from apps.inference import prompts
from apps.inference import services as inference
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import expressions
from domain.workflows.step_kinds.ask import Ask
from domain.workflows.step_kinds.extract import Extract
from llm_backend.prompts import RenderedPrompt

PROMPTS = Path(__file__).parent.parent / "prompts"


def prompt_of(
    execution: Execution, name: str, step: Ask | Extract, told: Mapping[str, object] = MappingProxyType({})
) -> RenderedPrompt:
    """`told`: what else the prompt is made of."""
    values, scope = execution.values, execution.app.scope
    role = expressions.for_model(step.role, values, scope) if step.role else ""
    request = expressions.for_model(step.prompt, values, scope)
    prompt = prompts.load(execution.row.organisation, PROMPTS / name).render(
        role=role, request=request, **told
    )
    return replace(prompt, temperature=step.temperature, max_tokens=step.max_tokens)


def _do(execution: Execution, step: Ask, _place: str) -> Result:
    completion = inference.stream(execution.run, prompt_of(execution, "ask_step.md", step))
    return {"text": completion.text.strip()[: step.max_characters]}


KIND = StepKind(_("Write with a model"), "chat", _do, asks_model=True, is_streamed=True)
