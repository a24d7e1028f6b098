"""The cases of an app file: inputs with what must hold of what comes out, and the share of them that it promises."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from domain.workflows import editing, expressions, types, values, yaml_reading
from domain.workflows.app_file import AppFile, EvaluationCase
from domain.workflows.editing import EditRefused
from domain.workflows.expressions import Budget, Wrong
from domain.workflows.problems import FileRefused, Problem
from domain.workflows.types import Choice, Flag, Number, Quote, Record, Text, Type
from domain.workflows.yaml_reading import Document
from llm_backend import shares

# Of a file that gets its first case.
USUAL_PROMISE = 0.8
# A longer text is asked only not to be empty.
SAME_CHARACTERS = 100


@dataclass(frozen=True)
class Measure:
    """How many of the cases hold, beside the share that the file promises."""

    passed: int
    cases: int
    promise: float

    @property
    def share(self) -> float:
        return self.passed / self.cases

    @property
    def percent(self) -> int:
        """Never as much as a promise that is not kept."""
        return 100 * self.passed // self.cases

    @property
    def needed(self) -> int:
        """Cases that have to hold; what a float adds to a whole number counts for nothing."""
        return math.ceil(self.promise * self.cases - 1e-9)

    @property
    def is_kept(self) -> bool:
        return self.passed >= self.needed

    @property
    def interval(self) -> tuple[float, float]:
        """Where the share of ever more such cases lies, 19 times of 20."""
        return shares.interval(self.passed, self.cases)

    @property
    def percents(self) -> tuple[int, int]:
        low, high = self.interval
        return round(100 * low), round(100 * high)


def failed_expectations(
    case: EvaluationCase, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
) -> list[str]:
    """As they are written. Raises TooMuch."""
    known = {"inputs": inputs, "outputs": outputs}
    return [
        text
        for text in case.expect
        if not expressions.value_of(expressions.parsed_expression(text), known, Budget())
    ]


def case_problems(file: AppFile, document: Document, outputs: Mapping[str, Type]) -> Iterator[Problem]:
    """Inputs that do not fit the app, and expectations that are no conditions."""
    scope = {"inputs": Record(fields=file.inputs), "outputs": Record(fields=dict(outputs))}
    for number, case in enumerate(file.evaluation.cases if file.evaluation else ()):
        place = ("evaluation", "cases", number)
        try:
            values.checked(scope["inputs"], case.inputs)
        except values.InvalidValues as refused:
            for path in refused.reasons:
                mark = document.mark((*place, "inputs", *path))
                yield Problem("case_differs", mark, {"name": ".".join(map(str, path))})
        for line, text in enumerate(case.expect):
            mark = document.mark((*place, "expect", line))
            try:
                given = expressions.type_of(expressions.parsed_expression(text), scope)
                if not isinstance(given, Flag):
                    yield Problem("flag_needed", mark, {"type": types.name_of(given)})
            except Wrong as wrong:
                yield Problem(wrong.code, mark, wrong.names)


@dataclass(frozen=True)
class KnownTexts:
    """What texts of a run were there before it: `fixed` stand in the app's file, `given` went in. All others were written
    freely, and no model writes one twice alike.
    """

    fixed: frozenset[str]
    given: frozenset[str]

    @classmethod
    def of(cls, file: AppFile, inputs: Mapping[str, Any]) -> "KnownTexts":
        return cls(frozenset(_texts_in(file.model_dump())), frozenset(_texts_in(inputs)))

    def expected(self, name: str, text: str) -> str:
        """What can be expected of a text that came out."""
        if len(text) <= SAME_CHARACTERS and len(text.splitlines()) == 1:
            written = json.dumps(text, ensure_ascii=False)
            if text in self.fixed:
                return f"{name} == {written}"
            if any(text in each for each in self.given):
                return f"{written} in {name}"
        return f"{name} | length > 0"


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(each)


def proposed_expectations(name: str, port: Type, value: Any, known: KnownTexts) -> list[str]:
    """What can be expected again of a value that came out: the same, or as much of it."""
    if isinstance(port, Record):
        return [
            line
            for field, each in port.fields.items()
            for line in proposed_expectations(f"{name}.{field}", each, value[field], known)
        ]
    if isinstance(port, Flag):
        return [name if value else f"not {name}"]
    if isinstance(port, Quote):
        return [f"{name}.found"] if value["found"] else []
    if types.item_of(port):
        return [f"{name} | length == {len(value)}"]
    if isinstance(port, Number):
        return [] if value is None else [f"{name} == {json.dumps(value)}"]
    if isinstance(port, Choice) and value:
        return [f"{name} == {json.dumps(value, ensure_ascii=False)}"]
    return [known.expected(name, value)] if isinstance(port, Text) and value else []


def with_case(text: str, *, title: str, inputs: Mapping[str, Any], expect: Sequence[str]) -> str:
    """The text of a file with one case more, below the others; nothing else of it changes. Raises FileRefused where its
    cases do not stand one below the other at the end of `evaluation`.
    """
    known, path = yaml_reading.read(text), ("evaluation", "cases")
    case = {**({"title": title} if title else {}), "inputs": dict(inputs), "expect": list(expect)}
    evaluation = known.value.get("evaluation")
    if evaluation is None:
        return editing.put(text, path[:1], {"promise": USUAL_PROMISE, "cases": [case]})
    is_last = isinstance(evaluation, dict) and list(evaluation)[-1:] == ["cases"]
    with suppress(EditRefused):
        if is_last and known.mark((*path, 0)).line > known.mark(path[:1]).line:
            return editing.insert_item(text, path, len(evaluation["cases"]), case)
    raise FileRefused([Problem("cases_not_below", known.mark(path[:1]))])
