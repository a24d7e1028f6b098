from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.knowledge.models import AccessGrant, Collection, Document, Passage, PassageVector, TermCount

register(
    Table(
        Collection,
        _("Collections"),
        "name language passages_count is_restricted created_at",
        search=("name",),
        dates="created_at",
        is_named=True,
    ),
    Table(
        Document,
        _("Documents"),
        "collection media_type size passages_count is_live is_restricted created_at",
        "uploaded_by api_key job",
        dates="created_at",
    ),
    Table(
        AccessGrant,
        _("Access grants"),
        "collection document member role group may_edit created_at",
        dates="created_at",
    ),
    tab=_("Knowledge"),
)
register(
    Table(Passage, _("Passages"), "collection document ordinal tokens_count is_live"),
    Table(PassageVector, _("Passage vectors"), "collection embedding_model passage ordinal"),
    Table(TermCount, _("Term counts"), "collection passages_count"),
)
