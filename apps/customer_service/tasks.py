from typing import Any

from apps.customer_service import answers, kinds
from apps.jobs.runs import JobRun
from apps.jobs.tasks import job_task


@job_task(kinds.ANSWER_MESSAGE)
def answer_message(run: JobRun) -> dict[str, Any]:
    return answers.answer_message(
        run, conversation_id=run.inputs["conversation_id"], turn_id=run.inputs["turn_id"]
    )
