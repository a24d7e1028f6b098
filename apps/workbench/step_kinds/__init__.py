"""How each kind of step is done, and what people read of it: one module a kind."""

from collections.abc import Mapping

from apps.workbench.step_kinds import (
    ask,
    branch,
    call,
    compute,
    extract,
    for_each,
    look,
    query,
    retrieve,
    run_app,
    send,
    wait,
    write,
)
from apps.workbench.steps import StepKind

KINDS: Mapping[str, StepKind] = {
    "ask": ask.KIND,
    "extract": extract.KIND,
    "look": look.KIND,
    "retrieve": retrieve.KIND,
    "compute": compute.KIND,
    "query": query.KIND,
    "branch": branch.KIND,
    "for_each": for_each.KIND,
    "write": write.KIND,
    "wait": wait.KIND,
    "send": send.KIND,
    "call": call.KIND,
    "run_app": run_app.KIND,
}
