"""What the walks of `tests/architecture` ask of this desk."""

from typing import Any

from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Message
from apps.customer_service.saved_answers.models import SavedAnswer
from apps.evaluation.models import EvaluationQuestion, EvaluationRun

ROW_KWARGS = {
    "regression_question_id": EvaluationQuestion,
    "regression_run_id": EvaluationRun,
    "turn_id": Message,
    "curated_answer_id": SavedAnswer,
}
PLAIN_KWARGS = {"kind": "feishu"}
EVALUATION: dict[str, Any] = {
    "question_set": lambda owner: str(owner.one(Channel).pk),
    "expected": {
        "expected_documents": [],
        "expected_facts": ["30 days"],
        "forbidden_facts": [],
        "is_unanswerable": False,
    },
    "options": {"instructions": "Be brief.", "collections": []},
}
