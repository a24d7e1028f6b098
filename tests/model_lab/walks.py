"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable
from typing import Any

from apps.core.errors import InvalidInput
from apps.evaluation import task_files
from apps.model_lab.models import ModelComparison
from apps.model_lab.side_by_side import services
from domain.exams import code_answers, field_answers, given_answers, refusals
from domain.exams.model_names import tells_name, tells_title


def task(text: str) -> object:
    """A harness task whose question is this text, and a document that is made of it."""
    try:
        template = task_files.Template.read("doc_to_text", "{{a}}" + text)
        return template.render({"a": text})
    except InvalidInput as refusal:
        return refusal


ACTIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "model_lab.side_by_side.services.delete_comparison": (
        "model_comparison.deleted",
        lambda h: services.delete_comparison(h.actor, h.row(ModelComparison)),
    ),
}
WITHOUT_PERSONS = {"model_lab.ArenaVote": "names of models, which was better, and the day"}
CONTENT = {
    "ModelComparison": {"prompt": "Which tea?", "system": ""},
    "ComparedAnswer": {"text": "Green.", "metrics": {}, "place": 0},
}
# A comparison is its owner's alone.
ALSO = {"ModelComparison": ("member",)}
FUNCTIONS: dict[str, Callable[[str], object]] = {
    "exams.letter": lambda text: given_answers.letter(text, 4),
    "exams.code": code_answers.fenced,
    "exams.number": given_answers.number,
    "exams.declines": refusals.declines,
    "exams.differences": lambda text: field_answers.differences({"a": text}, {"a": text[1:], text: None}),
    "exams.parameters": lambda text: field_answers.parameters_of(text.splitlines()),
    "exams.task": task,
    "exams.tells_title": lambda text: tells_title(text, "Qwen"),
    "exams.tells_name": lambda text: tells_name(text, "Qwen2.5"),
    "exams.tells_name_of_model": lambda text: tells_name("I am Qwen", text),
}
EVALUATION = {
    "question_set": "choice",
    "expected": {"options": "green\nblack", "answer": "A"},
    "options": {},
}
PLAIN_KWARGS = {"card_name": "DeepSeek-R1"}
