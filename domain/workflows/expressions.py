"""What an app file says between braces and behind `when`: a part of Jinja's language, read by Jinja, and nothing else of it.

Names, fields behind dots, comparisons, `in`, `and`, `or`, `not`, `| length`; in texts also `{% for %}` and `{% if %}`. No
calls, no sums, no patterns, no code: a few kinds of nodes are walked here. Each has a type before anything runs, and each
run has a budget of steps and characters, so no expression goes on without an end.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import jinja2
from jinja2 import nodes

from domain.workflows import types
from domain.workflows.types import Choice, Flag, List, Number, Passages, Quote, Record, Table, Text, Type
from llm_backend import patterns
from llm_backend.prompts import Tagger

MAX_CHARACTERS = 20_000
MAX_EXPRESSION_CHARACTERS = 500
# What walks the nodes recurses into them.
MAX_DEPTH = 40
MAX_STEPS = 200_000
MAX_OUTPUT_CHARACTERS = 600_000
_UNEXPECTED = patterns.compile(r"unexpected char '(.)'")
LOOP = Record(fields={"index": Number(), "first": Flag(), "last": Flag()})
_ENVIRONMENT = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701  (only parses)

Scope = Mapping[str, Type]
Values = Mapping[str, Any]
Side = tuple[nodes.Expr, Type]


class Wrong(Exception):
    """An expression or a text cannot be used. `line`: of the text, counted from 0."""

    def __init__(self, code: str, line: int = 0, **names: str) -> None:
        super().__init__(code)
        self.code, self.line, self.names = code, line, names


class TooMuch(Exception):
    """A run went over its budget."""


@lru_cache(maxsize=64)
def parsed(text: str) -> nodes.Template:
    """Raises Wrong."""
    if len(text) > MAX_CHARACTERS:
        raise Wrong("text_too_long", limit=str(MAX_CHARACTERS))
    try:
        tree = _ENVIRONMENT.parse(text)
    except jinja2.TemplateSyntaxError as error:
        raise _syntax_problem(error.message or "", error.lineno - 1) from error
    except (RecursionError, ValueError) as error:
        raise Wrong("too_deep_expression") from error
    layer: list[nodes.Node] = [tree]
    for _level in range(MAX_DEPTH):
        layer = [inner for node in layer for inner in node.iter_child_nodes()]
        if not layer:
            return tree
    raise Wrong("too_deep_expression", layer[0].lineno - 1)


def _syntax_problem(reason: str, line: int) -> Wrong:
    """What people mistype most has words of its own; of all else the reason as Jinja puts it."""
    if "end of" in reason and reason.endswith("got '='"):
        return Wrong("single_equals", line)
    character = _UNEXPECTED.match(reason)
    if character and not character[1].isascii():
        return Wrong("other_mark", line, name=character[1])
    return Wrong("bad_template", line, reason=reason)


@lru_cache(maxsize=64)
def parsed_expression(text: str) -> nodes.Expr:
    """Of what stands behind `when`, with or without braces. Raises Wrong."""
    text = text.strip()
    if len(text) > MAX_EXPRESSION_CHARACTERS:
        raise Wrong("text_too_long", limit=str(MAX_EXPRESSION_CHARACTERS))
    expression = sole_expression(text if text.startswith("{{") else "{{ " + text + " }}")
    if expression is None:
        raise Wrong("bad_template", reason="")
    return expression


def sole_expression(text: str) -> nodes.Expr | None:
    """The expression that is the whole of a text: its value keeps its type. Raises Wrong."""
    body = parsed(text.strip()).body
    is_sole = len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1
    node = body[0].nodes[0] if is_sole else None  # type: ignore[attr-defined]
    return None if node is None or isinstance(node, nodes.TemplateData) else node


def type_of(node: nodes.Node, scope: Scope) -> Type:
    """Raises Wrong."""
    match node:
        case nodes.Name(name=name):
            if name not in scope:
                raise Wrong("unknown_name", node.lineno - 1, name=name, known=", ".join(scope))
            return scope[name]
        case nodes.Getattr(node=of, attr=attr):
            return _type_of_field(node, type_of(of, scope), attr)
        case nodes.Const(value=value):
            return _type_of_constant(node, value)
        case nodes.Neg(node=nodes.Const(value=int() | float() as number)) if not isinstance(number, bool):
            return Number()
        case nodes.Filter(name="length", node=nodes.Expr() as of, args=[], kwargs=[]):
            given = type_of(of, scope)
            if types.item_of(given) is None and not isinstance(given, Text):
                raise Wrong("nothing_to_count", node.lineno - 1, type=types.name_of(given))
            return Number()
    return _type_of_condition(node, scope)


def _type_of_condition(node: nodes.Node, scope: Scope) -> Type:
    match node:
        case nodes.Not(node=of):
            return _flag(of, scope)
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            _flag(left, scope)
            return _flag(right, scope)
        case nodes.Compare(expr=expr, ops=operands):
            sides = [(each, type_of(each, scope)) for each in (expr, *(one.expr for one in operands))]
            for operand, (first, second) in zip(operands, pairwise(sides), strict=True):
                _check_comparison(operand.op, first, second)
            return Flag()
    raise Wrong("not_allowed", node.lineno - 1, what=type(node).__name__.lower())


def check_text(text: str, scope: Scope) -> None:
    """That a text can be written with what there is. Raises Wrong."""
    _check_body(parsed(text).body, scope)


def _check_body(body: list[nodes.Node], scope: Scope) -> None:
    for node in body:
        match node:
            case nodes.Output():
                for part in node.nodes:
                    if not isinstance(part, nodes.TemplateData):
                        _check_writable(part, type_of(part, scope))
            case nodes.If():
                _flag(node.test, scope)
                _check_body(node.body, scope)
                _check_body([*node.elif_, *node.else_], scope)
            case nodes.For(target=nodes.Name(name=name), test=None, recursive=False, else_=[]):
                _check_loop(node, name, scope)
            case _:
                raise Wrong("not_allowed", node.lineno - 1, what=type(node).__name__.lower())


def _check_loop(node: nodes.For, name: str, scope: Scope) -> None:
    given = type_of(node.iter, scope)
    item = types.item_of(given)
    if item is None:
        raise Wrong("nothing_to_repeat", node.lineno - 1, type=types.name_of(given))
    if name in scope:
        raise Wrong("name_taken", node.lineno - 1, name=name)
    _check_body(node.body, {**scope, name: item, "loop": LOOP})


def _check_writable(node: nodes.Node, given: Type) -> None:
    if not isinstance(given, (*types.TEXTS, Passages)):
        raise Wrong("not_writable", node.lineno - 1, type=types.name_of(given))


def _flag(node: nodes.Node, scope: Scope) -> Type:
    given = type_of(node, scope)
    if not isinstance(given, Flag):
        raise Wrong("flag_needed", node.lineno - 1, type=types.name_of(given))
    return given


def _type_of_field(node: nodes.Node, of: Type, name: str) -> Type:
    fields = types.fields_of(of)
    if name not in fields:
        known = ", ".join(fields)
        if not fields and not isinstance(of, Record):
            raise Wrong("no_fields", node.lineno - 1, name=name, type=types.name_of(of))
        raise Wrong("unknown_field", node.lineno - 1, name=name, type=types.name_of(of), known=known)
    return fields[name]


def _type_of_constant(node: nodes.Node, value: Any) -> Type:
    if isinstance(value, bool):
        return Flag()
    if isinstance(value, int | float):
        return Number()
    if isinstance(value, str):
        return Text()
    raise Wrong("not_allowed", node.lineno - 1, what="none")


def _check_comparison(operator: str, first: Side, second: Side) -> None:
    (node, left), (other, right) = first, second
    names = {"left": types.name_of(left), "right": types.name_of(right)}
    if operator in ("in", "notin"):
        item = types.item_of(right) if isinstance(right, List) else None
        is_text = isinstance(right, Text) and types.fits(Text(), left)
        is_fitting = is_text or (item is not None and types.shared_type(item, left) is not None)
    elif operator in ("eq", "ne"):
        is_fitting = not isinstance(left, Record | List | Table | Passages) and bool(
            types.shared_type(left, right)
        )
    else:
        is_fitting = isinstance(left, Number) and isinstance(right, Number)
    if not is_fitting:
        raise Wrong("not_comparable", node.lineno - 1, **names)
    _check_option(node, left, other)
    _check_option(node, right, node)


def _check_option(node: nodes.Node, port: Type, other: nodes.Node) -> None:
    """A choice is compared with what it can be: a word that is none of its options never holds."""
    if isinstance(port, Choice) and isinstance(other, nodes.Const) and other.value not in port.options:
        known = ", ".join(port.options)
        raise Wrong("unknown_option", node.lineno - 1, name=str(other.value), known=known)


@dataclass
class Budget:
    """Of one run of an expression or a text."""

    steps: int = MAX_STEPS
    characters: int = MAX_OUTPUT_CHARACTERS

    def spend(self, *, steps: int = 1, characters: int = 0) -> None:
        self.steps -= steps
        self.characters -= characters
        if self.steps < 0 or self.characters < 0:
            raise TooMuch


@dataclass
class Writer:
    """Writes a checked text. With a `tagger` its reader is a model: what comes from outside stands between tags."""

    values: Values
    scope: Scope
    tagger: Tagger | None = None
    budget: Budget = field(default_factory=Budget)

    def text(self, text: str) -> str:
        """Raises TooMuch."""
        return "".join(self._body(parsed(text).body, self.values, self.scope)).strip()

    def _body(self, body: list[nodes.Node], values: Values, scope: Scope) -> Iterator[str]:
        for node in body:
            self.budget.spend()
            if isinstance(node, nodes.Output):
                for part in node.nodes:
                    piece = (
                        part.data
                        if isinstance(part, nodes.TemplateData)
                        else self._piece(part, values, scope)
                    )
                    self.budget.spend(characters=len(piece))
                    yield piece
            elif isinstance(node, nodes.If):
                yield from self._body(self._branch(node, values), values, scope)
            elif isinstance(node, nodes.For):
                yield from self._loop(node, values, scope)

    def _branch(self, node: nodes.If, values: Values) -> list[nodes.Node]:
        if value_of(node.test, values, self.budget):
            return node.body
        for other in node.elif_:
            if value_of(other.test, values, self.budget):
                return other.body
        return node.else_

    def _loop(self, node: nodes.For, values: Values, scope: Scope) -> Iterator[str]:
        items, name = value_of(node.iter, values, self.budget), node.target.name  # type: ignore[attr-defined]
        item_type = types.item_of(type_of(node.iter, scope))
        inner_scope = {**scope, name: item_type, "loop": LOOP}
        for number, item in enumerate(items, start=1):
            loop = {"index": number, "first": number == 1, "last": number == len(items)}
            yield from self._body(node.body, {**values, name: item, "loop": loop}, inner_scope)  # type: ignore[arg-type]

    def _piece(self, node: nodes.Node, values: Values, scope: Scope) -> str:
        value, port = value_of(node, values, self.budget), type_of(node, scope)
        if isinstance(port, Passages):
            return self._passages(value)
        written = plain_text(port, value)
        if self.tagger and isinstance(port, Text | Quote) and not isinstance(node, nodes.Const):
            return self.tagger(tag_of(node), written)
        return written

    def _passages(self, passages: list[dict[str, Any]]) -> str:
        if self.tagger:
            tagged = [
                self.tagger(
                    "passage", each["text"], number=each["number"], title=each["heading"] or each["title"]
                )
                for each in passages
            ]
            return "\n".join(tagged)
        return "\n\n".join(f"[{each['number']}] {each['title']}\n{each['text']}" for each in passages)


def tag_of(node: nodes.Node) -> str:
    """The tag of a value in a prompt: the last of its names."""
    return node.attr if isinstance(node, nodes.Getattr) else getattr(node, "name", "text")


def tags_of(text: str) -> frozenset[str]:
    """All tags that a text may come to have as a prompt."""
    found = parsed(text).find_all((nodes.Getattr, nodes.Name))
    return frozenset({"passage", "text", *map(tag_of, found)})


def for_model(text: str, values: Values, scope: Scope) -> str:
    """A text as a prompt. Raises TooMuch."""
    return Writer(values, scope, Tagger(tags_of(text))).text(text)


def value(text: str, values: Values, scope: Scope) -> Any:
    """Of a port: a sole expression keeps its type, anything else is a text. Raises TooMuch."""
    expression = sole_expression(text)
    return Writer(values, scope).text(text) if expression is None else value_of(expression, values, Budget())


def value_of(node: nodes.Node, values: Values, budget: Budget) -> Any:
    """Of a checked expression. Raises TooMuch."""
    budget.spend()
    match node:
        case nodes.Name(name=name):
            return values[name]
        case nodes.Getattr(node=of, attr=attr):
            return value_of(of, values, budget)[attr]
        case nodes.Const(value=constant):
            return constant
        case nodes.Neg(node=nodes.Const(value=constant)):
            return -constant
        case nodes.Filter(node=nodes.Expr() as of):
            return len(value_of(of, values, budget))
    return _truth_of(node, values, budget)


def _truth_of(node: nodes.Node, values: Values, budget: Budget) -> Any:
    match node:
        case nodes.Not(node=of):
            return not value_of(of, values, budget)
        case nodes.And(left=left, right=right):
            return value_of(left, values, budget) and value_of(right, values, budget)
        case nodes.Or(left=left, right=right):
            return value_of(left, values, budget) or value_of(right, values, budget)
        case nodes.Compare(expr=expr, ops=operands):
            sides = [
                _comparable(value_of(each, values, budget))
                for each in (expr, *(one.expr for one in operands))
            ]
            return all(
                _holds(each.op, left, right, budget)
                for each, (left, right) in zip(operands, pairwise(sides), strict=True)
            )
    raise TypeError(f"{type(node).__name__} was not checked")


def _comparable(value: Any) -> Any:
    return value["text"] if isinstance(value, dict) and "found" in value else value


def _holds(operator: str, left: Any, right: Any, budget: Budget) -> bool:
    if operator in ("eq", "ne"):
        is_missing_number = {left is None, right is None} == {True, False} and any(
            isinstance(each, int | float) and not isinstance(each, bool) for each in (left, right)
        )
        return not is_missing_number and bool(left == right) == (operator == "eq")
    if operator in ("in", "notin"):
        # As much work as there is to look through.
        budget.spend(steps=len(right) // 100)
        among = right if isinstance(right, str) else [_comparable(each) for each in right]
        # A choice that nobody made stands in no text.
        is_among = left in among if left is not None or among is not right else False
        return is_among == (operator == "in")
    if left is None or right is None:
        return False
    orders = {"lt": left < right, "lteq": left <= right, "gt": left > right, "gteq": left >= right}
    return bool(orders[operator])


def plain_text(port: Type, value: Any) -> str:
    """As people read it."""
    if value is None:
        return ""
    if isinstance(port, Quote):
        return str(value["text"])
    return f"{value:.15g}" if isinstance(port, Number) else str(value)
