"""What of a text was checked and how that came out, and what was not: “nothing found” would promise more."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from llm_backend.sentences import is_chinese

Outcome = Literal["passed", "doubtful", "failed", "not_checked"]
CHECKS: dict[str, Text] = {
    "length": _("Length and form"),
    "wording": _("Forbidden and required words"),
    "numbers": _("Numbers, prices and dates"),
    "denials": _("What the facts deny, limit or require"),
    "names": _("Names, origins, materials, awards and promises"),
    "goal": _("The brief's goal and audience are not printed"),
    "translation": _("The translation against its original"),
    "other": _("Everything else: please check it yourself"),
}
OUTCOMES: dict[Outcome, Text] = {
    "passed": _("checked"),
    "doubtful": _("please look"),
    "failed": _("problem found"),
    "not_checked": _("not checked"),
}
_CHECK_OF = {
    "number_not_in_brief": "numbers",
    "price_not_in_brief": "numbers",
    "bound_not_in_brief": "numbers",
    "order_not_in_brief": "numbers",
    "date_not_in_brief": "numbers",
    "contradicts_fact": "denials",
    "fact_in_other_language": "denials",
    "condition_not_in_brief": "denials",
    "condition_left_out": "denials",
    "award_not_in_brief": "names",
    "material_not_in_brief": "names",
    "origin_not_in_brief": "names",
    "name_not_in_brief": "names",
    "promise_not_in_brief": "names",
    "fact_of_another_product": "names",
    "internal_words": "goal",
    "must_not_say": "wording",
    "missing_must_say": "wording",
    "must_say_elsewhere": "wording",
    "brand_term": "wording",
}
# What nobody could read is not checked in any way.
_UNREAD = frozenset({"unchecked", "no_copy", "translation_empty"})
# Words of a brief in another language cannot be compared.
_BY_WORDS = frozenset({"denials", "names", "goal"})


class CheckedPart(NamedTuple):
    check: str
    outcome: Outcome

    @property
    def label(self) -> Text:
        return CHECKS[self.check]

    @property
    def outcome_label(self) -> Text:
        return OUTCOMES[self.outcome]


def check_list(
    violations: Iterable[Mapping[str, Any]],
    texts: Mapping[str, str],
    *,
    brief_language: str,
    is_translation: bool,
) -> list[CheckedPart]:
    """Of stored violations; `texts` are those in which they were found."""
    found = list(violations)
    is_unread = any(each["code"] in _UNREAD for each in found)
    is_comparable = is_chinese("\n".join(texts.values())) == (brief_language == "zh")
    parts = []
    for check in CHECKS:
        own = {each["severity"] for each in found if _check_of(each["code"]) == check}
        outcome: Outcome = "failed" if "error" in own else "doubtful" if own else "passed"
        if check == "other" or is_unread or (check in _BY_WORDS and not is_comparable and not own):
            outcome = "not_checked"
        if check != "translation" or is_translation:
            parts.append(CheckedPart(check, outcome))
    return parts


def _check_of(code: str) -> str:
    if code.startswith("translation_"):
        return "translation"
    return _CHECK_OF.get(code, "wording" if code.endswith(("_claim", "_link")) else "length")
