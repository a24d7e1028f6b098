"""A stored text, or one that is made of it, against its channel, its brief, and the text that it was translated from."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext_noop

from apps.core import bounded_calls
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.models import Brief
from apps.marketing.copywriting import checks
from apps.marketing.copywriting.checks import Texts, whole_text_violation
from apps.marketing.copywriting.discounts import discounts_in_both_ways, discounts_in_percent
from apps.marketing.copywriting.models import CopyVariant
from domain.marketing.copy_checks.brief import Fact
from domain.marketing.copy_checks.catalogue import CatalogueFacts
from domain.marketing.copy_checks.channels import Channel
from domain.marketing.copy_checks.check import Violation
from domain.marketing.copy_checks.claims import Severity
from domain.text.translation import checks as translation_checks
from domain.text.translation.checks import Problem, Term
from domain.text.translation.segments import Pair
from llm_backend.sentences import is_chinese

PROBLEMS = {
    "empty": gettext_noop("No translation"),
    "language": gettext_noop("Not in the target language"),
    "number": gettext_noop("The translation is missing the number “%(text)s”"),
    "unit": gettext_noop("“%(text)s” has a different unit in the translation"),
    "added": gettext_noop("The original does not contain the number “%(text)s”"),
    "foreign": gettext_noop("The original does not contain “%(text)s”"),
    "link": gettext_noop("The translation is missing the link “%(text)s”"),
    "placeholder": gettext_noop("The translation is missing the placeholder “%(text)s”"),
    "marker": gettext_noop("The translation is missing “%(text)s”"),
    "name": gettext_noop("The translation is missing the name “%(text)s”"),
    "term": gettext_noop("Not as the brief spells it: %(text)s"),
    "opposite": gettext_noop("The translation says the opposite of “%(text)s”"),
    "exchanged": gettext_noop("In the translation these are in each other's place: %(text)s"),
    "denial": gettext_noop("The translation drops a negation"),
    "added_denial": gettext_noop("The translation adds a negation"),
    "unchecked": gettext_noop("Check timed out"),
}
# A person looks at these: copy may well say “Don't miss it” for 快来.
DOUBTFUL = frozenset({"added_denial", "marker"})
MUST_SAY_ELSEWHERE = gettext_noop("“%(text)s” is required: check that the translation includes it")


def check_variant(
    variant: CopyVariant, texts: Texts, rules: Channel, others: Sequence[Texts] = ()
) -> list[Violation]:
    """All that would be wrong with the variant if these were its texts."""
    brief, language = variant.brief, variant.text_language
    is_own = language == brief.language
    check = checks.check_in_own_language if is_own else checks.check_texts
    found = check(texts, rules, facts_in(brief, language), others)
    if not is_own:
        found += [
            whole_text_violation("must_say_elsewhere", MUST_SAY_ELSEWHERE, severity="warning", text=line)
            for line in _lines_in_other_language(brief, language)
        ]
    if variant.translated_from is not None:
        found += check_translation(variant.translated_from, texts, language)
    return found


def facts_in(brief: Brief, language: str) -> CatalogueFacts:
    """The brief as copy in this language is checked against it: what must be said word for word in another language cannot
    stand in it."""
    facts = briefs.brief_facts(brief)
    if language == brief.language:
        return facts
    foreign = set(_lines_in_other_language(brief, language))
    return replace(
        facts,
        facts=tuple(Fact(fact.name, discounts_in_both_ways(fact.value)) for fact in facts.facts),
        must_say=tuple(line for line in facts.must_say if line not in foreign),
    )


def check_translation(source: CopyVariant, texts: Texts, language: str) -> list[Violation]:
    """Numbers, names, addresses and denials that are not as in the text that was translated; field by field where both
    have the same ones."""
    pair = Pair(source.text_language, language)
    terms = brand_terms(source.brief, language)
    is_same_channel = source.texts.keys() == texts.keys()
    whole = {"": ("\n".join(source.lines), "\n".join(texts.values()))}
    fields = {key: (source.texts[key], text) for key, text in texts.items()} if is_same_channel else whole
    return [
        replace(_violation(problem), field=field)
        for field, (before, after) in fields.items()
        if before.strip()
        for problem in _problems(before, after, pair, terms)
    ]


def brand_terms(brief: Brief, language: str) -> list[Term]:
    """Names as the brand writes them, which stay as they are; Chinese ones have no place in English copy."""
    names = dict.fromkeys(briefs.brand_terms(brief).values())
    return [Term(name, name) for name in names if language == "zh" or not is_chinese(name)]


def _problems(source: str, translation: str, pair: Pair, terms: list[Term]) -> list[Problem]:
    source, translation = discounts_in_percent(source), discounts_in_percent(translation)
    try:
        return bounded_calls.call_on_text(translation_checks.problems, source, translation, pair, terms)
    except bounded_calls.TookTooLong:
        # Not checked is told, and is not the same as right.
        return [Problem("unchecked")]


def _lines_in_other_language(brief: Brief, language: str) -> list[str]:
    return [line for line in brief.must_say if is_chinese(line) != (language == Brief.Language.CHINESE)]


def _violation(problem: Problem) -> Violation:
    severity: Severity = "warning" if problem.kind in DOUBTFUL else "error"
    code, reason = f"translation_{problem.kind}", PROBLEMS[problem.kind]
    return whole_text_violation(code, reason, severity=severity, text=problem.text)
