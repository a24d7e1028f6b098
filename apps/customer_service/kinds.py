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
