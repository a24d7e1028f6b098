from typing import Any
from uuid import UUID

from apps.customer_service import answers, kinds
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task


@job_task(kinds.ANSWER_MESSAGE)
def answer_message(run: JobRun) -> dict[str, Any]:
    inputs = run.inputs
    return answers.answer_message(
        run, conversation_id=UUID(inputs["conversation_id"]), turn_id=UUID(inputs["turn_id"])
    )
