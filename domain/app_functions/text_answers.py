"""What a model is asked for that a text lacks, and what of its answers is text."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import dropwhile
from typing import Any

from domain.app_functions.text_parts import POINT, STOPS, closing_place, paragraphs, pieces_of, points
from domain.app_functions.text_rules import length, says
from domain.app_functions.text_surgery import before_ending, plain
from domain.workflows.types import Choice, Number, Record, Text
from llm_backend import patterns
from llm_backend.sentences import is_chinese, repeats_itself

MAX_PARTS = 8
LEAST_MORE = {"Chinese": 60, "English": 30}
# Part of what a small model adds is too short or a repetition.
MARGIN = 1.5
# What a model says to whoever asked, at the beginning of its answer, and of the text or its task, anywhere.
_REMARK = patterns.compile(
    r"(?:好的|好|当然|没问题|明白了?|收到)[，,。.！!：:]|当然可以|(?:以下|下面)是|我(?:明白|知道|理解)了"
    r"|(?:sure|certainly|of course|okay|ok|absolutely)\b[,.!:]|here(?:'s|’s| is| are)\b",
    patterns.IGNORECASE,
)
_OF_TEXT = patterns.compile(
    r".{0,12}请继续|(?:这|以上|上述|上面|该)(?:段|句|篇|个)?(?:文字|文本|句子|话|内容|文章)|(?:请|帮我){0,3}写一|write\s(?:a|an|one|the)\b"
    r"|(?:the|this|your)\s(?:text|sentence|brief|draft)\b",
    patterns.IGNORECASE,
)


def lacking_parts(text: str, broken: list[dict[str, str]], rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Nothing else where the whole text is of no use."""
    names = {each["rule"] for each in broken}
    is_nothing = not before_ending(text, rules["ending"].strip())
    if "language" in names or is_nothing or repeats_itself(text):
        return [_part("whole", rules)]
    missing = [_part("sentence", rules, word=each["word"]) for each in broken if each["rule"] == "must_say"]
    points_lacking = int(rules["points"] or 0) - len(points(text))
    return [
        *missing[: MAX_PARTS - 3],
        *([_part("points", rules, count=points_lacking)] if points_lacking > 0 else []),
        *([_part("title", rules)] if "title" in names else []),
        *_more(text, names, rules),
    ]


def own_sentences(answer: str, rules: dict[str, Any], *, words: list[str]) -> Iterator[str]:
    """Of an answer what is text in its language, and no word to whoever asked. `words`: of which each has to say one, where
    there are some."""
    answer = plain(answer)
    pieces = [piece.strip() for piece in pieces_of(answer[: closing_place(answer)])]
    for piece in dropwhile(_REMARK.match, pieces):
        is_own = piece.endswith(STOPS) and is_chinese(piece) == (rules["language"] == "Chinese")
        is_point = rules["points"] and POINT.match(piece)
        says_it = any(says(piece, word) for word in words) if words else is_own
        if says_it and not (is_point or _OF_TEXT.match(piece)):
            yield piece


def _more(text: str, names: set[str], rules: dict[str, Any]) -> list[dict[str, Any]]:
    """As many words as lack of the length, or a sentence for each paragraph that has none, and some more."""
    lacking = int(rules["at_least"] or 0) - length(text, rules["language"])
    if "at_least" in names:
        return [_part("more", rules, count=max(LEAST_MORE[rules["language"]], int(lacking * MARGIN)))]
    if "paragraphs" not in names:
        return []
    lacking = int(rules["paragraphs"]) - len(paragraphs(text, with_title=rules["title"]))
    return [_part("more", rules, request="sentences", count=lacking + 1)]


def _part(
    kind: str, rules: dict[str, Any], *, word: str = "", count: float = 0, request: str = ""
) -> dict[str, Any]:
    return {
        "kind": kind,
        "word": word,
        "count": count,
        "instruction": requests()[rules["language"]][request or kind],
    }


@cache
def requests() -> dict[str, dict[str, str]]:
    """By the language of the text, how each part is asked for."""
    path = files("domain.app_functions") / "part_requests.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


KIND = Choice(options=["whole", "sentence", "points", "title", "more"])
# A choice stands bare in a prompt, as it is the platform's own words.
INSTRUCTION = Choice(options=[line for lines in requests().values() for line in lines.values()])
PART = Record(fields={"kind": KIND, "word": Text(), "count": Number(), "instruction": INSTRUCTION})
