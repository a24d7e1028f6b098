"""As many points and paragraphs as were asked for, of what a text says."""

from typing import Any

from domain.app_functions.text_parts import POINT, STOPS, has_title, joined, pieces_of, points, text_blocks
from domain.app_functions.text_rules import says
from domain.app_functions.text_surgery import tidy


def fitted_points(text: str, rules: dict[str, Any], more: list[str], *, is_last: bool) -> str:
    """With as many points as asked for: the last ones go, those of `more` come in. At last sentences are made points."""
    count, lines, own = int(rules["points"]), [], points(text)[: int(rules["points"])]
    left = count
    for line in text.split("\n"):
        left -= bool(POINT.match(line))
        if left >= 0 or not POINT.match(line):
            lines.append(line)
    text, lacking = tidy("\n".join(lines)), count - len(own)
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
    nobody asked for stays, as the first line of the first one."""
    count, language, place = int(rules["paragraphs"]), rules["language"], 0
    parts = text_blocks(text)
    if has_title(text) and len(parts) > 1:
        parts[:2] = [f"{parts[0]}\n{parts[1]}"]
    if len(parts) > count:
        size, groups = sum(map(len, parts)), [list[str]() for _ in range(count)]
        for part in parts:
            groups[place * count // size].append(part)
            place += len(part)
        parts = [joined(group, language) for group in groups if group]
    while len(parts) < count:
        at = max(range(len(parts)), key=lambda place: len(_sentences(parts[place])), default=0)
        pieces = _sentences(parts[at]) if parts else []
        if len(pieces) < 2:
            break
        half = parts[at].index(pieces[len(pieces) // 2])
        parts[at : at + 1] = [parts[at][:half].strip(), parts[at][half:].strip()]
    return "\n\n".join(parts)


def _sentences(text: str) -> list[str]:
    """That may begin a paragraph: no names and greetings behind the first one."""
    return [piece for at, piece in enumerate(pieces_of(text)) if at == 0 or piece.strip().endswith(STOPS)]
