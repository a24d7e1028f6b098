"""Sentences of a text put in, taken out and cut, with the rest of it as it stood."""

from collections.abc import Callable
from typing import Any

from domain.app_functions.text_parts import POINT, POINT_MARK, STOPS, closing_place, pieces_of
from domain.app_functions.text_rules import length, says, units
from llm_backend import patterns
from llm_backend.sentences import is_chinese

TITLE_UNITS, GREETING = 15, 100
_FENCE = patterns.compile(r"^```[a-z]*[ \t]*$", patterns.MULTILINE)
_TAG = patterns.compile(r"</?[a-z_]{3,20}>\s*")
_EMPTY_POINT = patterns.compile(rf"^[ \t]*{POINT_MARK}[ \t]*$\n?", patterns.MULTILINE)
_TITLE_LABEL = patterns.compile(r"(?:标题|题目|title)[ \t]{0,9}[:：]", patterns.IGNORECASE)
_MARKS = "。.!！?？;；:：,，、"


def plain(text: str) -> str:
    """Without the tags of a prompt, the fences of code and the stars that models put around texts and words."""
    return _TAG.sub("", _FENCE.sub("", text.replace("**", ""))).strip()


def without(text: str, is_wrong: Callable[[str], bool]) -> str:
    return tidy("".join(piece for piece in pieces_of(text) if not is_wrong(piece)))


def with_sentence(text: str, sentence: str, language: str) -> str:
    """At the end, in its last paragraph; behind points in one of its own, below what ends without a mark."""
    if not text:
        return sentence
    space = "" if language == "Chinese" else " "
    if POINT.match(text.rsplit("\n", 1)[-1]):
        space = "\n\n"
    elif not text.endswith((*STOPS, *_MARKS)):
        # Behind a name or a greeting.
        space = "\n"
    return f"{text}{space}{sentence}"


def with_added(text: str, sentence: str, language: str) -> str:
    """As `with_sentence`, before the greeting and the names that a letter ends with."""
    body = text[: closing_place(text)].rstrip()
    return with_sentence(body, sentence, language) + text[len(body) :]


def before_ending(body: str, ending: str) -> str:
    """Models like to add a greeting or a name behind the words that a text was to end with, and to leave their mark out. A
    sentence that begins with these words is none of that."""
    words = ending.rstrip(_MARKS)
    at = body.rfind(words) if words else -1
    rest = body[at + len(words) :]
    is_end = not rest.partition("\n")[0].strip(_MARKS + " ”’」』）)\"'")
    is_end = is_end or (ending != words and rest.startswith(ending[len(words) :]))
    is_late = at >= len(body) / 2 or not rest.strip(_MARKS + " \n")
    if at < 0 or not (is_end and is_late and len(rest) <= GREETING):
        return body
    before = body[:at]
    # Of a Chinese sentence that ends with these words (“我们期待您的到来！”) the beginning alone says nothing.
    is_within = is_chinese(before[-1:]) and bool(pieces_of(before))
    return before.removesuffix(pieces_of(before)[-1]).rstrip() if is_within else before.rstrip()


def line_break(rest: str, ending: str, *, is_counted: bool) -> str:
    """Of what was cut off with the ending: the break before it, as a greeting or a name stands on a line of its own.
    `is_counted`: where paragraphs are, the ending begins none."""
    words = ending.rstrip(_MARKS)
    breaks = rest.partition(words)[0].count("\n") if words in rest and words else 0
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


def trimmed(text: str, rules: dict[str, Any], limit: int) -> str:
    """At most so long: sentences go from the end on, the longest first where each may have to be a paragraph, unless one
    alone says what must be said or is a point that was asked for. What would leave too little is cut within."""
    pieces, language = pieces_of(text), rules["language"]
    sizes = [length(piece, language) for piece in pieces]
    least = max(1, int(rules["at_least"] or 0) - (int(rules["at_most"]) - limit))
    over, spare = sum(sizes) - limit, sum(map(bool, sizes)) - int(rules["paragraphs"] or 0)
    order = sorted(range(len(pieces)), key=lambda at: (-sizes[at] if rules["paragraphs"] else 0, -at))
    for at in order:
        if over <= 0:
            break
        if _is_needed(at, pieces, rules):
            continue
        if spare < 1:
            pieces[at] = _shortened(pieces[at], max(sizes[at] - over, sizes[at] // 2), language)
        elif limit + over - sizes[at] < least:
            pieces[at] = _shortened(pieces[at], sizes[at] - over, language)
        else:
            pieces[at], spare = "\n\n" if "\n\n" in pieces[at] else "", spare - 1
        over -= sizes[at] - length(pieces[at], language)
    return tidy("".join(pieces))


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


def tidy(text: str) -> str:
    return patterns.sub(r"\n{3,}", "\n\n", _EMPTY_POINT.sub("", text)).strip()
