"""Values that no label names: whose letterhead it is, where they are, whose card, what a meter shows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from domain.documents.key_fields.forms import FORMS, TELLING
from domain.documents.key_fields.lines import Found, Piece, row_text
from domain.documents.pages.runs import joined
from llm_backend import patterns

Rows = Sequence[Sequence[Piece]]
# A letterhead goes no further down than this.
HEAD_ROWS, ADDRESS_ROWS = 12, 6
_COMPANY = patterns.compile(
    r"\b(?:sdn|bhd|s/b|berhad|ltd|limited|inc|llc|gmbh|corp|enterprise)\b"
    r"|公司|商店|超市|餐厅|酒店|事务所|银行|集团|中心$",
    patterns.IGNORECASE,
)
_ONLY_FORM = patterns.compile(
    r"[\s(]{0,3}(?:\(?m\)?\s?)?(?:sdn\.?\s?)?(?:bhd\.?|ltd\.?|enterprise)[\s.)]{0,3}",
    patterns.IGNORECASE,
)
# In a second line of its name.
_BEGINS_WITH_FORM = patterns.compile(
    r"[\s(&]{0,3}(?:sdn|bhd|s/b|berhad|enterprise|co|ltd|limited)\b", patterns.IGNORECASE
)
MOST_NAME_ROWS = 3
# What registers a company, behind its name or in a line of its own.
_REGISTRATION = patterns.compile(
    r"\(?\s?(?:(?:co\.?|reg(?:istration)?\.?|roc|company)\s?(?:no\.?|number)?\s?[:.]?\s?)?\(?[a-z]{0,3}\d{5,14}(?:[\s-]{1,3}[a-z0-9])?\s?\)?\s?\)?",
    patterns.IGNORECASE,
)
_BEHIND_ADDRESS = patterns.compile(
    r"^\W{0,3}(?:tel|phone|fax|h/?p|gst|sst|tax|vat|invoice|simplified|cash|bill|receipt|date|doc|order|table|cashier|email|e-mail|www|http|website"
    r"|co\.? ?(?:reg|no)|reg|company|business|roc|id\b|\(?gst|\d{2,3}-\d{3,4} ?\d{3,5}|电话|传真|税号|网址|邮箱)",
    patterns.IGNORECASE,
)
_ADDRESS = patterns.compile(
    r"\b(?:no|lot|jalan|jln|lorong|taman|street|st|road|rd|avenue|ave|floor|block|blk|unit|persiaran|plaza)\b|\d{5}|[省市区县路街巷号楼室]",
    patterns.IGNORECASE,
)
_TELEPHONE = patterns.compile(
    r"(?:\b(?:tel|phone|fax)(?: ?no)?|电话|传真)\W{0,3}(?:\d|$)", patterns.IGNORECASE
)
_POSITION = patterns.compile(
    r"\b(?:manager|director|engineer|president|officer|sales|consultant|head|designer|analyst|ceo|cto|cfo|founder|partner)\b"
    r"|经理|总监|工程师|主任|总裁|顾问|设计师|董事|主管|律师|教授|代表",
    patterns.IGNORECASE,
)
_READING = patterns.compile(r"\d[\d ]{1,10}(?:[.,]\d{1,3})?")
_CHINESE = patterns.compile(r"[㐀-䶿一-鿿]")


def find(rows: Rows, form: str) -> Found | None:
    """None for a form that stands anywhere."""
    look = POSITIONS.get(form)
    found = look(rows) if look else None
    return replace(found, by_label=False) if found else None


def _company(rows: Rows) -> Found | None:
    first = last = _company_row(rows)
    if first is None or last is None:
        return None
    text = row_text(rows[first])
    if first and (_BEGINS_WITH_FORM.match(text) or text.startswith("(")):
        first -= 1
    elif last + 1 < len(rows) and _is_only_form(rows[last + 1]):
        last += 1
    while text.count("(") > text.count(")") and last + 1 < min(len(rows), first + MOST_NAME_ROWS):
        last += 1
        text += row_text(rows[last])
    pieces = [piece for row in rows[first : last + 1] for piece in row]
    name = " ".join(row_text(row) for row in rows[first : last + 1])
    return Found(_without_registration(name), tuple(pieces))


def _company_row(rows: Rows) -> int | None:
    """The first line that says what form of company it is, unless that stands below the address and its telephone, as of
    who owns the shop; else of those above the address the first in capitals.
    """
    head = [row_text(row) for row in rows[:HEAD_ROWS]]
    below = next((at for at, text in enumerate(head) if _TELEPHONE.search(text)), len(head))
    named = next((at for at, text in enumerate(head) if _COMPANY.search(text)), None)
    if named is not None and (named <= below or not any(map(_begins_address, head[:below]))):
        return named
    names: list[int] = []
    for at, text in enumerate(head):
        if names and _begins_address(text) and not _REGISTRATION.fullmatch(text.strip()):
            break
        if not (_BEHIND_ADDRESS.match(text) or _REGISTRATION.fullmatch(text.strip())):
            names.append(at)
    return next((at for at in names if _is_in_capitals(head[at])), names[0] if names else None)


def _is_in_capitals(text: str) -> bool:
    letters = [each for each in text if each.isalpha()]
    return len(letters) > 3 and 2 * sum(each.isupper() for each in letters) > len(letters)


def _is_only_form(row: Sequence[Piece]) -> bool:
    return _ONLY_FORM.fullmatch(_without_registration(row_text(row))) is not None


def _without_registration(text: str) -> str:
    """Without the number behind the name."""
    cut = len(text)
    while cut > 0:
        text = text[:cut].strip()
        places = (text.rfind("("), text.rfind(" "))
        cut = next((at for at in places if at > 0 and _REGISTRATION.fullmatch(text[at:].strip())), 0)
    return text


def _address(rows: Rows) -> Found | None:
    """Of a letterhead: below the name, until what is no address any more. Elsewhere: the rows that look like one."""
    company = _company_row(rows)
    start = 0 if company is None else company + 1
    pieces: list[Piece] = []
    for row in rows[start : start + HEAD_ROWS]:
        text = row_text(row)
        if _REGISTRATION.fullmatch(text.strip()) or not (pieces or _begins_address(text)):
            continue
        if text.startswith("(") and text.endswith(")"):
            # The mall or the branch that people know it by.
            continue
        is_over = _BEHIND_ADDRESS.match(text) or any(FORMS[form].search(text) for form in TELLING)
        # Behind a postcode may come a state; a number is something else.
        is_over = is_over or bool(
            patterns.search(r"\d{5}", row_text(pieces)) and patterns.search(r"\d", text)
        )
        if is_over and pieces:
            break
        if not is_over:
            pieces += _until_telephone(row)
        if _TELEPHONE.search(text) or len({piece.row for piece in pieces}) >= ADDRESS_ROWS:
            break
    return (
        Found(joined(text for piece in pieces if (text := piece.text.strip())), tuple(pieces))
        if pieces
        else None
    )


def _until_telephone(row: Sequence[Piece]) -> Iterator[Piece]:
    for piece in row:
        found = _TELEPHONE.search(piece.text)
        yield replace(piece, text=piece.text[: found.start()]) if found else piece
        if found:
            return


def _begins_address(text: str) -> bool:
    if _ADDRESS.search(text) or text.rstrip().endswith(","):
        return True
    has_number = any(each.isdigit() for each in text) and any(each.isalpha() for each in text)
    return has_number and not FORMS["amount"].search(text)


def _person(rows: Rows) -> Found | None:
    """The largest words that are neither company nor position nor any of the numbers."""
    words = [piece for row in rows for piece in row if _is_name(piece.text)]
    largest = max(words, key=lambda piece: piece.height, default=None)
    return Found(largest.text.strip(), (largest,)) if largest else None


def _is_name(text: str) -> bool:
    is_short = 2 <= len(text.replace(" ", "")) <= (4 if _CHINESE.search(text) else 30)
    others = (_COMPANY, _POSITION, _ADDRESS)
    return (
        is_short
        and not any(each.isdigit() or each in "@:/" for each in text)
        and not any(each.search(text) for each in others)
    )


def _position(rows: Rows) -> Found | None:
    found = (piece for row in rows for piece in row if _POSITION.search(piece.text))
    return next((Found(piece.text.strip(), (piece,)) for piece in found), None)


def _reading(rows: Rows) -> Found | None:
    """The largest figures."""
    numbers = [piece for row in rows for piece in row if _READING.search(piece.text)]
    largest = max(numbers, key=lambda piece: piece.height, default=None)
    figures = _READING.search(largest.text) if largest else None
    return Found(figures[0].replace(" ", ""), (largest,)) if figures and largest else None


POSITIONS: Mapping[str, Callable[[Rows], Found | None]] = {
    "company": _company,
    "address": _address,
    "person": _person,
    "position": _position,
    "reading": _reading,
}
