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
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg import Error as DatabaseDriverError
from psycopg.errors import DiskFull
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

from apps.core import punctuation

Text = str | Promise
logger = logging.getLogger(__name__)


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
        labels: Mapping[str, Text] | None = None,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.fields = dict(fields or {})
        # What a page calls the fields; the names in `fields` are those of the API.
        self.labels = dict(labels or {})
        self.retry_after_seconds = retry_after_seconds
        self.details = dict(details or {})
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def field_lines(self) -> list[str]:
        """What is said of the fields, for a person: with the label of each that has one."""
        return [
            f"{self.labels[name]}{punctuation.colon()}{line}" if self.labels.get(name) else str(line)
            for name, lines in self.fields.items()
            for line in lines
        ]

    @property
    def reason(self) -> str:
        """One sentence for a person: the first that is said of a field, else the message."""
        return next(iter(self.field_lines), str(self.message))


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


_UNSTORABLE = _("This contains a character, number or date that cannot be stored. Change it and try again.")


class StorageFull(ApplicationError):
    status = 507
    code = "storage_full"
    message = _("The disk is full and this was not saved. Contact the operator. Earlier data is safe.")


# The class of what PostgreSQL says while it starts or stops, and the state of having no connection to spare.
_STARTS_OR_STOPS, _NO_CONNECTION_LEFT = "57P", "53300"
AWAY_RETRY_SECONDS = 10


def no_defect(error: BaseException) -> ApplicationError | None:
    """What a request or a machine did, and not the code, as a person should read it; None where it is a defect."""
    return full_disk(error) or unstorable(error) or away(error)


def away(error: BaseException) -> ServiceUnavailable | None:
    """The database or Redis is not there at the moment; None when the error is about something else."""
    cause = error.__cause__
    state = cause.sqlstate if isinstance(cause, DatabaseDriverError) else None
    is_unconnected = state is None or state == _NO_CONNECTION_LEFT or state.startswith(_STARTS_OR_STOPS)
    is_database = isinstance(error, OperationalError | InterfaceError) and is_unconnected
    if is_database or isinstance(error, RedisAway | RedisSilent):
        logger.error("A part of the installation is away: %s", error)
        return ServiceUnavailable(retry_after_seconds=AWAY_RETRY_SECONDS)
    return None


def unstorable(error: BaseException) -> InvalidInput | None:
    """The error for a value that no column holds, wherever in a request it stood: NUL, half a surrogate pair, a number
    out of range, a day at the end of the calendar, with which nothing can be calculated either, an id that is no UUID.

    None when the error is about something else.
    """
    is_refused = isinstance(error, DataError | OverflowError | UnicodeEncodeError | ValidationError)
    return InvalidInput(_UNSTORABLE, code="not_storable") if is_refused else None


def full_disk(error: BaseException) -> StorageFull | None:
    """The error as a person should read it when the disk is full; None when it is about something else."""
    is_file = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    is_database = isinstance(error, OperationalError) and isinstance(error.__cause__, DiskFull)
    return StorageFull() if is_file or is_database else None
