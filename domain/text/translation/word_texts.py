"""Word files (.docx): paragraphs of the text, of tables, headers, footers and notes, translated in their formatting.

The parts that hold no text are copied as they are packed. In a paragraph the runs of equal formatting are one text; the
commonest formatting needs no marks, each other stretch has a pair of them, and what is no text has a single one.
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
_INSERTED = frozenset(f"{_W}{name}" for name in ("ins", "moveTo", "smartTag"))
# Formatting that nobody sees: of what language a run is, and from which font its punctuation comes.
_UNSEEN = frozenset({f"{_W}lang", f"{_W}noProof"})
_HINT = f"{_W}hint"
# Unpacked: a few kilobytes of a document can be made to become gigabytes.
MAX_PART_BYTES = 30 * 2**20
# What `zipfile` raises on damaged archives.
_DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError, OSError)


@dataclass
class _TextRun:
    """A text in one formatting, or one thing that is no text. `link`: the hyperlink around it."""

    look: str
    text: str
    run: etree._Element
    link: etree._Element | None
    things: list[etree._Element] = field(default_factory=list)


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
        closing = [f"</{mark[1:]}" for mark in opening]
        if not fits(translation, [*single, *opening, *closing]):
            # Somebody is told that the marks are wrong. Pictures, fields and line breaks stay in the paragraph.
            translation = "".join([*texts(translation), *single])
        place = self.element.index(self.replaced[0])
        for old in self.replaced:
            self.element.remove(old)
        mark = ""
        for piece in pieces(translation):
            if piece in opening or piece in closing:
                mark = piece if piece in opening else ""
                continue
            stretch = self.stretches[piece if piece in single else mark]
            if piece in single:
                run = _empty_run(stretch.run)
                run.extend(stretch.things)
                link = _in_link(stretch, run)
            else:
                link = _text_run(stretch, piece)
            self.element.insert(place, link)
            place += 1


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
    replaced: list[etree._Element] = []
    runs: list[_TextRun] = []
    for child in element:
        if child.tag == f"{_W}r":
            replaced.append(child)
            runs += _text_runs(child, None)
        elif child.tag in _INSERTED and all(each.tag == f"{_W}r" for each in child):
            # Taken for accepted: without it the sentence would say something else.
            replaced.append(child)
            runs += [each for run in child for each in _text_runs(run, None)]
        elif child.tag == f"{_W}hyperlink" and all(each.tag == f"{_W}r" for each in child):
            replaced.append(child)
            runs += [each for run in child for each in _text_runs(run, child)]
        elif child.tag in _NOTES_OF_WORD:
            replaced.append(child)
    joined = []
    # Word splits a sentence wherever it was edited: what looks alike is one stretch for whoever translates.
    for look, group in groupby(runs, key=lambda each: each.look):
        first, *others = group
        text = first.text + "".join(each.text for each in others)
        joined.append(_TextRun(look, text, first.run, first.link, first.things))
    source, stretches = _add_marks(joined)
    return _Paragraph(element, replaced, source, stretches) if has_words(source) else None


def _text_runs(run: etree._Element, link: etree._Element | None) -> Iterator[_TextRun]:
    """The texts of a run, and one by one what is no text: breaks, tabs, pictures, fields, references."""
    look = f"{id(link) if link is not None else ''}{_look(run)}"
    for child in run:
        if child.tag == f"{_W}t":
            yield _TextRun(look, without_marks(child.text or ""), run, link)
        elif child.tag != f"{_W}rPr" and child.tag not in _NOTES_OF_WORD:
            yield _TextRun(f"{id(child)}", "", run, link, [child])


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
    lengths: dict[str, int] = {}
    for each in stretches:
        lengths[each.look] = lengths.get(each.look, 0) + len(each.text)
    commonest = max(lengths, key=lambda look: lengths[look], default="")
    source, by_mark = "", {"": next((each for each in stretches if each.look == commonest), None)}
    for each in stretches:
        number = len(by_mark)
        if each.things:
            source, by_mark[f"<{number}/>"] = f"{source}<{number}/>", each
        elif each.look == commonest or not each.text.strip():
            source += each.text
        else:
            source, by_mark[f"<{number}>"] = f"{source}<{number}>{each.text}</{number}>", each
    return source, {mark: each for mark, each in by_mark.items() if each}


def _text_run(stretch: _TextRun, text: str) -> etree._Element:
    run = _empty_run(stretch.run)
    child = etree.SubElement(run, f"{_W}t")
    child.text = "".join(letter for letter in text if letter.isprintable() or letter == " ")
    child.set(_SPACE, "preserve")
    return _in_link(stretch, run)


def _empty_run(like: etree._Element) -> etree._Element:
    run = etree.Element(f"{_W}r", like.attrib, like.nsmap)
    properties = like.find(f"{_W}rPr")
    if properties is not None:
        run.append(copy.deepcopy(properties))
    return run


def _in_link(stretch: _TextRun, run: etree._Element) -> etree._Element:
    if stretch.link is None:
        return run
    link = etree.Element(f"{_W}hyperlink", stretch.link.attrib, stretch.link.nsmap)
    link.append(run)
    return link
