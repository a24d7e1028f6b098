"""What the model is asked for one section of a record: numbered lines, and an answer that names them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from domain.clinical.records.template import TemplateField, TemplateSection
from domain.clinical.transcripts.transcript import MAX_LINE_TOKENS, ClinicalTranscript, with_speaker_label
from llm_backend.tokens import count_tokens, fit

# A model that has nothing more to say repeats itself until it is stopped.
MAX_ITEMS = 10


class Answer(BaseModel):
    """`lines`: the numbers of the lines in which it was said, as the model saw them: from 1."""

    model_config = ConfigDict(extra="forbid")

    lines: list[int] = Field(max_length=6)


class TextAnswer(Answer):
    """A sentence in the record's own wording."""

    text: str


class QuoteAnswer(Answer):
    """`quote`: the words of the line, to the letter. `text`: how the record puts it."""

    quote: str
    text: str


class NumberAnswer(Answer):
    quote: str
    number: float


class ChoiceAnswer(Answer):
    quote: str
    choice: str


@dataclass(frozen=True, slots=True)
class TranscriptPart:
    """Utterances `first` to `last` (not included) of a transcript that may be too long for one question."""

    transcript: ClinicalTranscript
    first: int
    last: int

    @property
    def lines(self) -> str:
        return "\n".join(
            numbered_line(self.transcript, number)
            for number in range(self.first, self.last)
            if self.transcript.utterances[number].text.strip()
        )

    @property
    def dialogue(self) -> str:
        """As hospitals keep talks: labelled, without numbers."""
        language = "zh" if self.transcript.is_chinese else "en"
        return "\n".join(
            with_speaker_label(fit(utterance.text, MAX_LINE_TOKENS), utterance.speaker, language)
            for utterance in self.transcript.utterances[self.first : self.last]
            if utterance.text.strip()
        )


def numbered_line(transcript: ClinicalTranscript, number: int) -> str:
    utterance = transcript.utterances[number]
    return f"{number + 1} {utterance.speaker}: {fit(utterance.text, MAX_LINE_TOKENS)}"


def split_transcript(transcript: ClinicalTranscript, tokens: int) -> Iterator[TranscriptPart]:
    """As many as it takes for each to fit; a question's answer may lie in the next line, so two lines overlap."""
    first = tokens_used = 0
    for number in range(len(transcript.utterances)):
        token_count = count_tokens(numbered_line(transcript, number)) + 1
        if tokens_used + token_count > tokens and number > first + 2:
            yield TranscriptPart(transcript, first, number)
            # Two lines again, so that an answer stands with its question.
            first = number - 2
            tokens_used = sum(
                count_tokens(numbered_line(transcript, each)) + 1 for each in range(first, number)
            )
        tokens_used += token_count
    if first < len(transcript.utterances):
        yield TranscriptPart(transcript, first, len(transcript.utterances))


def fields_for_model(section: TemplateSection) -> list[TemplateField]:
    """Vital signs are read by rules, not by the model."""
    return [field for field in section.fields if field.kind != "vitals"]


def running_text_field(section: TemplateSection) -> TemplateField | None:
    """The one that holds the section's running text."""
    return next((field for field in section.fields if field.kind == "text"), None)


def section_schema(section: TemplateSection) -> type[BaseModel]:
    """One list of answers for each field of the section."""
    return _schema(section.model_dump_json())


# Made once for each section: a transcript of many parts asks for the same one again and again.
@lru_cache(maxsize=512)
def _schema(section_json: str) -> type[BaseModel]:
    section = TemplateSection.model_validate_json(section_json)
    members: dict[str, Any] = {}
    for field in fields_for_model(section):
        most = 1 if field.kind in ("number", "choice", "date") else MAX_ITEMS
        members[field.key] = (list[_answer_type(field)], Field(max_length=most))  # type: ignore[misc]
    return create_model(f"Section_{section.key}", __config__=ConfigDict(extra="forbid"), **members)


def _answer_type(field: TemplateField) -> type[Answer]:
    if field.kind in ("text", "plan"):
        return TextAnswer
    if field.kind == "number":
        return NumberAnswer
    if field.kind == "choice":
        choice: Any = Literal[tuple(field.choices)]
        return create_model(f"Choice_{field.key}", __base__=ChoiceAnswer, choice=(choice, ...))
    return QuoteAnswer
