"""Texts read in parts, and the language that a text is written in."""

from domain.workflows.functions import Function
from domain.workflows.types import Choice, List, Number, Record, Text, Words
from llm_backend.sentences import is_chinese, sentences

MAX_PARTS = 500


def split_text(text: str, characters: float) -> dict[str, list[str]]:
    """Parts of at most so many characters, cut between sentences; a longer sentence is cut where it is full."""
    limit = max(200, int(characters))
    parts: list[str] = []
    start = end = 0
    for sentence in sentences(text):
        for stop in (*range(sentence.start + limit, sentence.end, limit), sentence.end):
            if stop - start > limit and end > start:
                parts.append(text[start:end].strip())
                start = end
            end = stop
    parts.append(text[start:].strip())
    return {"parts": [part for part in parts if part][:MAX_PARTS]}


def detect_language(text: str) -> dict[str, str]:
    """As a prompt names it: small models keep to a language that is named, and to “that of the text” they do not."""
    return {"language": "Chinese" if is_chinese(text) else "English"}


def split_lines(lines: list[str]) -> dict[str, list[dict[str, str]]]:
    """Lines “head: what it says”, with either colon or a tab."""
    parts = map(head_and_rest, lines)
    return {"lines": [{"head": head, "rest": rest} for head, rest in parts if head]}


def head_and_rest(line: str) -> tuple[str, str]:
    """Of what people type as “head: what it says”, or paste as two columns. A mark behind the first one stays as it is."""
    mark = "\t" if "\t" in line else min((each for each in ":：" if each in line), key=line.find, default=":")
    head, _mark, rest = line.partition(mark)
    return head.strip(), rest.strip()


FUNCTIONS = (
    Function(
        "split_lines",
        {"lines": List(of=Text())},
        Record(fields={"lines": List(of=Record(fields={"head": Text(), "rest": Text()}))}),
        split_lines,
    ),
    Function(
        "split_text",
        {"text": Text(), "characters": Number()},
        Record(fields={"parts": List(of=Text(), max_items=MAX_PARTS)}),
        split_text,
    ),
    Function(
        "detect_language",
        {"text": Text()},
        # A choice stands bare in a prompt, a text between tags.
        Record(
            fields={
                "language": Choice(
                    options={
                        "Chinese": Words(zh="中文", en="Chinese"),
                        "English": Words(zh="英文", en="English"),
                    }
                )
            }
        ),
        detect_language,
    ),
)
