"""What members asked several models. A report tells that there is some, not what it says; the arena's votes name nobody."""

from apps.model_lab.side_by_side import services
from apps.model_lab.side_by_side.models import ComparedAnswer, ModelComparison
from apps.privacy import registry
from apps.privacy.members import MEMBER, MemberScope
from apps.privacy.registry import Holding, Rows


def _comparisons(scope: MemberScope) -> Rows:
    return ModelComparison.objects.within(scope.organisation_id).filter(scope.own_rows)


def _answers(scope: MemberScope) -> Rows:
    return ComparedAnswer.objects.within(scope.organisation_id).filter(comparison__in=_comparisons(scope))


registry.register(
    # Answers go with their comparisons.
    Holding(MEMBER, ComparedAnswer, _answers, lambda rows, scope: None, fields=("model", "metrics")),
    Holding(
        MEMBER,
        ModelComparison,
        _comparisons,
        lambda rows, scope: services.erase_comparisons(list(rows)),
        fields=("is_blind", "vote", "is_counted", "created_at"),
    ),
)
