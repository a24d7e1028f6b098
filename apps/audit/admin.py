from django.apps import apps
from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.audit.models import AuditEntry
from apps.audit.sentences import SENTENCES
from apps.audit.target_types import target_type
from apps.core.errors import Text


def kinds_of_rows() -> dict[str, Text]:
    return {target_type(model): model._meta.verbose_name or "" for model in apps.get_models()}


register(
    # Details may quote: they are read in the organisation's own trail.
    Table(
        AuditEntry,
        _("Audit trail"),
        "sequence created_at actor_name action",
        "target_type target_id hash",
        codes={"action": lambda: SENTENCES, "target_type": kinds_of_rows},
    ),
    tab=_("Data and audit"),
)
