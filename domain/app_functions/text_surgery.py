"""Sentences, points and paragraphs of a text put in, taken out and cut, with the rest of it as it stood."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from domain.app_functions.text_rules import POINT, length, paragraphs, points, says, units
from llm_backend import patterns
from llm_backend.sentences import sentences

TITLE_UNITS = 15
_FENCE = patterns.compile(r"^```[a-z]*[ \t]*$", patterns.MULTILINE)
_TAG = patterns.compile(r"</?[a-z_]{3,20}>\s*")
_EMPTY_POINT = patterns.compile(r"^[ \t]*(?:[-*•·]|\d{1,2}[.)、])[ \t]*$\n?", patterns.MULTILINE)
_MARKS = "。.!！?？;；:：,，、"


def plain(text: str) -> str:
    """Without the tags of a prompt, the fences of code and the stars that models put around texts and words."""
    return _TAG.sub("", _FENCE.sub("", text.replace("**", ""))).strip()


def pieces_of(text: str) -> list[str]:
    """Its sentences, each with the white space behind it: together they are the text."""
    starts = [0, *(each.start for each in sentences(text)[1:]), len(text)]
    return [text[start:end] for start, end in pairwise(starts)] if text else []


def without(text: str, is_wrong: Callable[[str], bool]) -> str:
    return _tidy("".join(piece for piece in pieces_of(text) if not is_wrong(piece)))


def with_sentence(text: str, sentence: str, language: str) -> str:
    """At the end, in its last paragraph; behind points in a paragraph of its own."""
    if not text:
        return sentence
    space = "" if language == "Chinese" else " "
    if POINT.match(text.rsplit("\n", 1)[-1]):
        space = "\n\n"
    elif text[-1] not in _MARKS + "”’」』）)\"'":
        space = ("。" if language == "Chinese" else ".") + space
    return f"{text}{space}{sentence}"


def opening(text: str) -> str:
    """What can stand as a title: the beginning of the first line, without marks at its end."""
    first = text.lstrip('# \t"“《').partition("\n")[0].strip('"”》 ')
    places = units(first)[:TITLE_UNITS]
    return first[: places[-1]].rstrip(_MARKS + " ") if places else ""


def fitted_points(text: str, rules: dict[str, Any], more: list[str], *, is_last: bool) -> str:
    """With as many points as asked for: the last ones go, those of `more` come in. At last sentences are made points."""
    count, own = int(rules["points"]), points(text)
    for line in own[count:][::-1]:
        text = _tidy(text.replace(f"\n{line}", "", 1) if f"\n{line}" in text else text.replace(line, "", 1))
    new = [POINT.sub("", line).strip() for answer in more for line in answer.splitlines() if line.strip()]
    new = [
        line for line in new if line and line not in text and not any(map(line.count, rules["must_not_say"]))
    ]
    lacking = count - len(own)
    if lacking > len(new) and is_last and not own:
        prose = [piece.strip() for piece in pieces_of(text)]
        cut = max(0, len(prose) - lacking)
        text, new = "".join(pieces_of(text)[:cut]).strip(), [" ".join(each.split()) for each in prose[cut:]]
    added = "\n".join(f"- {line}" for line in new[: max(0, lacking)])
    if not added or not own:
        return f"{text}\n\n{added}".strip()
    return text.replace(own[-1], f"{own[-1]}\n{added}", 1)


def fitted_paragraphs(text: str, count: int, language: str) -> str:
    """The shortest neighbours become one paragraph, the longest is parted between two sentences."""
    parts = paragraphs(text)
    while len(parts) > count:
        at = min(range(len(parts) - 1), key=lambda place: len(parts[place]) + len(parts[place + 1]))
        parts[at : at + 2] = [("" if language == "Chinese" else " ").join(parts[at : at + 2])]
    while len(parts) < count:
        at = max(range(len(parts)), key=lambda place: len(pieces_of(parts[place])), default=0)
        pieces = pieces_of(parts[at]) if parts else []
        if len(pieces) < 2:
            break
        half = len(pieces) // 2
        parts[at : at + 1] = ["".join(pieces[:half]).strip(), "".join(pieces[half:]).strip()]
    return "\n\n".join(parts)


def trimmed(text: str, rules: dict[str, Any], limit: int) -> str:
    """At most so long: sentences go from the end on, unless one alone says what must be said or is a point that was asked
    for. What would leave too little is cut within."""
    pieces, language = pieces_of(text), rules["language"]
    least = int(rules["at_least"] or 0) - (int(rules["at_most"]) - limit)
    for at in range(len(pieces) - 1, -1, -1):
        over = sum(length(piece, language) for piece in pieces) - limit
        if over <= 0:
            break
        rest = pieces[:at] + pieces[at + 1 :]
        if _is_needed(pieces[at], rest, rules):
            continue
        size = length(pieces[at], language)
        would_be_left = limit + over - size
        if would_be_left < max(least, 1):
            pieces[at] = _shortened(pieces[at], size - over, language)
        else:
            pieces[at] = "\n\n" if "\n\n" in pieces[at] else ""
    return _tidy("".join(pieces))


def _is_needed(piece: str, rest: list[str], rules: dict[str, Any]) -> bool:
    if rules["points"] and POINT.match(piece):
        return True
    others = "".join(rest)
    return any(says(piece, word) and not says(others, word) for word in rules["must_say"])


def _shortened(piece: str, size: int, language: str) -> str:
    places = units(piece)[: max(size, 1)]
    # A Chinese mark is counted itself.
    if language == "Chinese" and len(places) > 1:
        places = places[:-1]
    end = "。" if language == "Chinese" else "."
    space = piece[len(piece.rstrip()) :]
    return piece[: places[-1]].rstrip(_MARKS + " ") + end + space if places else ""


def _tidy(text: str) -> str:
    return patterns.sub(r"\n{3,}", "\n\n", _EMPTY_POINT.sub("", text)).strip()
