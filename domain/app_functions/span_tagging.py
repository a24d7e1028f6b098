"""Fields found in texts by what marked examples teach: two chains of tags, one that reads words and one that does not.

Where both find the same they are right twice as often as where only the first does.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.app_functions import tag_chains
from domain.app_functions.marked_texts import FIELDS, TEXTS, VALUES, MarkedText, field_names, read_marks
from domain.app_functions.span_features import Known, features, known_values
from domain.workflows.functions import Function
from domain.workflows.types import Flag, Record, Text

# Of fewer a chain learns their words and nothing else.
MIN_MARKED = 50
SECONDS = 240.0


def tag_fields(texts: list[str], fields: list[str], examples: str) -> dict[str, Any]:
    """The values of each text, in order. Nothing while there are too few examples with marks."""
    names = field_names(fields)
    marked = [each for line in examples.splitlines() if (each := read_marks(line.strip(), names)).text]
    if sum(bool(each.spans) for each in marked) < MIN_MARKED:
        return {"values": [], "is_trained": False}
    values = [
        {
            "text_number": number,
            "field": field,
            "value": text[start:end],
            "start": start,
            "end": end,
            "is_sure": is_sure,
        }
        for number, (text, spans) in enumerate(zip(texts, tagged(texts, marked), strict=True), 1)
        for (start, end, field), is_sure in spans.items()
    ]
    return {"values": values[: VALUES.max_items], "is_trained": True}


def tagged(texts: Sequence[str], marked: Sequence[MarkedText]) -> list[dict[tuple[int, int, str], bool]]:
    """Of each text the spans that the first chain finds, and whether the second one finds them too."""
    known = known_values(marked)
    both = [list(_found(texts, marked, known, has_words)) for has_words in (True, False)]
    return [{span: span in second for span in sorted(first)} for first, second in zip(*both, strict=True)]


def _found(
    texts: Sequence[str], marked: Sequence[MarkedText], known: Known, has_words: bool
) -> Iterator[set[tuple[int, int, str]]]:
    # What an example itself says of a word must not be what its other marks are learnt from.
    weights = tag_chains.trained(
        (
            features(each.text, known, known_values([each]), has_words=has_words),
            tag_chains.tags_of(len(each.text), each.spans),
        )
        for each in marked
    )
    tagger = tag_chains.tagger_of(weights)
    for text in texts:
        rows = features(text, known, {}, has_words=has_words)
        yield set(tag_chains.spans_of(tagger.tag(rows))) if rows else set()


FUNCTIONS = (
    Function(
        "tag_fields",
        {"texts": TEXTS, "fields": FIELDS, "examples": Text(max_characters=400_000)},
        Record(fields={"values": VALUES, "is_trained": Flag()}),
        tag_fields,
        seconds=SECONDS,
    ),
)
