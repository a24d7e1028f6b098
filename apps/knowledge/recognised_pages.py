"""What was recognised of a document so far, in a file beside it: a worker that was stopped goes on behind the last page.

A page a line. The file is gone when the document is read, or deleted.
"""

import json
from pathlib import Path
from typing import Any

SUFFIX = ".pages"


class RecognisedPages:
    def __init__(self, document: Path) -> None:
        self._path = document.with_name(document.name + SUFFIX)

    def read(self) -> dict[int, dict[str, Any]]:
        """Answers of the reader by page. Of the last line a killed worker may have written a part."""
        found: dict[int, dict[str, Any]] = {}
        if self._path.exists():
            for line in self._path.read_text(encoding="utf-8").split("\n"):
                try:
                    number, answer = json.loads(line)
                except ValueError:
                    continue
                found[number] = answer
        return found

    def add(self, number: int, answer: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            # Behind what a killed worker left of a line.
            file.write(f"\n{json.dumps([number, answer])}\n")

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)
