from django.utils.translation import gettext_lazy as _

from apps.jobs import kinds

ANSWER_MESSAGE = kinds.register(
    kinds.Kind(
        "customer_service.answer_message",
        queue="interactive",
        label=_("Answer a visitor"),
        stages={"searching": _("Searching the documents"), "writing": _("Writing the answer")},
    )
)
TRAIN_CLASSIFIERS = kinds.register(
    kinds.Kind(
        "customer_service.train_classifiers",
        queue="batch",
        label=_("Learn intents and sentiment"),
        is_repeatable=True,
        stages={"embedding": _("Embedding the examples"), "learning": _("Learning from the examples")},
    )
)
PACK_HANDOFF = kinds.register(
    kinds.Kind(
        "customer_service.pack_handoff",
        queue="interactive",
        label=_("Brief whoever takes over"),
        max_attempts=2,
    )
)
