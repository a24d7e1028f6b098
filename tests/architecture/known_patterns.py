"""Every pattern of the code base, found by importing what compiles one and by reading the sources."""

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from domain.clinical.coding import normalisation
from domain.clinical.grounding import experiencer, negation_cues
from domain.text.understanding import phrases
from llm_backend import patterns
from tests.architecture.test_code import ROOT, nodes_of, sources

DOOR = "llm_backend/patterns.py"
INLINE = {"search", "match", "fullmatch", "findall", "finditer", "split", "sub"}
FLAGS_AT = {"sub": 4, "split": 3}


def product_sources() -> list[Path]:
    return [path for path in sources() if path.relative_to(ROOT).parts[0] != "tests"]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def name_of(node: ast.AST) -> str:
    """`compile` for a call of `patterns.compile`; "" for what does not go through the door."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return ""
    door = node.func.value
    return node.func.attr if isinstance(door, ast.Name) and door.id == "patterns" else ""


@cache
def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """What a source calls through the door."""
    return [(name, node) for node in nodes_of(path, ast.Call) if (name := name_of(node))]


def compiled() -> Iterator[tuple[str, re.Pattern[Any]]]:
    """(place, pattern) of what is compiled when a module is imported, or when its file of words is read."""
    for path in product_sources():
        if any(name == "compile" for name, _ in calls(path)):
            importlib.import_module(module_of(path))
    for language in ("zh", "en"):
        for lexicon in (
            negation_cues.cue_patterns,
            negation_cues.reply_patterns,
            experiencer.experiencer_patterns,
        ):
            lexicon(language)
    for file in phrases.FOLDER.glob("*.txt"):
        phrases.phrases(file.stem)
    normalisation.fold("I")
    for (module, line, _), pattern in list(patterns.compiled.items()):
        yield f"{module}:{line}", pattern


def inline() -> Iterator[tuple[str, str, re.Pattern[Any]]]:
    """(place, what is called, pattern) of calls such as `patterns.search(r"\\w", text)`.

    Raises NameError for one that is made of what only its function knows: `patterns.words` is for names.
    """
    for path in product_sources():
        for name, call in calls(path):
            if name in INLINE:
                known = vars(importlib.import_module(module_of(path)))
                flags = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
                flags += call.args[FLAGS_AT.get(name, 2) :]
                made = re.compile(_value(call.args[0], known), _value(flags[0], known) if flags else 0)
                yield f"{module_of(path)}:{call.lineno}", name, made


def used_for_whole_texts() -> set[re.Pattern[Any]]:
    """Constants that somewhere have to fit a whole text: that takes more going back than to search for them."""
    found = set()
    for path in product_sources():
        module = sys.modules.get(module_of(path))
        for node in nodes_of(path, ast.Attribute):
            if node.attr == "fullmatch" and isinstance(node.value, ast.Name):
                constant = getattr(module, node.value.id, None)
                if isinstance(constant, (re.Pattern, patterns.UncompiledPattern)):
                    found.add(constant)
    return found


def _value(node: ast.expr, known: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "pattern", "eval"), known)
