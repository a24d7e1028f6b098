"""Is an answer what the shop expects? By rules alone: the same answer is always judged the same."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from apps.customer_service.regression.models import RegressionQuestion
from llm_backend import figures, patterns
from llm_backend.wording import normalised

MISSING_FACT = "missing_fact"
FORBIDDEN_FACT = "forbidden_fact"
WRONG_SOURCE = "wrong_source"
NOT_REFUSED = "not_refused"
REFUSED = "refused"
ALTERNATIVES = "|"

_CITATION = patterns.compile(r"\[\d{1,3}\]")
_BETWEEN = patterns.compile(r"[\s,，、;；:：!！?？。\"'“”‘’()（）《》·*_`-]+")


@dataclass(frozen=True)
class Given:
    """What the assistant said. `documents`: (collection, file name) of those it cites, whatever their version."""

    text: str
    is_refusal: bool
    documents: frozenset[tuple[str, str]] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Problem:
    code: str
    detail: str = ""

    def body(self) -> dict[str, str]:
        return {"code": self.code, "detail": self.detail}


def judge(question: RegressionQuestion, given: Given) -> list[Problem]:
    """None when it is as expected."""
    said = facts_of(given.text)
    problems = [Problem(FORBIDDEN_FACT, fact) for fact in question.forbidden_facts if holds(said, fact)]
    if question.is_unanswerable:
        return problems if given.is_refusal else [*problems, Problem(NOT_REFUSED)]
    if given.is_refusal:
        return [*problems, Problem(REFUSED)]
    problems += [Problem(MISSING_FACT, fact) for fact in question.expected_facts if not holds(said, fact)]
    return problems + _source_problems(question, given)


def _source_problems(question: RegressionQuestion, given: Given) -> list[Problem]:
    """One of the expected documents is enough: shops say the same in several places."""
    expected = list(question.expected_documents.all())
    keys = {(str(document.collection_id), document.file_name) for document in expected}
    if not keys or keys & given.documents:
        return []
    return [Problem(WRONG_SOURCE, ", ".join(document.title for document in expected))]


def facts_of(text: str) -> str:
    """Made comparable: case, width, spaces and punctuation go, figures get one spelling."""
    plain = figures.canonical(normalised(_CITATION.sub(" ", text)))
    return _BETWEEN.sub("", plain)


def holds(said: str, fact: str) -> bool:
    """`said` as `facts_of` makes it; one of the alternatives is enough."""
    wanted = (facts_of(alternative) for alternative in fact.split(ALTERNATIVES))
    return any(each and _stands_in(each, said) for each in wanted)


def _stands_in(fact: str, said: str) -> bool:
    """30 days are not found in 130 days, nor 1.5 in 21.5."""
    before = r"(?<![\d.])" if fact[0].isdigit() else ""
    after = r"(?!\d)" if fact[-1].isdigit() else ""
    return patterns.words([fact], before=before, after=after).search(said) is not None


def problem_texts(problems: Iterable[dict[str, str]]) -> list[str]:
    """In the reader's language."""
    texts = {
        MISSING_FACT: _("It does not say: %(detail)s"),
        FORBIDDEN_FACT: _("It says what it must not: %(detail)s"),
        WRONG_SOURCE: _("It cites none of: %(detail)s"),
        NOT_REFUSED: _("It answers though the documents hold no answer."),
        REFUSED: _("It says that the documents hold no answer."),
    }
    return [texts.get(problem["code"], problem["code"]) % problem for problem in problems]
