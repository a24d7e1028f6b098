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
COPILOT = kinds.register(
    kinds.Kind(
        "customer_service.copilot",
        queue="interactive",
        label=_("Help staff to write"),
        # Somebody waits for it and can ask again.
        max_attempts=1,
        stages={"searching": _("Searching the documents"), "writing": _("Writing")},
    )
)
CHOOSE_INTENTS = kinds.register(
    kinds.Kind(
        "customer_service.choose_intents",
        queue="batch",
        label=_("Ask the model about unclear intents"),
        max_attempts=1,
    )
)
