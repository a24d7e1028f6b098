"""The REST API of exams."""

from apps.evaluation import api as evaluation
from apps.model_lab.exams.evaluation_adapter import ADAPTER


@evaluation.adapter_view
class ExamQuestionViewSet(evaluation.QuestionViewSet):
    """Questions with a known answer. `question_set` is the kind: `choice`, `number`, `text`, `code`, `instruction`,
    `fields`, `tool`, `refusal`, `needle` or `translation`; `expected` holds what its form asks, under the names of the
    table's columns.
    """

    adapter = ADAPTER


@evaluation.adapter_view
class ExamRunViewSet(evaluation.RunViewSet):
    """All questions of a kind put to one model. Compare the runs of two models with `compare`."""

    adapter = ADAPTER
