from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.knowledge.models import Collection, Document, Passage, PassageVector, TermCount

register(
    Table(
        Collection,
        _("Collections"),
        "name language passages_count created_at",
        search=("name",),
        dates="created_at",
        is_named=True,
    ),
    Table(
        Document,
        _("Documents"),
        "collection media_type size passages_count is_live created_at",
        "uploaded_by api_key job",
        dates="created_at",
    ),
    tab=_("Knowledge"),
)
register(
    Table(Passage, _("Passages"), "collection document ordinal tokens_count is_live"),
    Table(PassageVector, _("Passage vectors"), "collection embedding_model passage ordinal"),
    Table(TermCount, _("Term counts"), "collection passages_count"),
)
