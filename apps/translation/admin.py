from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_tables import Table, register
from apps.translation.models import GlossaryTerm, Translation, TranslationMemoryEntry, TranslationSegment

register(
    Table(
        Translation,
        _("Translations"),
        "source_language target_language format size created_at",
        "member api_key job",
    ),
    tab=_("Documents"),
)
register(
    Table(GlossaryTerm, _("Glossary"), "source_language target_language created_at"),
    Table(TranslationMemoryEntry, _("Translation memory"), "source_language target_language created_at"),
    tab=_("Glossary"),
)
register(
    Table(
        TranslationSegment,
        _("Translated segments"),
        "translation ordinal origin characters is_marked created_at",
        "is_from_memory reviewed_by",
    ),
)
