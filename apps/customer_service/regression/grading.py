"""Is an answer what the shop expects? By rules alone: the same answer is always graded the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.evaluation.adapters import Problem
from apps.knowledge.models import Document
from llm_backend import figures, patterns
from llm_backend.wording import normalise

MISSING_FACT = "missing_fact"
FORBIDDEN_FACT = "forbidden_fact"
WRONG_SOURCE = "wrong_source"
NOT_REFUSED = "not_refused"
REFUSED = "refused"
PROBLEMS: dict[str, Text] = {
    MISSING_FACT: _("Missing"),
    FORBIDDEN_FACT: _("Contains forbidden content"),
    WRONG_SOURCE: _("Does not cite any of"),
    NOT_REFUSED: _("It answered although the documents have no answer."),
    REFUSED: _("It said that the documents have no answer."),
}
ALTERNATIVES = "|"

_CITATION = patterns.compile(r"\[\d{1,3}\]")
_BETWEEN = patterns.compile(r"[\s,，、;；:：!！?？。\"'“”‘’()（）《》·*_`-]+")


@dataclass(frozen=True)
class GivenAnswer:
    """What the assistant said. `sources`: (collection, file name) of what it cites, whatever its version."""

    text: str
    is_refusal: bool
    sources: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def grade(
    expected: dict[str, Any], documents: Sequence[Document], given_answer: GivenAnswer
) -> list[Problem]:
    """None when it is as expected. `documents`: those that it should cite."""
    answer_facts = facts_of(given_answer.text)
    problems = [
        Problem(FORBIDDEN_FACT, fact) for fact in expected["forbidden_facts"] if holds(answer_facts, fact)
    ]
    if expected["is_unanswerable"]:
        return problems if given_answer.is_refusal else [*problems, Problem(NOT_REFUSED)]
    if given_answer.is_refusal:
        return [*problems, Problem(REFUSED)]
    problems += [
        Problem(MISSING_FACT, fact) for fact in expected["expected_facts"] if not holds(answer_facts, fact)
    ]
    # One of the documents is enough: shops say the same in several places.
    sources = {(str(document.collection_id), document.file_name) for document in documents}
    if sources and not sources & given_answer.sources:
        problems.append(Problem(WRONG_SOURCE, ", ".join(document.title for document in documents)))
    return problems


def facts_of(text: str) -> str:
    """Made comparable: case, width, spaces and punctuation go, figures get one spelling."""
    plain = figures.canonical(normalise(_CITATION.sub(" ", text)))
    return _BETWEEN.sub("", plain)


def holds(answer_facts: str, fact: str) -> bool:
    """`answer_facts` as `facts_of` makes it; one of the alternatives is enough."""
    for alternative in filter(None, map(facts_of, fact.split(ALTERNATIVES))):
        # 30 days are not found in 130 days, nor 1.5 in 21.5.
        before = r"(?<![\d.])" if alternative[0].isdigit() else ""
        after = r"(?!\d)" if alternative[-1].isdigit() else ""
        if patterns.words([alternative], before=before, after=after).search(answer_facts):
            return True
    return False
