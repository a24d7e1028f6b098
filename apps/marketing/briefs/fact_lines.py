"""Facts as people type and paste them: one a line, its name before a colon."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput
from llm_backend import patterns

MAX_FACTS = 100
MAX_NAME_CHARACTERS, MAX_VALUE_CHARACTERS = 80, 300
# Of a list, in front of a line that was pasted; 3.5 and -18 are numbers.
_MARK = patterns.compile(r"^\s*(?:[-*•·](?!\d)|\d{1,3}(?:[)、]|\.(?!\d)))\s*")
# The colon of 9:00 ends no name.
_NAME = patterns.compile(r"((?:[^:：=\t#|]|(?<=\d)[:：](?=\d)){1,80}+)\s{0,5}[:：=\t|]\s{0,5}(\S.{0,600})")

Pair = tuple[str, str]


def read_facts(text: str) -> list[Pair]:
    """(name, value) of each line; a line without a name is a value alone. Raises InvalidInput."""
    pairs = list(dict.fromkeys(_pairs(text)))
    if len(pairs) > MAX_FACTS:
        raise _invalid(_("At most %(count)d facts.") % {"count": MAX_FACTS})
    for name, value in pairs:
        if len(name) > MAX_NAME_CHARACTERS or len(value) > MAX_VALUE_CHARACTERS:
            reason = _(
                "A fact can have at most %(name)d characters before the colon and %(value)d after it: "
                "%(text)s"
            )
            limits = {"name": MAX_NAME_CHARACTERS, "value": MAX_VALUE_CHARACTERS}
            raise _invalid(reason % {**limits, "text": f"{name}: {value}"[:60]})
    return pairs


def write_facts(pairs: list[Pair]) -> str:
    """The lines that `read_facts` reads again."""
    return "\n".join(f"{name}: {value}" if name else value for name, value in pairs)


def _pairs(text: str) -> Iterator[Pair]:
    for line in text.splitlines():
        plain = " ".join(_MARK.sub("", line, count=1).split(" ")).strip()
        match = _NAME.fullmatch(plain)
        # An address has a colon of its own.
        if match and not match[2].startswith("//"):
            yield " ".join(match[1].split()), " ".join(match[2].split())
        elif plain:
            yield "", " ".join(plain.split())


def _invalid(reason: str) -> InvalidInput:
    return InvalidInput(fields={"facts": [reason]})
