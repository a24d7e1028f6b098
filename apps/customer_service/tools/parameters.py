"""What a lookup needs to know: its parameters, as an administrator writes them and as they are checked."""

import string
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.core.errors import Text
from llm_backend import patterns

# Letters, digits and what stands in order numbers, mail addresses and telephone numbers.
ANY_VALUE = r"[\w .@+#:,/'-]{1,100}"
MAX_PARAMETERS = 10
MAX_NAME_CHARACTERS = 40
MAX_DESCRIPTION_CHARACTERS = 200
MAX_PATTERN_CHARACTERS = patterns.MAX_TYPED_CHARACTERS
MAX_VALUE_CHARACTERS = 200
SEPARATOR = "|"
_NAME = patterns.compile(r"[a-z][a-z0-9_]*")
_NEEDED = {
    "required": True,
    "yes": True,
    "必填": True,
    "optional": False,
    "no": False,
    "可选": False,
    "选填": False,
}


@dataclass(frozen=True)
class Parameter:
    name: str
    description: str = ""
    pattern: str = ""
    is_required: bool = True

    def fits(self, value: str) -> bool:
        """A pattern that would take for ever fits nothing."""
        if len(value) > MAX_VALUE_CHARACTERS or any(unicodedata.category(each) == "Cc" for each in value):
            return False
        return patterns.fits(self.pattern or ANY_VALUE, value)


def parameters_of(bodies: Iterable[Mapping[str, Any]]) -> list[Parameter]:
    return [
        Parameter(
            str(body.get("name", "")),
            str(body.get("description", "")),
            str(body.get("pattern", "")),
            bool(body.get("is_required", True)),
        )
        for body in bodies
    ]


def parameter_lines(parameters: Sequence[Parameter]) -> str:
    """One on each line, as `read` takes it."""
    lines = []
    for parameter in parameters:
        needed = "required" if parameter.is_required else "optional"
        cells = [parameter.name, parameter.description, parameter.pattern, needed]
        lines.append(f" {SEPARATOR} ".join(cells))
    return "\n".join(lines)


def read(text: str) -> list[Parameter]:
    """`name | description | pattern | required`, all but the name may be left out; a pattern may hold a bar.

    Raises ValueError with a sentence for whoever wrote it.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    return [_read_line(number, line) for number, line in lines]


def validation_errors(parameters: Sequence[Parameter]) -> list[Text]:
    reasons: list[Text] = [line for parameter in parameters for line in _errors_of_parameter(parameter)]
    names = [parameter.name for parameter in parameters]
    if len(set(names)) < len(names):
        reasons.append(_("Two parameters have the same name."))
    if len(names) > MAX_PARAMETERS:
        reasons.append(_("At most ten parameters."))
    return reasons


def placeholders(template: str) -> list[str]:
    """The names in braces. Raises ValueError for braces that are no plain `{name}`."""
    names = []
    for _literal, name, form, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if form or conversion or not name or not _NAME.fullmatch(name):
            raise ValueError(name)
        names.append(name)
    return names


def _read_line(number: int, line: str) -> Parameter:
    name, description, *rest = [*line.split(SEPARATOR), ""]
    name, is_required = name.strip(), True
    middle = rest[:-1] if rest else []
    if middle and middle[-1].strip().lower() in _NEEDED:
        is_required = _NEEDED[middle.pop().strip().lower()]
    if not _NAME.fullmatch(name):
        raise ValueError(
            _(
                "Line %(number)d: “%(name)s” is not a valid name. Use lower-case letters, digits and "
                "_, such as order_number."
            )
            % {"number": number, "name": name}
        )
    return Parameter(name, description.strip(), SEPARATOR.join(middle).strip(), is_required)


def _errors_of_parameter(parameter: Parameter) -> list[Text]:
    named = {"name": parameter.name}
    reasons: list[Text] = []
    if not _NAME.fullmatch(parameter.name) or len(parameter.name) > MAX_NAME_CHARACTERS:
        reasons.append(
            _("“%(name)s” is not a valid name. Use lower-case letters, digits and _, such as order_number.")
            % named
        )
    if len(parameter.description) > MAX_DESCRIPTION_CHARACTERS or SEPARATOR in parameter.description:
        reasons.append(
            _("The description of %(name)s has more than 200 characters or contains a bar.") % named
        )
    if not patterns.is_typed_well(parameter.pattern):
        reasons.append(
            _("The pattern of %(name)s is not a regular expression of at most 200 characters.") % named
        )
    return reasons
