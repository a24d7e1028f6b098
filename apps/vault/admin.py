from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.vault.models import SealingKey

register(
    Table(
        SealingKey,
        _("Encryption keys"),
        "purpose number created_at",
        codes={"purpose": lambda: {"content": _("content"), "index": _("search index")}},
    ),
    tab=_("Data and audit"),
)
