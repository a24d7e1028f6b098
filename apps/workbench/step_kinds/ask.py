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
from domain.workflows.types import Words
from llm_backend.errors import RunawayOutput
from llm_backend.prompts import RenderedPrompt
from llm_backend.sentences import before_repetition

PROMPTS = Path(__file__).parent.parent / "prompts"
MAX_TEMPERATURE, HOTTER = 2.0, 0.6
CUT = Words(
    en="The model kept repeating itself, so its text ends where that began.",
    zh="模型反复输出相同内容，此处文本截至开始重复的位置。",
)


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


def _do(execution: Execution, step: Ask, place: str) -> Result:
    return {"text": _text(execution, step, place).strip()[: step.max_characters]}


def _text(execution: Execution, step: Ask, place: str) -> str:
    """A model that runs in circles is asked once more, with more chance in its words. Where it does so again, what was
    written before the circles counts, and people are told that it ends there. Raises RunawayOutput where that is nothing.
    """
    prompt = prompt_of(execution, "ask_step.md", step)
    try:
        return inference.stream(execution.run, prompt).text
    except RunawayOutput as runaway:
        first = before_repetition(runaway.text)
    # Who follows the job sees the text begin anew.
    execution.run.stage(step.id, place=place)
    try:
        hotter = replace(prompt, temperature=min(MAX_TEMPERATURE, prompt.temperature + HOTTER))
        return inference.stream(execution.run, hotter).text
    except RunawayOutput as runaway:
        kept = max(first, before_repetition(runaway.text), key=len)
        if not kept:
            raise
    told = {"app": (step.title if step.title.in_language("en") else Words(en=step.id)).model_dump()}
    execution.results.keep_failed_checks([told | {"message": CUT.model_dump()}])
    return kept


KIND = StepKind(_("Write with a model"), "chat", _do, asks_model=True, is_streamed=True)
