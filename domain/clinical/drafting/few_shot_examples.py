"""Parts of records as a hospital wrote them before: a model that is shown the most similar ones writes like them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.clinical.drafting.draft_statements import DraftContext, check_statement
from domain.clinical.drafting.note_selection import content_words
from domain.clinical.grounding.sources import find_lines
from domain.clinical.jsonl import read_rows
from domain.clinical.records.note_sections import word_grams
from domain.clinical.records.record import Statement
from domain.clinical.records.template import TemplateField
from llm_backend.chat import Message
from llm_backend.prompts import Prompt
from llm_backend.sentences import sentences
from llm_backend.tokens import count_tokens

MAX_EXAMPLES = 4
# A part of fewer words is an entry, such as an allergy, and was meant to say no more.
MIN_RUNNING_TEXT_WORDS = 6
MIN_TOLD_SHARE = 0.5
# What 4,096 tokens leave next to a part of a transcript, the rules and the answer.
MAX_EXAMPLE_TOKENS, MAX_TOKENS = 400, 1000


class FewShotExample(BaseModel):
    """`heading`: the key of a template's section, or what the hospital calls it. `dialogue`: lines with their speakers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dialogue: str = Field(min_length=1)
    heading: str = Field(min_length=1)
    text: str = Field(min_length=1)

    @cached_property
    def tokens(self) -> int:
        return count_tokens(self.dialogue) + count_tokens(self.text)


@dataclass(frozen=True)
class FewShotExamples:
    by_heading: dict[str, "_Similar"]

    @classmethod
    def of(cls, parts: Sequence[FewShotExample]) -> "FewShotExamples":
        headings = dict.fromkeys(part.heading for part in parts)
        return cls({each: _Similar([part for part in parts if part.heading == each]) for each in headings})

    @classmethod
    def read(cls, content: str) -> "FewShotExamples":
        """From JSON lines. Raises RowsUnreadable."""
        return cls.of(read_rows(content, FewShotExample))

    def __contains__(self, heading: str) -> bool:
        return heading in self.by_heading

    def similar(self, heading: str, dialogue: str) -> list[FewShotExample]:
        """As many as there is room for, the most similar last: what was read last weighs most."""
        examples = self.by_heading.get(heading)
        return list(examples.to(dialogue))[::-1] if examples else []

    def messages(self, prompt: Prompt, heading: str, dialogue: str) -> list[Message]:
        """Similar talk as it would be asked about, each with what was written of it."""
        messages: list[Message] = []
        for part in self.similar(heading, dialogue):
            question = prompt.render(heading=heading, lines=part.dialogue).messages[-1]
            messages += [question, {"role": "assistant", "content": part.text}]
        return messages


class _Similar:
    """Compared by their words, once somebody asks."""

    def __init__(self, parts: Sequence[FewShotExample]) -> None:
        self._parts = parts

    @cached_property
    def _index(self) -> tuple[Any, Any]:
        # Loaded late: it is heavy, and most installations have no such file.
        from sklearn.feature_extraction.text import TfidfVectorizer

        words: Any = TfidfVectorizer(analyzer=_words, sublinear_tf=True)
        return words, words.fit_transform([part.dialogue for part in self._parts])

    def to(self, dialogue: str) -> Iterator[FewShotExample]:
        words, vectors = self._index
        likeness = (vectors @ words.transform([dialogue]).T).toarray().ravel()
        room, remaining = MAX_TOKENS, MAX_EXAMPLES
        for place in (-likeness).argsort(kind="stable"):
            part = self._parts[place]
            if part.tokens <= min(MAX_EXAMPLE_TOKENS, room) and remaining:
                room, remaining = room - part.tokens, remaining - 1
                yield part


def _words(text: str) -> list[str]:
    return word_grams(text, longest=1)


def is_left_out(sentence: str, draft: str) -> bool:
    """Of running text: less than half of what the sentence says stands in it."""
    words = content_words(sentence)
    is_running_text = len(_words(draft)) >= MIN_RUNNING_TEXT_WORDS
    return is_running_text and len(words & content_words(draft)) < MIN_TOLD_SHARE * len(words)


def text_statements(text: str, section: str, field: TemplateField, context: DraftContext) -> list[Statement]:
    """A sentence each, held against the lines that hold most of its words."""
    statements = []
    for number, sentence in enumerate(sentences(text), start=1):
        if claim := sentence.text.strip():
            statement = Statement(id=f"{section}-{field.key}-{number}", text=claim)
            statements.append(
                check_statement(statement, field, find_lines(context.transcript, claim), context)
            )
    return statements
