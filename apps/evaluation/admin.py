from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.core import desks
from apps.core.errors import Text
from apps.evaluation.models import (
    EvaluationAnnotation,
    EvaluationAnswer,
    EvaluationJudgement,
    EvaluationQuestion,
    EvaluationRun,
    EvaluationSetVersion,
    EvaluationVerdict,
)


def desk_names() -> dict[str, Text]:
    return {desk.name: desk.label for desk in desks.all_desks()}


register(
    Table(EvaluationQuestion, _("Evaluation questions"), "desk created_at", codes={"desk": desk_names}),
    Table(
        EvaluationSetVersion,
        _("Evaluation question set versions"),
        "desk number created_at",
        codes={"desk": desk_names},
    ),
    Table(
        EvaluationRun,
        _("Evaluation runs"),
        "desk passed total set_version model created_at",
        "endpoint member job is_draft",
        codes={"desk": desk_names},
    ),
    Table(EvaluationAnswer, _("Evaluation answers"), "run is_passed seconds"),
    Table(EvaluationAnnotation, _("Evaluation annotations"), "verdict said_at", "member"),
    Table(
        EvaluationJudgement,
        _("Evaluation judgements"),
        "desk total model created_at",
        "endpoint member job",
        codes={"desk": desk_names},
    ),
    Table(EvaluationVerdict, _("Evaluation verdicts"), "in_order swapped"),
)
