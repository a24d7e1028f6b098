"""A text brought to hold to its rules: by code where that is safe, and by asking a model for no more than what lacks."""

from typing import Any

from domain.app_functions.fitted_parts import fitted_paragraphs, fitted_points
from domain.app_functions.text_answers import KIND, MAX_PARTS, PART, lacking_parts, own_sentences
from domain.app_functions.text_parts import closing_place, has_title, text_blocks
from domain.app_functions.text_rules import BROKEN, RULES, broken_rules, length, says
from domain.app_functions.text_surgery import (
    before_ending,
    line_break,
    opening,
    plain,
    trimmed,
    with_added,
    with_sentence,
    without,
    without_label,
)
from domain.workflows.functions import Function
from domain.workflows.types import Flag, List, Record, Text, Type


def find_missing_parts(text: str, rules: dict[str, Any]) -> dict[str, Any]:
    """The text as far as code mends it without adding a word, what was broken before, and what to ask a model for."""
    return mend_text(text, rules, [], [], is_last=False) | {"broken": broken_rules(plain(text), rules)}


def mend_text(
    text: str, rules: dict[str, Any], kinds: list[str], answers: list[str], is_last: bool
) -> dict[str, Any]:
    """With a model's answers to what was asked for under `kinds`. `broken`: what does not hold then; `missing`: what of that
    to ask a model for, beside what is `shown` of the text. At last code adds words that must be said and still lack as they
    are, and nothing is asked for."""
    told: dict[str, list[str]] = {}
    for kind, answer in zip(kinds, answers, strict=True):
        told.setdefault(kind, []).append(answer)
    mended = _mended(text, rules, told, is_last=is_last)
    broken = broken_rules(mended, rules)
    missing = [] if is_last else lacking_parts(mended, broken, rules)
    return {
        "text": mended,
        "shown": {"text": _without_end(mended, rules)},
        "broken": broken,
        "missing": missing,
    }


def _without_end(text: str, rules: dict[str, Any]) -> str:
    """What a model can go on with: behind an ending, a greeting and names it writes the same text again."""
    body = before_ending(text, rules["ending"].strip())
    return body[: closing_place(body)].strip()


def _mended(text: str, rules: dict[str, Any], told: dict[str, list[str]], *, is_last: bool) -> str:
    title, body = _title_and_body(plain(next(filter(plain, told.get("whole", [])), text)), rules)
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
    if rules["at_most"]:
        around = length(f"{title} {rules['ending']}", rules["language"])
        body = trimmed(body, rules, int(rules["at_most"]) - around)
    if rules["paragraphs"]:
        body = fitted_paragraphs(body, rules)
        if len(text_blocks(body)) < rules["paragraphs"]:
            gap = "\n\n"
    return _put_together(title, body, gap, rules)


def _title_and_body(text: str, rules: dict[str, Any]) -> tuple[str, str]:
    if not (rules["title"] and has_title(text)):
        return "", text
    title, _end, body = text.partition("\n")
    return ("" if _is_forbidden(title, rules) else without_label(title)), body.strip()


def _with_answers(body: str, rules: dict[str, Any], told: dict[str, list[str]]) -> str:
    """With the sentences that are new and say nothing that must not be said. The ending is put in later, once."""
    ending = rules["ending"].strip()
    for kind in ("sentence", "more"):
        for answer in told.get(kind, []):
            words = [word for word in rules["must_say"] if not says(body, word)]
            if kind == "sentence" and not words:
                continue
            for piece in own_sentences(answer, rules, words=words if kind == "sentence" else []):
                is_known = piece in body or piece == ending
                if not is_known and not _is_forbidden(piece, rules):
                    body = with_added(body, piece, rules["language"])
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
        body = with_added(body, sentence, rules["language"])
    return body


def _put_together(title: str, body: str, gap: str, rules: dict[str, Any]) -> str:
    """`gap`: the line break before the ending, if any."""
    if ending := rules["ending"].strip():
        is_apart = body and gap
        body = f"{body}{gap}{ending}" if is_apart else with_sentence(body, ending, rules["language"])
    return f"{title}\n\n{body}" if title else body


def _is_forbidden(text: str, rules: dict[str, Any]) -> bool:
    return any(says(text, word) for word in rules["must_not_say"])


ANSWERS: dict[str, Type] = {"kinds": List(of=KIND), "answers": List(of=Text()), "is_last": Flag()}
MENDED = Record(
    fields={
        "text": Text(max_characters=100_000),
        # Its name is the tag around it in a prompt.
        "shown": Record(fields={"text": Text(max_characters=100_000)}),
        "broken": BROKEN,
        "missing": List(of=PART, max_items=MAX_PARTS),
    }
)
FUNCTIONS = (
    Function("find_missing_parts", {"text": Text(), "rules": RULES}, MENDED, find_missing_parts),
    Function("mend_text", {"text": Text(), "rules": RULES, **ANSWERS}, MENDED, mend_text),
)
