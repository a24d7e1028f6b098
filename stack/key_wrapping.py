"""An installation's secrets under a passphrase: scrypt makes a key of it, AES-GCM seals them with that."""

import base64
import getpass
import hashlib
import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from config.env import Env
from stack.errors import StackError

# 128 MiB and about half a second for each guess. A file that asks for more than LARGEST_COST is not ours.
COST, BLOCK_SIZE, PARALLEL = 2**17, 8, 1
LARGEST_COST = 2**20
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32
SHORTEST_PASSPHRASE = 12
# Sealed along with the keys: a box that was made for another purpose does not open here.
BOUND_TO = b"kongming backup keys 1"
WHERE_FROM = "Set KONGMING_BACKUP_PASSPHRASE, or name a file with --passphrase-file"


def wrapped_keys(keys: Mapping[str, str], passphrase: str) -> dict[str, Any]:
    """{cost, salt, nonce, sealed}, all but the first in base64. The cost goes along, so that it can be raised and older
    backups still open.
    """
    salt, nonce = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(NONCE_BYTES)
    ciphertext = AESGCM(_key(passphrase, salt, COST)).encrypt(
        nonce, json.dumps(dict(keys)).encode(), BOUND_TO
    )
    parts = {"salt": salt, "nonce": nonce, "sealed": ciphertext}
    return {"cost": COST} | {name: base64.b64encode(part).decode() for name, part in parts.items()}


def unwrapped_keys(envelope: Mapping[str, Any], passphrase: str) -> dict[str, str]:
    """Raises StackError when the passphrase is another one, or the envelope is damaged or asks for too much memory."""
    try:
        salt, nonce, ciphertext = (base64.b64decode(envelope[name]) for name in ("salt", "nonce", "sealed"))
        cost = int(envelope["cost"])
    except (KeyError, TypeError, ValueError) as error:
        raise StackError("The keys in this backup are damaged.") from error
    if cost > LARGEST_COST:
        raise StackError("The keys in this backup are damaged.")
    try:
        plaintext = AESGCM(_key(passphrase, salt, cost)).decrypt(nonce, ciphertext, BOUND_TO)
    except (InvalidTag, ValueError) as error:
        raise StackError("That is not the passphrase of this backup, or its keys are damaged.") from error
    return {str(name): str(value) for name, value in json.loads(plaintext).items()}


def fingerprints(field_keys: str) -> list[str]:
    """What tells keys apart without telling them: they are random and of 256 bits, so a digest gives nothing away."""
    keys = [key.strip() for key in field_keys.split(",") if key.strip()]
    return [hashlib.sha256(b"kongming field key " + key.encode()).hexdigest()[:32] for key in keys]


def new_passphrase(env: Env, file: Path | None) -> str:
    """The passphrase of the settings, of the file, or the person at the terminal, asked twice.

    Raises StackError without any.
    """
    passphrase = passphrase_of(env, file)
    if not passphrase and sys.stdin.isatty():
        passphrase = getpass.getpass("Passphrase for the keys in this backup: ")
        if getpass.getpass("Once more: ") != passphrase:
            raise StackError("The two passphrases differ.")
    if not passphrase:
        raise StackError(
            f"The keys that open sealed data go into a backup under a passphrase only. {WHERE_FROM}. "
            "With --without-keys they stay out: then keep secrets.env yourself, or nobody can read what is sealed."
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
        raise StackError(f"This backup's keys need its passphrase. {WHERE_FROM}.")
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


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=BLOCK_SIZE, p=PARALLEL).derive(passphrase.encode())
