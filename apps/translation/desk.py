from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.desks import Desk, FileTaker, KeyPreset, Page, Room, Tab

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
    jobs=("services",),
    key_presets=(KeyPreset("translation", _("Translation of texts"), ("translation.use", "jobs.view")),),
    prompt_readers={"": "translation.use"},
    room=Room(
        _("Translation"),
        "globe",
        (
            Page(_("Text"), "translation:text", "translation.use", shortcut="l"),
            Page(_("Documents"), "translation:documents", "translation.use"),
            Page(_("Glossary"), "translation:glossary", "translation.use"),
            Tab(
                pgettext_lazy("tab", "Results"),
                (
                    Page(_("Analytics"), "translation:figures", "translation.use"),
                    Page(_("Evaluation"), "translation:evaluation:questions", "translation.use"),
                ),
            ),
        ),
        hue=5,
    ),
    takes=(
        FileTaker(
            title=_("Document to translate"),
            text=_("Translates it sentence by sentence for you to review. The original stays as it is."),
            formats=_("documents to translate (.docx, .md, .html, .srt, .vtt, .txt)"),
            icon="globe",
            permissions=("translation.use",),
            media_types=(
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "text/markdown",
                "text/html",
                "text/plain",
                "text/vtt",
                "application/x-subrip",
            ),
            uploads="api:translation-list",
            opens="translation:translation",
            form="apps.translation.forms.PairForm",
        ),
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
