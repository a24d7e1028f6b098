"""Handbooks whose questions have their sentences marked, as JSON: what `train` and `eval answers --data` read.

`sections[].heading, sentences[]`; `questions[]`: `kind` (answer, no, condition, near, absent; general: what several
sentences answer, each for its own case), `section`, `sentences`, `answer`, and either `question` with `language` where it is
not the handbook's, or `wordings` by language.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSWERABLE = ("answer", "no", "condition", "general")
KINDS = (*ANSWERABLE, "near", "absent")


@dataclass(frozen=True)
class MarkedQuestion:
    """`marked`: (section, first character, the one behind the last) of each sentence that answers, or that tempts."""

    text: str
    language: str
    kind: str
    answer: str
    marked: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class HandbookFile:
    name: str
    language: str
    title: str
    sections: list[dict[str, Any]]
    questions: list[dict[str, Any]]

    def cuts(self) -> list[Any]:
        """The sections as passages, under their headings."""
        from apps.knowledge.chunking import Cut

        return [Cut(f"{self.title} › {each['heading']}", self._text(each)[0]) for each in self.sections]

    def asked(self, most: int) -> Iterator[MarkedQuestion]:
        """Each question in at most so many of its wordings, in each language that it has."""
        for question in self.questions:
            section = question["section"]
            spans = () if section is None else self._text(self.sections[section])[1]
            marked = tuple((section, *spans[number]) for number in question["sentences"])
            for language, texts in texts_by_language(question, self.language):
                for text in texts[:most]:
                    yield MarkedQuestion(text, language, question["kind"], question["answer"] or "", marked)

    def sentence_at(self, section: int, start: int) -> str:
        """The sentence that begins there."""
        text, spans = self._text(self.sections[section])
        return next(text[begin:end] for begin, end in spans if begin == start)

    def _text(self, section: dict[str, Any]) -> tuple[str, list[tuple[int, int]]]:
        """A section as a document has it, and where each of its sentences stands: prose runs on, rows have lines."""
        text, spans = "", []
        for sentence in section["sentences"]:
            if text:
                is_prose = text[-1] in ".!?。！？；;"
                text += ("" if self.language == "zh" else " ") if is_prose else "\n"
            spans.append((len(text), len(text) + len(sentence)))
            text += sentence
        return text, spans


def read(path: Path) -> HandbookFile:
    row = json.loads(path.read_text(encoding="utf-8"))
    return HandbookFile(path.stem, row["language"], row["title"], row["sections"], row["questions"])


def texts_by_language(question: dict[str, Any], language: str) -> list[tuple[str, list[str]]]:
    """(language, texts); `language`: the handbook's."""
    own = question.get("wordings") or {question.get("language", language): [question["question"]]}
    return list(own.items())
