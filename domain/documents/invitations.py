"""The events of a calendar (RFC 5545), alone or as the invitation of a mail → what, when, where, by whom."""

from collections.abc import Iterator

from domain.documents.blocks import Block, BlockKind
from llm_backend import patterns
from llm_backend.sentences import is_chinese

MEDIA_TYPES = ("text/calendar", "application/ics")
MOST_EVENTS = 5000
_FOLD = patterns.compile(r"\r?\n[ \t]")
_NAME = patterns.compile(r';CN=(?:"([^"]{1,300})"|([^";:]{1,300}))', patterns.IGNORECASE)
_ZONE = patterns.compile(r';TZID="?([^";:]{1,100})', patterns.IGNORECASE)
_MOMENT = patterns.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z)?)?")
_ESCAPED = patterns.compile(r"\\([nN,;\\])")
_LABELS = {"when": ("When: ", "时间："), "where": ("Where: ", "地点："), "who": ("Organizer: ", "组织者：")}

Properties = dict[str, tuple[str, str]]


def blocks(text: str) -> Iterator[Block]:
    for event in _events(_FOLD.sub("", text)):
        said = {name: _plain(value) for name, (_parameters, value) in event.items()}
        at = int(is_chinese(f"{said.get('SUMMARY', '')}{said.get('DESCRIPTION', '')}"))
        when = "–".join(filter(None, (_moment(*event.get(name, ("", ""))) for name in ("DTSTART", "DTEND"))))
        parameters, address = event.get("ORGANIZER", ("", ""))
        name = _NAME.search(parameters)
        told = {
            "when": when,
            "where": said.get("LOCATION", ""),
            "who": (name[1] or name[2]) if name else address.removeprefix("mailto:"),
        }
        lines = [_LABELS[each][at] + value for each, value in told.items() if value]
        found = [said.get("SUMMARY", ""), *lines, said.get("DESCRIPTION", "")]
        if whole := "\n".join(filter(None, found)):
            yield Block(BlockKind.PARAGRAPH, whole)


def _events(text: str) -> Iterator[Properties]:
    """Not what stands inside an event, such as when to remind of it."""
    event: Properties | None = None
    depth = count = 0
    for line in text.splitlines():
        name, parameters, value = _property(line)
        if name == "BEGIN" and (event is not None or value.upper() == "VEVENT"):
            event, depth = (event or {}, depth + 1)
        elif name == "END" and event is not None:
            depth -= 1
            if not depth:
                yield event
                event, count = None, count + 1
        elif name and event is not None and depth == 1:
            event.setdefault(name, (parameters, value))
        if count >= MOST_EVENTS:
            return


def _property(line: str) -> tuple[str, str, str]:
    """Its name, its parameters, in quotes of which a colon may stand, and its value."""
    is_quoted = False
    for at, character in enumerate(line):
        if character == ":" and not is_quoted:
            name, mark, parameters = line[:at].strip().partition(";")
            return name.upper(), mark + parameters, line[at + 1 :].strip()
        is_quoted ^= character == '"'
    return "", "", ""


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _moment(parameters: str, value: str) -> str:
    """“2026-04-10 14:00 (Asia/Shanghai)”; a day alone of an event that has no hours."""
    match = _MOMENT.fullmatch(value.strip())
    if match is None:
        return ""
    year, month, day, hour, minute, utc = match.groups()
    zone = _ZONE.search(parameters)
    where = "UTC" if utc else zone[1] if zone else ""
    clock = f" {hour}:{minute}" if hour else ""
    return f"{year}-{month}-{day}{clock}" + (f" ({where})" if where else "")
