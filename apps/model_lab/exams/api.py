"""The REST API of exams."""

from apps.evaluation import api as evaluation
from apps.model_lab.exams.evaluation_adapter import ADAPTER


@evaluation.adapter_view
class ExamQuestionViewSet(evaluation.QuestionViewSet):
    """Questions with a known answer. `question_set` is `choice`, `number`, `text` or `code`; `expected` holds `answer` and,
    of a choice, `options`, one per line; of a program its `entry_point` and `tests`."""

    adapter = ADAPTER


@evaluation.adapter_view
class ExamRunViewSet(evaluation.RunViewSet):
    """All questions of a kind put to one model. Compare the runs of two models with `compare`."""

    adapter = ADAPTER
