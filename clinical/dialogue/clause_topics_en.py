"""Which part of a record one English clause belongs to: of the patient's answer, and of what the doctor says."""

from clinical.grounding.drugs import Drugs
from clinical.grounding.vitals import vital_signs
from llm_backend import patterns

RELATIVE = (
    r"(?:mother|father|mom|mum|dad|parents|brothers?|sisters?|siblings?|aunt|uncle|grandmother"
    r"|grandfather|grandparents|grandma|grandpa"
    r"|cousin|son|daughter|niece|nephew)"
)
_STAYS = frozenset({"allergies", "family_history", "social_history"})
_ALLERGIC = patterns.compile(r"\ballerg(?:y|ies|ic)\b", patterns.IGNORECASE)
_OF_FAMILY = patterns.compile(
    rf"\b(?:(?:my|his|her|their|both my|both his|both her)(?: \w+)? {RELATIVE}(?:'s)?(?: and (?:my|his"
    rf"|her)(?: \w+)? {RELATIVE})?"
    r"(?! (?:says?|told|thinks|brought|with|drove)\b))\b",
    patterns.IGNORECASE,
)
_AT_HOME = patterns.compile(
    r"\b(?:husband|wife|spouse|partner|live with|lives with|at home)\b",
    patterns.IGNORECASE,
)
_HABITS = patterns.compile(
    r"\b(?:smok\w+|packs?|cigar\w+|tobacco|vap(?:e|es|ing)|beers?|wine|alcohol|whiske?ys?|vodka"
    r"|brandy|liquor|drink(?:s|ing)? (?:socially|a|one|two|every|too)"
    r"|(?:don't|do not|doesn't|never|quit|gave up|stopped) (?:drink|drinking|smoke|smoking)|marijuana"
    r"|coffees?|live[sd]? (?:with|alone)|retired|for a living"
    r"|i work|i'm an? \w+ (?:teacher|driver|nurse)|cats?|dogs?)\b",
    patterns.IGNORECASE,
)
_SURGERY = patterns.compile(
    r"\b(?:surger(?:y|ies)|operations?|operated|removed|(?:gallbladders?|appendix|tonsils"
    r"|uterus) (?:taken )?out|c-sections?|stents?|bypass|arthroscopy|laparoscopy"
    r"|(?:hernia )?repair|replacement|transplant|pinned|tubes put in|appendix|tonsils|\w+ectomy)\b",
    patterns.IGNORECASE,
)
_TAKES = patterns.compile(
    r"\b(?:(?:i|he|she|they) (?:\w+ )?(?:take|takes|took|use|uses|used to take)|(?:i'm|i am|he's"
    r"|she's|i've been|he's been|she's been|was|were) (?:\w+ )?(?:taking|on(?! (?:a|an|my|his|her|top)\b))"
    r"|milligrams?|micrograms?|milliliters?|\d+ ?(?:mg|mcg|ml)|puffs?|tablets?|pills?|capsules?"
    r"|inhaler|multivitamin|vitamins?|birth control|insulin|aspirin)\b",
    patterns.IGNORECASE,
)
_TOOK = patterns.compile(
    r"\b(?:took|gave|given|tried|this morning|yesterday|last (?:week|night)|hardly|it helped|sometimes|almost every day)\b",
    patterns.IGNORECASE,
)
_LASTING = patterns.compile(
    r"\b(?:(?:every|each|once a|twice a|a) (?:day|morning|night|week|evening)|daily"
    r"|for (?:\w+ )?years?|used to|in the past|since \d+|as needed|when i need)\b",
    patterns.IGNORECASE,
)
_DISEASE = patterns.compile(
    r"\b(?:diabetes|diabetic|hypertension|high blood pressure|blood pressure|cholesterol|asthma"
    r"|eczema|copd|thyroid|hypothyroidism|gout|migraines?|endometriosis"
    r"|osteoporosis|reflux|hepatitis \w|coronary|heart disease|stroke|atrial fibrillation|gallstones"
    r"|arthritis|depression|anxiety|cancer|ear infections?"
    r"|\w+itis|kidney (?:disease|stones)|anemia|epilepsy|weeks(?= |$))\b",
    patterns.IGNORECASE,
)
_HAS = patterns.compile(
    r"\b(?:i have|i've got|i've also got|he has|she has|history of|diagnosed|since i was"
    r"|for \w+ years|also got|i had \w+ (?:diabetes|hepatitis))\b",
    patterns.IGNORECASE,
)
_PERIOD = patterns.compile(
    r"\b(?:(?:last |my )?periods?|menopause|c(?:o|a)me every)\b",
    patterns.IGNORECASE,
)
_SYMPTOM = patterns.compile(
    r"\b(?:pain\w*|hurt\w*|sore|ach\w+|fevers?|feverish|chills|cough\w*|nausea\w*|vomit\w*|threw up"
    r"|throwing up|diarrhea|dizz\w*|tired|exhausted|fatigue\w*|weak\w*|numb\w*"
    r"|tingl\w*|swell\w*|swollen|rash|itch\w*|bleed\w*|breath\w*|symptoms?|feel\w*|felt|started|began"
    r"|worse|better|ago|weeks?|days?|months?|fell|slipped|injur\w+"
    r"|headaches?|sleep\w*|appetite|weight|pounds|anxious|blood|stream|pee|urinat\w+|yellow|sick"
    r"|burning|tight\w*|racing|wheez\w*|thirsty|throbs?|light|hair|speech)\b",
    patterns.IGNORECASE,
)


def told_topic(clause: str, asked: str, drugs: Drugs, *, is_relative: bool) -> str:
    """Of a patient or relative. `asked`: the topic of the question; empty where nobody asked. Empty for no topic."""
    if _ALLERGIC.search(clause) and asked != "family_history":
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
        is_open and len(clause.split()) < _FEWEST and not (_SYMPTOM.search(clause) or _TELLING.search(clause))
    )


def _life_topic(clause: str, asked: str) -> str:
    if _HABITS.search(clause):
        return "social_history"
    is_of_past = asked in ("surgical_history", "medical_history", "medications")
    if _SURGERY.search(clause) and is_of_past:
        return "surgical_history"
    if _PERIOD.search(clause):
        return "menstruation"
    if _DISEASE.search(clause) and (is_of_past or _HAS.search(clause)):
        return "medical_history"
    return asked or ("history_of_present_illness" if _SYMPTOM.search(clause) else "")


def _is_of_family(clause: str, asked: str, *, is_relative: bool) -> bool:
    if not _OF_FAMILY.search(clause) or asked == "social_history":
        return False
    if asked == "family_history":
        return True
    is_ill = bool(_DISEASE.search(clause)) or bool(patterns.search(r"\b(?:died|had|has|have)\b", clause))
    return is_ill and not is_relative and not _AT_HOME.search(clause)


def _is_medication(clause: str, drugs: Drugs) -> bool:
    return bool(_TAKES.search(clause) or drugs.mentions(clause))


def _medication_topic(clause: str, asked: str) -> str:
    """What is taken for good and what was taken against this illness stand apart."""
    is_acute = bool(_TOOK.search(clause)) and not _LASTING.search(clause)
    if asked == "treatments":
        return "treatments"
    return "treatments" if asked in ("history_of_present_illness", "") and is_acute else "medications"


_INTENT = patterns.compile(r"\b(?:i'll|we'll|i'm|let's|i'd|i want|we're|to be safe)\b", patterns.IGNORECASE)
_THINKS = patterns.compile(r"(?:so )?(?:i think|this|you have)\b", patterns.IGNORECASE)
# “So you have diabetes.” takes up what was said of medicines.
_TAKES_UP = patterns.compile(
    r"^so (?:you|he|she) (?:have|has|had)\b(?!.{0,200}\bdecompensated\b)", patterns.IGNORECASE
)
_FEWEST = 5
_TELLING = patterns.compile(r"\d|\b(?:no|not|never|faint\w*)\b|n't\b", patterns.IGNORECASE)
_CONDITION = patterns.compile(
    r"\b(?:^if|^unless|if (?:you|he|she|it|they|the|there)|in case)\b",
    patterns.IGNORECASE,
)
_BACK = patterns.compile(
    r"\b(?:follow[- ]?up|come (?:back|in|straight)|see (?:you|me|us)(?: \w+)? (?:back|again|in|twice"
    r"|with|tomorrow|next)|(?:see|want to see) you|recheck|call (?:\d+|us|me|an ambulance)"
    r"|bring (?:him|her) back|return|emergency (?:room|department)|go (?:straight )?to the er|see orthopedics)\b",
    patterns.IGNORECASE,
)
_TEST = (
    r"x-?rays?|ct|mri|ultrasound|echo\w*|ekg|ecg|labs?|a1c|blood (?:work|tests?|count)|cbc|biopsy"
    r"|scan|colonoscopy|endoscopy|culture|urinalysis|urine|psa|tsh"
    r"|antibodies|liver (?:tests?|function|enzymes)|platelets|lipase|afp|stress test|stool test"
    r"|albumin|eye exam|thyroid level|panel|test"
)
_TESTS = patterns.compile(
    rf"\b(?:(?:order\w*|get\w*|check|set up|send\w*|do|draw|want|schedule|repeat|obtain|like|refer"
    rf"|run)\b.{{0,60}}\b(?:{_TEST}))\b",
    patterns.IGNORECASE,
)
_RESULT = patterns.compile(
    rf"\b(?:(?:{_TEST}|score|protein)\b.{{0,40}}\b(?:shows?|showed|came back|comes back|is|was|are"
    rf"|were|in the urine|revealed))\b",
    patterns.IGNORECASE,
)
_PRESCRIBES = patterns.compile(
    r"\b(?:prescrib\w+|start(?:ing)?|put you on|put (?:him|her) on|give|add|switch|tak(?:e|ing)"
    r"|continue|stay on|stop|refill|keep (?:using|taking|giving|up)|go on|cream)\b",
    patterns.IGNORECASE,
)
_DOSE = patterns.compile(
    r"\b(?:milligrams?|micrograms?|milliliters?|mg|mcg|ml|grams?|puffs?|tablets?|drops?|(?:once|twice"
    r"|three times) (?:a day|daily))\b",
    patterns.IGNORECASE,
)
_DIAGNOSIS = patterns.compile(
    r"\b(?:i (?:think|suspect|believe)|this (?:looks|is|sounds)|looks like|diagnos\w+|consistent with"
    r"|(?:i'm|i am) (?:worried|concerned) about|(?:you|he|she) (?:probably |likely )?(?:have"
    r"|has) (?!to\b)"
    r"|likely|most likely|due to)\b",
    patterns.IGNORECASE,
)
_EXAM = patterns.compile(
    r"\b(?:tender\w*|guarding|murmurs?|lungs?|crackles|wheez\w+|edema|swelling in|reflex\w*|sensation"
    r"|strength|pulses?|deformity|droop|papules|eardrum|throat|belly is|abdomen"
    r"|nodules?|enlarged|uterus|prostate is|murphy's|straight leg|mucous|jaundiced|on exam"
    r"|neurological exam|exam is|i (?:can )?(?:hear|feel|see)|bulging|weakness of"
    r"|heart sounds|mouth is|you're alert|speech is|membranes|trunk|thyroid is|fluid in|bowel sounds)\b",
    patterns.IGNORECASE,
)
_ADVICE = patterns.compile(
    r"\b(?:avoid|cut (?:back|out)|quit|no (?:heavy|alcohol|more)|rest|fluids?|less|therap\w+"
    r"|nothing to eat|elevated?|refer\w*|keep|stay off|you (?:should|need to|may|must)|diary|splint"
    r"|salt"
    r"|surgery will|admit|physical therapy|let's|we'll|i'll|i want you|i'd like|don't)\b",
    patterns.IGNORECASE,
)


def doctor_topic(clause: str, drugs: Drugs) -> str:
    """The section, with the part of the plan behind a blank. Empty for what no record needs."""
    if _CONDITION.search(clause) or _BACK.search(clause):
        return "plan follow_up"
    if _TAKES_UP.match(clause):
        return "medical_history"
    is_intent = bool(_INTENT.search(clause))
    if seen := _seen_topic(clause, is_intent=is_intent):
        return seen
    is_drug = bool(drugs.mentions(clause) or _DOSE.search(clause))
    if _PRESCRIBES.search(clause) and is_drug:
        return "plan medications"
    if _TESTS.search(clause):
        return "plan tests"
    return _judged_topic(clause, is_intent=is_intent)


def _seen_topic(clause: str, *, is_intent: bool) -> str:
    if _RESULT.search(clause) and not is_intent:
        return "results"
    return "vitals" if vital_signs(clause) and not _EXAM.search(clause) else ""


def _judged_topic(clause: str, *, is_intent: bool) -> str:
    if _EXAM.search(clause) and not is_intent and not _THINKS.match(clause):
        return "physical_exam"
    if _DIAGNOSIS.search(clause):
        return "assessment"
    if _PRESCRIBES.search(clause) and not _ADVICE.search(clause):
        return "plan medications"
    return "plan" if _ADVICE.search(clause) else ""
