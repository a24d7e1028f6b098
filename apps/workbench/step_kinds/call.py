from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.jobs import tools
from apps.jobs.tools import ToolContext
from apps.workbench.steps import Execution, Result, StepKind
from domain.workflows import types, values
from domain.workflows.step_kinds.call import Call
from domain.workflows.types import Record

OTHER_RESULT = _(
    "A tool of the app answered something else than it is to answer. Ask who looks after the tools."
)


def _do(execution: Execution, step: Call, place: str) -> Result:
    """Raises NotFound for a tool that is gone, Conflict for one that answers something else than it says, and what the
    tool raises.
    """
    tool = tools.find_tool(execution.row.organisation_id, step.tool)
    if tool is None:
        raise NotFound(_("A tool that the app calls is gone. Change the app, or set the tool up again."))
    actor = execution.run.actor_today()
    if tool.permission:
        actor.require(tool.permission)
    try:
        arguments = values.checked(Record(fields=dict(tool.parameters)), execution.arguments(step.arguments))
    except values.InvalidValues as refused:
        raise InvalidInput(
            _("A tool of the app got a value that it does not take. Check the inputs.")
        ) from refused
    key = ""
    if tool.acts and not execution.row.acts:
        return types.empty(tool.result)  # type: ignore[no-any-return]
    if tool.acts:
        key = str(execution.begin_act(step, place, {}, is_repeatable=tool.knows_key).pk)
    result = tool.run(ToolContext(execution.run, actor), arguments, key)
    try:
        return values.checked(tool.result, dict(result))
    except values.InvalidValues as refused:
        raise Conflict(OTHER_RESULT, code="tool_failed") from refused


KIND = StepKind(_("Use a tool"), "link", _do)
