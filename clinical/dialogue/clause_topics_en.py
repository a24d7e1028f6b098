"""Which part of a record one English clause belongs to: of the patient's answer, and of what the doctor says."""

from pathlib import Path

from clinical.grounding.drugs import Drugs
from clinical.grounding.vitals import vital_signs
from clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS = read_patterns(Path(__file__).with_suffix(".toml"), flags=patterns.IGNORECASE)
RELATIVE = _WORDS["relative"].pattern
_STAYS = frozenset({"allergies", "family_history", "social_history"})


def told_topic(clause: str, asked: str, drugs: Drugs, *, is_relative: bool) -> str:
    """Of a patient or relative. `asked`: the topic of the question; empty where nobody asked. Empty for no topic."""
    if _WORDS["allergic"].search(clause) and asked != "family_history":
        return "allergies"
    if _is_of_family(clause, asked, is_relative=is_relative):
        return "family_history"
    if asked in _STAYS:
        return asked
    if _is_medication(clause, drugs):
        return _medication_topic(clause, asked)
    return _life_topic(clause, asked)


def says_little(clause: str, asked: str) -> bool:
    """“Right here.”, “That's it.”: pointing and nodding between what is told."""
    is_open = asked in ("", "history_of_present_illness")
    return (
        is_open
        and len(clause.split()) < _FEWEST
        and not (_WORDS["symptom"].search(clause) or _WORDS["telling"].search(clause))
    )


def _life_topic(clause: str, asked: str) -> str:
    if _WORDS["habits"].search(clause):
        return "social_history"
    is_of_past = asked in ("surgical_history", "medical_history", "medications")
    if _WORDS["surgery"].search(clause) and is_of_past:
        return "surgical_history"
    if _WORDS["period"].search(clause):
        return "menstruation"
    if _WORDS["disease"].search(clause) and (is_of_past or _WORDS["has"].search(clause)):
        return "medical_history"
    return asked or ("history_of_present_illness" if _WORDS["symptom"].search(clause) else "")


def _is_of_family(clause: str, asked: str, *, is_relative: bool) -> bool:
    if not _WORDS["of_family"].search(clause) or asked == "social_history":
        return False
    if asked == "family_history":
        return True
    is_ill = bool(_WORDS["disease"].search(clause)) or bool(
        patterns.search(r"\b(?:died|had|has|have)\b", clause)
    )
    return is_ill and not is_relative and not _WORDS["at_home"].search(clause)


def _is_medication(clause: str, drugs: Drugs) -> bool:
    return bool(_WORDS["takes"].search(clause) or drugs.mentions(clause))


def _medication_topic(clause: str, asked: str) -> str:
    """What is taken for good and what was taken against this illness stand apart."""
    is_acute = bool(_WORDS["took"].search(clause)) and not _WORDS["lasting"].search(clause)
    if asked == "treatments":
        return "treatments"
    return "treatments" if asked in ("history_of_present_illness", "") and is_acute else "medications"


_FEWEST = 5


def doctor_topic(clause: str, drugs: Drugs) -> str:
    """The section, with the part of the plan behind a blank. Empty for what no record needs."""
    if _WORDS["condition"].search(clause) or _WORDS["back"].search(clause):
        return "plan follow_up"
    if _WORDS["takes_up"].match(clause):
        return "medical_history"
    is_intent = bool(_WORDS["intent"].search(clause))
    if seen := _seen_topic(clause, is_intent=is_intent):
        return seen
    is_drug = bool(drugs.mentions(clause) or _WORDS["dose"].search(clause))
    if _WORDS["prescribes"].search(clause) and is_drug:
        return "plan medications"
    if _WORDS["tests"].search(clause):
        return "plan tests"
    return _judged_topic(clause, is_intent=is_intent)


def _seen_topic(clause: str, *, is_intent: bool) -> str:
    if _WORDS["result"].search(clause) and not is_intent:
        return "results"
    return "vitals" if vital_signs(clause) and not _WORDS["exam"].search(clause) else ""


def _judged_topic(clause: str, *, is_intent: bool) -> str:
    if _WORDS["exam"].search(clause) and not is_intent and not _WORDS["thinks"].match(clause):
        return "physical_exam"
    if _WORDS["diagnosis"].search(clause):
        return "assessment"
    if _WORDS["prescribes"].search(clause) and not _WORDS["advice"].search(clause):
        return "plan medications"
    return "plan" if _WORDS["advice"].search(clause) else ""
