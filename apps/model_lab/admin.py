from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.model_lab.models import ArenaVote, ComparedAnswer, ModelComparison

register(
    Table(ModelComparison, _("Questions side by side"), "created_at", "member api_key"),
    Table(ArenaVote, _("Votes of the arena"), "day"),
    tab=_("Model lab"),
)
register(Table(ComparedAnswer, _("Answers side by side"), "model", "job"))
