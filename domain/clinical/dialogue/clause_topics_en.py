"""Which part of a record one English clause belongs to: of the patient's answer, and of what the doctor says."""

from pathlib import Path

from domain.clinical.dialogue.exchanges import Exchange
from domain.clinical.dialogue.measured_values import value_section_en
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.terms import finding_terms
from domain.clinical.grounding.vitals import tells_of_signs
from domain.clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS = read_patterns(Path(__file__).with_suffix(".toml"), flags=patterns.IGNORECASE)
RELATIVE = _WORDS["relative"].pattern
# “My uncle on my dad's side.”
_ONLY_KIN = patterns.compile(
    r"^\W*(?:(?:yes|yeah|well|just|only|and)\W{1,3}){0,2}(?:my|his|her|both my) "
    rf"(?:{RELATIVE}'s )?(?:\w+ ){{0,2}}?{RELATIVE}"
    rf"(?:,? (?:and |or )?(?:my |his |her )?(?:\w+ ){{0,2}}?{RELATIVE}){{0,4}}(?: on (?:my|his|her|the) [\w']+ side)?"
    r"(?:,? (?:at|aged?|in (?:his|her)) [\w-]{1,20}(?: \w{1,12})?)?\W*$"
    r"|^\W*(?:nobody|no one)(?: on (?:my|his|her|the) [\w']+ side)?\W*$",
    patterns.IGNORECASE,
)
_OF_OTHER = patterns.compile(r"^\W*(?:(?:and|but|so) )?(?:she|he|they)\b", patterns.IGNORECASE)
_KIN_ASKED = patterns.compile(rf"\b(?:your|his|her) (?P<kin>{RELATIVE})\b", patterns.IGNORECASE)
_KIN_FIRST = patterns.compile(rf"(?:(?:his|her|their|my) )?{RELATIVE}\b", patterns.IGNORECASE)
_NAMES_KIN = patterns.compile(rf"\b(?:{RELATIVE}|famil(?:y|ies))\b", patterns.IGNORECASE)
# “My dad had a pacemaker”, of relatives, among habits.
_OF_HEALTH = patterns.compile(r"\b(?:died|has|had|got)\b(?! to\b)", patterns.IGNORECASE)
_PRONOUN = patterns.compile(r"^(?:she|he|they)\b", patterns.IGNORECASE)
# Within these a clause stays what the question asked for: “a pack a day” is no drug where smoking was asked about.
_STAYS = frozenset({"allergies", "family_history", "social_history"})
_OF_PATIENT = frozenset({"allergies", "medical_history", "surgical_history", "medications", "treatments"})
# Shorter ones tell something only where they name a part of the record, or begin like telling.
MIN_TELLING_WORDS = 5


def told_topic(clause: str, question_topic: str, drugs: Drugs, *, is_relative: bool) -> str:
    """Of a patient or relative. `question_topic`: empty where nobody asked. Empty for no topic."""
    is_of_patient = question_topic in _OF_PATIENT or bool(drugs.mentions(clause))
    if is_of_patient and (_has("of_patients_kin", clause) or (not is_relative and is_of_another(clause))):
        return "family_history"
    if _has("allergic", clause) and question_topic != "family_history":
        return "allergies"
    if _must_not_be_taken(clause, question_topic, drugs):
        return "allergies"
    if _is_of_family(clause, question_topic, is_relative=is_relative):
        return "family_history"
    if drugs.mentions(clause) and (_has("wish", clause) or _has("avoids", clause)):
        is_open = question_topic != "allergies"
        return "medications" if _has("wish", clause) else "medical_history" if is_open else "allergies"
    if question_topic in _STAYS:
        if question_topic == "family_history" and not is_relative and _is_own_illness(clause):
            return "medical_history"
        return _told_besides(clause, question_topic, drugs) or question_topic
    return _drug_topic(clause, question_topic, drugs) or _life_topic(clause, question_topic)


def _drug_topic(clause: str, question_topic: str, drugs: Drugs) -> str:
    """What is taken for good and what was taken against this illness stand apart; empty where nothing is taken."""
    if _has("overdose", clause):
        return "medical_history"
    is_of_illness = question_topic in ("history_of_present_illness", "")
    if is_of_illness and _has("eases", clause) and not _has("takes", clause):
        return "history_of_present_illness"
    is_lasting = _has("lasting", clause)
    is_past = _has("took", clause) or not _has("takes", clause)
    if question_topic == "medical_history" and is_past and not is_lasting and not _has("dose", clause):
        # “They gave me trimethoprim the first time” is told of that illness.
        return ""
    # “They took my appendix” takes no drug.
    is_surgery = question_topic == "surgical_history" and _has("surgery", clause)
    if not drugs.mentions(clause) and (is_surgery or not _has("takes", clause)):
        return ""
    is_acute = _has("took", clause) and not is_lasting
    return "treatments" if question_topic == "treatments" or (is_of_illness and is_acute) else "medications"


def _must_not_be_taken(clause: str, question_topic: str, drugs: Drugs) -> bool:
    """Something that must not be taken, for what it does, is an allergy whatever was asked."""
    if question_topic == "family_history":
        return False
    is_drug = bool(drugs.mentions(clause)) or question_topic in ("allergies", "medications", "treatments")
    if is_drug and _has("intolerance", clause):
        return True
    return question_topic != "history_of_present_illness" and _has("reaction", clause)


def _told_besides(clause: str, question_topic: str, drugs: Drugs) -> str:
    """An operation, and beside allergies what is taken every day or an illness: nothing that must not be taken."""
    if question_topic != "family_history" and _has("had_surgery", clause):
        return "surgical_history"
    if question_topic != "allergies":
        return ""
    if drugs.mentions(clause) and (_has("lasting", clause) or _has("dose", clause)):
        return "medications"
    return "medical_history" if _has("has", clause) and _has("disease", clause) else ""


def _is_own_illness(clause: str) -> bool:
    """“I had eczema until I was ten”, where the family was asked for, too."""
    return _has("of_speaker", clause) and _has("disease", clause) and not _NAMES_KIN.search(clause)


def is_of_another(clause: str) -> bool:
    """“My brother is on dialysis”: nothing of the patient, whatever was asked."""
    return _has("of_another", clause)


def tells_of_another(clause: str, exchange: Exchange, before: str = "") -> bool:
    """Of nobody who is treated: a relative, or whoever speaks for the patient. `before`: the section of what was told
    before.

    “I have asthma”, of somebody who speaks for the patient; “my son is allergic, I'm not”; “my sister has that. She's on
    thyroxine”: a patient who says she or he goes on about whoever was named.
    """
    if exchange.speaker == "relative":
        return _has("of_speaker", clause)
    if _has("reaction_of_another", clause) or (before == "family_history" and _OF_OTHER.match(clause)):
        return True
    is_of_child = _has("of_child", clause) and any(
        _has("tells_of_self", each.text) for each in exchange.clauses
    )
    return is_of_child or is_of_another(clause)


def names_only_kin(clause: str) -> bool:
    return bool(_ONLY_KIN.match(clause))


def begins_with_kin(text: str) -> bool:
    return bool(_KIN_FIRST.match(text))


def is_of_asked_kin(text: str, question: str) -> bool:
    """“Did your mother …?” “She had …”"""
    return bool(_KIN_ASKED.search(question) and _PRONOUN.match(text))


def with_asked_kin(text: str, said: str, question: str) -> str:
    """The answer with the relative's name in place of the pronoun that `said` begins with."""
    kin = _KIN_ASKED.search(question) if _PRONOUN.match(said) else None
    return _PRONOUN.sub(kin["kin"].lower(), text) if kin else text


def tells_of_kin(clause: str) -> bool:
    """“Her dad's allergic to cats”, “my sister has asthma”."""
    return is_of_another(clause) or _has("of_patients_kin", clause)


def seam_of_another(clause: str) -> tuple[int, int] | None:
    """Where a clause turns to somebody else: “I don't, but my dad does”."""
    seam = _WORDS["seam_of_another"].search(clause)
    return seam.span() if seam and seam.start() else None


def names_illness(clause: str) -> bool:
    """Of whoever speaks or is spoken for: “type 2 diabetes”; nothing of relatives, and no “no diabetes”."""
    return _has("disease", clause) and not _NAMES_KIN.search(clause) and not _has("allergic", clause)


def says_little(clause: str, question_topic: str) -> bool:
    """“Right here.”, “That's it.”: pointing and nodding between what is told."""
    is_open = question_topic in ("", "history_of_present_illness")
    is_short = len(clause.split()) < MIN_TELLING_WORDS
    return is_open and is_short and not _has("telling", clause)


def doctor_topic(clause: str, drugs: Drugs) -> str:
    """The section, with the part of the plan behind a blank. Empty for what no record needs."""
    if _has("condition", clause) or _has("back", clause):
        return "plan follow_up"
    if _WORDS["takes_up"].match(clause):
        return "medical_history"
    if section := _measured_topic(clause):
        return section
    is_drug = bool(drugs.mentions(clause)) or _has("dose", clause)
    if _has("prescribes", clause) and is_drug:
        return "plan medications"
    if _has("tests", clause):
        return "plan tests"
    if _has("judged", clause):
        return "assessment"
    if _has("exam", clause) and not _has("intent", clause) and not _WORDS["thinks"].match(clause):
        return "physical_exam"
    return _judged_topic(clause, drugs)


def names_drug_or_dose(clause: str, drugs: Drugs) -> bool:
    """“Ferrous fumarate 210 milligrams”: what has a dose is a drug, whatever its name. Glucose is measured, too."""
    is_named = any(not _WORDS["test"].fullmatch(each.written) for each in drugs.mentions(clause))
    return is_named or _has("amount", clause)


def is_dose_alone(clause: str) -> bool:
    """“Two at night.”, of the drug that was named before."""
    return _has("dose_alone", clause)


def tells_what_will_be(clause: str) -> bool:
    """“The crisis team will ring you tomorrow”: of the time to come, whoever does it."""
    return _has("will_be", clause)


def is_hand_test(clause: str) -> bool:
    """“Hawkins test is positive”: told by who examines, it is no result of a laboratory."""
    return _has("hand_test", clause)


def is_deniable(thing: str) -> bool:
    """A finding, an illness, a habit or an exposure. “No physio yet” tells what was not done."""
    is_named = _has("symptom", thing) or _has("disease", thing) or _has("habits", thing)
    return is_named or _has("deniable", thing) or bool(finding_terms(thing))


def is_finding(clause: str) -> bool:
    """Told without a verb to anybody, as examiners do: “well-defined plaques on both elbows, palms clear”."""
    return not _has("talk", clause) and not _has("advice", clause) and not _has("prescribes", clause)


def _measured_topic(clause: str) -> str:
    """“I'll check your lungs” finds nothing yet, and “let's see what the x-ray shows” has no result."""
    if tells_of_signs(clause) and not _has("exam", clause):
        return "vitals"
    if section := value_section_en(clause):
        return section
    if _has("result_head", clause) or (_has("lab_value", clause) and not _has("intent", clause)):
        return "results"
    return "results" if _has("result", clause) and not _has("intent", clause) else ""


def _judged_topic(clause: str, drugs: Drugs) -> str:
    if _has("diagnosis", clause) or _judges_illness(clause):
        return "assessment"
    if _has("advice", clause):
        return "plan"
    if _has("prescribes", clause):
        return "plan medications"
    if _is_seen(clause):
        return "physical_exam"
    # A drug that the doctor names is told: an order that is missing is a danger.
    return "plan medications" if names_drug_or_dose(clause, drugs) and not _has("taken", clause) else ""


def _judges_illness(clause: str) -> bool:
    """“Could be angina”, “so type 2 diabetes”, “this isn't sciatica”."""
    is_doubt = _has("doubted", clause) and _has("illness", clause)
    return is_doubt or _has("summed_up", clause) or _has("not_it", clause)


def _is_seen(clause: str) -> bool:
    """“The cornea is clear”: whatever part it is of, told without a word to the patient."""
    return bool(_WORDS["seen"].match(clause)) and not _has("talk", clause)


def _life_topic(clause: str, question_topic: str) -> str:
    if _has("habits", clause):
        return "social_history"
    if _has("had_surgery", clause):
        return "surgical_history"
    is_of_past = question_topic in ("surgical_history", "medical_history", "medications")
    if _has("surgery", clause) and is_of_past:
        return "surgical_history"
    if _has("period", clause):
        return "menstruation"
    if _has("disease", clause) and (is_of_past or _has("has", clause)):
        return "medical_history"
    return question_topic or ("history_of_present_illness" if _has("symptom", clause) else "")


def _is_of_family(clause: str, question_topic: str, *, is_relative: bool) -> bool:
    """`is_relative`: who speaks for the patient names the patient by kinship, too."""
    clause = _WORDS["time_by_kin"].sub("", clause)
    if not _has("of_family", clause):
        return False
    if question_topic == "social_history":
        is_of_home = _has("habits", clause) or _has("at_home", clause)
        return _has("disease", clause) or (not is_of_home and bool(_OF_HEALTH.search(clause)))
    if question_topic == "family_history":
        return True
    is_ill = _has("disease", clause) or bool(patterns.search(r"\b(?:died|had|has|have)\b", clause))
    # A relative's “her mother” is the patient's, “my mother” may be the patient.
    is_own = not is_relative or bool(patterns.search(r"\b(?:his|her|their) ", clause, patterns.IGNORECASE))
    return is_ill and is_own and not _has("at_home", clause)


def _has(name: str, clause: str) -> bool:
    return _WORDS[name].search(clause) is not None
