"""Sign-in by the LDAP directory at LDAP_URL: look for the address, sign in there as the person found, read the groups.

Accounts with a password of their own never ask it, so that they sign in while it is away.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from apps.accounts import group_roles, passwords
from apps.accounts.models import User

TIMEOUT_SECONDS = 5
MAX_NAME_CHARACTERS = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """A person in the directory. `groups` is None where no LDAP_GROUPS says where they lie."""

    email: str
    name: str
    groups: list[str] | None


class DirectoryAway(Exception):
    """The directory does not answer, or not to us."""


class LdapBackend(ModelBackend):
    """Runs after the check of local passwords, inside the same limits; second factors come after it."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, email: str = "", password: str = "", **_: Any
    ) -> User | None:
        # A directory takes an empty password for a guest and says that all is well.
        if not email or not password:
            return None
        try:
            entry = verified_entry(email, password)
        except DirectoryAway as error:
            logger.warning("the directory is away: %s", error)
            if request is not None:
                request.is_directory_away = True  # type: ignore[attr-defined]
            return None
        user = User.objects.filter(email__iexact=entry.email).first() if entry else None
        if entry and user is None and entry.groups and group_roles.give_a_role(entry.groups):
            user = User.objects.create_user(entry.email, name=entry.name, is_from_directory=True)
        if entry is None or user is None or not self.user_can_authenticate(user):
            return None
        passwords.end_unproven_password(user)
        if entry.groups is not None:
            group_roles.follow_groups(user, entry.groups)
        return user


def verified_entry(email: str, password: str) -> Entry | None:
    """The one person with the address, where the password is theirs. Raises DirectoryAway."""
    import ldap
    from ldap.filter import filter_format

    # Servers answer a wrong, expired or locked password by any of these.
    refusals = (
        ldap.INVALID_CREDENTIALS,
        ldap.INAPPROPRIATE_AUTH,
        ldap.CONSTRAINT_VIOLATION,
        ldap.UNWILLING_TO_PERFORM,
    )
    with _connection(settings.LDAP_BIND_DN, settings.LDAP_BIND_PASSWORD) as directory:
        try:
            found = _search(
                directory, settings.LDAP_USERS, filter_format("(mail=%s)", [email]), ["mail", "cn", "uid"]
            )
        except ldap.SIZELIMIT_EXCEEDED:
            # Several people have the address, so it proves nobody.
            return None
        if len(found) != 1:
            return None
        dn, attributes = found[0]
        try:
            with _connection(dn, password, refusals):
                pass
        except refusals:
            return None
        groups = None
        if settings.LDAP_GROUPS:
            # Groups of the classes groupOfNames, groupOfUniqueNames and posixGroup; the last one names people by their
            # uid.
            uid = attributes.get("uid", [""])[0]
            is_in_it = filter_format("(|(member=%s)(uniqueMember=%s)(memberUid=%s))", [dn, dn, uid or dn])
            rows = _search(directory, settings.LDAP_GROUPS, is_in_it, ["cn"], group_roles.MAX_GROUPS)
            groups = group_roles.bounded_groups([name for _, row in rows for name in row.get("cn", [])])
    # Of several addresses of one person the one that was typed, as the directory writes it.
    own = next((each for each in attributes["mail"] if each.lower() == email.lower()), email)
    return Entry(own, attributes.get("cn", [""])[0][:MAX_NAME_CHARACTERS], groups)


@contextmanager
def _connection(dn: str, password: str, let_through: tuple[type[Exception], ...] = ()) -> Iterator[Any]:
    """Encrypted always: by ldaps://, by StartTLS on ldap://, or not over a network at all (ldapi://)."""
    import ldap

    connection = ldap.initialize(settings.LDAP_URL)
    options = {
        ldap.OPT_PROTOCOL_VERSION: 3,
        ldap.OPT_REFERRALS: 0,
        ldap.OPT_NETWORK_TIMEOUT: TIMEOUT_SECONDS,
        ldap.OPT_TIMEOUT: TIMEOUT_SECONDS,
        ldap.OPT_X_TLS_REQUIRE_CERT: ldap.OPT_X_TLS_DEMAND,
        **({ldap.OPT_X_TLS_CACERTFILE: settings.LDAP_CA_FILE} if settings.LDAP_CA_FILE else {}),
        # Last: what stands above counts for connections made from now on.
        ldap.OPT_X_TLS_NEWCTX: 0,
    }
    try:
        for option, value in options.items():
            connection.set_option(option, value)
        if settings.LDAP_URL.startswith("ldap://"):
            connection.start_tls_s()
        connection.simple_bind_s(dn, password)
        yield connection
    except let_through:
        raise
    except ldap.LDAPError as error:
        raise DirectoryAway(str(error)) from error
    finally:
        connection.unbind_ext_s()


def _search(
    connection: Any, base: str, ldap_filter: str, names: list[str], most: int = 2
) -> list[tuple[str, dict[str, list[str]]]]:
    import ldap

    rows = connection.search_ext_s(
        base, ldap.SCOPE_SUBTREE, ldap_filter, names, timeout=TIMEOUT_SECONDS, sizelimit=most
    )
    return [
        (
            dn,
            {
                name: [value.decode(errors="replace") for value in values]
                for name, values in attributes.items()
            },
        )
        for dn, attributes in rows
        # Referrals to other servers come without a name.
        if dn
    ]
