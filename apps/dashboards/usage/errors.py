"""Classes of the errors with which jobs and requests to models end, for people who look for what to mend."""

from django.utils.translation import gettext_lazy as _

from apps.accounts.admin_words import error_codes
from apps.core.errors import Text

CLASSES: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (
        _("No model available"),
        (
            "model_unavailable",
            "model_overloaded",
            "model_refused_connection",
            "model_too_slow",
            "models_away",
            "service_unavailable",
            "speech_model_missing",
            "timeout",
        ),
    ),
    (
        _("Model rejected the key or account"),
        ("model_refused_key", "model_account_empty", "model_certificate_invalid"),
    ),
    (
        _("Model rejected the request"),
        ("model_rejected_request", "model_refused_content", "context_too_long"),
    ),
    (_("Unusable model answer"), ("output_invalid", "runaway_output", "model_error", "speech_error")),
    (
        _("Quota or storage exhausted"),
        ("quota_exceeded", "storage_quota_exceeded", "storage_full", "limit_exceeded"),
    ),
    (_("Worker stopped"), ("worker_lost",)),
    (_("Cancelled manually"), ("cancelled", "generation_stopped", "speech_stopped")),
    (_("Platform error"), ("internal_error",)),
)
CLASS_OF = {code: label for label, codes in CLASSES for code in codes}


def error_class(code: str) -> Text:
    """What the platform itself refuses, such as a file that cannot be read, is its input's."""
    return CLASS_OF.get(code, _("Invalid input"))


def error_text(code: str) -> str:
    """Its class, and what people are told; the bare code where nobody says it any more."""
    return f"{error_class(code)} · {error_codes().get(code, code)}"
