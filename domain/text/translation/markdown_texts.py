"""Markdown: front matter, code, HTML blocks and addresses stay; headings, paragraphs, lists and cells are translated."""

from collections.abc import Iterator

from markdown_it import MarkdownIt

from domain.text.translation.places import Place, without_marks
from domain.text.translation.segments import has_words
from llm_backend import patterns

_FRONT_MATTER = patterns.compile(
    r"\A---[ \t]*\r?\n(?:(?!---[ \t]*(?:\r?\n|\Z))[^\n]*+\n)*+---[ \t]*(?:\r?\n|\Z)"
)
# Begins an entry of its own, though the parser takes it for the next line of a paragraph: a footnote, a definition, a task,
# a link.
_ENTRY = patterns.compile(
    r"\[\^[^\]\[\s]{1,60}+\]:[ \t]*+|[:~][ \t]++|\[[ xX]\][ \t]++"
    r"|(?P<link>\[[^\]\[\n]{1,200}+\]:[ \t]*+<?(?:[a-z]{3,6}:|[./#]|[\w/-]{1,60}\.\w))"
)
# A footnote without a space in it, as in Chinese, would be the address of a link to it.
_PARSER = MarkdownIt("commonmark").enable("table").disable("reference")
_LINE_END = patterns.compile(r"\r\n|\n|\r")
BACKSLASH = "\\"
_HARD_BREAK = ("  ", BACKSLASH)


def text_places(text: str) -> Iterator[Place]:
    """What the parser calls inline content, found again in the text: the parser says on which lines it stands."""
    head = _FRONT_MATTER.match(text)
    at = head.end() if head else 0
    starts = [at, *(at + match.end() for match in _LINE_END.finditer(text[at:]))]
    is_cell = False
    for token in _PARSER.parse(text[at:]):
        is_cell = token.type in ("td_open", "th_open") or (is_cell and token.type == "inline")
        if token.map and not is_cell:
            at = max(at, starts[token.map[0]])
        if token.type in ("fence", "code_block", "html_block") and token.map:
            at = max(at, starts[min(token.map[1], len(starts) - 1)])
        for content in _entries(token.content) if token.type == "inline" else ():
            place = _place(text, at, content, is_cell=is_cell) if has_words(content) else None
            if place:
                yield place
                at = place.end


def _entries(content: str) -> Iterator[str]:
    """A paragraph's lines, those of each footnote and definition by themselves; without the marks that begin them."""
    entry: list[str] = []
    for line in content.split("\n"):
        begin = _ENTRY.match(line.lstrip())
        if begin:
            yield "\n".join(entry)
            entry = [] if begin["link"] else [line.lstrip()[begin.end() :]]
        else:
            entry.append(line)
    yield "\n".join(entry)


def _place(text: str, at: int, content: str, *, is_cell: bool) -> Place | None:
    """None where the parser has changed the letters, as in a cell with an escaped bar: that stays as it is."""
    marks: dict[str, str] = {}
    source, start, end = "", -1, at
    for line in content.split("\n"):
        line = without_marks(line.lstrip())
        position = text.find(line.rstrip(), end)
        if position < 0:
            return None
        gap = text[end:position]
        if start < 0:
            start = position
        elif source.endswith(_HARD_BREAK):
            mark = f"<{len(marks) + 1}/>"
            words = source.removesuffix(BACKSLASH).rstrip()
            marks[mark] = f"{source[len(words) :] if source.endswith(BACKSLASH) else ''}{gap}"
            source = words + mark
        else:
            source = source.rstrip() + " "
        source += line
        end = position + len(line.rstrip())
    # A bar would end the cell.
    escape = (lambda words: _in_line(words).replace("|", "\\|")) if is_cell else _in_line
    return Place(start, end, source.rstrip(), marks, escape)


def _in_line(translation: str) -> str:
    return " ".join(translation.splitlines())
