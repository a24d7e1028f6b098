"""Which part of a record one Chinese clause belongs to: of the patient's answer, and of what the doctor says."""

from pathlib import Path

from domain.clinical.dialogue.measured_values import value_section_zh
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.experiencer import find_experiencer, names_another, names_patient
from domain.clinical.grounding.vitals import tells_of_signs
from domain.clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS = read_patterns(Path(__file__).with_suffix(".toml"))
RELATIVE, PERSON = _WORDS["relative"].pattern, _WORDS["person"].pattern
_OF_DRUGS = ("medications", "treatments")
# Within these a clause stays what the question asked for, unless it plainly names something else.
_STAYS = frozenset(
    {
        "allergies",
        "family_history",
        "social_history",
        "marriage",
        "exposure",
        "menstruation",
        "vaccination",
        "feeding",
    }
)


# Asked about these, who tells of smoking or drinking tells something else.
_NO_HABITS = ("allergies", "family_history", "menstruation", "marriage", "exposure")


def told_topic(clause: str, question_topic: str, drugs: Drugs) -> str:
    """Of a patient or relative. `question_topic`: empty where nobody asked. Empty for no topic."""
    if plain := _plain_topic(clause, question_topic):
        return plain
    if _has("habit_told", clause) and question_topic in _NO_HABITS:
        return "social_history"
    if drugs.mentions(clause) and _has("wish", clause):
        return "medications"
    if question_topic in _STAYS:
        return question_topic
    if _has("habits", clause):
        return "social_history"
    if _has("marriage", clause) and question_topic != "surgical_history":
        return "marriage"
    if _has("takes", clause) or drugs.mentions(clause):
        return _medication_topic(clause, question_topic)
    return _illness_topic(clause, question_topic)


def is_of_another(clause: str, answer: str) -> bool:
    """“我妈有”, “老公是乙肝”, in an answer of the patient: nothing of the patient, whatever was asked.

    A child may be who is treated, unless the answer tells of the speaker, too.
    """
    return _has("of_another", clause) or (_has("of_child", clause) and _has("tells_of_self", answer))


def is_of_another_than_patient(clause: str, answer: str) -> bool:
    """“他血糖不高，我妈打胰岛素”, of a relative who tells of the patient as him or her."""
    is_kin = clause.startswith("我") and _has("of_another", clause)
    return is_kin and _has("tells_of_patient", answer)


def goes_on_about_another(clause: str, before: str) -> bool:
    """“他姐姐也在咳，不烧”: told of whoever `before`, the words of the same sentence, named last. A bare “没有” is no such
    clause.
    """
    is_of_another = find_experiencer(before, (len(before), len(before)), "zh")[0] != "patient"
    names_somebody = names_patient(clause, "zh") or names_another(clause, "zh")
    return is_of_another and not names_somebody and not _has("bare_no", clause)


def is_of_speaker(clause: str) -> bool:
    """“我对青霉素过敏”, of somebody who speaks for the patient."""
    return _has("of_speaker", clause)


def denies_of_speaker(clause: str, answer: str) -> bool:
    """A bare “我没有” where the answer tells of the patient, too: “我没有，孩子有”."""
    return _has("of_speaker_no", clause) and _has("tells_of_patient", answer)


def names_only_person(clause: str) -> bool:
    """“我哥做过”: what it is about was asked."""
    return _has("bare_of_another", clause)


def is_about_the_same(clause: str, section: str, own: str) -> bool:
    """“青霉素，小时候打过起疹子”, “妈妈房颤，78岁没的”: the second clause is about what the first one named."""
    if section in ("allergies", "family_history") and own in (
        "history_of_present_illness",
        "medications",
        "treatments",
    ):
        return not patterns.match(r"我(?!妈|爸|哥|姐|弟|妹)", clause)
    if (section, own) == ("surgical_history", "medical_history"):
        # “做过手术吗？做过，阑尾炎。”
        return not patterns.search(r"有|得过|患|查出|是", clause)
    if (section, own) == ("surgical_history", "allergies"):
        return not patterns.search(r"过敏|药|不能|吃|打", clause)
    # “去年也有过一次，吃左氧氟沙星好的”, “血压高，没吃药” are of that illness.
    if section in ("medical_history", "history_of_present_illness") and own in _OF_DRUGS:
        return bool(
            patterns.search(
                r"[吃用打输服].{1,12}好(?:的|了)$|^(?:也|都|就|一直|从来)*[没不](?:有)?[吃用服]过?药$", clause
            )
        )
    is_course = patterns.search(r"停|不吃了|换|改|以后|不太管用|退了|好了", clause)
    return section in _OF_DRUGS and own == "history_of_present_illness" and bool(is_course)


def goes_on_about_dose(clause: str) -> bool:
    return _has("dose", clause) and not _has("symptom", clause)


def names_dose(clause: str) -> bool:
    """“倍他乐克半片”: begins with a name and its dose, whatever that is a name of."""
    return _has("dosed_name", clause)


def doctor_topic(clause: str, drugs: Drugs) -> str:
    """The section, with the part of the plan behind a blank. Empty where the clause has none of its own."""
    if _has("condition", clause):
        return "plan follow_up"
    # “体温超过38度5再吃” says when a dose is taken.
    is_limit = patterns.search(
        r"(?:超过|高于|低于|大于|小于|不到|[过到]了?[^，]{1,8})[^，]{0,8}[再就才]", clause
    )
    if tells_of_signs(clause) or (
        patterns.search(r"^(?:血压|心率|脉搏|体温|体重|身高|血氧)", clause) and not is_limit
    ):
        return "vitals"
    # “二甲双胍从0.5克改到1克” reads out no value.
    if not drugs.mentions(clause) and (section := value_section_zh(clause)):
        return section
    if _has("result", clause) and not patterns.search(r"查体|[先再]|做个", clause):
        return "results"
    if _has("home", clause) and not patterns.search(r"[给再先加]|继续", clause):
        return "medications"
    # “先查甲状腺炎” orders a test, however much it names a disease.
    if (_has("named_disease", clause) or _has("diagnosis", clause)) and not _has("not_a_diagnosis", clause):
        return "assessment"
    section = _planned_topic(clause, drugs) or ("physical_exam" if _has("exam", clause) else "")
    # A drug that the doctor names is told: an order that is missing is a danger.
    return section or ("plan medications" if drugs.mentions(clause) and not _has("taken", clause) else "")


def _planned_topic(clause: str, drugs: Drugs) -> str:
    is_drug = bool(drugs.mentions(clause))
    if is_drug and patterns.search(r"继续$", clause):
        return "plan medications"
    if _has("back", clause):
        return "plan follow_up"
    if _has("tests", clause) and not (is_drug and patterns.search(r"开|吃", clause)):
        return "plan tests"
    if _has("prescribes", clause) and (is_drug or _has("dose", clause) or not _has("advice", clause)):
        return "plan medications"
    if _has("exam", clause):
        return ""
    if _has("dose", clause) and not patterns.search(r"喝水|饮水|[盐油糖]|主食|热量|饮食", clause):
        return "plan medications"
    return "plan" if _has("advice", clause) else ""


def _plain_topic(clause: str, question_topic: str) -> str:
    """What belongs to one part whatever was asked."""
    is_of_patient = question_topic != "family_history" or is_of_speaker(clause)
    if patterns.search(r"过敏(?!性)", clause) and is_of_patient:
        return "allergies"
    # Something that must not be taken, for what it does, is an allergy whatever was asked.
    if _has("reaction", clause) and question_topic not in ("family_history", "history_of_present_illness"):
        return "allergies"
    is_fate = _has("disease", clause) or patterns.search(r"去世|走的|没的", clause)
    # “我哥是癌走的” is of the family among habits, too; who is ill where somebody lives may be a contact.
    is_kin = _has("relative_named", clause) or (
        question_topic == "social_history" and _has("of_another", clause)
    )
    if is_kin and question_topic != "exposure" and (question_topic == "family_history" or is_fate):
        return "family_history"
    if question_topic == "allergies" and _has("surgery", clause):
        return "surgical_history"
    return "menstruation" if _has("menstruation", clause) else ""


def _medication_topic(clause: str, question_topic: str) -> str:
    """What is taken for good and what was taken against this illness stand apart."""
    is_lasting = _has("lasting", clause)
    is_acute = (_has("acute", clause) and not is_lasting) or _has("against_pain", clause)
    if question_topic in ("history_of_present_illness", "treatments", "") and is_acute:
        return "treatments"
    return "treatments" if question_topic == "treatments" and not is_lasting else "medications"


def _illness_topic(clause: str, question_topic: str) -> str:
    if _has("surgery", clause):
        return "surgical_history"
    is_disease = _has("disease", clause)
    if question_topic in ("medical_history", "surgical_history"):
        return "medical_history" if is_disease else question_topic
    if is_disease and (question_topic == "medications" or _has("since", clause)):
        return "medical_history"
    if question_topic == "treatments" and _has("lasting", clause):
        return "medications"
    return question_topic or ("history_of_present_illness" if _has("symptom", clause) else "")


def _has(name: str, clause: str) -> bool:
    return _WORDS[name].search(clause) is not None
