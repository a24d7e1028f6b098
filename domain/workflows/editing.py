"""Changes of an app file as functions of its text. What is changed is written anew, all else stays letter by letter.

Each change is read again, and one after which the file would say anything else than what was asked for is refused.
"""

import json
from collections.abc import Callable, Iterable
from io import StringIO
from typing import Any

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from domain.workflows import yaml_reading
from domain.workflows.problems import FileRefused, Path
from llm_backend import patterns

# A mapping that is written in one line is at most as long.
LINE_CHARACTERS = 100
_MISSING = object()
_LONG_ESCAPE = patterns.compile(r"(?<!\\)((?:\\\\)*+)\\U([0-9A-F]{8})")


class EditRefused(Exception):
    """The file is written in a way that does not let this be changed by itself."""


def value_at(text: str, path: Path, default: Any = None) -> Any:
    """Raises FileRefused."""
    return at(yaml_reading.read(text).value, path, default)


def put(text: str, path: Path, value: Any) -> str:
    """The text with this value at the path: of mappings and lists what differs, no more. Raises EditRefused."""
    old = value_at(text, path, _MISSING)
    if old is not _MISSING and _same(old, value):
        return text
    if parts := _parts(old, value):
        for part in parts:
            text = put(text, (*path, part), value[part])
        for part in [part for part in old if part not in value] if isinstance(old, dict) else ():
            text = remove(text, (*path, part))
        return text
    if old is not _MISSING:
        candidates = _replacements(text, path, value)
    elif value_at(text, path[:-1]):
        candidates = _appended_member(text, path, value)
    else:
        return put(text, path[:-1], {path[-1]: value})
    return _first_valid(text, lambda root: _set(root, path, value), candidates)


def _parts(old: Any, value: Any) -> list[str] | range | None:
    """By which a value can be changed part by part: items of a list of one length, names without another order."""
    if isinstance(old, list) and isinstance(value, list) and len(old) == len(value):
        return range(len(value))
    if isinstance(old, dict) and isinstance(value, dict):
        kept = [name for name in old if name in value]
        if kept and [*kept, *(name for name in value if name not in old)] == list(value):
            return list(value)
    return None


def insert_item(text: str, path: Path, index: int, value: Any) -> str:
    """The text with one more item in the list at the path. Raises EditRefused."""
    if not value_at(text, path):
        return put(text, path, [value])
    node = _node(text, path)
    if not isinstance(node, SequenceNode):
        raise EditRefused
    return _first_valid(
        text, lambda root: at(root, path).insert(index, value), [_with_item(text, node, index, value)]
    )


def remove(text: str, path: Path) -> str:
    """The text without what stands at the path, and without the comments right above it. Raises EditRefused."""
    parent = value_at(text, path[:-1])
    if len(parent) == 1:
        return put(text, path[:-1], type(parent)())
    return _first_valid(text, lambda root: at(root, path[:-1]).__delitem__(path[-1]), [_without(text, path)])


def move_item(text: str, path: Path, index: int, by: int) -> str:
    """The text with the item of a list one place higher (`by` -1) or lower (1), its comments with it. Raises EditRefused."""
    items, first = value_at(text, path), min(index, index + by)
    if not 0 <= first < len(items) - 1:
        raise EditRefused

    def swap(root: Any) -> None:
        rows = at(root, path)
        rows[first], rows[first + 1] = rows[first + 1], rows[first]

    node = _node(text, path)
    return _first_valid(text, swap, [_with_swapped_items(text, node, first)])


def file_text(value: Any) -> str:
    """A whole file."""
    return _block(value, 0)


def _first_valid(text: str, change: Callable[[Any], object], candidates: Iterable[str]) -> str:
    """The first candidate that says what was asked for."""
    expected = yaml_reading.read(text).value
    change(expected)
    for candidate in candidates:
        try:
            if _same(yaml_reading.read(candidate).value, expected):
                return candidate
        except FileRefused as refused:
            if refused.problems[0].code == "file_too_large":
                raise
    raise EditRefused


def _same(first: Any, second: Any) -> bool:
    """Also in the order of names; true is not 1."""
    return json.dumps(first) == json.dumps(second)


def at(value: Any, path: Path, default: Any = None) -> Any:
    """What stands at a path of a file that was read."""
    for part in path:
        members = dict(enumerate(value)) if isinstance(value, list) else value
        if not isinstance(members, dict) or part not in members:
            return default
        value = members[part]
    return value


def _set(root: Any, path: Path, value: Any) -> None:
    at(root, path[:-1])[path[-1]] = value


# Where things stand.


def _node(text: str, path: Path) -> Any:
    """Of what `yaml_reading` read: bounded, without aliases and tags."""
    node: Any = yaml.compose(text, Loader=yaml_reading.LOADER)
    for part in path:
        node = node.value[part] if isinstance(node, SequenceNode) else _member(node, part)[1]
    return node


def _member(node: Any, name: Any) -> tuple[Node, Node]:
    for key, value in node.value if isinstance(node, MappingNode) else ():
        if key.value == name:
            return key, value
    raise EditRefused


def _spans(text: str, node: Any) -> list[tuple[int, int]]:
    """Of each member or item, from its name to the end of its value."""
    pairs = node.value if isinstance(node, MappingNode) else [(item, item) for item in node.value]
    return [(first.start_mark.index, _end(text, last)) for first, last in pairs]


def _end(text: str, node: Any) -> int:
    """Behind the last letter: marks of what is open lie behind white space and comments."""
    if isinstance(node, ScalarNode):
        start = node.start_mark.index
        return int(start + len(text[start : node.end_mark.index].rstrip()))
    return int(node.end_mark.index) if node.flow_style else _spans(text, node)[-1][1]


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _next_line(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end + 1


def _tops(text: str, node: Any) -> list[int]:
    """Where each item of a list begins: with the comments right above it."""
    column, before, tops = node.start_mark.column, 0, []
    for start, end in _spans(text, node):
        top = _line_start(text, start)
        if text[top + column : top + column + 1] != "-":
            raise EditRefused
        tops.append(_with_comments(text, top, before))
        before = _next_line(text, end)
    return tops


def _with_comments(text: str, top: int, before: int) -> int:
    """Where the comments right above a line begin, behind what ends at `before`."""
    while top > before and text[_line_start(text, top - 1) : top].lstrip().startswith("#"):
        top = _line_start(text, top - 1)
    return top


# What is written there.


def _replacements(text: str, path: Path, value: Any) -> list[str]:
    parent, name = _node(text, path[:-1]), path[-1]
    pair = (parent.value[name],) * 2 if isinstance(parent, SequenceNode) else _member(parent, name)
    start, end = pair[1].start_mark.index, _end(text, pair[1])
    in_line = text[:start] + (" " if start == end else "") + _flow(value) + text[end:]
    if parent.flow_style:
        return [in_line]
    column = pair[0].start_mark.column
    if isinstance(parent, SequenceNode):
        column, start = parent.start_mark.column, _line_start(text, start) + parent.start_mark.column
    else:
        start = pair[0].start_mark.index
    block = _block([value] if isinstance(parent, SequenceNode) else {name: value}, column).strip()
    return [text[:start] + block + text[end:], in_line]


def _appended_member(text: str, path: Path, value: Any) -> list[str]:
    parent = _node(text, path[:-1])
    if not isinstance(parent, MappingNode):
        raise EditRefused
    member = {path[-1]: value}
    if parent.flow_style:
        end = _spans(text, parent)[-1][1]
        return [f"{text[:end]}, {_flow(member)[1:-1]}{text[end:]}"]
    return [_with_lines(text, _next_line(text, _end(text, parent)), _block(member, parent.start_mark.column))]


def _with_item(text: str, node: SequenceNode, index: int, value: Any) -> str:
    spans = _spans(text, node)
    if node.flow_style:
        if index < len(spans):
            start = spans[index][0]
            return f"{text[:start]}{_flow(value)}, {text[start:]}"
        end = spans[-1][1]
        return f"{text[:end]}, {_flow(value)}{text[end:]}"
    tops = [*_tops(text, node), _next_line(text, spans[-1][1])]
    return _with_lines(text, tops[index], _block([value], node.start_mark.column))


def _without(text: str, path: Path) -> str:
    parent = _node(text, path[:-1])
    names = [key.value for key, _value in parent.value] if isinstance(parent, MappingNode) else []
    if names and path[-1] not in names:
        raise EditRefused
    spans, number = _spans(text, parent), names.index(path[-1]) if names else int(path[-1])
    start, end = spans[number]
    if not parent.flow_style:
        top = _line_start(text, start)
        if text[top:start].strip() == ("" if names else "-"):
            before = _next_line(text, spans[number - 1][1]) if number else 0
            return text[: _with_comments(text, top, before)] + text[_next_line(text, end) :]
    if number + 1 < len(spans):
        return text[:start] + text[spans[number + 1][0] :]
    return text[: spans[number - 1][1]] + text[end:]


def _with_swapped_items(text: str, node: Any, first: int) -> str:
    if node.flow_style:
        (start, end), (next_start, next_end) = _spans(text, node)[first : first + 2]
        between = text[end:next_start]
        return text[:start] + text[next_start:next_end] + between + text[start:end] + text[next_end:]
    tops, end = _tops(text, node), _next_line(text, _end(text, node))
    top, middle, bottom = [*tops, end][first : first + 3]
    return text[:top] + _with_lines(text[middle:bottom], bottom - middle, text[top:middle]) + text[bottom:]


def _with_lines(text: str, place: int, lines: str) -> str:
    before = text[:place]
    return before + ("\n" if before and not before.endswith("\n") else "") + lines + text[place:]


class _Dumper(yaml.SafeDumper):
    """Writes as people write app files: indented lists, double quotation marks, short mappings in one line."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)

    def choose_scalar_style(self) -> Any:
        style = super().choose_scalar_style()
        return '"' if style == "'" else style

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        """With 😀 as it is, for which PyYAML writes \\U0001F600."""
        stream, written = self.stream, StringIO()
        self.stream = written
        super().write_double_quoted(text, split)
        self.stream = stream
        stream.write(_LONG_ESCAPE.sub(lambda found: found[1] + chr(int(found[2], 16)), written.getvalue()))


def _text_node(dumper: yaml.SafeDumper, text: str) -> ScalarNode:
    is_word = yaml_reading.plain_value(text) == text
    style = "|" if "\n" in text else None if is_word else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


def _mapping_node(dumper: yaml.SafeDumper, value: dict[str, Any]) -> MappingNode:
    in_line = json.dumps(value, ensure_ascii=False)
    is_short = len(in_line) <= LINE_CHARACTERS and "\\n" not in in_line and "kind" not in value
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=is_short or None)


_Dumper.add_representer(str, _text_node)
_Dumper.add_representer(dict, _mapping_node)


def _block(value: Any, column: int) -> str:
    # Member by member, as a short mapping would else be written in one line.
    members = value.items() if isinstance(value, dict) else ()
    text = "".join(_member_lines(name, each) for name, each in members) or _yaml(value)
    return "".join(" " * column + line if line.strip() else line for line in text.splitlines(keepends=True))


def _member_lines(name: str, value: Any) -> str:
    # The other name keeps it from being written in one line.
    return _yaml({"kind": 0, name: value}).partition("\n")[2] if name != "kind" else _yaml({name: value})


def _flow(value: Any) -> str:
    return _yaml([value], default_flow_style=True).strip()[1:-1]


def _yaml(value: Any, **options: Any) -> str:
    options = {"default_flow_style": False, **options}
    return str(
        yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"), **options)
    )
