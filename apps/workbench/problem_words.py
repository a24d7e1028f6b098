"""What people are told of the problems of an app file, and of inputs that do not fit."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.workbench.editing_words import TYPES
from apps.workbench.models import AppRun
from domain.workflows.problems import Problem
from domain.workflows.values import InvalidValues

SENTENCES: Mapping[str, Text] = {
    # The file.
    "file_too_large": _("The file is too large: at most %(limit)s."),
    "not_yaml": _(
        "This is not valid YAML. Check indentation here, and that colons, commas, brackets and quotation marks are "
        "half-width. %(reason)s"
    ),
    "not_a_mapping": _("The file must begin with names and values, such as “app: summarise”."),
    "several_documents": _("A file holds one app. Remove “---” and what follows."),
    "no_anchors": _("Anchors (&) and aliases (*) are not allowed. Write the value out."),
    "no_tags": _("Tags (!) are not allowed. Write the plain value."),
    "too_deep": _("Nested too deeply: at most %(limit)s levels."),
    "unquoted_braces": _('Put quotation marks around what has {{ … }} in it: "{{ … }}".'),
    "key_is_no_text": _("A name is missing here. Write “name: value”."),
    "duplicate_key": _("“%(name)s” stands here twice. Keep one of them."),
    # Its parts.
    "missing_field": _("“%(name)s” is missing. Add it."),
    "unknown_field_of_file": _("“%(name)s” is not known here. Check the spelling or remove it."),
    "text_needed": _("“%(name)s” must be a text."),
    "number_needed": _("“%(name)s” must be a number."),
    "flag_value_needed": _("“%(name)s” must be true or false."),
    "list_needed": _("“%(name)s” must be a list: lines that begin with “- ”."),
    "mapping_needed": _("“%(name)s” must hold names and values."),
    "bad_name": _(
        "“%(name)s” must begin with a small letter, then small letters, digits and “_”, 40 at most."
    ),
    "unknown_kind": _("This kind or type is not known. Use one of: %(known)s"),
    "kind_missing": _("Say the “kind” of this step, or the “type” of this value."),
    "no_input": _(
        "An input cannot be of type %(type)s. Use text, number, yes or no, choice, collection, file, picture, table or a "
        "list of texts."
    ),
    "no_cell": _("A column cannot be of type %(type)s. Use text, number, yes or no, or choice."),
    "empty_value": _("“%(name)s” must not be empty."),
    "too_long": _("“%(name)s” is too long: at most %(limit)s."),
    "too_small": _("“%(name)s” is too small: at least %(limit)s."),
    "too_large": _("“%(name)s” is too large: at most %(limit)s."),
    "wrong_value": _("The value of “%(name)s” does not fit here. Correct it or remove it."),
    "name_taken": _("The name “%(name)s” is taken. Use another one."),
    "example_differs": _("The example does not fit the input “%(name)s”. Correct one of them."),
    "case_differs": _("The case does not fit the input “%(name)s”. Correct one of them."),
    "cases_not_below": _(
        "No case can be added here. Let “cases” be the last part of “evaluation”, one case below the other, each with “- ”."
    ),
    "unknown_role": _("There is no role “%(name)s”. Use one of: %(known)s"),
    # Steps.
    "not_extracted": _(
        "A model cannot fill in a value of type %(type)s. Use text, number, yes or no, choice, quote, list or record."
    ),
    "source_missing": _("Quotes need a “source”: the text in which they are looked for."),
    "unknown_function": _("There is no function “%(name)s”. Use one of: %(known)s"),
    "argument_missing": _("The function needs “%(name)s”. Add it to the arguments."),
    "unknown_argument": _("The function does not know “%(name)s”. It takes: %(known)s"),
    "not_in_form": _(
        "A person cannot be asked for a value of type %(type)s. Use text, number, yes or no, choice or a list of texts."
    ),
    "no_address": _("This is no mail address. Write one, or name an input that holds one."),
    "receiver_chosen": _(
        "What a model wrote cannot choose a receiver. Write the address, or take it from an input or a step that waits."
    ),
    "no_receiver_here": _("An event goes to all webhooks of the organisation that take it. Remove “to”."),
    "unknown_tool": _("There is no tool “%(name)s”. Check the spelling, or ask who looks after the tools."),
    "unknown_app": _("There is no app “%(name)s” that is published and in order. Publish it first."),
    "app_cycle": _("“%(name)s” would run itself again and again. Remove this step."),
    "too_many_levels": _("Apps run inside apps %(limit)s deep at most. Remove this step."),
    "bad_query": _("This SQL cannot be read. %(reason)s"),
    "query_refused": _("This query cannot be run. %(reason)s Its tables and columns: %(known)s"),
    "other_columns": _(
        "The query gives the columns %(reason)s; “columns” says %(expected)s. Change one of them."
    ),
    "no_query": _("Write one query, beginning with select or with, and nothing else."),
    "no_table": _("This is of type %(type)s. A query goes over a table or a list of records."),
    "not_in_query": _("A query knows no value of type %(type)s. Use text, number, yes or no, or choice."),
    "cases_differ": _(
        "All values of a branch must be of one type. Before it was %(first)s, here it is %(second)s."
    ),
    "no_suggestions": _(
        "Suggestions are a list of records with a quote and a text called “replacement”; this is of type %(type)s."
    ),
    # Texts and conditions.
    "text_too_long": _("This text is too long: at most %(limit)s characters."),
    "bad_template": _("This cannot be read. Check the braces. %(reason)s"),
    "single_equals": _("Write == to compare two values."),
    "other_mark": _(
        'The sign “%(name)s” means nothing here. Use half-width signs, such as " ( ) < > = and ,'
    ),
    "braces_missing": _("This would be taken as plain text. Write {{ %(name)s }} for the value."),
    "too_deep_expression": _("This is nested too deeply. Divide it into several steps."),
    "unknown_name": _("“%(name)s” is not known here. Known: %(known)s"),
    "unknown_field": _("A value of type %(type)s has no “%(name)s”. It has: %(known)s"),
    "no_fields": _(
        "A value of type %(type)s has no “%(name)s”, nor any other field. Its length is “| length”."
    ),
    "unknown_option": _("“%(name)s” is not among the options: %(known)s"),
    "used_before": _("“%(name)s” has no result yet. Move the step that makes it above this one."),
    "not_allowed": _(
        "“%(what)s” is not allowed here. Use names, comparisons, and, or, not, length, if and for."
    ),
    "not_writable": _(
        "A value of type %(type)s cannot stand in a text. Name one of its fields, go through it with for, or ask for it "
        "with if."
    ),
    "nothing_to_repeat": _("This is of type %(type)s. Only lists, tables and passages can be gone through."),
    "nothing_to_count": _("This is of type %(type)s. Only lists and texts have a length."),
    "flag_needed": _(
        "A condition is needed that is true or false; this is of type %(type)s. Compare it with something, or say that it "
        "is not empty: … | length > 0."
    ),
    "not_comparable": _(
        "A value of type %(left)s cannot be compared with one of type %(right)s like this. Compare values of one type, or "
        "name one of its fields."
    ),
    "type_differs": _(
        "This is of type %(type)s; needed is %(expected)s. Choose another value, or one of its fields."
    ),
}


# What the words of a problem call by its type.
TYPED = ("type", "expected", "left", "right", "first", "second")


@dataclass(frozen=True)
class ProblemView:
    line: int
    column: int
    text: str


def sentence(problem: Problem) -> str:
    """In the reader's language, types too."""
    typed = {name: type_words(each) for name, each in problem.names.items() if name in TYPED}
    names = {"reason": "", "known": "", "limit": "", "name": "", "type": "", **problem.names, **typed}
    return (str(SENTENCES[problem.code]) % names).strip()


def type_words(name: str) -> str:
    """Of what `types.name_of` calls a type; a word of another kind stays as it is."""
    if name.startswith("list of "):
        return gettext("list (%(items)s)") % {"items": type_words(name.removeprefix("list of "))}
    return str(TYPES.get(name, name)).lower()


def line_sentence(problem: Problem, line: int | None = None) -> str:
    """Where nothing else says on which line it stands: of the file, or of a field of which it is."""
    names = {"line": line or problem.mark.line, "reason": sentence(problem)}
    return gettext("Line %(line)s: %(reason)s") % names


def problem_views(problems: list[Problem]) -> list[ProblemView]:
    return [ProblemView(each.mark.line, each.mark.column, sentence(each)) for each in problems]


def field_errors(refused: InvalidValues) -> dict[str, list[Text]]:
    """By the input that each is about; of a list or table with the row, too."""
    errors: dict[str, list[Text]] = {}
    for path, problem in refused.reasons.items():
        name, line = str(path[0]) if path else "inputs", sentence(problem)
        if len(path) > 1 and isinstance(path[1], int):
            line = _in_row(path[1] + 1, ".".join(map(str, path[2:])) or name, line)
        errors.setdefault(name, []).append(line)
    return errors


def cell_problem_lines(run: AppRun) -> list[str]:
    """Of an uploaded table, in the reader's language: which row, which column, why."""
    return [
        _in_row(each["row"], each["column"], sentence(Problem(each["code"], names=each["names"])))
        for each in run.input_problems or []
    ]


def _in_row(row: int, column: str, reason: str) -> str:
    line = _("Row %(row)s, %(column)s: %(reason)s")
    return str(line) % {"row": row, "column": column, "reason": reason}
