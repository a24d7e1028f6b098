"""Texts that hold to rules which code can check, as the app “Write” states and checks them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from pydantic_core import from_json

from apps.core.errors import Text
from apps.core.punctuation import colon
from apps.evaluation.adapters import Output, Problem
from apps.evaluation.models import EvaluationQuestion
from apps.model_lab.exams.question_kinds.declaration import QuestionKind, lines_field
from domain.app_functions import text_parts, text_rules
from domain.exams import code_answers

RULES = ("at_least", "at_most", "points", "paragraphs", "must_say", "must_not_say", "title", "ending")
LANGUAGES = [("Chinese", _("Chinese")), ("English", _("English"))]


class Instructions(QuestionKind):
    key = "instruction"
    label = _("Writing to rules")
    prompt = "follow_rules.md"
    fields = {
        "language": forms.ChoiceField(
            label=_("language of the answer"),
            choices=LANGUAGES,
            help_text=_("The model is told the rules below; write only what it should write about."),
        ),
        "at_least": forms.IntegerField(
            label=_("shortest length"),
            required=False,
            min_value=1,
            max_value=5000,
            help_text=_("Words of English, characters of Chinese."),
        ),
        "at_most": forms.IntegerField(label=_("longest length"), required=False, min_value=1, max_value=5000),
        "points": forms.IntegerField(
            label=_("number of list points"), required=False, min_value=1, max_value=50
        ),
        "paragraphs": forms.IntegerField(
            label=_("number of paragraphs"), required=False, min_value=1, max_value=50
        ),
        "must_say": lines_field(_("words that must occur"), _("One per line.")),
        "must_not_say": lines_field(_("words that must not occur"), _("One per line.")),
        "ending": forms.CharField(label=_("ending"), required=False, max_length=200),
        "title": forms.BooleanField(label=_("with a title on the first line"), required=False),
        "is_json": forms.BooleanField(label=_("as JSON"), required=False),
    }
    problem_sentences = {
        "rules_broken": _("Rules broken"),
        "rule_must_say": _("Missing words"),
        "rule_must_not_say": _("Words that must not occur"),
        "rule_at_least": _("Too short"),
        "rule_at_most": _("Too long"),
        "rule_points": _("Wrong number of list points"),
        "rule_paragraphs": _("Wrong number of paragraphs"),
        "rule_title": _("No title"),
        "rule_ending": _("Wrong ending"),
        "rule_language": _("Wrong language"),
        "rule_is_json": _("Not JSON"),
    }

    def values(self, question: EvaluationQuestion) -> dict[str, Any]:
        rules = rules_of(question.expected)
        # The first line is the kind of text, which the question says itself.
        stated = "\n".join(text_rules.told_rules("article", rules)[1:])
        is_chinese = rules["language"] == "Chinese"
        own = {"requirements": stated, "is_json": question.expected["is_json"], "is_chinese": is_chinese}
        return super().values(question) | own

    def grade(self, question: EvaluationQuestion, output: Output) -> list[Problem]:
        rules, text = rules_of(question.expected), output.text
        paragraphs = text_parts.paragraphs(text, with_title=rules["title"])
        found = {
            "at_least": f"{text_rules.length(text, rules['language'])} < {rules['at_least']}",
            "at_most": f"{text_rules.length(text, rules['language'])} > {rules['at_most']}",
            "points": f"{len(text_parts.points(text))} ≠ {rules['points']}",
            "paragraphs": f"{len(paragraphs)} ≠ {rules['paragraphs']}",
            "ending": rules["ending"],
        }
        broken = [
            Problem(f"rule_{each['rule']}", each["word"] or found.get(each["rule"], ""))
            for each in text_rules.broken_rules(text, rules)
        ]
        if question.expected["is_json"] and not _is_json(text):
            broken.append(Problem("rule_is_json"))
        total = 1 + question.expected["is_json"]
        total += sum(
            len(rules[name]) if isinstance(rules[name], list) else bool(rules[name]) for name in RULES
        )
        return [Problem("rules_broken", f"{len(broken)} / {total}"), *broken] if broken else []

    def field_problems(self, text: str, expected: Mapping[str, Any]) -> dict[str, Text]:
        rules = rules_of(expected)
        if not expected["is_json"] and not any(rules[name] for name in RULES):
            return {"at_least": _("Enter at least one rule.")}
        if rules["at_least"] and rules["at_most"] and rules["at_least"] > rules["at_most"]:
            return {"at_most": _("This is less than the shortest length.")}
        if text_rules.state_rules("article", **rules)["contradicting"]:
            return {"must_not_say": _("Another rule asks for one of these words.")}
        return {}

    def expectation(self, expected: Mapping[str, Any]) -> list[str]:
        rules, language = rules_of(expected), get_language() or "en"
        names = {name: text_rules.RULE.options[name].in_language(language) for name in RULES}
        told = {name: rules[name] for name in RULES if rules[name]}
        lines = [
            names[name] if value is True else f"{names[name]}{colon()}{_text(value)}"
            for name, value in told.items()
        ]
        return [*lines, "JSON"] if expected["is_json"] else lines


def rules_of(expected: Mapping[str, Any]) -> dict[str, Any]:
    return {name: expected[name] for name in ("language", *RULES)}


def _text(value: Any) -> str:
    return " · ".join(value) if isinstance(value, list) else str(value)


def _is_json(text: str) -> bool:
    """Also within a fence of Markdown."""
    try:
        from_json(next(iter(code_answers.fenced(text)), text))
    except ValueError:
        return False
    return True
