"""Tasks of lm-evaluation-harness: a YAML file says which fields of its documents are question, choices and target.

Only names of fields and `{{field}}` are put in, by replacement: nothing of the file is run, and nothing is downloaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import InvalidInput
from apps.evaluation.adapters import Adapter
from domain.workflows import yaml_reading
from domain.workflows.problems import FileRefused
from llm_backend import patterns

CHOICE, EXACT = "multiple_choice", "generate_until"
METRICS = {"acc", "acc_norm", "exact_match"}
# What says nothing about which question is asked, or what is right.
IGNORED = {"task", "task_alias", "tag", "group", "dataset_name", "dataset_kwargs", "metadata", "repeats"}
IGNORED |= {"training_split", "validation_split", "test_split", "fewshot_split", "generation_kwargs"}
IGNORED |= {"target_delimiter", "should_decontaminate", "doc_to_decontamination_query"}
KNOWN = {
    "dataset_path",
    "output_type",
    "doc_to_text",
    "doc_to_choice",
    "doc_to_target",
    "metric_list",
    "num_fewshot",
}
SUPPORTED = gettext_lazy(
    "Supported: output_type multiple_choice or generate_until (exact match); doc_to_text, doc_to_choice and "
    "doc_to_target as the name of a field or a text with {{field}}; dataset_path json, with the documents as JSON "
    "Lines. No other Jinja, no !function, no include, no examples, nothing that is downloaded."
)
_FIELD = patterns.compile(r"\{\{[ \t]*+([A-Za-z_][A-Za-z0-9_]*+)[ \t]*+\}\}")
_NAME = patterns.compile(r"[A-Za-z_][A-Za-z0-9_]*+")
MARKS = ("{{", "}}", "{%", "{#")


@dataclass(frozen=True)
class Template:
    """A text with fields of a document in it. `is_name`: the file names one field alone."""

    text: str
    is_name: bool = False

    @classmethod
    def read(cls, name: str, value: Any, *, is_literal: bool = False) -> "Template":
        """`is_literal`: a text without marks is itself, not the name of a field. Raises InvalidInput."""
        if not isinstance(value, str) or any(mark in _FIELD.sub("", value) for mark in MARKS):
            raise _unsupported(_("“%(name)s” is not supported as it stands.") % {"name": name})
        if "{{" in value or is_literal:
            return cls(value)
        if not _NAME.fullmatch(value):
            raise _unsupported(_("“%(name)s” is not supported as it stands.") % {"name": name})
        return cls("{{" + value + "}}", is_name=True)

    def render(self, document: Mapping[str, Any]) -> str:
        return _FIELD.sub(lambda found: _plain(found[1], document), self.text).strip()

    def values(self, document: Mapping[str, Any]) -> list[str]:
        """Of a template that is one field with a list in it."""
        found = _FIELD.fullmatch(self.text)
        listed = document.get(found[1]) if found else None
        if (
            not found
            or not isinstance(listed, list)
            or not all(isinstance(each, str | int | float) for each in listed)
        ):
            raise InvalidInput(
                _("“%(name)s” must be a list of texts.") % {"name": found[1] if found else "doc_to_choice"}
            )
        return [str(each).strip() for each in listed]


@dataclass(frozen=True)
class Task:
    """`choices`: a template each, or one of a field that holds a list; none where the answer is a text."""

    text: Template
    target: Template
    choices: tuple[Template, ...] | Template | None

    def cells(self, document: Mapping[str, Any], adapter: Adapter) -> dict[str, str]:
        """As a table of the desk's questions has them. Raises InvalidInput."""
        target = self.target.render(document)
        choices = self._choices(document)
        if not choices:
            cells = adapter.task_cells(target, [])
        elif target in choices and self._is_said(document):
            cells = adapter.task_cells(target, choices)
        elif target.isascii() and target.isdigit() and int(target[:4]) < len(choices):
            cells = adapter.task_cells(choices[int(target[:4])], choices)
        elif target in choices:
            cells = adapter.task_cells(target, choices)
        else:
            raise InvalidInput(_("The target “%(target)s” is none of the choices.") % {"target": target[:40]})
        empty = {column.name: "" for column in adapter.columns}
        return {"question": self.text.render(document), **empty, **cells}

    def _is_said(self, document: Mapping[str, Any]) -> bool:
        """As the harness reads it: a field with a text says the choice itself, also where that is a number."""
        return self.target.is_name and isinstance(document.get(self.target.text[2:-2]), str)

    def _choices(self, document: Mapping[str, Any]) -> list[str]:
        if isinstance(self.choices, Template):
            return self.choices.values(document)
        return [each.render(document) for each in self.choices or ()]


def read_task(content: bytes) -> Task:
    """Raises InvalidInput of the field `task`."""
    try:
        task = yaml_reading.read(content.decode("utf-8-sig")).value
    except UnicodeDecodeError as error:
        raise _unsupported(_("The task file is not UTF-8.")) from error
    except FileRefused as error:
        line = error.problems[0].mark.line
        raise _unsupported(_("Line %(line)d of the task file is not plain YAML.") % {"line": line}) from error
    if other := sorted(task.keys() - IGNORED - KNOWN):
        raise _unsupported(_("“%(name)s” is not supported.") % {"name": other[0][:40]})
    if task.get("dataset_path") != "json":
        raise _unsupported(_("“dataset_path” must be json: datasets are not downloaded."))
    if task.get("num_fewshot") not in (None, 0):
        raise _unsupported(_("“num_fewshot” must be 0."))
    _check_metrics(task.get("metric_list"))
    kind = task.get("output_type", EXACT)
    if kind not in (CHOICE, EXACT):
        raise _unsupported(_("“%(name)s” is not supported.") % {"name": "output_type"})
    target = task.get("doc_to_target")
    return Task(
        Template.read("doc_to_text", task.get("doc_to_text")),
        Template(str(target)) if isinstance(target, int) else Template.read("doc_to_target", target),
        _choice_templates(task.get("doc_to_choice")) if kind == CHOICE else None,
    )


def _choice_templates(choices: Any) -> tuple[Template, ...] | Template:
    if isinstance(choices, list) and choices:
        return tuple(Template.read("doc_to_choice", str(each), is_literal=True) for each in choices)
    return Template.read("doc_to_choice", choices)


def _check_metrics(metrics: Any) -> None:
    listed = metrics if isinstance(metrics, list) else []
    names = {str(each.get("metric") if isinstance(each, dict) else each) for each in listed}
    if metrics is not None and not names <= METRICS:
        raise _unsupported(_("“%(name)s” is not supported.") % {"name": "metric_list"})


def _plain(name: str, document: Mapping[str, Any]) -> str:
    value = document.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InvalidInput(_("The document has no text or number in “%(name)s”.") % {"name": name[:40]})
    return str(value)


def _unsupported(reason: str) -> InvalidInput:
    return InvalidInput(reason, code="task_unusable", fields={"task": [f"{reason} {SUPPORTED}"]})
