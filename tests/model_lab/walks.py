"""What the walks of `tests/architecture` ask of this desk."""

from collections.abc import Callable

from domain.exams import code_answers, given_answers

FUNCTIONS: dict[str, Callable[[str], object]] = {
    "exams.letter": lambda text: given_answers.letter(text, 4),
    "exams.code": code_answers.fenced,
    "exams.number": given_answers.number,
}
EVALUATION = {
    "question_set": "choice",
    "expected": {"options": "green\nblack", "answer": "A"},
    "options": {},
}
