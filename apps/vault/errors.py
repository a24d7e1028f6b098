from django.utils.translation import gettext_lazy as _

from apps.core.errors import ApplicationError


class KeyLost(ApplicationError):
    """The key that sealed this is gone or cannot be opened with any of FIELD_KEYS."""

    status = 503
    code = "key_lost"
    message = _(
        "The key that protects this content is missing, so nobody can read it. Tell the operator to restore the "
        "database and FIELD_KEYS from a backup of the same day; what is stored has not been changed."
    )


class SealBroken(ApplicationError):
    """What is stored is not what was sealed: it was changed or cut off outside the application."""

    status = 503
    code = "seal_broken"
    message = _(
        "This content was changed outside the application and is not shown. Tell the operator to restore it from "
        "a backup."
    )
