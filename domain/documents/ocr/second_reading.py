"""What a model that was shown a page read there, held against what was recognised.

`apps.knowledge.reader` calls it in a child. A line takes the model's letters where both readings are nearly the same and
differ in ordinary words alone. Figures, names and what is denied stay as they were recognised, and both readings are told;
so is what only one of them has.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from domain.documents.pages.runs import SOFT_HYPHEN
from llm_backend import patterns, wording
from llm_backend.changes import word_changes
from llm_backend.unicode_forms import nfc

# Of a hundred: below, a line is not the same in both readings.
LEAST_ALIKE = 80
# Shorter lines are cells, labels and names: nothing around them tells which reading is right.
SHORTEST_LINE = 6
# How far the model's line may end from where a line as long as ours would.
MOST_SHIFTED = 20
# How often a line that stands inside longer words is looked for further on.
MOST_LOOKS = 50
MOST_TOLD, MOST_DIFFERENCES, MOST_SHOWN = 20_000, 20, 200
_SPACE = patterns.compile(r"\s+")
_BETWEEN_CHINESE = patterns.compile(r"(?<=[㐀-鿿，。；：！？、]) (?=[㐀-鿿])")
_FIGURE = patterns.compile(
    r"\d+(?:[.,:/-]\d+)*|[〇零一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+"
)
_QUOTED = patterns.compile(r"《([^《》]*)》|“([^“”]*)”|「([^「」]*)」")
_ADDRESS = patterns.compile(r"@|://|www\.")
_WORD = patterns.compile(r"[^\W\d_㐀-鿿]+")
_HAN = patterns.compile(r"[㐀-鿿]")
# The commonest: what stands behind one may be a person.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙史陶贺毛段郝顾龚邵覃武钱戴严莫孔向常汤"
)


class Told(NamedTuple):
    """The model's whole text, in one line. `common`: words that it also writes small, so that a capital makes no name of
    them.
    """

    text: str
    common: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Told":
        line = _SPACE.sub(" ", text)
        return cls(line, frozenset(word for word in _WORD.findall(line) if word.islower()))


class Place(NamedTuple):
    """Where the model read a line. `cuts_word`: the line ends inside a word of the model's."""

    start: int
    end: int
    cuts_word: bool


def hold(page: Mapping[str, Any], told: str) -> dict[str, Any]:
    """`page` (`runs.page_to_json`) with the lines that the model read better; `corrected`: how many; `differences`: pairs of
    what was recognised and what the model read, the first of them, of which there are `differences_count`.
    """
    lines = [line for line in (_plain(line) for line in told[:MOST_TOLD].split("\n")) if line]
    whole = Told.of(" ".join(lines))
    runs, corrected, covered = [], 0, bytearray(len(whole.text))
    differences: list[tuple[str, str]] = []
    for run in page["runs"]:
        place = _place(_with_hyphen(run[0]), whole.text)
        text, difference = run[0], None
        if place:
            covered[place.start : place.end] = b"\1" * (place.end - place.start)
            text, difference = _held(run[0], whole, place)
        elif _letters(run[0]) > 1:
            difference = (_with_hyphen(run[0]), "")
        corrected += text != run[0]
        differences += [difference] if difference else []
        runs.append([text, *run[1:]])
    differences += [("", line) for line in _uncovered(lines, covered)]
    shown = [[ours[:MOST_SHOWN], theirs[:MOST_SHOWN]] for ours, theirs in differences[:MOST_DIFFERENCES]]
    return {
        "page": {**page, "runs": runs},
        "corrected": corrected,
        "differences": shown,
        "differences_count": len(differences),
    }


def _held(text: str, told: Told, place: Place) -> tuple[str, tuple[str, str] | None]:
    """The text that is kept of a line, and both readings where they differ in more than a letter."""
    ours, theirs = _with_hyphen(text), told.text[place.start : place.end]
    if _squeezed(ours) == _squeezed(theirs):
        # Spaces that were overlooked between words; marks of another width are no better.
        is_parted = ours.replace(" ", "") == theirs.replace(" ", "") and theirs.count(" ") > ours.count(" ")
        return (theirs if is_parted and SOFT_HYPHEN not in text and not place.cuts_word else text), None
    if place.cuts_word or SOFT_HYPHEN in text:
        # A word that was broken at the end of the line and that the model joined.
        return text, (ours, theirs) if _numbers(ours) != _numbers(theirs) else None
    if _letters(ours) < SHORTEST_LINE or not _says_the_same(ours, theirs, told.common):
        return text, (ours, theirs)
    return theirs, None


def _says_the_same(ours: str, theirs: str, common: frozenset[str]) -> bool:
    """Whether no figure, name or denial differs, and neither has a word more."""
    if _numbers(ours) != _numbers(theirs) or _QUOTED.findall(ours) != _QUOTED.findall(theirs):
        return False
    if _ADDRESS.search(ours) or wording.is_negated(ours.lower()) != wording.is_negated(theirs.lower()):
        return False
    for before, gone, come in _changed(ours, theirs):
        # A word that only one of them has is held by nothing.
        if bool(_letters(gone)) != bool(_letters(come)) or _may_be_name(before, gone, come, common):
            return False
    return True


def _changed(ours: str, theirs: str) -> Iterator[tuple[str, str, str]]:
    """What stands before a change, what was recognised, and what the model read there."""
    before = gone = come = ""
    for piece in word_changes(ours, theirs):
        if piece.kind == "removed":
            gone += piece.text
        elif piece.kind == "added":
            come += piece.text
        else:
            if gone or come:
                yield before, gone, come
            before, gone, come = before + gone + piece.text, "", ""
    if gone or come:
        yield before, gone, come


def _may_be_name(before: str, gone: str, come: str, common: frozenset[str]) -> bool:
    if _squeezed(gone) == _squeezed(come):
        return False
    if _HAN.search(gone + come) and _SURNAMES & set(before[-2:] + gone + come):
        return True
    ours, theirs = _WORD.findall(gone), _WORD.findall(come)
    if all(word.islower() for word in [*ours, *theirs]):
        return False
    pairs = zip(ours, theirs, strict=False)
    return len(ours) != len(theirs) or not all(
        mine[0].isupper() == other[0].isupper() and _is_everyday(other.lower(), common)
        for mine, other in pairs
    )


def _is_everyday(word: str, common: frozenset[str]) -> bool:
    return word in common or not wording.is_content_word(word)


def _place(ours: str, told: str) -> Place | None:
    """The part of the model's text that is most like the line; None where none is like it."""
    if exact := _whole_words(ours, told):
        return exact
    # What is longer would be looked for in what is shorter.
    found = fuzz.partial_ratio_alignment(ours, told + " " * len(ours), score_cutoff=LEAST_ALIKE)
    if not ours or found is None:
        return None
    start, end = found.dest_start, min(found.dest_end, len(told))
    # As long as ours so far; what the model read may be longer or shorter.
    shift = min(max(3, len(ours) // 4), MOST_SHIFTED)
    starts = [at for at in range(max(0, start - shift), min(start + shift, end)) if not told[at].isspace()]
    start = max(starts, key=lambda at: fuzz.ratio(ours, told[at:end]), default=start)
    ends = [
        at
        for at in range(max(start + 1, end - shift), min(end + shift, len(told)) + 1)
        if not told[at - 1].isspace()
    ]
    end = max(ends, key=lambda at: fuzz.ratio(ours, told[start:at]), default=end)
    first, last = start, end
    while first > 0 and _is_inside_word(told, first):
        first -= 1
    while last < len(told) and _is_inside_word(told, last):
        last += 1
    return Place(first, last, (first, last) != (start, end))


def _whole_words(ours: str, told: str) -> Place | None:
    """Where the line stands to the letter, and not inside a longer word or number."""
    start = told.find(ours) if ours else -1
    for _time in range(MOST_LOOKS):
        if start < 0:
            return None
        end = start + len(ours)
        if not (start and _is_inside_word(told, start)) and not _is_inside_word(told, end):
            return Place(start, end, cuts_word=False)
        start = told.find(ours, start + 1)
    return None


def _is_inside_word(text: str, at: int) -> bool:
    """Between two Latin letters or digits; Chinese has no words that show."""
    pair = text[at - 1 : at + 1]
    return len(pair) == 2 and pair.isalnum() and not _HAN.search(pair)


def _uncovered(lines: Sequence[str], covered: bytearray) -> Iterator[str]:
    """Lines that only the model read."""
    at = 0
    for line in lines:
        if _letters(line) > 1 and 2 * sum(covered[at : at + len(line)]) < len(line):
            yield line
        at += len(line) + 1


def _plain(line: str) -> str:
    return _BETWEEN_CHINESE.sub("", _SPACE.sub(" ", nfc(line))).strip()


def _with_hyphen(text: str) -> str:
    return text.replace(SOFT_HYPHEN, "-")


def _squeezed(text: str) -> str:
    return _SPACE.sub("", wording.normalise(text))


def _numbers(text: str) -> list[str]:
    return [found.replace(",", "") for found in _FIGURE.findall(wording.normalise(text))]


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)
