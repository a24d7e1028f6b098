"""Reads an uploaded file in a child process that can be stopped and cannot take the machine's memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text, UnsupportedContent
from apps.knowledge.cutting import Block

READING_SECONDS = 180
LOOK_SECONDS = 0.1

EXPLANATIONS: dict[str, Text] = {
    "empty_file": _("The file is empty. Check that it was saved, and upload it again."),
    "binary_file": _(
        "The file holds no text that can be read. Upload Markdown, text, HTML, PDF, Word (.docx) or CSV."
    ),
    "old_office_file": _("This is an old Office file. Save it as .docx or PDF and upload that."),
    "unsupported_archive": _(
        "This is an archive or another Office format. Upload a Word file (.docx), PDF, or CSV."
    ),
    "archive_bomb": _("The file unpacks to far more than a document needs, so it was not opened."),
    "encrypted_file": _("The file is protected by a password. Save it without one and upload it again."),
    "no_text_layer": _(
        "The PDF holds scanned pages without a text layer. Run text recognition (OCR) and upload the result."
    ),
    "broken_file": _(
        "The file is damaged. Open it in the program that made it, save it again and upload that."
    ),
    "unknown_encoding": _("The text's encoding is not known. Save the file as UTF-8 and upload it again."),
    "too_much_text": _("The file holds more text than one document may. Split it into several files."),
    "too_complex": _(
        "The file needs too much memory or time to read. Split it, or save it in a simpler format."
    ),
}


def unreadable(code: str) -> UnsupportedContent:
    return UnsupportedContent(EXPLANATIONS[code], code=code)


def read(path: Path, name: str, *, check: Callable[[], None]) -> tuple[str, list[Block]]:
    """Media type and blocks. `check` is called all along and stops the reading by raising.

    Raises UnsupportedContent with a code of EXPLANATIONS.
    """
    with tempfile.TemporaryFile() as output:
        with _started(path, name, output) as child:
            try:
                _wait(child, check)
            finally:
                child.kill()
        if child.returncode:
            raise unreadable("too_complex")
        output.seek(0)
        answer = json.load(output)
    if "error" in answer:
        raise unreadable(answer["error"])
    return answer["media_type"], [_block(each) for each in answer["blocks"]]


def _started(path: Path, name: str, output: IO[bytes]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "apps.knowledge.reading", str(path), name]
    # No settings and no secrets: what reads a stranger's file has nothing to give away.
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.DEVNULL,
        cwd=settings.PROJECT_ROOT,
        env=environment,
    )


def _wait(child: "subprocess.Popen[bytes]", check: Callable[[], None]) -> None:
    deadline = time.monotonic() + READING_SECONDS
    while True:
        try:
            child.wait(LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            check()
            if time.monotonic() > deadline:
                raise unreadable("too_complex") from None
        else:
            return


def _block(block: dict[str, Any]) -> Block:
    page = block.get("page")
    heading = (f"p. {page}",) if page else ()
    return Block(heading, block["text"], block.get("is_whole", False))
