"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable

from domain.exams import code_answers, field_answers, given_answers, refusals

FUNCTIONS: dict[str, Callable[[str], object]] = {
    "exams.letter": lambda text: given_answers.letter(text, 4),
    "exams.code": code_answers.fenced,
    "exams.number": given_answers.number,
    "exams.declines": refusals.declines,
    "exams.differences": lambda text: field_answers.differences({"a": text}, {"a": text[1:], text: None}),
    "exams.parameters": lambda text: field_answers.parameters_of(text.splitlines()),
}
EVALUATION = {
    "question_set": "choice",
    "expected": {"options": "green\nblack", "answer": "A"},
    "options": {},
}
