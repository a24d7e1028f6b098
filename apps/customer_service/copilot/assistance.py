"""The job that helps staff to write."""

from typing import Any
from uuid import UUID

from apps.customer_service.conversations import selectors
from apps.customer_service.copilot import drafts, rewording, summaries
from apps.customer_service.copilot.services import Task
from apps.customer_service.copilot.transcripts import read_excerpt
from apps.jobs.runs import JobRun


def assist(run: JobRun) -> dict[str, Any]:
    """What was written, and everything that staff should know about it."""
    inputs = run.inputs
    task, text, language = Task(inputs["task"]), inputs["text"], inputs["language"]
    conversation = selectors.conversation(run.actor.organisation, UUID(inputs["conversation_id"]))
    excerpt = read_excerpt(conversation)
    match task:
        case Task.DRAFT:
            result = drafts.draft(run, excerpt, wish=text, language=language)
        case Task.SUMMARISE:
            result = summaries.summarise(run, excerpt, language=language)
        case Task.SUGGEST_CURATED:
            result = summaries.suggest_curated(run, excerpt, language=language)
        case _:
            result = rewording.reword(run, conversation, task=task, text=text, language=language)
    return {"task": task.value, "language": language, "turn": inputs["turn_id"], **result}
