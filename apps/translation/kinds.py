from django.utils.translation import gettext_lazy as _

from apps.jobs import kinds

STAGES = {"translating": _("Translating")}

TRANSLATE_TEXT = kinds.register(
    kinds.Kind(
        "translation.translate_text",
        queue="interactive",
        label=_("Translate a text"),
        stages=STAGES,
        may_see=kinds.holders_of("translation.use"),
        may_cancel=kinds.holders_of("translation.use"),
        is_sealed=True,
    )
)
TRANSLATE_DOCUMENT = kinds.register(
    kinds.Kind(
        "translation.translate_document",
        queue="batch",
        label=_("Translate a document"),
        stages=STAGES,
        may_see=kinds.holders_of("translation.use"),
        may_cancel=kinds.holders_of("translation.use"),
        is_sealed=True,
    )
)
