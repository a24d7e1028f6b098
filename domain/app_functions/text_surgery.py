"""Sentences, points and paragraphs of a text put in, taken out and cut, with the rest of it as it stood."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from domain.app_functions.text_rules import (
    POINT,
    POINT_MARK,
    has_title,
    length,
    points,
    says,
    text_blocks,
    units,
)
from llm_backend import patterns
from llm_backend.sentences import sentences

TITLE_UNITS, GREETING = 15, 100
_FENCE = patterns.compile(r"^```[a-z]*[ \t]*$", patterns.MULTILINE)
_TAG = patterns.compile(r"</?[a-z_]{3,20}>\s*")
_EMPTY_POINT = patterns.compile(rf"^[ \t]*{POINT_MARK}[ \t]*$\n?", patterns.MULTILINE)
_TITLE_LABEL = patterns.compile(r"(?:标题|题目|title)[ \t]{0,9}[:：]", patterns.IGNORECASE)
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
    """At the end, in its last paragraph; behind points in one of its own, below what ends without a mark."""
    if not text:
        return sentence
    space = "" if language == "Chinese" else " "
    if POINT.match(text.rsplit("\n", 1)[-1]):
        space = "\n\n"
    elif text[-1] not in _MARKS + "”’」』）)\"'":
        # Behind a name or a greeting.
        space = "\n"
    return f"{text}{space}{sentence}"


def before_ending(body: str, ending: str) -> str:
    """Models like to add a greeting or a name behind the words that a text was to end with. A sentence that begins with
    these words is none of that."""
    at = body.rfind(ending) if ending else -1
    rest = body[at + len(ending) :]
    is_end = ending[-1:] in _MARKS or not rest.partition("\n")[0].strip(_MARKS + " ”’」』）)\"'")
    return body[:at].rstrip() if is_end and len(rest) <= GREETING and at >= len(body) / 2 else body


def line_break(rest: str, ending: str, *, is_counted: bool) -> str:
    """Of what was cut off with the ending: the break before it, as a greeting or a name stands on a line of its own.
    `is_counted`: where paragraphs are, the ending begins none."""
    breaks = rest[: rest.rfind(ending)].count("\n") if ending else 0
    return "\n" * min(breaks, 1 if is_counted else 2)


def opening(text: str) -> str:
    """What can stand as a title: the beginning of the first line, without marks at its end."""
    first = without_label(text.lstrip('# \t"“《').partition("\n")[0]).strip('"“《”》 ')
    places = units(first)[:TITLE_UNITS]
    return first[: places[-1]].rstrip(_MARKS + " ") if places else ""


def without_label(title: str) -> str:
    """Models say that it is one: “标题：停电通知”."""
    label = _TITLE_LABEL.match(title.strip())
    return title.strip()[label.end() :].strip() if label else title.strip()


def fitted_points(text: str, rules: dict[str, Any], more: list[str], *, is_last: bool) -> str:
    """With as many points as asked for: the last ones go, those of `more` come in. At last sentences are made points."""
    count, lines, own = int(rules["points"]), [], points(text)[: int(rules["points"])]
    left = count
    for line in text.split("\n"):
        left -= bool(POINT.match(line))
        if left >= 0 or not POINT.match(line):
            lines.append(line)
    text, lacking = _tidy("\n".join(lines)), count - len(own)
    new = [POINT.sub("", line).strip() for answer in more for line in answer.splitlines()]
    new = [line for line in new if line and line not in text]
    new = [line for line in new if not any(says(line, word) for word in rules["must_not_say"])]
    if lacking > len(new) and is_last and not own:
        prose = pieces_of(text)
        cut = max(0, len(prose) - lacking)
        text, new = "".join(prose[:cut]).strip(), [" ".join(each.split()) for each in prose[cut:]]
    added = "\n".join(f"- {line}" for line in new[: max(0, lacking)])
    if not added or not own:
        return f"{text}\n\n{added}".strip()
    # Behind the last point itself: an earlier one may begin with the same words.
    before, last, behind = text.rpartition(own[-1].strip())
    return f"{before}{last}\n{added}{behind}"


def fitted_paragraphs(text: str, rules: dict[str, Any]) -> str:
    """Neighbours become one paragraph, as evenly as they can; the longest is parted between two sentences. A heading that
    nobody asked for stays, and is none of them."""
    count, language, place = int(rules["paragraphs"]), rules["language"], 0
    parts = text_blocks(text)
    heading, parts = (parts[:1], parts[1:]) if has_title(text) and not rules["title"] else ([], parts)
    if len(parts) > count:
        size, groups = sum(map(len, parts)), [list[str]() for _ in range(count)]
        for part in parts:
            groups[place * count // size].append(part)
            place += len(part)
        parts = [("" if language == "Chinese" else " ").join(group) for group in groups if group]
    while len(parts) < count:
        at = max(range(len(parts)), key=lambda place: len(pieces_of(parts[place])), default=0)
        pieces = pieces_of(parts[at]) if parts else []
        if len(pieces) < 2:
            break
        half = len(pieces) // 2
        parts[at : at + 1] = ["".join(pieces[:half]).strip(), "".join(pieces[half:]).strip()]
    return "\n\n".join(heading + parts)


def trimmed(text: str, rules: dict[str, Any], limit: int) -> str:
    """At most so long: sentences go from the end on, unless one alone says what must be said or is a point that was asked
    for. What would leave too little is cut within."""
    pieces, language = pieces_of(text), rules["language"]
    sizes = [length(piece, language) for piece in pieces]
    least = max(1, int(rules["at_least"] or 0) - (int(rules["at_most"]) - limit))
    over = sum(sizes) - limit
    for at in range(len(pieces) - 1, -1, -1):
        if over <= 0:
            break
        if _is_needed(at, pieces, rules):
            continue
        if limit + over - sizes[at] < least:
            pieces[at] = _shortened(pieces[at], sizes[at] - over, language)
        else:
            pieces[at] = "\n\n" if "\n\n" in pieces[at] else ""
        over -= sizes[at] - length(pieces[at], language)
    return _tidy("".join(pieces))


def _is_needed(at: int, pieces: list[str], rules: dict[str, Any]) -> bool:
    if rules["points"] and POINT.match(pieces[at]):
        return True
    said = [word for word in rules["must_say"] if says(pieces[at], word)]
    others = "".join(pieces[:at] + pieces[at + 1 :]) if said else ""
    return any(not says(others, word) for word in said)


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
