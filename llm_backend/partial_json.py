"""One text inside a JSON object, read while a model still writes the object. No I/O, and no piece is read twice.

A model that ignores the schema and writes plain words is understood too: all of it is the text then.
"""

import json

from llm_backend import patterns

_FENCE = patterns.compile(r"```\w*[ \t]*\n")
_WHOLE = patterns.compile(r'(?:[^"\\]|\\(?:u[0-9a-fA-F]{4}|[^u]))*')
_HALF_PAIR = patterns.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}$")


class GrowingText:
    """Feed it what arrives, in any cut; each time it answers what is new of the member called `name`.

    `members`: the other texts of the object that are complete so far. `is_plain`: it is no object at all.
    """

    def __init__(self, name: str) -> None:
        self.members: dict[str, str] = {}
        self.is_plain = False
        self._pieces: list[str] = []
        self._name = name
        self._lead: str | None = ""
        self._scan = _Scan()
        self._held: str | None = None
        self._is_over = False

    def feed(self, piece: str) -> str:
        if self._lead is not None:
            piece = self._after_lead(piece)
        if self.is_plain:
            new = piece
        elif self._held is None:
            new = self._search(piece)
        else:
            new = self._decode(piece)
        if new:
            self._pieces.append(new)
        return new

    def close(self) -> str:
        """What was held back for a beginning that never came."""
        rest, self._lead = self._lead, None
        if not rest:
            return ""
        self.is_plain = True
        self._pieces.append(rest)
        return rest

    @property
    def has_begun(self) -> bool:
        """The text is reached, and so all that comes before it is known."""
        return self.is_plain or self._held is not None

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def _after_lead(self, piece: str) -> str:
        """Objects may stand in a Markdown code fence. Until it is clear what comes, everything is held back."""
        lead = f"{self._lead}{piece}".lstrip()
        if fence := _FENCE.match(lead):
            lead = lead[fence.end() :].lstrip()
        elif lead.startswith("`") and "\n" not in lead:
            self._lead = lead
            return ""
        if not lead:
            self._lead = lead
            return ""
        self._lead = None
        self.is_plain = not lead.startswith("{")
        return lead

    def _search(self, piece: str) -> str:
        start = self._scan.begin_of(self._name, piece, self.members)
        if start is None:
            return ""
        self._held = ""
        return self._decode(piece[start:])

    def _decode(self, piece: str) -> str:
        """Up to the closing quotation mark; an escape that is not complete yet waits for the rest."""
        if self._is_over or self._held is None:
            return ""
        piece = self._held + piece
        whole = _WHOLE.match(piece)
        end = whole.end() if whole else 0
        self._is_over = piece[end : end + 1] == '"'
        if not self._is_over and (half := _HALF_PAIR.search(piece, 0, end)):
            end = half.start()
        self._held = piece[end:]
        # No column holds a NUL, and no reader sees it.
        return str(json.loads(f'"{piece[:end]}"', strict=False)).replace("\0", "")


class _Scan:
    """Where in an object we are, by brackets and quotation marks. Reads what comes before the text sought."""

    def __init__(self) -> None:
        self._depth = 0
        self._key, self._string = "", ""
        self._is_inside, self._is_escaped = False, False

    def begin_of(self, name: str, piece: str, members: dict[str, str]) -> int | None:
        """The place where the member's text begins in this piece; complete texts before it go into `members`."""
        for place, character in enumerate(piece):
            if self._is_inside:
                self._read_string(character, members)
            elif character == '"':
                if self._depth == 1 and self._key == name:
                    return place + 1
                self._is_inside, self._string = True, ""
            else:
                self._read_mark(character)
        return None

    def _read_string(self, character: str, members: dict[str, str]) -> None:
        if self._is_escaped or character == "\\":
            self._is_escaped = not self._is_escaped
        elif character == '"':
            self._is_inside = False
            if self._key and self._depth == 1:
                members[self._key] = self._string
            return
        self._string += character

    def _read_mark(self, character: str) -> None:
        if character in "{[":
            self._depth += 1
        elif character in "}]":
            self._depth -= 1
        elif self._depth == 1 and character == ":":
            self._key = self._string
        elif self._depth == 1 and character == ",":
            self._key = ""
