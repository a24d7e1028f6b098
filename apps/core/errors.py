"""What can go wrong, in one tree. Every message tells a person what to do.

ApplicationError
├── InvalidInput            400  a field is wrong
├── NotAuthenticated        401  no valid key or session
├── PermissionDenied        403  the role or key does not allow it
│   ├── PasswordNeeded           the person must say again who they are
│   ├── SecondFactorNeeded       the person must set one up first
│   └── SwitchedOff              the organisation or the operator switched this desk or tool off
├── NotFound                404  it does not exist, or not in this organisation
├── Conflict                409  it clashes with what is stored
├── Gone                    410  it was here and was closed on purpose
├── TooLarge                413  more bytes than the installation accepts
├── UnsupportedContent      415  a kind of file that cannot be read
├── LimitExceeded           429  too much, too fast
│   └── QuotaExceeded
├── ServiceUnavailable      503  a part of the installation is down
│   └── QueueClosed              an operator lets a queue run empty
└── StorageFull             507  no room on the disk
"""

import errno
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg.errors import DiskFull

Text = str | Promise


class ApplicationError(Exception):
    status = 500
    code = "error"
    message: Text = _(
        "Something went wrong. Try again. If it keeps happening, give the operator the request ID."
    )
    # Pages of such errors carry no link that only staff could follow.
    is_for_visitors = False

    def __init__(
        self,
        message: Text | None = None,
        *,
        code: str | None = None,
        fields: Mapping[str, list[Text]] | None = None,
        retry_after_seconds: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.fields = dict(fields or {})
        self.retry_after_seconds = retry_after_seconds
        self.details = dict(details or {})
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def reason(self) -> str:
        """One sentence for a person: the first that is said of a field, else the message."""
        lines = [line for of_field in self.fields.values() for line in of_field]
        return str(lines[0] if lines else self.message)


class InvalidInput(ApplicationError):
    status = 400
    code = "invalid_input"
    message = _("Some fields are invalid. Check them and try again.")


class NotAuthenticated(ApplicationError):
    status = 401
    code = "not_authenticated"
    message = _("Sign in, or send a valid API key as “Authorization: Bearer <key>”.")


class PermissionDenied(ApplicationError):
    status = 403
    code = "permission_denied"
    message = _("Your role or key does not allow this. Contact an administrator of your organisation.")


class PasswordNeeded(PermissionDenied):
    code = "password_needed"
    message = _("Confirm your password at /accounts/reauthenticate/, then send this again.")


class SecondFactorNeeded(PermissionDenied):
    code = "second_factor_needed"
    message = _("Your organisation requires two-factor sign-in. Set it up at /accounts/2fa/ first.")


class SwitchedOff(PermissionDenied):
    code = "switched_off"
    message = _("This is switched off. An administrator can switch it on under Operations.")


class NotFound(ApplicationError):
    status = 404
    code = "not_found"
    message = _("Not found in your organisation.")


class Conflict(ApplicationError):
    status = 409
    code = "conflict"
    message = _("This conflicts with saved data. Reload and try again.")


class Gone(ApplicationError):
    status = 410
    code = "gone"
    message = _("This has been closed.")


class TooLarge(ApplicationError):
    status = 413
    code = "too_large"
    message = _("This is too large. Split it or ask the operator to raise the limit.")


class UnsupportedContent(ApplicationError):
    status = 415
    code = "unsupported_content"
    message = _("This kind of content cannot be read.")


class LimitExceeded(ApplicationError):
    status = 429
    code = "limit_exceeded"
    message = _("Too many requests. Wait a moment and try again.")


class QuotaExceeded(LimitExceeded):
    code = "quota_exceeded"
    message = _("The quota is used up. Wait until it resets or ask an administrator to raise it.")


class ServiceUnavailable(ApplicationError):
    status = 503
    code = "service_unavailable"
    message = _("Part of the system is unavailable. Try again in a minute.")


class QueueClosed(ServiceUnavailable):
    code = "queue_closed"
    message = _("New work of this kind is paused by the operator. Try again in a few minutes.")


_UNSTORABLE = _("This contains a character or number that cannot be stored. Remove it and try again.")


class StorageFull(ApplicationError):
    status = 507
    code = "storage_full"
    message = _("The disk is full and this was not saved. Contact the operator. Earlier data is safe.")


def unstorable(error: BaseException) -> InvalidInput | None:
    """The error for a value that no column holds, wherever in a request it stood: NUL, half a surrogate pair, a number
    out of range, an id that is no UUID.

    None when the error is about something else.
    """
    is_refused = isinstance(error, DataError | UnicodeEncodeError | ValidationError)
    return InvalidInput(_UNSTORABLE, code="not_storable") if is_refused else None


def full_disk(error: BaseException) -> StorageFull | None:
    """The error as a person should read it when the disk is full; None when it is about something else."""
    is_file = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    is_database = isinstance(error, OperationalError) and isinstance(error.__cause__, DiskFull)
    return StorageFull() if is_file or is_database else None
