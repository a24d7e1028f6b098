"""A page of a PDF → runs of its characters, and the rules drawn on it. What PDFium knows of each."""

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pypdfium2
import pypdfium2.raw as pdfium

from domain.documents.pages.runs import SOFT_HYPHEN, PageRuns, Rule, Run, lines_of
from domain.documents.text import RAISED

# Between two runs of a line, in sizes of their letters: wider than a space, as narrow as the gap between two cells may be.
WIDE_GAP = 0.55
# A gap that a vertical rule may stand in.
RULED_GAP = 0.1
# More drawing than this is a map or a plan, and its lines are no table.
MOST_PATHS = 4000
MOST_SEGMENTS = 256
# Thicker than this is an area.
THICKEST_RULE = 3.0
SHORTEST_RULE = 4.0
_BREAKS = frozenset((0, 10, 13))
_SPACES = frozenset((9, 32, 0xA0, 0x2002, 0x2003, 0x2009, 0x3000))
# What PDFium answers for a hyphen that only ends the line.
_HYPHENS = frozenset((2, 0xAD, 0xFFFE))
# Characters such as 𬱟 come as two halves, each with the box of the whole.
_FIRST_HALVES, _SECOND_HALVES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
# Of powers and the numbers of notes, in sizes of the text that they stand in: no larger, and so far above its foot.
RAISED_SIZE, RAISED_BY = 0.8, 0.2
# Dots that lead from a name to its page or price; of these there are so many.
_LEADERS, LEAST_LEADERS = frozenset((ord("."), ord("·"), ord("…"))), 5
_BOLD_NAMES = ("bold", "black", "heavy", "semibold")
_BOLD_WEIGHT = 600
# In degrees: lines of a page that was printed askew.
ASKEW = 20
# Of what stands sideways, to be more than a stamp in the margin or the names of axes.
LEAST_TURNED_LINES, LEAST_TURNED_LETTERS = 3, 20
_ITALIC_NAMES = ("italic", "oblique")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl"}
_NAME_BYTES = 200
MOST_ANNOTATIONS = 5000
_WITH_TEXT = frozenset((pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP))


@dataclass(slots=True)
class Style:
    size: float
    is_bold: bool
    is_italic: bool
    # By which its lines are turned on the page as it is shown, against the clock; None of what stands askew.
    quarter: int | None


@dataclass(slots=True)
class Frame:
    """How the page lies: its corner, its size as it is shown, and by how much it is turned."""

    left: float
    bottom: float
    width: float
    height: float
    rotation: int

    def place(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        """Left, top, right, bottom as shown, from the upper left corner."""
        left, right, bottom, top = (
            left - self.left,
            right - self.left,
            bottom - self.bottom,
            top - self.bottom,
        )
        if self.rotation == 90:
            return bottom, left, top, right
        if self.rotation == 180:
            return self.width - right, bottom, self.width - left, top
        if self.rotation == 270:
            return self.width - top, self.height - right, self.width - bottom, self.height - left
        return left, self.height - top, right, self.height - bottom

    def turned(self, quarter: int) -> "Frame":
        """That of the page after it was turned back, so that lines which are turned so stand upright."""
        width, height = (self.height, self.width) if quarter % 2 else (self.width, self.height)
        return Frame(self.left, self.bottom, width, height, (self.rotation + 90 * quarter) % 360)


def printed_page(document: pypdfium2.PdfDocument, index: int) -> pypdfium2.PdfPage:
    """With what was filled into its form, stamped and typed onto it. Of forms only where `init_forms` was called before."""
    page = document[index]
    for at in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), MOST_ANNOTATIONS)):
        annotation = pdfium.FPDFPage_GetAnnot(page.raw, at)
        subtype = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if subtype in _WITH_TEXT:
            pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
            page.close()
            return document[index]
    return page


def frame_of(page: pypdfium2.PdfPage) -> Frame:
    left, bottom, _right, _top = page.get_bbox()
    width, height = page.get_size()
    return Frame(left, bottom, max(width, 1.0), max(height, 1.0), page.get_rotation())


def page_runs(page: pypdfium2.PdfPage, number: int) -> list[PageRuns]:
    """The page, and behind it what stands sideways or upside down on it, as pages that were turned: a wide table on a high
    page. A stamp in the margin, or the name of an axis, is left out.
    """
    frame = frame_of(page)
    text_page = page.get_textpage()
    quarters = _quarters(text_page.raw, page, frame)
    text_page.close()
    upright, *turned = (_as_page(number, frame, quarter, found) for quarter, found in quarters.items())
    return [upright, *(each for each in turned if _is_read(each.runs))]


def _as_page(number: int, frame: Frame, quarter: int, found: "_GrowingRuns") -> PageRuns:
    own = frame.turned(quarter)
    return PageRuns(number, own.width, own.height, found.runs, found.rules, _to_page(quarter, frame))


def _to_page(quarter: int, frame: Frame) -> tuple[float, ...]:
    """From points of the page that was turned back to shares of the page as it is shown, see `PageRuns`."""
    across, down = 1 / frame.width, 1 / frame.height
    return (
        (),
        (0.0, across, 0.0, -down, 0.0, 1.0),
        (-across, 0.0, 1.0, 0.0, -down, 1.0),
        (0.0, -across, 1.0, down, 0.0, 0.0),
    )[quarter]


def _is_read(runs: list[Run]) -> bool:
    letters = sum(each.isalnum() for run in runs for each in run.text)
    return letters >= LEAST_TURNED_LETTERS and len(lines_of(runs)) >= LEAST_TURNED_LINES


def _quarters(text_page: object, page: pypdfium2.PdfPage, frame: Frame) -> dict[int, "_GrowingRuns"]:
    """Runs in the order of the file, by how their lines are turned; those that are not stand first."""
    frames = {0: frame}
    found = {0: _GrowingRuns(list(_rules(page, frame)))}
    last = found[0]
    styles: dict[int, Style] = {}
    rect = pdfium.FS_RECTF()
    for index, code in _codes(text_page):
        if code in _BREAKS:
            last.is_broken = True
        elif code in _SPACES:
            last.has_space = True
        else:
            style = _style(text_page, index, styles, frame)
            if style.quarter is None or not pdfium.FPDFText_GetLooseCharBox(text_page, index, rect):
                continue
            if style.quarter not in found:
                frames[style.quarter] = frame.turned(style.quarter)
                found[style.quarter] = _GrowingRuns(list(_rules(page, frames[style.quarter])))
            last = found[style.quarter]
            last.add(code, style, frames[style.quarter].place(rect.left, rect.bottom, rect.right, rect.top))
    for each in found.values():
        each.finish()
    return found


def _codes(text_page: object) -> Iterator[tuple[int, int]]:
    """Of each character its number on the page, and its code: that of both halves where it comes as two."""
    half = 0
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        if half and code in _SECOND_HALVES:
            code += 0x10000 - _SECOND_HALVES.start + ((half - _FIRST_HALVES.start) << 10)
        half = code if code in _FIRST_HALVES else 0
        if not half:
            yield index, code


class _GrowingRuns:
    """Letters as they come, put together."""

    def __init__(self, rules: list[Rule]) -> None:
        self.runs: list[Run] = []
        self.rules = rules
        self.is_broken = self.has_space = False
        self._uprights = [rule for rule in rules if not rule.is_horizontal]
        self._run: Run | None = None
        self._letters: list[str] = []
        self._bold_letters = 0
        # Behind each other at the end, with how many letters stand before them and where these end.
        self._leaders, self._before_leaders = 0, (0, 0.0)

    def add(self, code: int, style: Style, sides: tuple[float, float, float, float]) -> None:
        left, top, right, bottom = sides
        if self._leaders >= LEAST_LEADERS and code not in _LEADERS:
            self.finish()
        run, letter = self._run, _letter(code)
        if run is None or _is_apart(
            run, left, top, bottom, is_broken=self.is_broken, uprights=self._uprights
        ):
            self.finish()
            self._run = Run("", left, top, right, bottom, style.size, is_italic=style.is_italic)
        else:
            if self.has_space:
                self._letters.append(" ")
                self._bold_letters += style.is_bold
            run.left, run.right = min(run.left, left), max(run.right, right)
            if _is_raised(style.size, bottom, run.size, run.bottom):
                letter = letter.translate(RAISED)
            elif style.size > run.size:
                if _is_raised(run.size, run.bottom, style.size, bottom):
                    self._letters = [each.translate(RAISED) for each in self._letters]
                run.top, run.bottom, run.size = top, bottom, style.size
        self._count_leaders(code, left)
        self._letters.append(letter)
        self._bold_letters += style.is_bold
        self.is_broken = self.has_space = False

    def _count_leaders(self, code: int, left: float) -> None:
        if code in _LEADERS and not self._leaders:
            self._before_leaders = len(self._letters), left
        self._leaders = self._leaders + 1 if code in _LEADERS else 0

    def finish(self) -> None:
        if self._run and self._leaders >= LEAST_LEADERS:
            count, self._run.right = self._before_leaders
            del self._letters[count:]
        self._leaders = 0
        if self._run:
            self._run.text = "".join(self._letters).strip()
            self._run.is_bold = 2 * self._bold_letters > len(self._letters)
            if self._run.text:
                self.runs.append(self._run)
        self._run, self._letters, self._bold_letters = None, [], 0


def _is_raised(size: float, bottom: float, around: float, foot: float) -> bool:
    """Whether a letter of this size and bottom is, in text around it that stands on `foot`: “2025¹” is not 20251."""
    return size <= RAISED_SIZE * around and bottom < foot - RAISED_BY * around


def _letter(code: int) -> str:
    if code in _HYPHENS:
        return SOFT_HYPHEN
    # PDFium gives halves of characters where a font says so.
    is_character = 32 < code < 0x110000 and not 0xD800 <= code < 0xE000
    return _LIGATURES.get(code) or (chr(code) if is_character else "")


def _is_apart(
    run: Run, left: float, top: float, bottom: float, *, is_broken: bool, uprights: list[Rule]
) -> bool:
    """Whether a letter begins another run: on another line, back at the left, behind a wide gap or behind a rule."""
    overlap = min(run.bottom, bottom) - max(run.top, top)
    if overlap * 2 < min(run.bottom - run.top, bottom - top):
        return True
    gap = left - run.right
    if gap > WIDE_GAP * run.size or gap < -run.size * (0.3 if is_broken else 1.5):
        return True
    middle = (top + bottom) / 2
    return gap > RULED_GAP * run.size and any(
        run.right - 1 <= rule.left <= left + 1 and rule.top <= middle <= rule.bottom for rule in uprights
    )


def _style(text_page: object, index: int, styles: dict[int, Style], frame: Frame) -> Style:
    """Of the piece of text that the character belongs to: asked once for each."""
    piece = pdfium.FPDFText_GetTextObject(text_page, index)
    address = ctypes.cast(piece, ctypes.c_void_p).value or 0
    if known := styles.get(address):
        return known
    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text_page, index, matrix)
    size = pdfium.FPDFText_GetFontSize(text_page, index) * (math.hypot(matrix.c, matrix.d) or 1.0)
    turned = (round(math.degrees(math.atan2(matrix.b, matrix.a))) - frame.rotation) % 360
    name, weight, slant = _font(piece)
    is_bold = weight >= _BOLD_WEIGHT or any(each in name for each in _BOLD_NAMES)
    is_italic = slant != 0 or any(each in name for each in _ITALIC_NAMES)
    quarter, askew = divmod(turned + ASKEW, 90)
    style = Style(size, is_bold, is_italic, quarter % 4 if askew <= 2 * ASKEW else None)
    # A generated character has none, and belongs to whatever stands before it.
    if address:
        styles[address] = style
    return style


def _font(piece: object) -> tuple[str, int, int]:
    """Its name, its weight and how it leans, as far as the file says so."""
    font = pdfium.FPDFTextObj_GetFont(piece) if piece else None
    if not font:
        return "", 0, 0
    name, angle = ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_int()
    pdfium.FPDFFont_GetBaseFontName(font, name, _NAME_BYTES)
    pdfium.FPDFFont_GetItalicAngle(font, angle)
    return name.value.decode("latin-1").casefold(), pdfium.FPDFFont_GetWeight(font), angle.value


def _rules(page: pypdfium2.PdfPage, frame: Frame) -> Iterator[Rule]:
    paths = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=3)
    for piece in islice(paths, MOST_PATHS):
        left, bottom, right, top = piece.get_bounds()
        thickness = min(right - left, top - bottom)
        if thickness <= THICKEST_RULE:
            if max(right - left, top - bottom) >= SHORTEST_RULE:
                yield Rule(*frame.place(left, bottom, right, top))
        elif _is_stroked(piece.raw):
            yield from _strokes(piece, frame)


def _is_stroked(path: object) -> bool:
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDFPath_GetDrawMode(path, fill, stroke)
    return bool(stroke.value)


def _strokes(piece: pypdfium2.PdfObject, frame: Frame) -> Iterator[Rule]:
    """The sides of a path that run along an axis: of a box, of a grid drawn at once."""
    matrix = piece.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    start = here = (0.0, 0.0)
    for index in range(min(pdfium.FPDFPath_CountSegments(piece.raw), MOST_SEGMENTS)):
        segment = pdfium.FPDFPath_GetPathSegment(piece.raw, index)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        ends = [point] if kind == pdfium.FPDF_SEGMENT_LINETO else []
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            ends.append(start)
        for end in ends:
            along, across = abs(end[0] - here[0]), abs(end[1] - here[1])
            if min(along, across) <= 1 and max(along, across) >= SHORTEST_RULE:
                sides = (
                    min(here[0], end[0]),
                    min(here[1], end[1]),
                    max(here[0], end[0]),
                    max(here[1], end[1]),
                )
                yield Rule(*frame.place(*sides))
            here = end
        here = point if not ends else here
