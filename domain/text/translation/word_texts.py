"""Word files (.docx): paragraphs of the text, of tables, headers, footers and notes, translated in their formatting.

The parts that hold no text are copied as they are packed. In a paragraph the runs of equal formatting are one text; the
commonest formatting needs no marks, each other stretch has a pair of them, and what is no text has a single one. Links,
controls and fields stay around the words that they were around.
"""

import copy
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from lxml import etree

from domain.text.translation.places import Unreadable, fits, pieces, texts, without_marks
from domain.text.translation.segments import has_words
from llm_backend import patterns

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_PARTS = patterns.compile(r"word/(?:document|header\d{0,4}|footer\d{0,4}|footnotes|endnotes)\.xml")
# What Word notes about its own work: it is made anew, and would part words that belong together.
_NOTES_OF_WORD = frozenset(f"{_W}{name}" for name in ("proofErr", "lastRenderedPageBreak"))
# Taken for accepted: without what was inserted the sentence would say something else.
_INSERTED = frozenset(f"{_W}{name}" for name in ("ins", "moveTo", "smartTag", "customXml", "dir", "bdo"))
_AROUND = frozenset(f"{_W}{name}" for name in ("hyperlink", "fldSimple", "sdt", "sdtContent"))
_PROPERTIES = frozenset(f"{_W}{name}" for name in ("sdtPr", "sdtEndPr", "fldData"))
_FORMULAS = frozenset(
    f"{{http://schemas.openxmlformats.org/officeDocument/2006/math}}{name}" for name in ("oMath", "oMathPara")
)
_REPLACED = frozenset({f"{_W}r"}) | _INSERTED | _AROUND | _FORMULAS | _NOTES_OF_WORD
# Others refer to these places, by their start and end.
_PLACES = ("bookmark", "commentRange", "perm")
_HYPHENS = {f"{_W}noBreakHyphen": "\u2011", f"{_W}softHyphen": ""}
# What makes a gap to be filled in of spaces.
_SEEN_ON_SPACES = frozenset(f"{_W}{name}" for name in ("u", "bdr", "shd", "highlight"))
# Formatting that nobody sees: of what language a run is, and from which font its punctuation comes.
_UNSEEN = frozenset({f"{_W}lang", f"{_W}noProof"})
_HINT = f"{_W}hint"
# Unpacked: a few kilobytes of a document can be made to become gigabytes.
MAX_PART_BYTES = 30 * 2**20
# What `zipfile` raises on damaged archives.
_DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, OSError)


@dataclass
class _TextRun:
    """A text in one formatting, or what is no text, each thing with the run that it lay in. `around`: links, controls and
    fields, the outermost first.
    """

    look: str
    text: str
    run: etree._Element
    around: tuple[etree._Element, ...]
    things: list[tuple[etree._Element | None, etree._Element]] = field(default_factory=list)

    @property
    def is_thing(self) -> bool:
        """Some underlined spaces are one, too."""
        is_gap = len(self.text) > 1 and self.text.isspace()
        properties = self.run.find(f"{_W}rPr") if is_gap else None
        seen = [] if properties is None else [each for each in properties if each.tag in _SEEN_ON_SPACES]
        return bool(self.things) or any(each.get(f"{_W}val") != "none" for each in seen)

    def elements(self, text: str) -> list[etree._Element]:
        if not self.things:
            return [_text_run(self.run, text)]
        return [thing if run is None else _run_of(run, thing) for run, thing in self.things]


@dataclass
class _Paragraph:
    """`source`: its text with marks. `stretches`: by their marks, the texts without a mark under the empty one."""

    element: etree._Element
    replaced: list[etree._Element]
    source: str
    stretches: dict[str, _TextRun]

    def put(self, translation: str) -> None:
        """The translation in the place of the runs; bookmarks and the like stay where they are."""
        single = [mark for mark in self.stretches if mark.endswith("/>")]
        opening = [mark for mark in self.stretches if mark and not mark.endswith("/>")]
        if not fits(translation, [*single, *opening, *(f"</{mark[1:]}" for mark in opening)]):
            # Somebody is told that the marks are wrong. Pictures, fields and line breaks stay in the paragraph.
            translation = "".join([*texts(translation), *single])
        place = self.element.index(self.replaced[0])
        for old in self.replaced:
            self.element.remove(old)
        starts, ends = (
            [each for old in self.replaced for each in _range_ends(old, end)] for end in ("Start", "End")
        )
        self.element[place:place] = [*starts, *self._elements(translation), *ends]

    def _elements(self, translation: str) -> list[etree._Element]:
        elements: list[etree._Element] = []
        inside: list[etree._Element] | etree._Element = elements
        mark, around = "", tuple[etree._Element, ...]()
        for piece in pieces(translation):
            is_single = piece.endswith("/>")
            if not is_single and (piece in self.stretches or piece.startswith("</")):
                mark = piece if piece in self.stretches else ""
                continue
            stretch = self.stretches[piece if is_single else mark]
            if stretch.around != around:
                around, inside = stretch.around, elements
                if around:
                    outer, inside = _like(around)
                    elements.append(outer)
            inside.extend(stretch.elements(stretch.text if is_single else piece))
        return elements


def sources(content: bytes) -> list[str]:
    """Raises Unreadable."""
    with _open_archive(content) as archive:
        return [
            paragraph.source
            for name in _names(archive)
            for paragraph in _paragraphs(_parse_part(archive, name))
        ]


def with_translations(content: bytes, translations: Sequence[str]) -> bytes:
    """The file with its paragraphs replaced, in the order of `sources`."""
    remaining, output = iter(translations), io.BytesIO()
    with _open_archive(content) as archive, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as target:
        texts = {name: _translated_part(archive, name, remaining) for name in _names(archive)}
        for entry in archive.infolist():
            part = texts.get(entry.filename)
            target.writestr(entry, archive.read(entry) if part is None else part)
    return output.getvalue()


def _translated_part(archive: zipfile.ZipFile, name: str, remaining: Iterator[str]) -> bytes:
    root = _parse_part(archive, name)
    for binding in list(root.iter("{*}dataBinding")):
        # Word would put what the file says elsewhere, such as its title, in the place of the translation.
        binding.getparent().remove(binding)
    for paragraph in _paragraphs(root):
        paragraph.put(next(remaining))
    xml: bytes = etree.tostring(root.getroottree(), xml_declaration=True, encoding="UTF-8", standalone=True)
    return xml


def _open_archive(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGED as error:
        raise Unreadable("broken_file") from error


def _names(archive: zipfile.ZipFile) -> list[str]:
    """The document itself first."""
    names = [each.filename for each in archive.infolist() if _PARTS.fullmatch(each.filename)]
    return sorted(names, key=lambda name: (name != "word/document.xml", name))


def _parse_part(archive: zipfile.ZipFile, name: str) -> etree._Element:
    """Without entities and without the network, whatever the file asks for."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        if archive.getinfo(name).file_size > MAX_PART_BYTES:
            raise Unreadable("too_much_text")
        root = etree.fromstring(archive.read(name), parser)
    except (*_DAMAGED, etree.XMLSyntaxError) as error:
        raise Unreadable("broken_file") from error
    if root.getroottree().docinfo.doctype:
        raise Unreadable("broken_file")
    return root


def _paragraphs(root: etree._Element) -> list[_Paragraph]:
    """Those with words in them. Text boxes are paragraphs inside of others."""
    paragraphs = (_paragraph(element) for element in list(root.iter(f"{_W}p")))
    return [paragraph for paragraph in paragraphs if paragraph]


def _paragraph(element: etree._Element) -> _Paragraph | None:
    joined = []
    # Word splits a sentence wherever it was edited: what looks alike is one stretch for whoever translates.
    for look, group in groupby(_text_runs(element), key=lambda each: each.look):
        first, *others = group
        text = first.text + "".join(each.text for each in others)
        things = [thing for each in (first, *others) for thing in each.things]
        joined.append(_TextRun(look, text, first.run, first.around, things))
    source, stretches = _add_marks(joined)
    replaced = [child for child in element if child.tag in _REPLACED]
    return _Paragraph(element, replaced, source, stretches) if has_words(source) else None


def _text_runs(parent: etree._Element, around: tuple[etree._Element, ...] = ()) -> Iterator[_TextRun]:
    """The texts in it, and what is no text: breaks, tabs, pictures, fields, references, formulas, empty controls."""
    place = "".join(f"{id(each)} " for each in around)
    for child in parent:
        is_around = child.tag in _AROUND
        if child.tag == f"{_W}r":
            yield from _texts_of_run(child, place, around)
        elif child.tag in _FORMULAS or (is_around and not _says_something(child)):
            yield _TextRun(f"{place}things", "", child, around, [(None, child)])
        elif child.tag in _INSERTED or is_around:
            yield from _text_runs(child, (*around, child) if is_around else around)


def _range_ends(replaced: etree._Element, end: str) -> list[etree._Element]:
    """Not those in a text box, which stays as it is."""
    found = replaced.iter(*(f"{_W}{name}{end}" for name in _PLACES))
    return [each for each in found if next(each.iterancestors(f"{_W}r"), None) is None]


def _says_something(element: etree._Element) -> bool:
    return any(letter.isalnum() for text in element.iter(f"{_W}t") for letter in text.text or "")


def _texts_of_run(run: etree._Element, place: str, around: tuple[etree._Element, ...]) -> Iterator[_TextRun]:
    look = f"{place}{_look(run)}"
    for child in run:
        if child.tag == f"{_W}t" or child.tag in _HYPHENS:
            yield _TextRun(look, _HYPHENS.get(child.tag, without_marks(child.text or "")), run, around)
        elif child.tag != f"{_W}rPr" and child.tag not in _NOTES_OF_WORD:
            yield _TextRun(f"{place}things", "", run, around, [(run, child)])


def _look(run: etree._Element) -> str:
    properties = run.find(f"{_W}rPr")
    visible = [] if properties is None else [each for each in properties if each.tag not in _UNSEEN]
    written = []
    for each in visible:
        attributes = sorted((name, value) for name, value in each.attrib.items() if name != _HINT)
        if attributes or _HINT not in each.attrib:
            written.append(f"{each.tag}{attributes}{etree.tostring(each) if len(each) else ''}")
    return "".join(written)


def _add_marks(stretches: Sequence[_TextRun]) -> tuple[str, dict[str, _TextRun]]:
    """The text of a paragraph, and what stands behind each of its marks."""
    lengths: dict[str, tuple[bool, int]] = {}
    for each in stretches:
        length = lengths.get(each.look, (False, 0))[1] + len("".join(each.text.split()))
        # Inside a link or a control everything would become a part of it, were its marks lost.
        lengths[each.look] = length > 0 and not each.around, length
    commonest = max(lengths, key=lambda look: lengths[look], default="")
    source, by_mark = "", {"": next((each for each in stretches if each.look == commonest), None)}
    for each in stretches:
        number = len(by_mark)
        if each.is_thing:
            source, by_mark[f"<{number}/>"] = f"{source}<{number}/>", each
        elif each.look == commonest or not each.text.strip():
            source += each.text
        else:
            source, by_mark[f"<{number}>"] = f"{source}<{number}>{each.text}</{number}>", each
    return source, {mark: each for mark, each in by_mark.items() if each}


def _text_run(like: etree._Element, text: str) -> etree._Element:
    child = etree.Element(f"{_W}t", nsmap=like.nsmap)
    child.text = "".join(letter for letter in text if letter.isprintable() or letter == " ")
    child.set(_SPACE, "preserve")
    return _run_of(like, child)


def _run_of(like: etree._Element, child: etree._Element) -> etree._Element:
    run = etree.Element(f"{_W}r", like.attrib, like.nsmap)
    properties = like.find(f"{_W}rPr")
    if properties is not None:
        run.append(copy.deepcopy(properties))
    run.append(child)
    return run


def _like(around: Sequence[etree._Element]) -> tuple[etree._Element, etree._Element]:
    """Links, controls and fields as these, with nothing in them: the outermost and the innermost."""
    made: list[etree._Element] = []
    for each in around:
        new = etree.Element(each.tag, each.attrib, each.nsmap)
        new.extend(copy.deepcopy(child) for child in each if child.tag in _PROPERTIES)
        # Where a control becomes two, they have no number in common.
        for number in list(new.iterfind(f"{_W}sdtPr/{_W}id")):
            number.getparent().remove(number)
        if made:
            made[-1].append(new)
        made.append(new)
    return made[0], made[-1]
