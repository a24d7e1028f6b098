"""Lookups in other systems: HTTP tools that an administrator described, called by the model, cited like a passage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone, translation

from apps.core.ttl_cache import TTLCache
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Message
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.tools import requests
from apps.customer_service.tools.models import LookupCall, LookupTool
from apps.customer_service.tools.parameters import parameters_of
from apps.customer_service.tools.requests import Outcome
from apps.jobs.runs import JobCancelled, JobRun
from domain.text.understanding.entities import entities
from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

# Values of parameters that are called so, or that look like a number, a visitor must have written.
_IDENTIFIES = patterns.compile(
    r"order|number|code|phone|mobile|mail|account|tracking|invoice|parcel|waybill|(?:^|_)(?:id|no|sn)(?:_|$)"
)
# A value with so many digits identifies something; “2 pieces” does not.
MIN_DIGITS = 3
_NUMERAL = patterns.compile(r"[\d一二三四五六七八九十]")
_SEPARATOR = r"[\s\-_.#]"

tool_cache = TTLCache[list[LookupTool]](seconds=5)


@dataclass(frozen=True)
class ToolAnswer:
    """What a tool answered, as the text that an answer may be written from and cite.

    `missing`: the argument that the visitor has not given (yet); then nothing was sent.
    """

    tool: LookupTool
    text: str
    is_failed: bool = False
    missing: str = ""


def tools_of(channel: Channel) -> list[LookupTool]:
    """Those that the assistant may call."""
    usable = LookupTool.objects.within(channel.organisation_id).filter(is_enabled=True)
    return tool_cache.get(channel.organisation_id, lambda: list(usable))


def call_tool(run: JobRun, exchange: Exchange, tool: LookupTool, arguments: Mapping[str, str]) -> ToolAnswer:
    """Never raises for a fault of the other system: `is_failed`, and a row that says why."""
    given = {name: str(value).strip() for name, value in arguments.items() if str(value).strip()}
    values = _with_dates_as_taken(tool, given)
    if missing := unusable_argument(tool, values) or _invented_argument(exchange, tool, values):
        _record(exchange, tool, values, Outcome(error=f"missing argument: {missing}"))
        return ToolAnswer(tool, "", is_failed=True, missing=missing)
    try:
        with translation.override(exchange.conversation.language):
            outcome = requests.send(run, tool, values)
    except JobCancelled:
        _record(exchange, tool, values, Outcome(error="stopped"))
        raise
    _record(exchange, tool, values, outcome)
    return ToolAnswer(tool, outcome.text, is_failed=bool(outcome.error))


def for_each_order(
    tool: LookupTool, arguments: Mapping[str, str], question: str
) -> dict[str, Mapping[str, str]]:
    """The arguments by the order that they name, and again for each that the question names beside it. Numbers of another
    form, such as a parcel's, are not meant.
    """
    read = [each for each in entities(question, today=timezone.localdate()) if each.kind == "order_number"]
    written = {each.value: each.text.lstrip("#") for each in read}
    name = next((name for name, value in arguments.items() if nfkc(value).upper() in written), "")
    if not name:
        return {"": arguments}
    own = nfkc(arguments[name]).upper()
    is_as_written = arguments[name] == written[own]
    orders = {own: arguments}
    for number, text in written.items():
        again = {**arguments, name: text if is_as_written else number}
        if number != own and _form(number) == _form(own) and not unusable_argument(tool, again):
            orders[number] = again
    return orders


def _form(number: str) -> str:
    """“A-0” of A-1029."""
    return patterns.sub(r"\d+", "0", number)


def unusable_argument(tool: LookupTool, arguments: Mapping[str, str]) -> str:
    """The first parameter whose value is missing or does not fit; a name that is none, too."""
    parameters = parameters_of(tool.parameters)
    if strange := sorted(set(arguments) - {parameter.name for parameter in parameters}):
        return strange[0]
    for parameter in parameters:
        value = arguments.get(parameter.name)
        if parameter.is_required if value is None else not parameter.fits(value):
            return parameter.name
    return next(iter(requests.leaves_its_place(tool, arguments)), "")


def _with_dates_as_taken(tool: LookupTool, arguments: Mapping[str, str]) -> dict[str, str]:
    """“12月3日” as 2026-12-03, where the tool takes days in that form alone."""
    values = dict(arguments)
    for parameter in parameters_of(tool.parameters):
        if (value := values.get(parameter.name)) and not parameter.fits(value):
            fitting = [day for day in _days(value) if parameter.fits(day)]
            values[parameter.name] = fitting[0] if fitting else value
    return values


def _days(text: str) -> list[str]:
    """Days that it may name, the nearest first: one without a year, said in January, may be of the year before. Yesterday is
    of no other year.
    """
    today = timezone.localdate()
    days = set()
    for year in (0, -365, 365):
        named = entities(text, today=today + timedelta(days=year))
        days |= {day.value for day in named if day.kind == "date" and (not year or _NUMERAL.search(day.text))}
    return sorted(days, key=lambda day: abs(date.fromisoformat(day) - today))


def _invented_argument(exchange: Exchange, tool: LookupTool, arguments: Mapping[str, str]) -> str:
    """The first argument that names an order, an account or the like which the visitor never wrote."""
    named = {}
    for name, value in arguments.items():
        digits = sum(character.isdigit() for character in value)
        if digits >= MIN_DIGITS or "@" in value or _IDENTIFIES.search(name):
            named[name] = value
    if not named:
        return ""
    # Anywhere in this conversation; the model invents nothing: `docs/decisions/lookups.md`.
    messages = Message.objects.filter(conversation=exchange.conversation, author=Message.Author.VISITOR)
    visitor_text = "\n".join(messages.order_by("ordinal").values_list("text", flat=True))
    return next((name for name, value in named.items() if not is_written(value, visitor_text)), "")


def is_written(value: str, text: str) -> bool:
    """Spelled with other spaces, hyphens or width is still written; so is the day that “yesterday” was."""
    written = patterns.words(
        [patterns.sub(_SEPARATOR, "", _fold(value))],
        before=r"(?<![a-z0-9])(?<![a-z0-9][-_])",
        after=r"(?![a-z0-9])(?![-_][a-z0-9])",
        between=_SEPARATOR,
    )
    if written.search(_fold(text)):
        return True
    return value in _days(text)


def _fold(text: str) -> str:
    return nfkc(text).lower()


def _record(exchange: Exchange, tool: LookupTool, arguments: Mapping[str, str], outcome: Outcome) -> None:
    LookupCall.objects.create(
        organisation_id=exchange.conversation.organisation_id,
        tool=tool,
        tool_name=tool.name,
        conversation=exchange.conversation,
        arguments=dict(arguments),
        status=outcome.status,
        error=outcome.error[:300],
        milliseconds=outcome.milliseconds,
    )
