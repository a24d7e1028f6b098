"""The job that helps staff to write."""

from typing import Any
from uuid import UUID

from apps.customer_service.conversations import selectors
from apps.customer_service.copilot import drafts, rewording, summaries
from apps.customer_service.copilot.services import COPILOT, Task
from apps.customer_service.copilot.transcripts import read_excerpt
from apps.jobs.runs import JobRun


@COPILOT.service
def assist(
    run: JobRun, *, task: str, conversation_id: UUID, text: str, language: str, message_id: str | None
) -> dict[str, Any]:
    """What was written, and everything that staff should know about it."""
    conversation = selectors.conversation(run.actor.organisation, conversation_id)
    excerpt = read_excerpt(conversation)
    match Task(task):
        case Task.DRAFT:
            result = drafts.draft(run, excerpt, wish=text, language=language)
        case Task.SUMMARISE:
            result = summaries.summarise(run, excerpt, language=language)
        case Task.SUGGEST_SAVED_ANSWER:
            result = summaries.suggest_saved_answer(run, excerpt, language=language)
        case _:
            result = rewording.reword(run, conversation, task=Task(task), text=text, language=language)
    return {"task": task, "language": language, "turn": message_id, **result}
