"""`measure`: how much code there is and how it reads, counted from the files themselves.

Every measure is a plain count with a list behind it, so that the next change can be seen to move it. Nothing is imported
or run: any checkout can be counted with --root, whatever it would need to start.
"""

import argparse
import ast
import json
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
    "config",
    "domain",
    "llm_backend",
    "stack",
)
MAX_SMALL_LINES = 5
MAX_FILE_LINES = 500
MAX_TEMPLATE_CHARACTERS = 140
MAX_TOPIC_LINES = 1200
# What a visitor's message meets, as a test recorded it.
MESSAGE_TRIP = "tests/architecture/message_trip.txt"
# Beginnings of tasks that erase what has become too old.
ERASING = ("delete_", "drop_", "erase_", "give_up_", "remove_")
STYLESHEET = patterns.compile(r'rel="stylesheet"')
OTHER_TEMPLATE = patterns.compile(r'\{% (?:extends|include) "([^"]{1,200})"')
ASKS_AGAIN = patterns.compile(r'hx-trigger="[^"]{0,200}?\bevery \d')

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Measures:
    """What was counted. Places are `path:line name`; folders and paths are relative to the checkout."""

    python_lines: dict[str, int]
    small_helpers: list[str]
    long_files: list[str]
    html_lines: dict[str, int]
    wide_templates: list[str]
    stylesheets: dict[str, int]
    act_handlers: list[str]
    resources: list[str]
    table_templates: list[str]
    sweepers: list[str]
    polls: list[str]
    chart_drawers: list[str]
    top_level_folders: list[str]
    large_topics: list[str]
    message_files: dict[str, int]

    def counts(self) -> dict[str, int]:
        return {
            "python_lines": sum(self.python_lines.values()),
            "small_helpers": len(self.small_helpers),
            "long_files": len(self.long_files),
            "html_lines": sum(self.html_lines.values()),
            "wide_templates": len(self.wide_templates),
            "max_stylesheets": max(self.stylesheets.values(), default=0),
            **{name: len(getattr(self, name)) for name in STRUCTURE},
            "message_files": len(self.message_files),
            "message_most_entered": max(self.message_files.values(), default=0),
        }


TITLES = {
    "python_lines": "Python lines, without tests and migrations",
    "small_helpers": f"private functions used once, at most {MAX_SMALL_LINES} lines long",
    "long_files": f"files over {MAX_FILE_LINES} lines",
    "html_lines": "template lines",
    "wide_templates": f"templates with a line over {MAX_TEMPLATE_CHARACTERS} characters",
    "max_stylesheets": "stylesheets of one page, at most",
    "act_handlers": "pages and API actions written by hand for one act",
    "resources": "kinds of rows whose lists, pages and API are declared",
    "table_templates": "templates that draw a table by hand",
    "sweepers": "periodic tasks that erase what is too old",
    "polls": "parts of pages that ask again and again",
    "chart_drawers": "templates and modules that draw charts",
    "top_level_folders": "folders of the checkout's top level",
    "large_topics": f"topics with over {MAX_TOPIC_LINES} lines",
    "message_files": "files that a visitor's message meets",
    "message_most_entered": "other files from which one of those is entered, at most",
}
STRUCTURE = (
    "act_handlers",
    "resources",
    "table_templates",
    "sweepers",
    "polls",
    "chart_drawers",
    "top_level_folders",
    "large_topics",
)


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
        "message_files": measures.message_files,
        "message_most_entered": measures.message_files,
    }
    if name in by_folder:
        return [f"{lines:>7,}  {folder}" for folder, lines in by_folder[name].items()]
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
    return Measures(
        python_lines=_lines_by_folder(sources),
        small_helpers=[
            place for path, tree in trees.items() for place in _small_private_functions(path, tree)
        ],
        long_files=[path for path, text in sources.items() if len(text.splitlines()) > MAX_FILE_LINES],
        html_lines=_lines_by_folder(templates),
        wide_templates=[
            path
            for path, text in templates.items()
            if any(len(line) > MAX_TEMPLATE_CHARACTERS for line in text.splitlines())
        ],
        stylesheets=stylesheets_by_page(templates),
        act_handlers=[place for path, tree in trees.items() for place in act_handlers(path, tree)],
        resources=resources(trees),
        table_templates=[path for path, text in templates.items() if "<table" in text],
        sweepers=[place for path, tree in trees.items() for place in sweepers(path, tree)],
        polls=[path for path, text in templates.items() if ASKS_AGAIN.search(text)],
        chart_drawers=chart_drawers(templates, trees),
        top_level_folders=top_level_folders(root),
        large_topics=large_topics(sources),
        message_files=message_files(root),
    )


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


def resources(trees: dict[str, ast.Module]) -> list[str]:
    """Models that a `Resource(model=…)` or a `RowList(model=…)` is declared for, with the place of the first. A model with
    two lists counts once.
    """
    places: dict[str, str] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Resource", "RowList"):
                models = [each.value for each in node.keywords if each.arg == "model"]
                for model in (each.id for each in models if isinstance(each, ast.Name)):
                    places.setdefault(model, f"{path}:{node.lineno} {model}")
    return list(places.values())


def sweepers(path: str, tree: ast.Module) -> Iterator[str]:
    """Functions of a `tasks.py` whose name begins with what is done to old things (ERASING)."""
    if path.endswith("/tasks.py"):
        for node in tree.body:
            if isinstance(node, Function) and node.name.startswith(ERASING):
                yield f"{path}:{node.lineno} {node.name}"


def chart_drawers(templates: dict[str, str], trees: dict[str, ast.Module]) -> list[str]:
    """What writes a picture by itself: templates with an `<svg>`, and modules of the apps that write one or import
    matplotlib. An icon, which points at a symbol of the icon file (`<use`), is no chart.
    """
    drawn = [
        path
        for path, text in templates.items()
        if any("<use" not in each.partition("</svg>")[0] for each in text.split("<svg")[1:])
    ]
    return drawn + [path for path, tree in trees.items() if path.startswith("apps/") and _draws(tree)]


def _draws(tree: ast.Module) -> bool:
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    has_svg = any(isinstance(text, str) and "<svg " in text and "<use" not in text for text in texts)
    return has_svg or any(name.startswith("matplotlib") for name in names)


def top_level_folders(root: Path) -> list[str]:
    """Those that are neither hidden nor named in `.gitignore`."""
    file = root / ".gitignore"
    ignored = {line.strip("/") for line in file.read_text().split()} if file.exists() else set()
    return sorted(
        path.name
        for path in root.iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.name not in ignored
    )


def large_topics(sources: dict[str, str]) -> list[str]:
    """Folders inside an app, with all below them, that have more than MAX_TOPIC_LINES lines."""
    lines: Counter[str] = Counter()
    for path, text in sources.items():
        parts = path.split("/")
        if parts[0] == "apps" and len(parts) > 3:
            lines["/".join(parts[:3])] += len(text.splitlines())
    return [f"{topic} {count:,}" for topic, count in lines.items() if count > MAX_TOPIC_LINES]


def message_files(root: Path) -> dict[str, int]:
    """Each file of the recorded trip with how often it is entered; nothing in a checkout that has no such record."""
    file = root / MESSAGE_TRIP
    lines = file.read_text().splitlines() if file.exists() else []
    counted = [line.split() for line in lines if not line.startswith("#")]
    return {path: int(count) for count, path in counted}


def _lines_by_folder(texts: dict[str, str]) -> dict[str, int]:
    lines: Counter[str] = Counter()
    for path, text in texts.items():
        lines[path.split("/")[0] if "/" in path else "."] += len(text.splitlines())
    return dict(lines)


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
