"""Copy against its channel, its brief and the law, in bounded time."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from apps.core import bounded_calls
from domain.marketing.copy_checks.catalogue import CatalogueFacts, check_with_catalogue
from domain.marketing.copy_checks.channels import Channel
from domain.marketing.copy_checks.check import Violation
from domain.marketing.copy_checks.claims import Severity
from domain.marketing.copy_checks.turned_facts import uncompared_facts

Texts = Mapping[str, str]
UNCHECKED = gettext_noop("Check timed out")
IN_OTHER_LANGUAGE = gettext_noop("“%(text)s” is in another language and was not compared: check it yourself")
MAX_NAMED_FACTS = 5


def check_texts(
    texts: Texts, rules: Channel, brief: CatalogueFacts, others: Sequence[Texts] = ()
) -> list[Violation]:
    """What took too long to check counts as wrong: nothing unchecked is shown as good."""
    try:
        if sum(map(len, texts.values())) <= bounded_calls.SHORT_CHARACTERS and not others:
            return check_with_catalogue(texts, rules, brief)
        check = partial(check_with_catalogue, others=[dict(each) for each in others])
        return bounded_calls.call(check, dict(texts), rules, brief)
    except bounded_calls.TookTooLong:
        return [whole_text_violation("unchecked", UNCHECKED)]


def check_in_own_language(
    texts: Texts, rules: Channel, brief: CatalogueFacts, others: Sequence[Texts] = ()
) -> list[Violation]:
    """The same of a text in its brief's language, with the facts that could not be compared as they are in the other."""
    found = check_texts(texts, rules, brief, others)
    foreign = uncompared_facts("\n".join(texts.values()), brief)
    return found + [
        whole_text_violation("fact_in_other_language", IN_OTHER_LANGUAGE, severity="warning", text=fact)
        for fact in foreign[:MAX_NAMED_FACTS]
    ]


def whole_text_violation(
    code: str, reason: str, *, severity: Severity = "error", **values: object
) -> Violation:
    """What is wrong with a text as a whole, in both languages; `reason` is an English message of the catalogue, whose
    placeholders are filled in with `values`."""
    with translation.override("zh-hans"):
        return Violation(code, "", 0, 0, "", severity, gettext(reason) % values, reason % values, "")


def has_errors(violations: Sequence[Violation]) -> bool:
    return any(each.severity == "error" for each in violations)


def stored(violations: Sequence[Violation]) -> list[dict[str, Any]]:
    return [asdict(each) for each in violations]
