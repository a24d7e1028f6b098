"""Every kind, in the order in which people choose."""

from apps.model_lab.exams.question_kinds.choice import SingleChoice
from apps.model_lab.exams.question_kinds.code import Programs
from apps.model_lab.exams.question_kinds.declaration import QuestionKind
from apps.model_lab.exams.question_kinds.short_answers import Numbers, ShortAnswers

KINDS: dict[str, QuestionKind] = {
    kind.key: kind
    for kind in (
        SingleChoice(),
        Numbers(),
        ShortAnswers(),
        Programs(),
    )
}
COLUMNS = list(dict.fromkeys(name for kind in KINDS.values() for name in kind.columns))
