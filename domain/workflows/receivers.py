"""To whom an app may send: never to somebody whom a model's words, or a document that it read, named."""

from jinja2 import nodes

from domain.workflows import expressions
from domain.workflows.steps import StepCheck
from llm_backend import patterns

ADDRESS = patterns.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,190}")


def check_receiver(check: StepCheck, text: str, *place: str | int) -> None:
    """An address that stands in the file, or a value that a person gave: an input, a field of a step that waits for one, a
    choice among these, or an item of a list of them. Which members there are, the run looks up. May raise Wrong.
    """
    expression = expressions.sole_expression(text)
    if expression is not None:
        if not _is_of_person(check, expression):
            check.add("receiver_chosen", *place)
    elif ADDRESS.fullmatch(text.strip()):
        check.addresses.add(text.strip().lower())
    else:
        check.add("no_address", *place)


def _is_of_person(check: StepCheck, node: nodes.Node) -> bool:
    while isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Getattr):
        node = node.node
    field = node.attr if isinstance(node, nodes.Getattr) else ""
    name = getattr(node.node if isinstance(node, nodes.Getattr) else node, "name", "")
    if name == "inputs":
        check.receivers.add(field)
        return True
    origins = check.origins.get(name)
    if origins is None:
        return False
    for text in origins:
        expression = expressions.sole_expression(text)
        if expression is None and ADDRESS.fullmatch(text.strip()):
            check.addresses.add(text.strip().lower())
        elif expression is None or not _is_of_person(check, expression):
            return False
    return True
