"""A text brought to hold to its rules: by code where that is safe, and by asking a model for no more than what lacks."""

from typing import Any

from domain.app_functions.text_rules import (
    BROKEN,
    POINT,
    RULES,
    broken_rules,
    has_title,
    length,
    points,
    says,
)
from domain.app_functions.text_surgery import (
    before_ending,
    fitted_paragraphs,
    fitted_points,
    line_break,
    opening,
    pieces_of,
    plain,
    trimmed,
    with_sentence,
    without,
    without_label,
)
from domain.workflows.functions import Function
from domain.workflows.types import Choice, List, Number, Record, Text
from llm_backend.sentences import repeats_itself

MAX_PARTS = 8
LEAST_MORE = 20


def find_missing_parts(text: str, rules: dict[str, Any]) -> dict[str, Any]:
    """The text as far as code mends it without adding a word, what was broken before, and what to ask a model for."""
    mended = _mended(text, rules, {}, is_last=False)
    missing = _missing_parts(mended, broken_rules(mended, rules), rules)
    return {"text": mended, "broken": broken_rules(plain(text), rules), "missing": missing}


def mend_text(text: str, rules: dict[str, Any], kinds: list[str], answers: list[str]) -> dict[str, Any]:
    """With a model's answers to what was asked for under `kinds`. Words that must be said and still lack, code adds as they
    are."""
    told: dict[str, list[str]] = {}
    for kind, answer in zip(kinds, answers, strict=True):
        told.setdefault(kind, []).append(answer)
    mended = _mended(text, rules, told, is_last=True)
    return {"text": mended, "broken": broken_rules(mended, rules)}


def _mended(text: str, rules: dict[str, Any], told: dict[str, list[str]], *, is_last: bool) -> str:
    title, body = _title_and_body(plain(told.get("whole", [text])[0]), rules)
    title = title or next((opening(plain(each)) for each in told.get("title", [])), "")
    ending = rules["ending"].strip()
    before = before_ending(body, ending)
    gap, body = line_break(body[len(before) :], ending, is_counted=bool(rules["paragraphs"])), before
    body = without(body, lambda piece: _is_forbidden(piece, rules))
    body = _with_answers(body, rules, told)
    if rules["points"]:
        body = fitted_points(body, rules, told.get("points", []), is_last=is_last)
    if is_last:
        body = _with_missing_words(body, rules)
        title = title or (opening(body) if rules["title"] else "")
    if rules["paragraphs"]:
        body = fitted_paragraphs(body, rules)
    if rules["at_most"]:
        around = length(f"{title} {rules['ending']}", rules["language"])
        body = trimmed(body, rules, int(rules["at_most"]) - around)
    return _put_together(title, body, gap, rules)


def _title_and_body(text: str, rules: dict[str, Any]) -> tuple[str, str]:
    if not (rules["title"] and has_title(text)):
        return "", text
    title, _end, body = text.partition("\n")
    return ("" if _is_forbidden(title, rules) else without_label(title)), body.strip()


def _with_answers(body: str, rules: dict[str, Any], told: dict[str, list[str]]) -> str:
    """With the sentences that are new and say nothing that must not be said. The ending is put in later, once."""
    ending = rules["ending"].strip()
    for answer in (*told.get("sentence", []), *told.get("more", [])):
        for piece in pieces_of(plain(answer)):
            is_point = rules["points"] and POINT.match(piece)
            is_known = piece.strip() in body or piece.strip() == ending
            if not (is_point or is_known or _is_forbidden(piece, rules)):
                body = with_sentence(body, piece.strip(), rules["language"])
    return body


def _with_missing_words(body: str, rules: dict[str, Any]) -> str:
    """What is no sentence of its own stands in a line of keywords."""
    missing = [word for word in rules["must_say"] if not says(body, word)]
    whole = [word for word in missing if word.rstrip()[-1:] in "。.!！?？"]
    rest = [word for word in missing if word not in whole]
    if rest:
        is_chinese = rules["language"] == "Chinese"
        whole.append(f"关键词：{'、'.join(rest)}。" if is_chinese else f"Keywords: {', '.join(rest)}.")
    for sentence in whole:
        body = with_sentence(body, sentence, rules["language"])
    return body


def _put_together(title: str, body: str, gap: str, rules: dict[str, Any]) -> str:
    """`gap`: the line break that stood before the ending, if any."""
    if ending := rules["ending"].strip():
        is_apart = body and gap
        body = f"{body}{gap}{ending}" if is_apart else with_sentence(body, ending, rules["language"])
    return f"{title}\n\n{body}" if title else body


def _missing_parts(text: str, broken: list[dict[str, str]], rules: dict[str, Any]) -> list[dict[str, Any]]:
    """Nothing else where the whole text is of no use."""
    missing = [_part("sentence", word=each["word"]) for each in broken if each["rule"] == "must_say"]
    names = {each["rule"] for each in broken}
    if "language" in names or repeats_itself(text):
        return [_part("whole")]
    lacking = (rules["at_least"] or 0) - length(text, rules["language"])
    more = max(LEAST_MORE, lacking)
    points_lacking = (rules["points"] or 0) - len(points(text))
    return [
        *missing[: MAX_PARTS - 4],
        *([_part("points", count=points_lacking)] if points_lacking > 0 else []),
        *([_part("title")] if "title" in names else []),
        # Twice: part of what a small model adds is too short or a repetition.
        *([_part("more", count=more)] * 2 if names & {"at_least", "paragraphs"} else []),
    ]


def _part(kind: str, *, word: str = "", count: float = 0) -> dict[str, Any]:
    return {"kind": kind, "word": word, "count": count}


def _is_forbidden(text: str, rules: dict[str, Any]) -> bool:
    return any(says(text, word) for word in rules["must_not_say"])


KIND = Choice(options=["whole", "sentence", "points", "title", "more"])
PART = Record(fields={"kind": KIND, "word": Text(), "count": Number()})
MENDED = {"text": Text(max_characters=100_000), "broken": BROKEN}
FUNCTIONS = (
    Function(
        "find_missing_parts",
        {"text": Text(), "rules": RULES},
        Record(fields={**MENDED, "missing": List(of=PART, max_items=MAX_PARTS)}),
        find_missing_parts,
    ),
    Function(
        "mend_text",
        {"text": Text(), "rules": RULES, "kinds": List(of=KIND), "answers": List(of=Text())},
        Record(fields=MENDED),
        mend_text,
    ),
)
