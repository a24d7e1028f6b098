"""Catalogues of translations, compiled with Babel: no gettext is needed on the machine."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from stack.errors import StackError
from stack.layout import PROJECT_ROOT


def compile_catalogues(locale: Path = PROJECT_ROOT / "locale") -> None:
    """Each `.po` whose `.mo` is missing or older. Raises StackError for one that cannot be read."""
    for source in locale.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
        except PoFileError as error:
            raise StackError(f"{source} could not be compiled: {error}") from error
        # Two processes that start at once each write their own.
        part = target.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            write_mo(file, catalogue)
        part.replace(target)
