"""Which part of a record one Chinese clause belongs to: of the patient's answer, and of what the doctor says."""

from pathlib import Path

from clinical.grounding.drugs import Drugs
from clinical.grounding.vitals import vital_signs
from clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS = read_patterns(Path(__file__).with_suffix(".toml"))
RELATIVE = _WORDS["relative"].pattern
# Within these a clause stays what the question asked for, unless it plainly names something else.
_STAYS = frozenset({"allergies", "family_history", "social_history", "marriage", "exposure", "menstruation"})


def told_topic(clause: str, asked: str, drugs: Drugs) -> str:
    """Of a patient or relative. `asked`: the topic of the question; empty where nobody asked. Empty for no topic."""
    if plain := _plain_topic(clause, asked):
        return plain
    if asked in _STAYS:
        return asked
    if _WORDS["habits"].search(clause):
        return "social_history"
    if _WORDS["marriage"].search(clause) and asked != "surgical_history":
        return "marriage"
    if is_medication(clause, drugs):
        return _medication_topic(clause, asked)
    return _illness_topic(clause, asked)


def _plain_topic(clause: str, asked: str) -> str:
    """What belongs to one part whatever was asked."""
    if patterns.search(r"过敏(?!性)", clause) and asked != "family_history":
        return "allergies"
    is_fate = _WORDS["disease"].search(clause) or patterns.search(r"去世|走的|没的", clause)
    is_of_home = asked in ("social_history", "marriage", "exposure")
    if _WORDS["relative_named"].search(clause) and not is_of_home and (asked == "family_history" or is_fate):
        return "family_history"
    return "menstruation" if _WORDS["menstruation"].search(clause) else ""


def _illness_topic(clause: str, asked: str) -> str:
    if _WORDS["surgery"].search(clause):
        return "surgical_history"
    is_disease = bool(_WORDS["disease"].search(clause))
    if asked in ("medical_history", "surgical_history"):
        return "medical_history" if is_disease else asked
    if is_disease and (asked == "medications" or _WORDS["since"].search(clause)):
        return "medical_history"
    if asked == "treatments" and _WORDS["lasting"].search(clause):
        return "medications"
    return asked or ("history_of_present_illness" if _WORDS["symptom"].search(clause) else "")


def is_medication(clause: str, drugs: Drugs) -> bool:
    return bool(_WORDS["takes"].search(clause) or drugs.mentions(clause))


def goes_on_about_dose(clause: str) -> bool:
    return bool(_WORDS["dose"].search(clause)) and not _WORDS["symptom"].search(clause)


def _medication_topic(clause: str, asked: str) -> str:
    """What is taken for good and what was taken against this illness stand apart."""
    is_acute = bool(_WORDS["acute"].search(clause)) and not _WORDS["lasting"].search(clause)
    if asked in ("history_of_present_illness", "treatments", "") and (
        is_acute or _WORDS["against_pain"].search(clause)
    ):
        return "treatments"
    return "treatments" if asked == "treatments" and not _WORDS["lasting"].search(clause) else "medications"


def doctor_topic(clause: str, drugs: Drugs) -> str:
    """The section, with the part of the plan behind a blank. Empty where the clause has none of its own."""
    if _WORDS["condition"].search(clause):
        return "plan follow_up"
    if _WORDS["result"].search(clause) and not patterns.search(r"查体|[先再]|做个", clause):
        return "results"
    if vital_signs(clause) or patterns.search(r"^(?:血压|心率|脉搏|体温|体重|身高|血氧)", clause):
        return "vitals"
    if _WORDS["home"].search(clause) and not patterns.search(r"[给再先加]|继续", clause):
        return "medications"
    is_named = bool(_WORDS["named_disease"].search(clause)) and not _WORDS["not_a_diagnosis"].search(clause)
    if is_named or (_WORDS["diagnosis"].search(clause) and not _WORDS["not_a_diagnosis"].search(clause)):
        return "assessment"
    return _planned_topic(clause, drugs) or ("physical_exam" if _WORDS["exam"].search(clause) else "")


def _planned_topic(clause: str, drugs: Drugs) -> str:
    is_drug = bool(drugs.mentions(clause))
    if _WORDS["back"].search(clause):
        return "plan follow_up"
    if _WORDS["tests"].search(clause) and not (is_drug and patterns.search(r"开|吃", clause)):
        return "plan tests"
    if _WORDS["prescribes"].search(clause) and (
        is_drug or _WORDS["dose"].search(clause) or not _WORDS["advice"].search(clause)
    ):
        return "plan medications"
    if _WORDS["dose"].search(clause) and not _WORDS["exam"].search(clause):
        return "plan medications"
    return "plan" if _WORDS["advice"].search(clause) and not _WORDS["exam"].search(clause) else ""
