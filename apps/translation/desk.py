from django.utils.translation import gettext_lazy as _

from apps.core.desks import Desk, KeyPreset, MenuPage, Tab

DESK = Desk(
    app="apps.translation",
    label=_("Translation"),
    url_prefix="translation/",
    permissions={
        "translation.use": _("Translate texts and documents, and review translations"),
        "translation.manage": _("Change the glossary and the translation memory"),
    },
    role_permissions={
        "admin": ("translation.use", "translation.manage"),
        "marketer": ("translation.use", "translation.manage"),
        "operator": ("translation.use",),
    },
    key_presets=(KeyPreset("translation", _("Translation of texts"), ("translation.use", "jobs.view")),),
    prompt_readers={"": "translation.use"},
    menu=(MenuPage(_("Translation"), "globe", "translation:text", "translation.use", shortcut="l"),),
    tabs=(
        Tab(_("Text"), "translation:text", "translation.use"),
        Tab(_("Translations"), "translation:documents", "translation.use"),
        Tab(_("Glossary"), "translation:glossary", "translation.use"),
        Tab(_("Evaluation"), "translation:evaluation:questions", "translation.use"),
        Tab(_("Analytics"), "translation:figures", "translation.use"),
    ),
    audit_sentences={
        "translation.created": _("Requested a translation"),
        "translation.exported": _("Exported a translation"),
        "translation.deleted": _("Deleted a translation"),
        "glossary_term.created": _("Added a glossary term"),
        "glossary_term.changed": _("Changed a glossary term"),
        "glossary_term.deleted": _("Deleted a glossary term"),
        "glossary_term.exported": _("Exported glossary terms"),
        "glossary_term.imported": _("Imported glossary terms"),
        "translation_memory.deleted": _("Deleted a translation memory entry"),
    },
    audit_details={
        "source_language": _("Source language"),
        "target_language": _("Target language"),
    },
    api_enum_names={
        "TranslationLanguageEnum": "apps.translation.models.Language",
        "DocumentFormatEnum": "apps.translation.models.Translation.Format",
    },
)
