"""What an organisation's own text of a prompt has to keep, held against the text that was shipped.

A text is written by people and filled with what strangers wrote: it may print variables, choose and repeat, and call
`tagged` and `fit`. What the shipped text prints only inside of tags stays inside of tags.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import jinja2
from jinja2 import meta, nodes

from llm_backend.errors import gettext_noop
from llm_backend.prompts import Prompt, environment

MAX_CHARACTERS = 20_000
MAX_LOOPS_INSIDE_EACH_OTHER = 2
TAGGED, FIT = "tagged", "fit"
# How the line of a shipped prompt begins that tells a model what tags are for.
GUARD = "Text inside"
ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Tuple,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Concat,
    nodes.Call,
    nodes.Keyword,
)
WORDS = {nodes.Filter: "|", nodes.Macro: "macro", nodes.Assign: "set", nodes.Getitem: "[ ]"}

# Of a text whose prompt a release does not have any more.
UNREADABLE = gettext_noop("Begin the text with “## system” or “## user”.")
GONE = gettext_noop("This prompt no longer exists in this release.")

Scope = Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """`text`: for people, with places for `figures`."""

    text: str
    figures: dict[str, str] = field(default_factory=dict)


def problems(own: Prompt, default: Prompt) -> list[Problem]:
    """Why the text cannot stand in for the shipped one; none where it can."""
    if len(own.text) > MAX_CHARACTERS:
        return [
            Problem(
                gettext_noop("The text is longer than %(limit)s characters."),
                {"limit": f"{MAX_CHARACTERS:,}"},
            )
        ]
    roles = [role for role, _ in default.parts]
    if [role for role, _ in own.parts] != roles:
        headings = ", ".join(f"## {role}" for role in roles)
        return [Problem(gettext_noop("The parts must be %(parts)s, in this order."), {"parts": headings})]
    try:
        trees = _trees(own)
    except jinja2.TemplateSyntaxError as error:
        text = gettext_noop("Line %(line)s cannot be read: %(reason)s")
        return [Problem(text, {"line": str(error.lineno), "reason": error.message or ""})]
    forbidden = [*_forbidden(trees)]
    if forbidden:
        return forbidden
    return [*_unknown_names(trees, default), *_printed_outside(trees, default), *_lost_guards(own, default)]


def unused_variables(own: Prompt, default: Prompt) -> list[str]:
    """What the shipped text tells the model and this one does not."""
    return sorted(_used_names(_trees(default)) - _used_names(_trees(own)))


def _trees(prompt: Prompt) -> list[nodes.Template]:
    trees, lines_before = [], 0
    for _role, text in prompt.parts:
        # So that lines count as in the whole text.
        trees.append(environment().parse("\n" * lines_before + text))
        lines_before += text.count("\n")
    return trees


def _used_names(trees: list[nodes.Template]) -> set[str]:
    names: set[str] = set()
    for tree in trees:
        names |= meta.find_undeclared_variables(tree) - {TAGGED, FIT}
    return names


def _forbidden(trees: list[nodes.Template]) -> Iterator[Problem]:
    """What could reach beyond the variables, or repeat without end."""
    for tree in trees:
        if _depth(tree) > MAX_LOOPS_INSIDE_EACH_OTHER:
            limit = {"limit": str(MAX_LOOPS_INSIDE_EACH_OTHER)}
            yield Problem(gettext_noop("Loops can be nested at most %(limit)s levels deep."), limit)
        for node in tree.find_all(nodes.Node):
            is_safe_call = not isinstance(node, nodes.Call) or _is_own_function(node)
            is_private = isinstance(node, nodes.Getattr) and node.attr.startswith("_")
            is_endless = isinstance(node, nodes.For) and (
                node.recursive or not isinstance(node.iter, nodes.Name | nodes.Getattr)
            )
            if not isinstance(node, ALLOWED) or not is_safe_call or is_private or is_endless:
                figures = {"line": str(node.lineno), "what": WORDS.get(type(node), type(node).__name__)}
                text = gettext_noop("Line %(line)s uses %(what)s, which prompts do not support.")
                yield Problem(text, figures)


def _is_own_function(call: nodes.Call) -> bool:
    if not isinstance(call.node, nodes.Name) or call.dyn_args or call.dyn_kwargs:
        return False
    first = call.args[0] if call.args else None
    if call.node.name == TAGGED:
        return isinstance(first, nodes.Const) and isinstance(first.value, str)
    return call.node.name == FIT and first is not None


def _depth(node: nodes.Node) -> int:
    inside = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return inside + isinstance(node, nodes.For)


def _unknown_names(trees: list[nodes.Template], default: Prompt) -> Iterator[Problem]:
    for name in sorted(_used_names(trees) - set(default.settings.variables)):
        variables = ", ".join(default.settings.variables)
        text = gettext_noop("Unknown variable “%(name)s”. Available: %(known)s.")
        yield Problem(text, {"name": name, "known": variables})


def _printed_outside(trees: list[nodes.Template], default: Prompt) -> Iterator[Problem]:
    allowed_paths = {path for tree in _trees(default) for path in _printed_paths(tree, {})}
    printed_paths = dict.fromkeys(path for tree in trees for path in _printed_paths(tree, {}))
    for path in printed_paths:
        if path not in allowed_paths:
            text = gettext_noop("“%(name)s” can contain outside text. Write it as %(tagged)s.")
            name, tag = path.replace("[]", ""), path.partition("[")[0].partition(".")[0]
            yield Problem(text, {"name": name, "tagged": f'{{{{ tagged("{tag}", …) }}}}'})


def _lost_guards(own: Prompt, default: Prompt) -> Iterator[Problem]:
    lines = [line.strip() for line in default.text.splitlines()]
    for line in lines:
        if line.startswith(GUARD) and line not in own.text:
            text = gettext_noop("This line must stay unchanged: %(line)s")
            yield Problem(text, {"line": line})


def _printed_paths(node: nodes.Node, scope: Scope) -> Iterator[str]:
    """Paths of variables that a template writes outside of tags, such as `passages[].number`."""
    if isinstance(node, nodes.For):
        inside = {**scope, **_loop_names(node.target, f"{_path(node.iter, scope)}[]")}
        for child in [*node.body, *node.else_]:
            yield from _printed_paths(child, inside)
    elif isinstance(node, nodes.If):
        for child in [*node.body, *node.elif_, *node.else_]:
            yield from _printed_paths(child, scope)
    elif isinstance(node, nodes.Output | nodes.Template):
        for child in node.iter_child_nodes():
            yield from (
                _printed_paths(child, scope) if isinstance(node, nodes.Template) else _values(child, scope)
            )


def _values(node: nodes.Node, scope: Scope) -> Iterator[str]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == TAGGED:
        return
    if isinstance(node, nodes.Name | nodes.Getattr):
        path = _path(node, scope)
        if not path.startswith("loop.") and path not in (TAGGED, FIT):
            yield path
        return
    for child in node.iter_child_nodes():
        yield from _values(child, scope)


def _path(node: nodes.Node, scope: Scope) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node, scope)}.{node.attr}"
    return scope.get(node.name, node.name) if isinstance(node, nodes.Name) else ""


def _loop_names(target: nodes.Node, path: str) -> dict[str, str]:
    if isinstance(target, nodes.Name):
        return {target.name: path}
    places = enumerate(target.items) if isinstance(target, nodes.Tuple) else ()
    return {item.name: f"{path}.{place}" for place, item in places if isinstance(item, nodes.Name)}
