"""`measure`: how much code there is and how it reads, counted from the files themselves.

Every measure is a plain count with a list behind it, so that the next change can be seen to move it. Nothing is imported
or run: any checkout can be counted with --root, whatever it would need to start.
"""

import argparse
import ast
import io
import json
import tokenize
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from llm_backend import patterns
from stack.errors import StackError
from stack.layout import PROJECT_ROOT
from stack.progress import console

CODE = (
    "apps",
    "benchmarks",
    "clinical",
    "config",
    "copychecks",
    "decisioning",
    "llm_backend",
    "logmining",
    "logstore",
    "stack",
)
MAX_SMALL_LINES = 5
MAX_FILE_LINES = 500
MAX_TEMPLATE_CHARACTERS = 140
# One word that says what was done to a thing and not what it is; behind the bar, nouns that end alike.
PARTICIPLE = patterns.compile(
    r"""bought|broken|brought|built|chosen|done|drawn|driven|fallen|found|given|gone|grown|heard|held|kept|known|laid|led|left
    |lent|lost|made|meant|met|paid|said|seen|sent|shown|sold|spelt|spent|spoken|stood|struck|taken|taught|thought|told|torn
    |understood|won|worn|written
    |(?!breed$|creed$|deed$|embed$|exceed$|feed$|greed$|indeed$|need$|proceed$|reed$|seed$|shed$|sled$|speed$|succeed$
    |weed$)[a-z]{2,15}ed""",
    patterns.VERBOSE,
)
STYLESHEET = patterns.compile(r'rel="stylesheet"')
OTHER_TEMPLATE = patterns.compile(r'\{% (?:extends|include) "([^"]{1,200})"')

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Measures:
    """What was counted. Places are `path:line name`; folders and paths are relative to the checkout."""

    python_lines: dict[str, int]
    small_helpers: list[str]
    bare_participles: list[str]
    participle_variables: list[str]
    comment_lines: int
    long_files: list[str]
    html_lines: dict[str, int]
    wide_templates: list[str]
    stylesheets: dict[str, int]
    act_handlers: list[str]

    def counts(self) -> dict[str, float]:
        lines = sum(self.python_lines.values())
        return {
            "python_lines": lines,
            "small_helpers": len(self.small_helpers),
            "bare_participles": len(self.bare_participles),
            "participle_variables": len(self.participle_variables),
            "comment_percent": round(100 * self.comment_lines / lines, 2) if lines else 0.0,
            "long_files": len(self.long_files),
            "html_lines": sum(self.html_lines.values()),
            "wide_templates": len(self.wide_templates),
            "max_stylesheets": max(self.stylesheets.values(), default=0),
            "act_handlers": len(self.act_handlers),
        }


TITLES = {
    "python_lines": "Python lines, without tests and migrations",
    "small_helpers": f"private functions used once, at most {MAX_SMALL_LINES} lines long",
    "bare_participles": "functions and classes named by one bare participle",
    "participle_variables": "parameters, fields and variables named by one",
    "comment_percent": "lines with a comment, of a hundred",
    "long_files": f"files over {MAX_FILE_LINES} lines",
    "html_lines": "template lines",
    "wide_templates": f"templates with a line over {MAX_TEMPLATE_CHARACTERS} characters",
    "max_stylesheets": "stylesheets of one page, at most",
    "act_handlers": "pages and API actions written by hand for one act",
}


def measure_code(arguments: Sequence[str]) -> int:
    """The verb: a small table, or everything as JSON."""
    parser = argparse.ArgumentParser(prog="kongming measure", description=__doc__)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--list", choices=[*TITLES], help="name the places of one measure")
    parser.add_argument("--root", type=Path, default=PROJECT_ROOT, help="another checkout")
    options = parser.parse_args(arguments)
    measures = measure(options.root)
    if options.as_json:
        print(json.dumps(measures.counts() | {"python_folders": measures.python_lines}))
    elif options.list:
        for place in _listing(measures, options.list):
            print(place)
    else:
        for name, count in measures.counts().items():
            console.print(f"{count:>9,}  {TITLES[name]}", markup=False, soft_wrap=True)
        folders = ", ".join(f"{folder} {lines:,}" for folder, lines in measures.python_lines.items())
        console.print(f"Python by folder: {folders}", soft_wrap=True)
    return 0


def _listing(measures: Measures, name: str) -> list[str]:
    by_folder = {
        "python_lines": measures.python_lines,
        "html_lines": measures.html_lines,
        "max_stylesheets": measures.stylesheets,
    }
    if name in by_folder:
        return [f"{lines:>7,}  {folder}" for folder, lines in by_folder[name].items()]
    if name == "comment_percent":
        return [f"{measures.comment_lines:,} lines"]
    return list(getattr(measures, name))


def measure(root: Path) -> Measures:
    """Raises StackError where there is no code to count."""
    sources = {
        path.relative_to(root).as_posix(): path.read_text()
        for folder in CODE
        for path in sorted((root / folder).rglob("*.py"))
        if not {"migrations", "tests"} & set(path.relative_to(root).parts)
    }
    if not sources:
        raise StackError(f"{root} holds none of the folders {', '.join(CODE)}.")
    templates = {
        path.relative_to(root / "templates").as_posix(): path.read_text()
        for path in sorted((root / "templates").rglob("*.html"))
    }
    trees = {path: ast.parse(text) for path, text in sources.items()}
    definitions = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in trees.items()
        for node in tree.body
        if isinstance(node, Definition) and is_bare_participle(node.name)
    ]
    return Measures(
        python_lines=_lines_by_folder(sources),
        small_helpers=[
            place for path, tree in trees.items() for place in _small_private_functions(path, tree)
        ],
        bare_participles=definitions,
        participle_variables=[place for path, tree in trees.items() for place in _bare_variables(path, tree)],
        comment_lines=sum(map(_comment_lines, sources.values())),
        long_files=[path for path, text in sources.items() if len(text.splitlines()) > MAX_FILE_LINES],
        html_lines=_lines_by_folder(templates),
        wide_templates=[
            path
            for path, text in templates.items()
            if any(len(line) > MAX_TEMPLATE_CHARACTERS for line in text.splitlines())
        ],
        stylesheets=stylesheets_by_page(templates),
        act_handlers=[place for path, tree in trees.items() for place in act_handlers(path, tree)],
    )


def is_bare_participle(name: str) -> bool:
    """Whether a name is nothing but what was done to a thing: `_written`, `Wanted`, but neither `written_at` nor `seed`."""
    word = name.strip("_")
    if word.isupper() or word[:1].isupper():
        word = word.lower() if word.isupper() else word[:1].lower() + word[1:]
    return PARTICIPLE.fullmatch(word) is not None


def stylesheets_by_page(templates: dict[str, str]) -> dict[str, int]:
    """How many a browser fetches for each whole page, those of its layout and of its parts included."""

    def links(path: str, above: frozenset[str]) -> int:
        text = templates.get(path, "")
        others = set(OTHER_TEMPLATE.findall(text)) - above
        return len(STYLESHEET.findall(text)) + sum(links(other, above | {path}) for other in others)

    pages = [path for path, text in templates.items() if "{% extends" in text or "<html" in text]
    return {path: links(path, frozenset({path})) for path in pages}


def act_handlers(path: str, tree: ast.Module) -> Iterator[str]:
    """Functions and methods under `@require_POST` or `@action(…)`, also those of its actions that only read. What an `Act`
    declares is none; a page that shows a form as well (`require_http_methods`) and `@….mapping.post` are not counted.
    """
    for node in ast.walk(tree):
        if isinstance(node, Function):
            names = {each.func if isinstance(each, ast.Call) else each for each in node.decorator_list}
            if any(isinstance(name, ast.Name) and name.id in ("require_POST", "action") for name in names):
                yield f"{path}:{node.lineno} {node.name}"


def _lines_by_folder(texts: dict[str, str]) -> dict[str, int]:
    lines: Counter[str] = Counter()
    for path, text in texts.items():
        lines[path.split("/")[0] if "/" in path else "."] += len(text.splitlines())
    return dict(lines)


def _comment_lines(text: str) -> int:
    """Lines with a comment, beside code or alone; a docstring is none."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({token.start[0] for token in tokens if token.type == tokenize.COMMENT})


def _small_private_functions(path: str, tree: ast.Module) -> Iterator[str]:
    """Private functions of a module that it mentions once, and that are hardly longer than their own heading."""
    uses = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )
    for node in tree.body:
        if (
            isinstance(node, Function)
            and node.name.startswith("_")
            and uses[node.name] == 1
            and (node.end_lineno or node.lineno) - node.lineno < MAX_SMALL_LINES
        ):
            yield f"{path}:{node.lineno} {node.name}"


def _bare_variables(path: str, tree: ast.Module) -> Iterator[str]:
    """Each name once a scope: parameters, what is assigned there, fields and methods of a class."""
    scopes: list[ast.AST] = [tree]
    while scopes:
        scope = scopes.pop()
        names: dict[str, int] = {}
        for node in _nodes_of_scope(scope):
            if isinstance(node, Definition | ast.Lambda):
                scopes.append(node)
            match node:
                case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                    names.setdefault(name, node.lineno)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    if scope is not tree:
                        names[name] = node.lineno
        yield from (f"{path}:{line} {name}" for name, line in names.items() if is_bare_participle(name))


def _nodes_of_scope(scope: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, class or module, without what stands in the functions and classes within."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Definition | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
