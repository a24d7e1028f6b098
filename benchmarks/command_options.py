"""The options of a command are the arguments of its measure's `run`: types, defaults and, annotated, what `--help` says."""

import argparse
import inspect
from collections.abc import Sequence
from types import ModuleType, NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints


def parser_of(measure: ModuleType, command: str = "") -> argparse.ArgumentParser:
    """A bool is a switch, a sequence takes several values, a literal has choices; what has no default must be given."""
    parser = argparse.ArgumentParser(prog=f"kongming {command}", description=measure.__doc__)
    hints = get_type_hints(measure.run, include_extras=True)
    for name, parameter in inspect.signature(measure.run).parameters.items():
        hint, is_required = hints[name], parameter.default is inspect.Parameter.empty
        kind, *told = (hint.__origin__, *hint.__metadata__) if hasattr(hint, "__metadata__") else (hint,)
        form = _form(kind, "+" if is_required else "*")
        form |= {"required": True} if is_required else {"default": parameter.default}
        # A word of Python's own, such as `from_`, has a line behind it.
        option = f"--{name.rstrip('_').replace('_', '-')}"
        parser.add_argument(option, dest=name, help=" ".join(told) or None, **form)
    return parser


def _form(kind: Any, several: str) -> dict[str, Any]:
    parts = get_args(kind)
    if kind is bool:
        return {"action": "store_true"}
    if get_origin(kind) is Sequence:
        return {"nargs": several, **_form(parts[0], several)}
    if get_origin(kind) is Literal:
        return {"choices": parts}
    return _form(next(each for each in parts if each is not NoneType), several) if parts else {"type": kind}
