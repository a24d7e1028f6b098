"""Where texts stand in a document, and inline formatting as marks that a translator keeps: <1>bold</1>, <2/>."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from llm_backend import patterns

_MARK = patterns.compile(r"(</?\d{1,4}/?>)")


class Unreadable(Exception):
    """Why a file cannot be translated; `apps.translation` explains the codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Place:
    """One segment of a text: from where to where it stands, what is translated, and how it is written back.

    `marks`: what each mark of the source stands for. `escape`: how text is written in the format.
    """

    start: int
    end: int
    source: str
    marks: Mapping[str, str] = field(default_factory=dict)
    escape: Callable[[str], str] = str

    def written(self, translation: str) -> str:
        if self.marks and not fits(translation, self.marks):
            # Somebody is told that the marks are wrong. Nothing of the format is lost meanwhile.
            return self.escape("".join(texts(translation))) + "".join(self.marks.values())
        return "".join(
            self.marks[piece] if piece in self.marks else self.escape(piece) for piece in pieces(translation)
        )


def without_marks(text: str) -> str:
    """What looks like a mark in the document itself is text, and must not be taken for one."""
    return _MARK.sub(lambda match: match[0].replace("<", "‹").replace(">", "›"), text)


def pieces(translation: str) -> list[str]:
    """Texts and marks, in their order."""
    return [piece for piece in _MARK.split(translation) if piece]


def texts(translation: str) -> list[str]:
    """The pieces that are no marks."""
    return [piece for piece in pieces(translation) if not _MARK.fullmatch(piece)]


def marks_in(text: str) -> list[str]:
    """Its marks, in their order."""
    return [piece for piece in pieces(text) if _MARK.fullmatch(piece)]


def fits(translation: str, marks: Iterable[str]) -> bool:
    """Whether each mark stands there once and no pair crosses another. Single ones, such as the two ends of a field of
    Word's, stay in their order."""
    expected_marks, there = list(marks), marks_in(translation)
    open_marks: list[str] = []
    for mark in there:
        if mark.startswith("</"):
            if not open_marks or open_marks.pop() != mark.replace("/", ""):
                return False
        elif not mark.endswith("/>"):
            open_marks.append(mark)
    single = [[mark for mark in each if mark.endswith("/>")] for each in (expected_marks, there)]
    return Counter(there) == Counter(expected_marks) and single[0] == single[1] and not open_marks
