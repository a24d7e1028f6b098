"""A small YAML: one document of mappings, lists and plain values, each with the place where it stands.

No anchors, aliases, tags or duplicate keys. Words are words (`no`, `on` and `1_000` too, and a telephone's 0571 or
+86): only true, false, null and numbers mean something else. Work and memory are bounded by the size of the file: nothing in
it stands for more than itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import events

from domain.workflows.problems import BEGINNING, FileRefused, Mark, Path, Problem
from llm_backend import patterns

MAX_BYTES = 100_000
MAX_DEPTH = 20
# Python's scanner where libyaml is not built in; both give the same events.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = patterns.compile(r"-?(?:0|[1-9]\d{0,14})")
_NUMBER = patterns.compile(r"[-+]?\d{1,15}\.\d{1,15}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass
class Document:
    """`marks`: where the value at a path stands; of a member of a mapping, where its value does."""

    value: Any
    marks: dict[Path, Mark] = field(default_factory=dict)

    def mark(self, path: Path) -> Mark:
        """Of the value at the path, or of the nearest one that holds it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark())


@dataclass
class _Frame:
    """A mapping or list that is still open; `key`: of the member whose value comes next."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: Any = None


def read(text: str) -> Document:
    """Raises FileRefused."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise FileRefused([Problem("file_too_large", names={"limit": f"{MAX_BYTES // 1000} kB"})])
    document = Document(None)
    try:
        _Reader(document).read(yaml.parse(text, Loader=LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = Mark(mark.line + 1, mark.column + 1) if mark else Mark()
        raise FileRefused([Problem("not_yaml", place, {"reason": error.problem or ""})]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise FileRefused([Problem("not_yaml", names={"reason": ""})]) from error
    if not isinstance(document.value, dict):
        raise FileRefused([Problem("not_a_mapping")])
    return document


class _Reader:
    """Takes one event after the other; what is open lies in a list, so depth costs no stack."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: list[_Frame] = []
        self._documents_count = 0

    def read(self, stream: Iterator[events.Event]) -> None:
        for event in stream:
            start = event.start_mark
            mark = Mark(start.line + 1, start.column + 1) if start else BEGINNING
            if isinstance(event, events.DocumentStartEvent):
                self._documents_count += 1
                if self._documents_count > 1:
                    raise FileRefused([Problem("several_documents", mark)])
            elif isinstance(event, events.NodeEvent):
                self._take_node(event, mark)
            elif isinstance(event, events.CollectionEndEvent):
                self._open.pop()

    def _take_node(self, event: events.NodeEvent, mark: Mark) -> None:
        if isinstance(event, events.AliasEvent) or event.anchor is not None:
            raise FileRefused([Problem("no_anchors", mark)])
        if getattr(event, "tag", None) is not None:
            raise FileRefused([Problem("no_tags", mark)])
        if isinstance(event, events.ScalarEvent):
            is_block = event.style in ("|", ">")
            self._place(
                event.value if event.style else plain_value(event.value),
                mark._replace(lines_below=int(is_block)),
            )
            return
        value: dict[str, Any] | list[Any] = {} if isinstance(event, events.MappingStartEvent) else []
        path = self._place(value, mark)
        self._open.append(_Frame(value, path))
        if len(self._open) > MAX_DEPTH:
            raise FileRefused([Problem("too_deep", mark, {"limit": str(MAX_DEPTH)})])

    def _place(self, value: Any, mark: Mark) -> Path:
        """Puts a value where it belongs, and answers its path; a scalar in a mapping may be a key."""
        if not self._open:
            self._document.value = value
            self._document.marks[()] = mark
            return ()
        frame = self._open[-1]
        if isinstance(frame.value, list):
            path = (*frame.path, len(frame.value))
            frame.value.append(value)
        elif frame.key is None:
            self._begin_member(frame, value, mark)
            return frame.path
        else:
            path = (*frame.path, frame.key)
            frame.value[frame.key] = value
            frame.key = None
        self._document.marks[path] = mark
        return path

    def _begin_member(self, frame: _Frame, key: Any, mark: Mark) -> None:
        if isinstance(key, dict):
            # What begins with {{ and has no quotation marks is a name of a name to YAML.
            raise FileRefused([Problem("unquoted_braces", mark)])
        if isinstance(key, list) or key is None:
            raise FileRefused([Problem("key_is_no_text", mark)])
        key = str(key).lower() if isinstance(key, bool) else str(key)
        if key in frame.value:
            raise FileRefused([Problem("duplicate_key", mark, {"name": key})])
        frame.key = key


def plain_value(text: str) -> str | int | float | bool | None:
    """What a word without quotation marks stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
