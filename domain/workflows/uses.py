"""Which steps of an app something is made of what they give, and which were done for nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import nodes

from domain.workflows import expressions
from domain.workflows.app_file import AppFile
from domain.workflows.expressions import Wrong

# What these do matters, whatever they give; an app that is run may do the same.
ACTING = {"send", "call", "wait", "run_app"}
# Fields that hold an expression without braces.
CONDITIONS = {"when"}


def unused_steps(file: AppFile) -> list[str]:
    """Ids of steps whose result no output and no other step takes."""
    shown = set(_names_in({name: output.model_dump() for name, output in file.outputs.items()}))
    taken = {step.id: set(_names_in(step.model_dump())) for step in file.steps}
    return [
        step.id
        for step in file.steps
        if not {step.kind, *(inner.kind for inner in step.steps_inside)} & ACTING
        and step.id not in shown
        and not any(step.id in names for other, names in taken.items() if other != step.id)
    ]


def _names_in(value: Any, field: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _names_in(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _names_in(each, field)
    elif isinstance(value, str):
        yield from _names(value, field in CONDITIONS)


def _names(text: str, is_condition: bool) -> Iterator[str]:
    try:
        tree = expressions.parsed_expression(text) if is_condition else expressions.parsed(text)
    except Wrong:
        return
    own = [tree] if isinstance(tree, nodes.Name) else []
    yield from (node.name for node in [*own, *tree.find_all(nodes.Name)])
