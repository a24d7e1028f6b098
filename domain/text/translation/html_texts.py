"""HTML: tags, attributes, scripts and styles stay as they are written; the texts between them are translated."""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

from domain.text.translation.places import Place, Unreadable, without_marks
from domain.text.translation.segments import has_words
from llm_backend import patterns

_INLINE = """a abbr acronym b bdi bdo big br cite code data del dfn em font i img ins kbd label mark q s samp small span
strike strong sub sup time tt u var wbr"""
_VOID = "area base br col embed hr img input link meta source track wbr"
_UNTRANSLATED = "script style pre textarea svg math template noscript iframe object"
INLINE, VOID, UNTRANSLATED = (frozenset(names.split()) for names in (_INLINE, _VOID, _UNTRANSLATED))
# One mark for the whole element, whatever stands in it.
AS_ONE = frozenset({"code", "kbd", "samp", "var"})
_SPACE = patterns.compile(r"[ \t\r\n\f]++")


@dataclass(frozen=True)
class _Part:
    """A tag, text or anything else of the file, with its place in it."""

    kind: str
    name: str
    start: int
    end: int


class _Parts(HTMLParser):
    """Keeps where each part begins, not what it says: the file itself says that."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.starts = [0, *(place + 1 for place, letter in enumerate(text) if letter == "\n")]
        self.found: list[tuple[str, str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_kept = ("translate", "no") in attrs and tag in INLINE
        self._add("void" if tag in VOID else "kept" if is_kept else "open", tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self._add("void", tag)

    def handle_endtag(self, tag: str) -> None:
        self._add("close", tag)

    def _text(self, _content: str) -> None:
        self._add("text")

    def _other(self, _content: str) -> None:
        self._add("void", "!")

    handle_data = handle_entityref = handle_charref = _text  # type: ignore[assignment]
    handle_comment = handle_decl = handle_pi = unknown_decl = _other  # type: ignore[assignment]

    def _add(self, kind: str, name: str = "") -> None:
        line, column = self.getpos()
        self.found.append((kind, name, self.starts[line - 1] + column))


def text_places(text: str) -> Iterator[Place]:
    """A segment is a run of text and inline tags between two tags of blocks. Raises Unreadable."""
    run: list[_Part] = []
    for part in _without_untranslated(_parts(text)):
        if part.kind == "text" or part.name in INLINE or part.name == "!":
            run.append(part)
        else:
            yield from _segment(text, run)
            run = []
    yield from _segment(text, run)


def _parts(text: str) -> list[_Part]:
    parser = _Parts(text)
    try:
        parser.feed(text)
        parser.close()
    except AssertionError as error:  # its word for a declaration that is none
        raise Unreadable("broken_file") from error
    ends = [start for _, _, start in parser.found[1:]] + [len(text)]
    return [
        _Part(kind, name, start, end) for (kind, name, start), end in zip(parser.found, ends, strict=True)
    ]


def _without_untranslated(parts: Sequence[_Part]) -> Iterator[_Part]:
    """An element that is left alone is one part, of a block or inside of a line."""
    outer, depth = None, 0
    for part in parts:
        is_left = part.kind == "kept" or (part.kind == "open" and part.name in UNTRANSLATED | AS_ONE)
        if outer is None and is_left:
            outer, depth = part, 1
        elif outer is not None:
            depth += (part.kind in ("open", "kept")) * (part.name == outer.name)
            depth -= (part.kind == "close") * (part.name == outer.name)
            if not depth:
                yield _Part("void", outer.name, outer.start, part.end)
                outer = None
        else:
            yield part


def _segment(text: str, run: Sequence[_Part]) -> Iterator[Place]:
    partner = _partners(run)
    first, last = _trim(text, run, partner)
    inner = range(first, last + 1)
    source, marks = "", {}
    for place in inner:
        part = run[place]
        raw = text[part.start : part.end]
        if part.kind == "text":
            source += without_marks(_SPACE.sub(" ", html.unescape(raw)))
            continue
        other = partner.get(place, -1)
        number = min(place, other) if other in inner else place
        mark = {"open": f"<{number}>", "close": f"</{number}>"}.get(part.kind) if other in inner else None
        mark = mark or f"<{place}/>"
        marks[mark] = raw
        source += mark
    if not has_words(source):
        return
    start, end = run[first].start, run[last].end
    raw = text[start:end]
    start, end = start + len(raw) - len(raw.lstrip()), end - len(raw) + len(raw.rstrip())
    source, marks = _renumber(source.strip(), marks)
    yield Place(
        start, end, source, marks, lambda words: html.escape(words, quote=False).replace("\u00a0", "&nbsp;")
    )


def _partners(run: Sequence[_Part]) -> dict[int, int]:
    """For each tag in the run the one that closes or opens it; nothing for one whose other half is elsewhere."""
    open_tags: list[int] = []
    partners: dict[int, int] = {}
    for place, part in enumerate(run):
        if part.kind == "open":
            open_tags.append(place)
        elif part.kind == "close" and open_tags and run[open_tags[-1]].name == part.name:
            partners[place] = open_tags.pop()
            partners[partners[place]] = place
    return partners


def _trim(text: str, run: Sequence[_Part], partner: dict[int, int]) -> tuple[int, int]:
    """Without the tags around it: a link that is a whole paragraph needs no marks."""

    def is_blank(place: int) -> bool:
        part = run[place]
        return part.kind == "void" or (part.kind == "text" and not text[part.start : part.end].strip())

    first, last = 0, len(run) - 1
    while first < last:
        if is_blank(first) or (run[first].kind != "text" and first not in partner):
            first += 1
        elif is_blank(last) or (run[last].kind != "text" and last not in partner):
            last -= 1
        elif partner.get(first) == last:
            first, last = first + 1, last - 1
        else:
            break
    return first, last


def _renumber(source: str, marks: dict[str, str]) -> tuple[str, dict[str, str]]:
    """From 1 on, in the order of the text."""
    numbers: dict[str, str] = {}
    new = {}
    for mark in marks:
        number = mark.strip("</>")
        to = mark.replace(number, numbers.setdefault(number, str(len(numbers) + 1)))
        new[mark] = to
    renamed = patterns.sub(r"</?\d{1,4}/?>", lambda match: new.get(match[0], match[0]), source)
    return renamed, {new[mark]: raw for mark, raw in marks.items()}
