"""An English consultation as the sentences of a record: each answer with its question, each clause where it belongs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from domain.clinical.dialogue import (
    answers_en,
    habits_en,
    question_topics,
    questions_en,
    text_normalisation_en,
)
from domain.clinical.dialogue.clause_topics_en import (
    begins_with_kin,
    doctor_topic,
    is_dose_alone,
    is_finding,
    is_hand_test,
    is_of_asked_kin,
    names_drug_or_dose,
    names_only_kin,
    says_little,
    tells_of_another,
    tells_what_will_be,
    told_topic,
    with_asked_kin,
)
from domain.clinical.dialogue.clauses import Clause
from domain.clinical.dialogue.exchanges import Exchange, split_exchanges
from domain.clinical.dialogue.grammar_en import INFORMANT, Person, third_person
from domain.clinical.dialogue.joint_questions import split_joint_exchange
from domain.clinical.dialogue.measured_values import value_rows_en, value_section_en
from domain.clinical.dialogue.number_words_en import NUMBER_WORD
from domain.clinical.dialogue.own_denials_en import is_own_denial, own_denial
from domain.clinical.dialogue.pro_forms_en import (
    moment_asked_of,
    stands_for_asked,
    takes_up_asked,
    tells_of_course,
    tells_of_stopping,
)
from domain.clinical.dialogue.rewrite_rules import read_rules, rewrite
from domain.clinical.dialogue.text_normalisation_en import upper_first
from domain.clinical.dialogue.topic_segmentation_en import (
    join_what_goes_on,
    split_by_person,
    split_by_topic,
    split_into_rows,
)
from domain.clinical.drafting.note_selection import COMMAND, content_words
from domain.clinical.drafting.note_sentences import NoteSentence, note_sentence, without_question_marks
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.records.record import Status
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns

# “No, just a little cough”: a mark has to part the no from what is told; “no cough” is a statement.
_LEADING_NO = patterns.compile(r"^\W*(?:no|nope|never|none)\b\s*[,.;]\s*", patterns.IGNORECASE)
_YES = patterns.compile(
    # “Yes, right handed” says more than yes.
    r"^\W*(?:(?:yes|yeah|yep|yup|correct|right(?=\W*$|[,.;!])|sure|uh-huh)\b[\s,.]*)+"
    r"|^\W*(?:i|he|she|they|it) (?:am|is|are|do|does|did|have|has|was|were)\W*$",
    patterns.IGNORECASE,
)
_ASKS_LIMIT = patterns.compile(
    r"\b(?:more than|over|at least|less than|every day|daily|regularly|heavily|a lot)\b", patterns.IGNORECASE
)
_NOTHING_SEEN = patterns.compile(r"^(?:and |but )?no \w", patterns.IGNORECASE)
_DENIES = patterns.compile(r"^(?:\w+ ){0,2}denies\b", patterns.IGNORECASE)
# “No, but my back hurts” denies what was asked; “no, but when I run” and “no, but I used to” do not deny it whole.
_BUT_ELSE = patterns.compile(
    r"^but (?:i|i've|i'm|my|the|there's|there is)\b"
    r"(?!.{0,80}\b(?:it|that|them|those|one|some\w*|used|do|did|was|when|if|occasionally|before)\b)",
    patterns.IGNORECASE,
)
_ONLY = patterns.compile(r"^(?:just|only|but)\b", patterns.IGNORECASE)
_NUMBER_FIRST = patterns.compile(rf"(?:{NUMBER_WORD})\b", patterns.IGNORECASE)
# “What I want you to do is …” has its matter elsewhere.
_MEANING_TO = frozenset(["want", "need", "let", "what", "here", "ll", "going", "try", "be"])
_ASKS_AMOUNT = patterns.compile(
    r"^\W*(?:(?:and|so|okay)\W+)*(?:how|what|when|where|which|who|why)\b", patterns.IGNORECASE
)
_SEVERAL = patterns.compile(r",|\bor\b|\band\b", patterns.IGNORECASE)
_OF_DRUGS = ("medications", "treatments")
_OF_PATIENT = (*_OF_DRUGS, "medical_history", "surgical_history", "allergies")
_OPENS_ORDER = patterns.compile(
    r"^\W*(?:(?:and|plus|also|then) )?(?:also )?(?:an? |some |the )?$", patterns.IGNORECASE
)
_ENDED = patterns.compile(r"[.!?]\s*$")
# Other words between two clauses were said of something else.
_BETWEEN = patterns.compile(
    r"\b(?!(?:and|but|plus|with|also|or|no|yes|an?|the|some)\b)\w+", patterns.IGNORECASE
)
_OF_NAMED_DRUG = patterns.compile(r"\b(?:stop|change|swap|switch)\w* (?:it|them)\b", patterns.IGNORECASE)
# Sharing only these, answer and question do not name the same thing.
_SMALL_WORDS = frozenset(["the", "a", "of", "in", "their", "his", "her", "or", "and"])
# In words. A longer answer says by itself what it is about.
MAX_SHORT_WORDS = 6
_RULES = read_rules(Path(__file__).with_suffix(".toml"))


@dataclass
class _Writer:
    """Writes one consultation. `topic`: what was asked about last. `ordered_in`: a drug, by what the doctor said last.

    `named`: what was last asked for by name, in the questions `named_in`.
    """

    transcript: ClinicalTranscript
    drugs: Drugs
    person: Person
    topic: str = ""
    is_examining: bool = False
    ordered_in: Clause | None = None
    named: str = ""
    named_in: tuple[Clause, ...] = ()
    is_planning: bool = False

    def doctor(self, exchange: Exchange) -> Iterator[NoteSentence]:
        # Whoever answers a question examines no more.
        self.is_examining = self.is_examining and not exchange.questions
        for clause in self._doctor_rows(exchange):
            clause_text = clause.text
            is_talk = answers_en.is_small_talk(clause_text) or not content_words(clause_text) - _MEANING_TO
            if answers_en.begins_examination(clause_text) and len(clause_text.split()) <= MAX_SHORT_WORDS:
                self.is_examining = True
                continue
            if is_talk or COMMAND.match(clause_text) or answers_en.is_announcement(clause_text):
                continue
            section = self._doctor_section(clause_text)
            is_order = section == "plan medications" or (
                section == "plan" and self.drugs.mentions(clause_text)
            )
            self.ordered_in = clause if is_order else None
            # An examiner goes on telling what is not there.
            if (
                not section
                and self.is_examining
                and (_NOTHING_SEEN.match(clause_text) or is_finding(clause_text))
            ):
                section = "physical_exam"
            self.is_examining = section in ("physical_exam", "vitals")
            drug = self._asked_drug(clause, section, exchange)
            # Behind a diagnosis what will be done is planned, in whatever words.
            is_planned = self.is_planning and tells_what_will_be(clause_text)
            section = "plan medications" if drug else section or ("plan" if is_planned else "")
            self.is_planning = self.is_planning or section.startswith(("assessment", "plan"))
            if section:
                text = f"{upper_first(drug)}{text_normalisation_en.clinic_phrase(clause_text, section, self.person)}"
                is_value = section in ("physical_exam", "results") and value_section_en(clause_text)
                for row in value_rows_en(text) if is_value else [text]:
                    sentence = text_normalisation_en.as_sentence(row)
                    clauses = [*exchange.questions, clause] if drug else [clause]
                    yield note_sentence(self.transcript, sentence, section, clauses)

    def _asked_drug(self, clause: Clause, section: str, exchange: Exchange) -> str:
        """“Can he have ibuprofen?” “Yes, five millilitres.”: the first words answer for the drug, if they name none."""
        asked = self.drugs.mentions(exchange.question_text)
        is_first = clause.start == exchange.clauses[0].start and not self.drugs.mentions(clause.text)
        is_order = section in ("plan", "plan medications") or names_drug_or_dose(clause.text, self.drugs)
        return f"{asked[0].written}: " if is_first and is_order and len(asked) == 1 else ""

    def _doctor_section(self, text: str) -> str:
        if self._is_ordered_too(text):
            return "plan medications"
        section = doctor_topic(text, self.drugs)
        # “Hawkins test is positive”, among what is seen.
        return (
            "physical_exam" if section == "results" and self.is_examining and is_hand_test(text) else section
        )

    def _doctor_rows(self, exchange: Exchange) -> Iterator[Clause]:
        rows = (
            each
            for clause in exchange.clauses
            for row in split_into_rows(clause, self.drugs)
            for each in split_by_topic(row, self.drugs)
        )
        yield from join_what_goes_on(rows, self.drugs)

    def _is_ordered_too(self, text: str) -> bool:
        """“… and aspirin 100 milligrams” is ordered with the drug before it; so is a sentence “And omeprazole, …”."""
        mentions = self.drugs.mentions(text)
        if not mentions or self.ordered_in is None:
            return False
        return not _ENDED.search(self.ordered_in.text) or bool(_OPENS_ORDER.match(text[: mentions[0].start]))

    def answer(self, exchange: Exchange) -> Iterator[NoteSentence]:
        for each in split_joint_exchange(
            exchange, lambda text: self._told_topic(text, "", exchange), in_chinese=False
        ):
            yield from self._answer(each)

    def _told_topic(self, text: str, question_topic: str, exchange: Exchange) -> str:
        # A relative's “my husband” may be who is ill.
        is_relative = exchange.speaker == "relative" and not self.transcript.is_patient_named
        return told_topic(text, question_topic, self.drugs, is_relative=is_relative)

    def _answer(self, exchange: Exchange) -> Iterator[NoteSentence]:
        if exchange.questions:
            self._take_up(exchange)
        topic = self.topic if exchange.questions else "" if self.topic else "history_of_present_illness"
        answer_clauses = [
            clause
            for clause in split_by_person(exchange.clauses)
            if not answers_en.is_aside(clause.text)
            and (exchange.questions or not answers_en.is_small_talk(clause.text))
        ]
        question = "" if exchange.is_answered else exchange.question_text
        is_no_behind = len(answer_clauses) > 1 and answers_en.is_bare_no(answer_clauses[1].text)
        if question and is_no_behind and tells_of_another(answer_clauses[0].text, exchange):
            # “I'm allergic to penicillin, but he isn't”: the no answers the question.
            answer_clauses[:2] = answer_clauses[1::-1]
        if question and answer_clauses:
            first, *answer_clauses = answer_clauses
            yield from self._answer_sentences(first, exchange, topic)
            if not (
                answers_en.is_bare_no(first.text) or _LEADING_NO.match(first.text) or _YES.match(first.text)
            ):
                answer_clauses = [first, *answer_clauses]
        for place, (clause, section) in enumerate(self._merge(answer_clauses, topic, exchange)):
            is_first = bool(question) and place == 0 and answer_clauses[0].start == exchange.clauses[0].start
            yield self._statement(clause, section, exchange, topic, is_first=is_first)

    def _take_up(self, exchange: Exchange) -> None:
        """“How are the readings?” … “And what was it today?”: it is what was asked for by name."""
        question = exchange.question_text
        self.topic = question_topics.find_topic(question, self.topic, in_chinese=False)
        if moment_asked_of(question) is None:
            topic = answers_en.open_question_topic(question)
            self.named = "" if topic in ("duration", "onset") else topic or self._one_thing(exchange)
            self.named_in = exchange.questions

    def _answer_sentences(self, clause: Clause, exchange: Exchange, topic: str) -> Iterator[NoteSentence]:
        """What a yes or no states with its question, and what is said besides."""
        clauses = [*exchange.questions, clause]
        is_bare = answers_en.is_bare_no(clause.text) or answers_en.agrees_to_no(
            clause.text, exchange.questions[-1].text
        )
        if is_bare or _LEADING_NO.match(clause.text):
            rest = "" if is_bare else _LEADING_NO.sub("", clause.text)
            # “No, only at night” is no denial; “no, but codeine makes me itch” is one of the drug that was named.
            is_part = _ONLY.match(rest) and not _BUT_ELSE.match(rest) and not tells_of_another(rest, exchange)
            is_more = is_part or self._tells_of_allergy(exchange, topic)
            if not is_more or answers_en.asked_substance(exchange.question_text):
                yield self._denial_sentence(exchange, topic, clauses)
            yield from self._rest(clause, patterns.sub(r"^but ", "", rest), exchange, topic)
        elif yes := _YES.match(clause.text):
            rest = clause.text[yes.end() :].strip(" .,")
            is_more = len(rest.split()) > MAX_SHORT_WORDS
            # What is told at length says by itself what it is about.
            if not is_more or answers_en.state_answer(exchange.questions[-1].text, True, self.person):
                yield self._agreement_sentence(exchange, topic, clauses, "" if is_more else rest)
            yield from self._rest(clause, rest if is_more else "", exchange, topic)

    def _tells_of_allergy(self, exchange: Exchange, topic: str) -> bool:
        """“Any allergies?” “No. Codeine makes me itch.” denies them not all."""
        return topic == "allergies" and any(
            self._told_topic(_LEADING_NO.sub("", each.text), "", exchange) == topic
            and not tells_of_another(each.text, exchange)
            for each in split_by_person(exchange.clauses)
        )

    def _rest(self, clause: Clause, rest: str, exchange: Exchange, topic: str) -> Iterator[NoteSentence]:
        if not patterns.search(r"\w", rest):
            return
        start = clause.end - len(clause.text) + clause.text.index(rest)
        part = replace(clause, text=rest, start=start)
        for each, section in self._merge([part], topic, exchange):
            yield self._statement(each, section, exchange, topic, is_first=False)

    def _merge(
        self, answer_clauses: Sequence[Clause], question_topic: str, exchange: Exchange
    ) -> Iterator[tuple[Clause, str]]:
        """Each with its section; what goes on about the same drug, allergy or sentence in one."""
        pending: tuple[Clause, str] | None = None
        for clause in (row for each in answer_clauses for row in split_into_rows(each, self.drugs)):
            before = pending[1] if pending else ""
            section = self._told_section(clause, question_topic, exchange, before)
            # “Metformin. I take it twice a day.” is one statement about one drug.
            is_more = before in _OF_DRUGS and section == before and bool(self.drugs.mentions(clause.text))
            is_next_drug = is_more and not _OF_NAMED_DRUG.search(clause.text)
            if pending and not is_next_drug and self._goes_on(pending[0], before, clause, section):
                gap = " " if _ENDED.search(pending[0].text) else ", "
                pending = (
                    replace(pending[0], text=f"{pending[0].text}{gap}{clause.text}", end=clause.end),
                    before,
                )
                continue
            if pending:
                yield pending
            pending = (clause, section) if section else None
        if pending:
            yield pending

    def _told_section(self, clause: Clause, question_topic: str, exchange: Exchange, before: str) -> str:
        """`before`: the section of what was told before it."""
        if self._tells_nothing(clause, question_topic, exchange):
            return ""
        section = self._told_topic(clause.text, question_topic, exchange)
        goes_on = before in _OF_DRUGS and is_dose_alone(clause.text)
        section = before if goes_on else section or (before if exchange.questions else "")
        is_course = question_topic in _OF_DRUGS and tells_of_stopping(clause.text)
        if is_course or (exchange.questions and stands_for_asked(clause.text)):
            section = question_topic
        is_of_another = section in _OF_PATIENT and tells_of_another(clause.text, exchange, before)
        return "family_history" if is_of_another else section

    def _tells_nothing(self, clause: Clause, question_topic: str, exchange: Exchange) -> bool:
        """Pointing, nodding and talk of the talk; not “heartburn most nights”, where heartburn was asked for."""
        first = exchange.clauses[0]
        is_first = clause.utterance == first.utterance and clause.end <= first.end
        if not is_first and answers_en.is_small_talk(clause.text):
            return True
        is_of_asked = bool(content_words(clause.text) & content_words(exchange.question_text))
        # “I have asthma.”, “I take Crestor.” name a part of the record, however short.
        own = self._told_topic(clause.text, "", exchange)
        return says_little(clause.text, question_topic) and not (is_first or is_of_asked or own)

    def _goes_on(self, pending: Clause, before: str, clause: Clause, section: str) -> bool:
        between = self.transcript.text[pending.end : clause.start]
        if _BETWEEN.search(between) or is_own_denial(pending.text) or is_own_denial(clause.text):
            return False
        if before in ("medications", "treatments"):
            is_course = section not in ("medical_history", "family_history") and bool(
                _OF_NAMED_DRUG.search(clause.text)
                or (not self.drugs.mentions(clause.text) and tells_of_course(clause.text))
                or is_dose_alone(clause.text)
            )
            return is_course or (section == before and not _ENDED.search(pending.text))
        return section == before and (section == "allergies" or not _ENDED.search(pending.text))

    def _denial_sentence(self, exchange: Exchange, topic: str, clauses: list[Clause]) -> NoteSentence:
        section = "review_of_systems" if topic == "history_of_present_illness" else topic
        denial = self._denial(exchange, topic)
        text = denial or answers_en.state_answer(exchange.questions[-1].text, False, self.person)
        answer_text = " ".join(clause.text for clause in clauses)
        return note_sentence(
            self.transcript,
            text_normalisation_en.as_sentence(text) or without_question_marks(answer_text),
            section,
            clauses,
            status=Status.DENIED if denial or _DENIES.match(text) else Status.PRESENT,
        )

    def _denial(self, exchange: Exchange, topic: str) -> str:
        question = exchange.question_text
        if never := answers_en.state_never(exchange.questions[-1].text, self.person):
            return never
        if topic == "allergies":
            return answers_en.deny_allergies(question)
        things = self._things(exchange, is_denied=True)
        if things in ("better", "worse"):
            return ""
        # No to more than a bottle is no to so much.
        if topic == "social_history" and not _ASKS_LIMIT.search(question):
            habits = habits_en.habits(question)
            return f"denies {' and '.join(habits)}" if habits else ""
        if topic == "family_history" and not begins_with_kin(things):
            return f"no family history of {things}" if things else ""
        if topic == "medications" and not self.drugs.mentions(question):
            return answers_en.deny_medication(question, things)
        return f"denies {things}" if things else ""

    def _things(self, exchange: Exchange, *, is_denied: bool = False) -> str:
        """What was asked for. Of a denial without what the rest of the answer tells, and without “how many?”."""
        questions = [
            each.text for each in exchange.questions if not (is_denied and _ASKS_AMOUNT.match(each.text))
        ]
        things = [questions_en.asked_thing(text, self.person) for text in questions]
        if is_denied:
            # What is told of the family says nothing of the patient.
            told = {
                word
                for each in split_by_person(exchange.clauses)
                if self.topic == "family_history" or not tells_of_another(each.text, exchange)
                for word in content_words(_LEADING_NO.sub("", each.text))
            }
            things = [each for each in things if _SEVERAL.search(each) or not content_words(each) & told]
        return ", ".join(each for each in things if each)

    def _one_thing(self, exchange: Exchange) -> str:
        """Empty where several were asked for."""
        name = self._things(exchange)
        return "" if _SEVERAL.search(name) else name

    def _agreement_sentence(
        self, exchange: Exchange, topic: str, clauses: list[Clause], rest: str
    ) -> NoteSentence:
        """A bare yes, or with a few words: “Yes, for about ten years.”"""
        # Yes to one of several is not yes to each, and none of them is what the rest is about.
        name = self._one_thing(exchange)
        phrase = text_normalisation_en.history_phrase(rest, self.person, exchange.speaker) if rest else ""
        if phrase:
            text = f"{upper_first(name)}: {phrase}" if name else phrase
        else:
            text = "" if rest else answers_en.state_answer(exchange.questions[-1].text, True, self.person)
        answer_text = " ".join(clause.text for clause in clauses)
        return note_sentence(
            self.transcript,
            text_normalisation_en.as_sentence(text) or without_question_marks(answer_text),
            topic,
            clauses,
        )

    def _statement(
        self, clause: Clause, section: str, exchange: Exchange, question_topic: str, *, is_first: bool
    ) -> NoteSentence:
        clause_text = clause.text
        text, clauses, status = self._phrase(clause_text, section, exchange), [clause], Status.PRESENT
        if section == "family_history" and is_of_asked_kin(clause_text, exchange.question_text):
            clauses = [*exchange.questions, clause]
            things = self._things(exchange) if stands_for_asked(clause_text) else ""
            text = f"{upper_first(things)}: {text}" if things else text
        elif is_first and self.named and (when := moment_asked_of(exchange.question_text)) is not None:
            # “How much was it last month?” “92 kilos.” is not of today.
            named = f"{self.named} {third_person(when, self.person, 'you')}".strip()
            text = f"{upper_first(named)}: {text}"
            clauses = [*self.named_in, *exchange.questions, clause]
        elif section in (question_topic, "family_history", *_OF_DRUGS) and (
            name := self._label(text, clause_text, section, exchange, is_first=is_first)
        ):
            text, clauses = f"{upper_first(name)}: {text}", [*exchange.questions, clause]
        if denial := own_denial(text, section, self._things(exchange)):
            # What it says besides the words of the answer was asked.
            if content_words(denial) - content_words(text):
                clauses = [*exchange.questions, clause]
            text, status = denial, Status.DENIED
            section = "review_of_systems" if section == "history_of_present_illness" else section
        return note_sentence(
            self.transcript, text_normalisation_en.as_sentence(text), section, clauses, status=status
        )

    def _phrase(self, clause_text: str, section: str, exchange: Exchange) -> str:
        if _NUMBER_FIRST.match(clause_text):
            clause_text = clause_text[0].lower() + clause_text[1:]
        text = text_normalisation_en.history_phrase(clause_text, self.person, exchange.speaker)
        if exchange.speaker == "relative":
            text = third_person(text, INFORMANT, own="i")
        if section in _OF_DRUGS:
            text = rewrite(_RULES["of_drugs"], text)
        if section != "family_history":
            return rewrite(_RULES["by_relative"], text) if exchange.speaker == "relative" else text
        text = with_asked_kin(text, clause_text, exchange.question_text)
        of_family = _RULES["family_by_relative"] if exchange.speaker == "relative" else _RULES["family"]
        return rewrite(of_family, rewrite(_RULES["kin"], text))

    def _label(self, text: str, clause_text: str, section: str, exchange: Exchange, *, is_first: bool) -> str:
        """What the question asked for, before an answer that does not name it."""
        if not patterns.search(r"\w", text):
            return ""
        is_short = len(clause_text.split()) <= MAX_SHORT_WORDS or bool(_NUMBER_FIRST.match(clause_text))
        asked_drugs = self.drugs.mentions(exchange.question_text)
        is_nameless = _NUMBER_FIRST.match(clause_text) or not self.drugs.mentions(clause_text)
        if section in _OF_DRUGS and len(asked_drugs) == 1 and is_nameless:
            # “How much metformin?” “One gram twice a day.”
            return asked_drugs[0].written
        if section in ("allergies", "medications", "treatments") or not (is_first or is_short):
            return ""
        if section == "social_history":
            # What comes later or names a drug answers no habit: “Smoking: Morphine makes him sick.”
            asked_habits = habits_en.habits(exchange.question_text) if is_first and is_nameless else []
            return asked_habits[0] if len(asked_habits) == 1 and not habits_en.habits(clause_text) else ""
        if section == "family_history":
            things = self._things(exchange)
            names_one = bool(content_words(things) & content_words(clause_text))
            is_open = takes_up_asked(clause_text) or names_only_kin(clause_text)
            return things if is_open and not names_one else ""
        return self._label_of_first(text, clause_text, section, exchange) if is_first else ""

    def _label_of_first(self, text: str, clause_text: str, section: str, exchange: Exchange) -> str:
        if stands_for_asked(clause_text):
            return self._things(exchange) or without_question_marks(exchange.question_text).rstrip(".")
        name = self._one_thing(exchange)
        if topic := answers_en.open_question_topic(exchange.question_text):
            return name if topic == "duration" and section == "medical_history" else topic
        is_short = len(clause_text.split()) <= MAX_SHORT_WORDS or bool(_NUMBER_FIRST.match(clause_text))
        if not name and _NUMBER_FIRST.match(clause_text) and _ASKS_AMOUNT.match(exchange.question_text):
            # “How far can you walk?” “50 yards.”
            return without_question_marks(exchange.questions[-1].text).rstrip(".")
        shared_words = set(name.lower().split()) & set(text.lower().split()) - _SMALL_WORDS
        return name if is_short and not shared_words else ""


def write_sentences(transcript: ClinicalTranscript, drugs: Drugs, person: Person) -> list[NoteSentence]:
    """In the order of the talk. `person`: how the record speaks of the patient."""
    write = _Writer(transcript, drugs, person)
    sentences: list[NoteSentence] = []
    for exchange in split_exchanges(transcript):
        sentences.extend(write.doctor(exchange) if exchange.speaker == "doctor" else write.answer(exchange))
    # Denials stand without their subject, as in a record.
    return [
        replace(sentence, text=patterns.sub(r"^(?:The patient|He|She) denies\b", "Denies", sentence.text))
        for sentence in sentences
        if sentence.text
    ]
