from apps.model_lab.side_by_side.models import ArenaVote, ComparedAnswer, ModelComparison

__all__ = ["ArenaVote", "ComparedAnswer", "ModelComparison"]
