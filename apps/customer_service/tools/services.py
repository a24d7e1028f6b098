"""Lookup tools: described, changed and deleted by administrators."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import ssrf_guard
from apps.core.errors import InvalidInput, Text
from apps.customer_service.tools import calls, requests
from apps.customer_service.tools import parameters as tools_parameters
from apps.customer_service.tools.models import LookupTool
from apps.customer_service.tools.parameters import Parameter, placeholders
from apps.customer_service.tools.requests import Outcome
from llm_backend import patterns

# The assistant cannot tell more apart.
MAX_TOOLS = 20
MAX_SECRET_CHARACTERS = 2000
Method = LookupTool.Method

_NAME = patterns.compile(r"[a-z][a-z0-9_]{0,39}")
_HEADER = patterns.compile(r"[A-Za-z0-9-]{1,80}")
_HEADER_VALUE = patterns.compile(r"[ -~]+")
_RESULT_PATH = patterns.compile(r"[^\s.]+(?:\.[^\s.]+)*")
# The client's own: a key in one of them would change what is sent, or where.
_OWN_HEADERS = frozenset({
    "accept", "accept-encoding", "connection", "content-length", "content-type", "cookie", "expect", "host",
    "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent",
})  # fmt: skip


@dataclass(frozen=True)
class Description:
    """What an administrator writes down. An empty secret keeps the one that is stored."""

    name: str
    label: str
    description: str
    url: str
    parameters: Sequence[Parameter]
    method: str = Method.GET
    secret_header: str = "Authorization"  # noqa: S105  (a header's name)
    secret: str = field(default="", repr=False)
    forgets_secret: bool = False
    result_path: str = ""
    timeout_seconds: int = 8
    is_enabled: bool = True


@requires_permission("conversations.manage")
@transaction.atomic
def save_lookup_tool(
    actor: Actor, description: Description, *, lookup_tool_id: UUID | None = None
) -> LookupTool:
    """Makes or changes a tool. Raises InvalidInput per field."""
    clean_description = replace(description, name=description.name.strip(), url=description.url.strip())
    tool = (
        LookupTool.objects.within(actor.organisation).select_for_update().one(pk=lookup_tool_id)
        if lookup_tool_id
        else LookupTool(organisation=actor.organisation)
    )
    if reasons := _validation_errors(tool, clean_description):
        first = next(iter(reasons.values()))[0]
        raise InvalidInput(first, code="lookup_tool_unusable", fields=reasons)
    action = "lookup_tool.created" if tool._state.adding else "lookup_tool.changed"
    _take_over(tool, clean_description)
    tool.save()
    # Never the key.
    details = {"name": tool.name, "url": tool.url, "method": tool.method, "is_enabled": tool.is_enabled}
    audit.record(actor, action=action, target=tool, details=details)
    # Not before: another request would fill it anew with what was true until now.
    transaction.on_commit(calls.tool_cache.clear)
    return tool


@requires_permission("conversations.manage")
@transaction.atomic
def delete_lookup_tool(actor: Actor, *, lookup_tool_id: UUID) -> None:
    tool = LookupTool.objects.within(actor.organisation).select_for_update().one(pk=lookup_tool_id)
    audit.record(actor, action="lookup_tool.deleted", target=tool, details={"name": tool.name})
    tool.delete()
    transaction.on_commit(calls.tool_cache.clear)


@requires_permission("conversations.manage")
def try_lookup_tool(actor: Actor, *, lookup_tool_id: UUID, arguments: dict[str, str]) -> Outcome:
    """The request as the assistant would send it. Raises InvalidInput for an argument that does not fit."""
    tool = LookupTool.objects.within(actor.organisation).one(pk=lookup_tool_id)
    values = {name: value.strip() for name, value in arguments.items() if value.strip()}
    if wrong := calls.unusable_argument(tool, values):
        reason = _("Missing, or does not match the pattern.")
        raise InvalidInput(reason, code="argument_unusable", fields={wrong: [reason]})
    return requests.send(actor, tool, values)


def _take_over(tool: LookupTool, description: Description) -> None:
    tool.name, tool.label = description.name, description.label.strip()
    tool.description, tool.method = description.description.strip(), description.method
    tool.url, tool.result_path = description.url, description.result_path.strip()
    tool.parameters = [asdict(parameter) for parameter in description.parameters]
    tool.secret_header = description.secret_header.strip()
    if description.secret or description.forgets_secret:
        tool.secret = description.secret
    tool.timeout_seconds, tool.is_enabled = description.timeout_seconds, description.is_enabled


def _validation_errors(tool: LookupTool, description: Description) -> dict[str, list[Text]]:
    path = description.result_path.strip()
    fits_path = not path or (len(path) <= 200 and _RESULT_PATH.fullmatch(path))
    errors: dict[str, list[Text]] = {
        "name": _to_name(tool, description.name),
        "label": _to_length(description.label, 80),
        "description": _to_length(description.description, 300),
        "method": [] if description.method in Method.values else [_("Choose GET or POST.")],
        "url": _to_url(description),
        "parameters": _to_parameters(description),
        "secret_header": _to_header(description),
        "secret": _to_secret(tool, description),
        "result_path": [] if fits_path else [_("Enter names separated by dots, such as result.order.")],
        "timeout_seconds": [] if 1 <= description.timeout_seconds <= 30 else [_("Enter 1 to 30 seconds.")],
    }
    return {name: reasons for name, reasons in errors.items() if reasons}


def _to_name(tool: LookupTool, name: str) -> list[Text]:
    others = LookupTool.objects.within(tool.organisation_id).exclude(pk=tool.pk)
    if not _NAME.fullmatch(name):
        return [_("Use lower-case letters, digits and _, starting with a letter, such as order_status.")]
    if others.filter(name=name).exists():
        return [_("A lookup with this name already exists.")]
    if tool._state.adding and others.count() >= MAX_TOOLS:
        return [_("The limit of 20 lookups is reached. Delete one first.")]
    return []


def _to_length(text: str, most: int) -> list[Text]:
    if not text.strip() or len(text) > most:
        return [_("Enter at most %(most)d characters.") % {"most": most}]
    return []


def _to_url(description: Description) -> list[Text]:
    try:
        ssrf_guard.check_url(description.url)
        parts = urlsplit(description.url)
        placeholders(description.url)
    except InvalidInput as refusal:
        return list(refusal.fields.get("url", []))
    except ValueError:
        return [_("Write parameters as {name}, and no other braces.")]
    if "{" in parts.netloc or "}" in parts.netloc:
        return [_("Parameters can only be in the path or the query, not in the host.")]
    if parts.fragment or any(
        character.isspace() or not character.isprintable() for character in description.url
    ):
        return [_("Remove spaces and everything after # from the address.")]
    return []


def _to_parameters(description: Description) -> list[Text]:
    """Every parameter has its place: in the address, or, of a POST, in the body."""
    if reasons := tools_parameters.validation_errors(description.parameters):
        return reasons
    try:
        in_url = set(placeholders(description.url))
    except ValueError:
        # What is wrong with the address is said beside the address.
        return []
    names = {parameter.name for parameter in description.parameters}
    if unknown := sorted(in_url - names):
        return [_("The address uses {%(name)s}. Describe it here.") % {"name": unknown[0]}]
    if description.method == Method.GET and (unused_names := sorted(names - in_url)):
        return [
            _("The address does not use {%(name)s}. Add it there or remove it here.")
            % {"name": unused_names[0]}
        ]
    return []


def _to_header(description: Description) -> list[Text]:
    header = description.secret_header.strip()
    if not header and not description.secret:
        return []
    if not _HEADER.fullmatch(header) or header.lower() in _OWN_HEADERS:
        return [_("Keys cannot be sent in this header. Use Authorization or X-Api-Key, for example.")]
    return []


def _to_secret(tool: LookupTool, description: Description) -> list[Text]:
    if description.secret:
        if len(description.secret) > MAX_SECRET_CHARACTERS or not _HEADER_VALUE.fullmatch(description.secret):
            return [_("A key is one line of letters, digits and symbols, such as Bearer abc123.")]
        return []
    # Otherwise who may change the address could read the key on a server of their own.
    is_kept = bool(tool.secret) and not description.forgets_secret
    if is_kept and _origin(tool.url) != _origin(description.url):
        return [_("The address points to another server. Enter the key again.")]
    return []


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()
