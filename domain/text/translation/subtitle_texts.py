"""Subtitles (.srt, .vtt): numbers and timings stay, the lines between them are translated as one text."""

import textwrap
from collections.abc import Callable, Iterator
from functools import partial

from domain.text.translation.places import Place
from domain.text.translation.segments import has_words
from llm_backend import patterns

# Behind where the line stands ({\an8}) and how it looks (<i>).
_SPEAKER = patterns.compile(r"\A\s*+(?:<[^<>\n]{1,40}>|\{[^{}\n]{1,40}\}){0,3}+\s*+[-–—－]")
_LINE = patterns.compile(r"[^\r\n]*+(?:\r\n|\n|\r|\Z)")


def text_places(text: str) -> Iterator[Place]:
    """A cue is what stands between a line with an arrow and the next empty one."""
    start = end = -1
    newline, rows = "\n", 0
    for line in _LINE.finditer(text):
        words = line[0].strip()
        if start >= 0 and not words:
            yield from _cue(text, start, end, partial(_wrap, rows, newline))
            start = -1
        elif "-->" in words:
            start, end, rows = line.end(), line.end(), 0
            newline = line[0][len(line[0].rstrip("\r\n")) :] or newline
        elif start >= 0:
            end, rows = line.start() + len(line[0].rstrip("\r\n")), rows + 1


def _cue(text: str, start: int, end: int, wrap: Callable[[str], str]) -> Iterator[Place]:
    """One text, or one for each line where each begins with the dash of another speaker."""
    lines = [line for line in _LINE.finditer(text, start, end) if line[0].strip()]
    are_speakers = len(lines) > 1 and all(_SPEAKER.match(line[0]) for line in lines)
    spans = [line.span() for line in lines] if are_speakers else [(start, end)]
    for first, last in spans:
        source = " ".join(text[first:last].split())
        if has_words(source):
            last = first + len(text[first:last].rstrip())
            yield Place(first, last, source, escape=partial(_wrap, 1, "") if are_speakers else wrap)


def _wrap(rows: int, newline: str, translation: str) -> str:
    """In as many lines as before, about equally long."""
    words = " ".join(translation.split())
    width = -(-len(words) // max(rows, 1))
    # Words are whole: a line may have to be a little longer than its share.
    for more in range(width, len(words) + 1):
        lines = textwrap.wrap(words, more, break_long_words=" " not in words, break_on_hyphens=False)
        if len(lines) <= rows:
            return newline.join(lines)
    return words
