"""The lookups of an organisation as tools of its apps, for whoever may read conversations."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.tools import requests
from apps.customer_service.tools.calls import unusable_argument
from apps.customer_service.tools.models import LookupTool
from apps.customer_service.tools.parameters import MAX_VALUE_CHARACTERS, parameters_of
from apps.jobs.tools import Tool, ToolContext, register_provider
from domain.workflows.types import Flag, Record, Text, Words

RESULT = Record(
    fields={
        "text": Text(max_characters=requests.ANSWER_CHARACTERS),
        "found": Flag(title=Words(en="Found", zh="找到")),
    }
)


@register_provider
def tools_of_organisation(organisation_id: UUID) -> Iterator[Tool]:
    for row in LookupTool.objects.within(organisation_id).filter(is_enabled=True):
        parameters = {
            each.name: Text(
                max_characters=MAX_VALUE_CHARACTERS,
                optional=not each.is_required,
                help=Words(en=each.description, zh=each.description),
            )
            for each in parameters_of(row.parameters)
        }
        yield Tool(
            row.name,
            parameters,
            RESULT,
            partial(_look_up, row),
            permission="conversations.view",
            label=row.label,
            description=row.description,
        )


def _look_up(
    tool: LookupTool, context: ToolContext, arguments: Mapping[str, Any], _key: str
) -> dict[str, Any]:
    """Raises InvalidInput for an argument that does not fit, and Conflict where the other system does not answer."""
    values = {name: str(value).strip() for name, value in arguments.items() if str(value).strip()}
    if unusable_argument(tool, values):
        raise InvalidInput(_("A lookup of the app got a value that it does not take. Check the inputs."))
    outcome = requests.send(context.run, tool, values)
    if outcome.error:
        raise Conflict(
            _("The system behind a lookup of the app did not answer. Try again later."), code="tool_failed"
        )
    return {"text": outcome.text, "found": outcome.is_found}
