"""How each kind of step is done, and what people read of it: one module a kind."""

from collections.abc import Mapping
from importlib import import_module

from apps.workbench.steps import StepKind
from domain.workflows import outline

KINDS: Mapping[str, StepKind] = {
    kind: import_module(f"{__name__}.{kind}").KIND for kind in outline.step_models()
}
