from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError


class KeyLost(ApplicationError):
    """The key that sealed this is gone or cannot be opened with any of FIELD_KEYS."""

    status = 503
    code = "key_lost"
    message = _(
        "The key for this content is missing, so it cannot be read. Ask the operator to restore the "
        "database and FIELD_KEYS from a backup of the same day. Stored data is unchanged."
    )


class SealBroken(ApplicationError):
    """What is stored is not what was sealed: it was changed or cut off outside the application."""

    status = 503
    code = "seal_broken"
    message = _(
        "This content was changed outside the application and is not shown. Ask the operator to "
        "restore it from a backup."
    )
