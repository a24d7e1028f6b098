"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable

from apps.core.errors import InvalidInput
from apps.evaluation import task_files
from domain.exams import code_answers, given_answers


def task(text: str) -> object:
    """A harness task whose question is this text, and a document that is made of it."""
    try:
        template = task_files.Template.read("doc_to_text", "{{a}}" + text)
        return template.render({"a": text})
    except InvalidInput as refusal:
        return refusal


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "exams.letter": lambda text: given_answers.letter(text, 4),
    "exams.code": code_answers.fenced,
    "exams.number": given_answers.number,
    "exams.task": task,
}
EVALUATION = {
    "question_set": "choice",
    "expected": {"options": "green\nblack", "answer": "A"},
    "options": {},
}
