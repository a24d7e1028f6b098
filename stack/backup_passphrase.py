"""The passphrase of a backup: from the settings, a file, or the person at the terminal."""

import getpass
import sys
from pathlib import Path

from config.env import Env
from stack.errors import StackError

SHORTEST_PASSPHRASE = 12
WHERE_FROM = "Set KONGMING_BACKUP_PASSPHRASE, or name a file with --passphrase-file"


def new_passphrase(env: Env, file: Path | None) -> str:
    """The passphrase of the settings, of the file, or the person at the terminal, asked twice.

    Raises StackError without any.
    """
    passphrase = passphrase_of(env, file)
    if not passphrase and sys.stdin.isatty():
        passphrase = getpass.getpass("Passphrase for this backup: ")
        if getpass.getpass("Once more: ") != passphrase:
            raise StackError("The two passphrases differ.")
    if not passphrase:
        raise StackError(
            f"A backup is encrypted as a whole, and there is no passphrase for it. {WHERE_FROM} "
            f"({SHORTEST_PASSPHRASE} characters or more); keep a copy of it elsewhere, as nothing opens a backup without it."
        )
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise StackError(f"The passphrase needs at least {SHORTEST_PASSPHRASE} characters.")
    return passphrase


def known_passphrase(env: Env, file: Path | None) -> str:
    """The passphrase of the settings, of the file, or of the person at the terminal, asked once. Raises StackError
    without any.
    """
    passphrase = passphrase_of(env, file)
    if not passphrase and sys.stdin.isatty():
        passphrase = getpass.getpass("Passphrase of this backup: ")
    if not passphrase:
        raise StackError(f"This backup opens with its passphrase alone. {WHERE_FROM}.")
    return passphrase


def passphrase_of(env: Env, file: Path | None) -> str:
    """Empty where the settings have none. A trailing line break, as editors write it, is not part of it. Raises
    StackError for a file that cannot be read.
    """
    if file is None:
        return env.kongming_backup_passphrase.get_secret_value()
    try:
        return file.read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"The passphrase cannot be read from {file}: {error}") from error
