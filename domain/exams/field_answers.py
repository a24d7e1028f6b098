"""Names with values, as people write them and as a model gives them, and where both differ."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from llm_backend.unicode_forms import nfkc


def values_of(lines: Iterable[str]) -> dict[str, str]:
    """Of lines `name: value`; a value that is left out is one that the text does not state."""
    pairs = (line.replace("：", ":", 1).partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _colon, value in pairs if name.strip()}


def parameters_of(lines: Iterable[str]) -> dict[str, list[str]]:
    """Of lines `name(parameter, parameter): what it does`: tool → its parameters."""
    tools = {}
    for line in lines:
        name, _bracket, rest = line.replace("（", "(").replace("）", ")").partition("(")
        names = rest.partition(")")[0].replace("，", ",").split(",")
        tools[name.partition(":")[0].strip()] = [each.strip() for each in names if each.strip()]
    return {name: parameters for name, parameters in tools.items() if name}


def differences(wanted: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Name → what was given and what is right, where they differ. A name that is not wanted is one, too."""
    pairs = {
        name: (_text(given.get(name)), wanted.get(name, "")) for name in dict.fromkeys([*wanted, *given])
    }
    return {name: pair for name, pair in pairs.items() if _plain(pair[0]) != _plain(pair[1])}


def _plain(value: str) -> str | Decimal:
    """Numbers by their value; texts without case, width and blanks."""
    text = "".join(nfkc(value).casefold().split())
    try:
        number = Decimal(text.replace(",", "").replace("\u2212", "-"))
    except InvalidOperation:
        return text
    return number if number.is_finite() else text


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
