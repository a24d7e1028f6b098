"""What is said about a finding: that it is there, is denied, is doubted, or is somebody else's."""

from dataclasses import dataclass, replace

from domain.clinical.grounding.cue_scopes import find_scopes
from domain.clinical.grounding.experiencer import (
    Experiencer,
    asks_about_family,
    find_experiencer,
    goes_on_about_family,
    names_family,
    names_patient,
)
from domain.clinical.grounding.negation_cues import cue_patterns
from domain.clinical.grounding.replies import (
    Polarity,
    agrees,
    answers_at_once,
    asks_for_diagnosis,
    asks_whether_over,
    find_polarity,
    find_repetition,
    is_question,
    is_told_in_asking,
    presupposes,
    takes_as_known,
)
from domain.clinical.records.record import Status
from domain.clinical.transcripts.language import (
    CharacterSpan,
    Language,
    detect_language,
    sentence_at,
    with_one_apostrophe,
)
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns

# A turn of the same speaker, or an “okay”, may stand between question and answer.
_MAX_TURNS_TO_REPLY = 2
# What counts as close by where speech recognition wrote no marks.
_NEAR_CHARACTERS = 70
_VERDICTS = {"denied": Status.DENIED, "unsure": Status.UNSURE}


@dataclass(frozen=True, slots=True)
class Assertion:
    """`cue`: the words that decided, as offsets into the same text as the mention; None where nothing speaks against it.

    `is_finding`: False for what only might come (“if you get a fever”) and what was asked and never answered.
    `is_past`: told of an earlier time; its status stays what it was then.
    """

    status: Status
    cue: CharacterSpan | None = None
    experiencer: Experiencer = "patient"
    is_finding: bool = True
    is_past: bool = False

    def shift(self, offset: int) -> "Assertion":
        return replace(self, cue=self.cue and (self.cue[0] + offset, self.cue[1] + offset))


# “Does he smoke, and does anyone in the family bleed?” are two.
_QUESTIONS = patterns.compile(
    r"[^。.？?；;！!]{1,400}?(?:[。.？?；;！!]|$|,\s(?=(?:and|or) (?:do|does|did|is|are|was|were|has|have|any|anyone)\b))",
    patterns.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    start: int


def find_assertion(transcript: ClinicalTranscript, start: int, end: int) -> Assertion:
    """Of what `transcript.text[start:end]` names. A question's answer is looked for in the next turn."""
    number = transcript.utterance_at(start)
    utterance, offset = transcript.utterances[number], transcript.starts[number]
    text, mention = utterance.text, (start - offset, min(end - offset, len(utterance.text)))
    language = detect_language(text)
    question = _Question(text, sentence_at(text, *mention, language), mention, language, utterance.speaker)
    if question.asks:
        reply = _find_reply(transcript, number, question.sentence[1], language)
        return _assert_answer(question, offset, reply)
    assertion = _of_whom_was_named(question, find_assertion_in_text(text, *mention, language=language))
    return _with_family_asked_for(transcript, start, assertion, language).shift(offset)


def find_assertion_in_text(text: str, start: int, end: int, *, language: Language | None = None) -> Assertion:
    """Of what `text[start:end]` names, by its sentence alone."""
    language = language or detect_language(text)
    first, last = sentence_at(text, start, end, language)
    sentence, mention = with_one_apostrophe(text[first:last]), (start - first, end - first)
    who, word = find_experiencer(sentence, mention, language)
    scopes = list(find_scopes(sentence, mention, language))
    if might := next((scope for scope in scopes if scope.verdict == "conditional"), None):
        # What only might come is no finding, whatever else is said; else the nearest cue decides.
        assertion = Assertion(Status.UNSURE, might.cue.span, who, is_finding=False)
    elif nearest := min(scopes, key=lambda scope: (scope.distance, scope.verdict), default=None):
        assertion = Assertion(_VERDICTS[nearest.verdict], nearest.cue.span, who)
    elif who != "patient":
        assertion = Assertion(Status.FAMILY, word, who)
    else:
        assertion = Assertion(Status.PRESENT)
    is_past = bool(cue_patterns(language)["past"].search(sentence))
    return replace(assertion, is_past=is_past).shift(first)


@dataclass(frozen=True, slots=True)
class _Question:
    """The sentence that names something, and may ask about it. `sentence`, `mention`: places in `text`."""

    text: str
    sentence: CharacterSpan
    mention: CharacterSpan
    language: Language
    speaker: Speaker

    @property
    def words(self) -> str:
        """Of speech that nobody punctuated, what is close by."""
        first = max(self.sentence[0], self.text.rfind(" ", 0, max(0, self.mention[0] - _NEAR_CHARACTERS)) + 1)
        last = min(self.sentence[1], self.mention[1] + _NEAR_CHARACTERS)
        return with_one_apostrophe(self.text[first:last])

    @property
    def before(self) -> str:
        return with_one_apostrophe(self.text[self.sentence[0] : self.mention[0]])

    @property
    def asks(self) -> bool:
        """“我不是头晕吗，就去…” tells and does not ask."""
        if not is_question(self.words, self.language):
            return False
        sentence = self.text[slice(*self.sentence)]
        start, end = (place - self.sentence[0] for place in self.mention)
        if patterns.search(r"(?:我|他|她)不是$|怎么(?:可能|会)不$", sentence[:start]):
            return False
        is_told = (
            self.language == "zh" and self.speaker == "patient" and is_told_in_asking(sentence, (start, end))
        )
        return not is_told

    @property
    def is_of_something_known(self) -> bool:
        """“How is your cough?” takes the cough to be there."""
        return presupposes(self.words, self.language) or takes_as_known(self.before, self.language)


def _find_reply(transcript: ClinicalTranscript, number: int, after: int, language: Language) -> _Reply | None:
    asker = transcript.utterances[number]
    rest = asker.text[after:]
    if answers_at_once(rest, language):
        return _Reply(rest, transcript.starts[number] + after)
    for later in range(number + 1, min(number + 1 + _MAX_TURNS_TO_REPLY, len(transcript.utterances))):
        later_turn = transcript.utterances[later]
        if later_turn.speaker == "unknown" or later_turn.speaker != asker.speaker:
            return _Reply(later_turn.text, transcript.starts[later])
    return None


def _assert_answer(question: _Question, offset: int, reply: _Reply | None) -> Assertion:
    # Read as if it told: what a question says of the finding counts once it is agreed to.
    flat = question.text.replace("?", ".").replace("？", "。")
    asked_assertion = find_assertion_in_text(flat, *question.mention, language=question.language)
    is_of_family = asks_about_family(question.words, question.language)
    who: Experiencer = "family" if is_of_family else asked_assertion.experiencer
    if reply is None or question.speaker == "patient":
        return _patient_asked(question, reply, who)
    if again := _repetition_in_reply(question, reply):
        assertion = find_assertion_in_text(reply.text, *again, language=question.language).shift(reply.start)
        return _about(assertion, who)
    return _by_polarity(question, asked_assertion.shift(offset), reply, who)


def _repetition_in_reply(question: _Question, reply: _Reply) -> CharacterSpan | None:
    """Where the reply says again what was asked about: not in a question of its own, and not after a plain no."""
    language = question.language
    again = find_repetition(question.text[slice(*question.mention)], reply.text, language)
    if not again:
        return None
    sentence = sentence_at(reply.text, *again, language)
    verdict = find_polarity(reply.text[: sentence[0]], language)[0] if sentence[0] else Polarity.NOTHING
    return None if verdict is Polarity.NO or is_question(reply.text[slice(*sentence)], language) else again


def _patient_asked(question: _Question, reply: _Reply | None, who: Experiencer) -> Assertion:
    """A patient asks what it might be: only a plain no of the doctor settles it."""
    if question.is_of_something_known and question.language == "en":
        return _about(Assertion(Status.PRESENT), who)
    verdict, place = find_polarity(reply.text, question.language) if reply else (Polarity.NOTHING, None)
    if reply and verdict is Polarity.NO and asks_for_diagnosis(question.before):
        return Assertion(Status.DENIED, _deciding_words(reply, place), who)
    return Assertion(Status.UNSURE, None, who, is_finding=False)


def _by_polarity(
    question: _Question, asked_assertion: Assertion, reply: _Reply, who: Experiencer
) -> Assertion:
    language = question.language
    verdict, place = find_polarity(reply.text, language)
    assertion = Assertion(Status.PRESENT, _deciding_words(reply, place), who)
    if asks_whether_over(question.words, language):
        return replace(assertion, status=Status.DENIED) if verdict is Polarity.YES else _about(assertion, who)
    if question.is_of_something_known:
        return _about(assertion, who)
    if verdict is Polarity.NO or (asked_assertion.status is Status.DENIED and agrees(reply.text, language)):
        return replace(assertion, status=Status.DENIED)
    if verdict is Polarity.YES or (
        who == "family" and names_family(with_one_apostrophe(reply.text), language)
    ):
        return _about(assertion, who)
    return replace(assertion, status=Status.UNSURE, is_finding=verdict is Polarity.UNSURE)


def _about(assertion: Assertion, who: Experiencer) -> Assertion:
    """The same of whom the question was about."""
    if who == "patient":
        return assertion
    status = Status.FAMILY if assertion.status is Status.PRESENT else assertion.status
    return replace(assertion, status=status, experiencer=who)


def _with_family_asked_for(
    transcript: ClinicalTranscript, start: int, assertion: Assertion, language: Language
) -> Assertion:
    """“Anyone in the family with cancer?” – “Yes, a stroke.”: the answer is about whom was asked for."""
    number = transcript.utterance_at(start)
    before, reply = transcript.utterances[max(0, number - 1)], transcript.utterances[number]
    if assertion.status is not Status.PRESENT or before.speaker == reply.speaker:
        return assertion
    # Of several questions each may have its own answer: what is said of the patient's smoking is not the family's.
    asked = [
        each for each in _QUESTIONS.findall(with_one_apostrophe(before.text)) if is_question(each, language)
    ]
    is_of_family = bool(asked) and all(asks_about_family(each, language) for each in asked)
    if not is_of_family:
        return assertion
    words_before = with_one_apostrophe(reply.text[: start - transcript.starts[number]])
    is_own = names_patient(words_before, language) or find_polarity(reply.text, language)[0] is Polarity.NO
    return assertion if is_own else _about(assertion, "family")


def _of_whom_was_named(statement: _Question, assertion: Assertion) -> Assertion:
    first, last = statement.sentence
    before = with_one_apostrophe(statement.text[:first].strip())
    previous = before[slice(*sentence_at(before, max(0, len(before) - 1), len(before), statement.language))]
    is_theirs = statement.speaker == "patient" and goes_on_about_family(
        with_one_apostrophe(statement.text[first:last].strip()), previous.rstrip(".。!！"), statement.language
    )
    return _about(assertion, "family") if is_theirs else assertion


def _deciding_words(reply: _Reply, place: CharacterSpan | None) -> CharacterSpan:
    """The words of a reply that decided; its first ones where none stand out."""
    if place:
        return reply.start + place[0], reply.start + place[1]
    text = reply.text.strip()
    stop = next((at for at, each in enumerate(text) if each in ",.，。;；!！?？" and at), len(text))
    start = reply.start + reply.text.find(text)
    return start, start + stop
