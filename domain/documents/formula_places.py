"""Formulas that are taken out of a text while it becomes Markdown, and put back as LaTeX: `$x^{2}$`, or alone as a block."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString
from lxml import etree

from domain.documents import formulas, grids
from domain.documents.blocks import Block, BlockKind
from llm_backend import patterns

_PLACE = patterns.compile(r"FORMULA[0-9a-f]{16}N[0-9]{1,9}E")
# A dollar alone is money in the text of a page.
_TEX = patterns.compile(
    r"\\\(((?:[^\\\n]|\\[^()\n]){1,2000})\\\)|\\\[((?:[^\\]|\\[^\[\]]){1,4000})\\\]|\$\$([^$\n]{1,2000})\$\$"
)
# What MathJax drew, beside the script that says what.
_DRAWN = ".MathJax, .MathJax_Display, .MathJax_SVG, .MathJax_SVG_Display, .MathJax_CHTML, .MJXc-display"
_VERBATIM = ("code", "pre", "textarea", "script", "style")
_OFFICE_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass
class FormulaPlaces:
    """A word, which nobody who wrote the text knows, stands for each formula."""

    mark: str = field(default_factory=lambda: f"FORMULA{secrets.token_hex(8)}N")
    latex: dict[str, str] = field(default_factory=dict)

    def word_for(self, latex: str) -> str:
        """Empty for an empty formula."""
        if not latex.strip():
            return ""
        word = f"{self.mark}{len(self.latex)}E"
        self.latex[word] = latex.strip()
        return word

    def put_back(self, blocks: Iterable[Block]) -> Iterator[Block]:
        for block in blocks:
            if alone := self.latex.get(block.text):
                yield replace(block, kind=BlockKind.FORMULA, text=f"$$ {alone} $$")
            elif self.latex:
                cells = tuple(replace(cell, text=self.inside(cell.text)) for cell in block.cells)
                text = grids.markdown(cells) if cells else self.inside(block.text)
                yield replace(block, text=text, cells=cells)
            else:
                yield block

    def inside(self, text: str) -> str:
        return _PLACE.sub(lambda word: f"${self.latex[word[0]]}$" if word[0] in self.latex else "", text)


def take_from_page(soup: BeautifulSoup, places: FormulaPlaces) -> None:
    """MathML, TeX of MathJax's scripts, and TeX between its marks."""
    scripts = soup("script", type=lambda kind: (kind or "").lower().startswith("math/tex"))
    for drawn in soup.select(f".katex-html, .MathJax_Preview, mjx-math{f', {_DRAWN}' if scripts else ''}"):
        drawn.decompose()
    for script in scripts:
        tex = formulas.without_style(script.get_text())
        _put(script, places.word_for(tex), is_block="mode=display" in str(script.get("type")))
    for math in soup(_is_math):
        if not math.find_parent(_is_math):
            parsed = etree.fromstring(str(math), etree.XMLParser(recover=True, resolve_entities=False))
            written = formulas.latex(parsed) if parsed is not None else ""
            _put(math, places.word_for(written), is_block=math.get("display") == "block")
    for text in list(soup.strings):
        # Not what is a comment, or shown as it is written.
        if type(text) is NavigableString and _TEX.search(text) and not text.find_parent(_VERBATIM):
            text.replace_with(_TEX.sub(lambda found: f" {places.word_for(_first(found))} ", str(text)))


def take_from_word(part: etree._Element, places: FormulaPlaces) -> None:
    """Puts words in the place of the formulas of a part of a document."""
    for math in list(part.iter(f"{_OFFICE_MATH}oMathPara", f"{_OFFICE_MATH}oMath")):
        parent = math.getparent()
        if parent is None or parent.tag == f"{_OFFICE_MATH}oMathPara":
            continue
        run = etree.Element(f"{_WORD}r")
        etree.SubElement(run, f"{_WORD}t").text = places.word_for(formulas.latex(math))
        run.tail = math.tail
        parent.replace(math, run)


def _put(element: Tag, word: str, *, is_block: bool) -> None:
    place = BeautifulSoup("", "lxml").new_tag("div" if is_block else "span")
    place.string = word
    element.replace_with(place)


def _is_math(tag: Tag) -> bool:
    return tag.name.rpartition(":")[2] == "math"


def _first(found: patterns.Match[str]) -> str:
    return next(filter(None, found.groups()), "")
