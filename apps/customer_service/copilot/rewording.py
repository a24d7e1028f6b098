"""A text in other words: shorter, kinder, or in another language. What may not change is compared by rule."""

from pathlib import Path
from typing import Any

from apps.answering import messages
from apps.answering.writing import strip_wrapping
from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.copilot.services import Task
from apps.customer_service.understanding.products import products_of
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from domain.text.rewording import Changes, changes

PROMPTS = Path(__file__).parent / "prompts"


def reword(
    run: JobRun, conversation: Conversation, *, task: Task, text: str, language: str
) -> dict[str, Any]:
    """`language` counts for translations; what is shortened or softened stays in its own."""
    run.stage("writing")
    if task != Task.TRANSLATE:
        language = messages.language_of(text, otherwise=language)
    prompt = prompts.load(run.job.organisation, PROMPTS / f"{task}.md").render(
        language=NAMES_FOR_MODELS[language], text=text
    )
    rewording = strip_wrapping(inference.stream(run, prompt).text)
    run.check()
    differences = _changes(conversation, text, rewording, is_translated=task == Task.TRANSLATE)
    return {"text": rewording, "lost": differences.lost, "added": differences.added}


def _changes(conversation: Conversation, before: str, after: str, *, is_translated: bool) -> Changes:
    names = [conversation.visitor_name, conversation.organisation.name]
    differences = changes(before, after, names=names, is_translated=is_translated)
    products = products_of(conversation.organisation)
    products_after = {product for _, product in products.found(after)}
    lost = [name for name, product in products.found(before) if product not in products_after]
    return Changes(list(dict.fromkeys([*differences.lost, *lost])), differences.added)
