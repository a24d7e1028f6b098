"""What somebody says of a person, in a form, in a body of the API or in a row of a table, checked value by value."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.tables import cell_text
from apps.marketing.profiles.models import MAX_EXTERNAL_ID_CHARACTERS
from apps.marketing.rules.rules import MAX_NAME_CHARACTERS, MAX_NUMBER, is_day
from domain.marketing.copy_checks.channels import channels
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

MAX_FIELD_CHARACTERS, MAX_ATTRIBUTE_CHARACTERS, MAX_ATTRIBUTES = 200, 500, 100
MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 5, 20
WITHOUT_SIGNS = str.maketrans(dict.fromkeys(" -()/.+\u00a0", ""))
# Of a cell's text whose meaning is remembered.
MAX_REMEMBERED = 40
# Of numbers, true and false; digits of any script begin numbers and days.
VALUE_STARTS = frozenset("+-tTfF")
# Of somebody who agrees to no channel.
NO_CHANNELS = frozenset({"无", "否", "没有", "none", "no"})
CONSENT_SEPARATORS = str.maketrans(dict.fromkeys(",，；、|\n", ";"))
CHANNEL_WORDS = {
    "email": "邮件 邮箱 mail",
    "sms": "短信 手机短信 text",
    "push": "推送",
    "wechat_article": "微信 公众号",
}
Value = str | float | bool
PROBLEMS: dict[str, Text] = {
    "no_number": _("The customer ID is missing."),
    "rounded": _("A spreadsheet shortened this number. Export the column as text."),
    "long_value": _("A value is too long."),
    "bad_value": _("A value is neither text nor a number, or contains a character that cannot be stored."),
    "bad_email": _("Not a valid e-mail address."),
    "bad_phone": _("Not a valid phone number."),
    "bad_day": _("This date does not exist."),
    "bad_name": _("An attribute's name is empty or too long."),
    "unknown_channel": _("Channel not found."),
    "many_attributes": _("Too many attributes for this person."),
    "columns": _("The number of cells does not match the columns."),
    "quotes": _("Quotation marks are not closed."),
    "long_row": _("The row is too long."),
    "encoding": _("The row is not valid text in the file's encoding."),
}
# NUL and half a character: no column takes them.
_UNSTORABLE = patterns.compile(r"[\x00\ud800-\udfff]")
_USUAL_EMAIL = patterns.compile(
    r"\A[A-Za-z0-9_+-]++(?:\.[A-Za-z0-9_+-]++)*+@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}"
)
# Not with a leading nought, which numbers of houses, posts and cards have.
_NUMBER = patterns.compile(r"[+-]?(?:0|[1-9]\d{0,14}|[1-9]\d{0,2}(?:,\d{3}){1,4})(?:\.\d{1,6})?")
# 6.22202E+17 is all that a spreadsheet left of many numbers: their people would become one.
_ROUNDED = patterns.compile(r"\d(?:\.\d{1,20})?[eE]\+\d{2,3}")
# With the time as spreadsheets and databases write it: 9:05, 09:05:00.000.
_DAY = patterns.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]{1,2}(\d{1,2})(:\d{2}(?::\d{2})?)(?:\.\d{1,9})?)?"
)


class RejectedValue(Exception):
    """`code`: one of PROBLEMS. `field`: where."""

    def __init__(self, code: str, field: str) -> None:
        self.code, self.field = code, field
        super().__init__(code)


@dataclass(frozen=True)
class PersonValues:
    """None: nothing is said of it, and it stays. `attributes` are added to those that are there, None takes one away.

    `are_all`: the attributes are all that there are.
    """

    external_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    attributes: Mapping[str, Value | None] = field(default_factory=dict)
    consents: tuple[str, ...] | None = None
    are_all: bool = False


def read_person(values: object, *, are_all: bool = False) -> PersonValues:
    """Reads the fields as the API and forms have them. Raises RejectedValue."""
    if not isinstance(values, Mapping):
        raise RejectedValue("bad_value", "non_field_errors")
    consents, attributes = values.get("consents"), values.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise RejectedValue("bad_value", "attributes")
    if consents is not None and not isinstance(consents, list | tuple):
        raise RejectedValue("unknown_channel", "consents")
    if len(attributes) > MAX_ATTRIBUTES:
        raise RejectedValue("many_attributes", "attributes")
    return PersonValues(
        **_who(values),
        attributes={_attribute_name(name): _attribute(each) for name, each in attributes.items()},
        consents=None if consents is None else tuple(map(_channel, consents)),
        are_all=are_all,
    )


def read_cells(cells: Sequence[str], targets: Sequence[str]) -> PersonValues:
    """Reads a row of a table; `targets` says what each column is, "" for one that is left out. An empty cell says
    nothing. Raises RejectedValue.
    """
    values: dict[str, str] = {}
    attributes: dict[str, Value | None] = {}
    for cell, target in zip(cells, targets, strict=True):
        text = cell_text(cell)
        if not target or not text:
            continue
        if target.startswith(ATTRIBUTE):
            # What is longer hardly comes again, and would only fill the memory.
            value = _cell_value(text) if len(text) <= MAX_REMEMBERED else _cell_value.__wrapped__(text)
            if value is None:
                raise RejectedValue("bad_day", target)
            attributes[target.removeprefix(ATTRIBUTE)] = value
        else:
            # 13800138000.0 is what a program makes of a number among empty cells.
            whole = text.removesuffix(".0")
            values[target] = whole if whole.isdecimal() else text
    consents = values.get("consents")
    read_consents = None if consents is None else _channels(consents)
    return PersonValues(**_who(values), attributes=attributes, consents=read_consents)


@lru_cache(maxsize=4096)
def _cell_value(text: str) -> Value | None:
    """The same cities and days come again and again. None for a day that no calendar has: it would stand among days."""
    value = typed_value(text)
    if isinstance(value, str) and value[0].isdigit() and _DAY.fullmatch(value) and not is_day(value[:10]):
        return None
    return _attribute(value)


def read_attribute_lines(lines: Sequence[str]) -> dict[str, Value | None]:
    """“city = Paris”, a line each, as a form has them. Raises RejectedValue."""
    pairs = (line.partition("=") for line in lines)
    return {_attribute_name(name): _attribute(typed_value(value.strip())) for name, _sign, value in pairs}


def attribute_lines(attributes: Mapping[str, Value]) -> list[str]:
    return [f"{name} = {value_text(value)}" for name, value in sorted(attributes.items())]


def typed_value(text: str) -> Value:
    """What a text means: a number, a day as 2026-01-31, true or false, else what it says."""
    # Most texts are words, which are none of these.
    if not (text[:1].isdigit() or text[:1] in VALUE_STARTS):
        return text
    if _NUMBER.fullmatch(text):
        text = text.replace(",", "")
        return float(text) if "." in text else int(text)
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if found := _DAY.fullmatch(text):
        year, month, day = (int(each) for each in found.groups()[:3])
        try:
            whole = date(year, month, day).isoformat()
        except ValueError:
            return text
        return f"{whole} {found[4]:0>2}{found[5]}" if found[4] else whole
    return text


def value_text(value: Value | None) -> str:
    """The text that `typed_value` takes for this value."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def channel_keys() -> dict[str, str]:
    """Keys and names of channels in both languages, and what people call them, in small letters → key."""
    names = {name: key for key, words in CHANNEL_WORDS.items() for name in words.split()}
    for key, each in channels().items():
        names |= {name.casefold(): key for name in (key, each.name_zh, each.name_en)}
    return names


def _external_id(value: object) -> str:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if not text:
        raise RejectedValue("no_number", "external_id")
    if _ROUNDED.fullmatch(text):
        raise RejectedValue("rounded", "external_id")
    return _plain(text, "external_id", MAX_EXTERNAL_ID_CHARACTERS)


def _email(value: str) -> str:
    text = _plain(value.strip(), "email", MAX_FIELD_CHARACTERS)
    # Nearly all of them are of this form, which the validator takes, too.
    if text and not _USUAL_EMAIL.fullmatch(text):
        try:
            validate_email(text)
        except ValidationError as error:
            raise RejectedValue("bad_email", "email") from error
    return text


def _phone(value: str) -> str:
    text = _plain(nfkc(value).strip(), "phone", MAX_FIELD_CHARACTERS)
    digits = text.translate(WITHOUT_SIGNS)
    is_phone = digits.isascii() and digits.isdigit() and MIN_PHONE_DIGITS <= len(digits) <= MAX_PHONE_DIGITS
    if text and not is_phone:
        raise RejectedValue("bad_phone", "phone")
    return f"+{digits}" if text.startswith("+") else digits


CONTACT_FIELDS: dict[str, Callable[[str], str]] = {
    "name": lambda value: _plain(" ".join(value.split()), "name", MAX_FIELD_CHARACTERS),
    "email": _email,
    "phone": _phone,
}
ATTRIBUTE = "attribute:"


def _who(values: Mapping[str, object]) -> dict[str, Any]:
    """Own number, name and addresses."""
    contacts = ((name, _contact(name, values.get(name))) for name in CONTACT_FIELDS)
    return {"external_id": _external_id(values.get("external_id")), **dict(contacts)}


def _contact(name: str, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise RejectedValue("bad_value", name)
    return CONTACT_FIELDS[name](value)


def _attribute_name(name: object) -> str:
    text = str(name).strip()
    if not text or len(text) > MAX_NAME_CHARACTERS:
        raise RejectedValue("bad_name", "attributes")
    return _plain(text, "attributes", MAX_NAME_CHARACTERS)


def _attribute(value: object) -> Value | None:
    """Empty text is nothing."""
    match value:
        case None | "":
            return None
        case bool():
            return value
        case int() | float() if abs(value) <= MAX_NUMBER:
            return value
        case str():
            return _plain(value, "attributes", MAX_ATTRIBUTE_CHARACTERS)
    raise RejectedValue("bad_value", "attributes")


def _channel(value: object) -> str:
    if isinstance(value, str) and value in channels():
        return value
    raise RejectedValue("unknown_channel", "consents")


def _channels(text: str) -> tuple[str, ...]:
    return _known_channels(text) if len(text) <= MAX_REMEMBERED else _known_channels.__wrapped__(text)


@lru_cache(maxsize=1024)
def _known_channels(text: str) -> tuple[str, ...]:
    known = channel_keys()
    if text.strip().casefold() in NO_CHANNELS:
        return ()
    names = [each.strip().casefold() for each in text.translate(CONSENT_SEPARATORS).split(";")]
    if any(name and name not in known for name in names):
        raise RejectedValue("unknown_channel", "consents")
    return tuple(known[name] for name in names if name)


def _plain(text: str, place: str, limit: int) -> str:
    if len(text) > limit:
        raise RejectedValue("long_value", place)
    if _UNSTORABLE.search(text):
        raise RejectedValue("bad_value", place)
    return text
