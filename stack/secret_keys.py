"""Secrets of one installation: made once, at first start, and readable by their owner only."""

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values


def _token() -> str:
    return secrets.token_urlsafe(48)


GENERATED: dict[str, Callable[[], str]] = {
    "SECRET_KEY": _token,
    "FIELD_KEYS": lambda: Fernet.generate_key().decode(),
    "LLM_API_KEY": _token,
    "EMBEDDING_API_KEY": _token,
    "SYNTHESIS_API_KEY": _token,
}


def load_secrets(path: Path) -> dict[str, str]:
    """The secrets in `path`; those it lacks are made and added, those it has never change."""
    present = stored_secrets(path)
    missing = {name: make() for name, make in GENERATED.items() if name not in present}
    if missing:
        save_secrets(path, present | missing)
    return present | missing


def stored_secrets(path: Path) -> dict[str, str]:
    """Empty where there is no such file; a name without a value counts as missing."""
    return {name: value for name, value in dotenv_values(path).items() if value} if path.exists() else {}


def save_secrets(path: Path, values: Mapping[str, str]) -> None:
    """Replace the file in one step: a full disk must not cost the keys of encrypted fields."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    # O_EXCL with its mode from the beginning: at no moment can others read it, or have put a file of theirs in its
    # place.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(
            "# Made at first start. Keep it secret and back it up: encrypted fields need FIELD_KEYS.\n"
        )
        file.writelines(f"{name}={value}\n" for name, value in values.items())
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def fingerprints(field_keys: str) -> list[str]:
    """What tells keys apart without telling them: they are random and of 256 bits, so a digest gives nothing away."""
    return [
        hashlib.sha256(b"kongming field key " + key.encode()).hexdigest()[:32]
        for key in separate_keys(field_keys)
    ]


def separate_keys(field_keys: str) -> list[str]:
    """Each of FIELD_KEYS; the first is the one that encrypts."""
    return [key.strip() for key in field_keys.split(",") if key.strip()]
