"""What is said about a finding: that it is there, is denied, is doubted, or is somebody else's."""

from dataclasses import dataclass, replace

from clinical.grounding.experiencer import (
    Experiencer,
    asks_about_family,
    find_experiencer,
    goes_on_about_family,
    names_family,
    names_patient,
)
from clinical.grounding.negation_cues import (
    CharacterSpan,
    Language,
    Scope,
    cue_patterns,
    find_scopes,
    sentence_at,
    with_one_apostrophe,
)
from clinical.grounding.replies import (
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
from clinical.records.record import Status
from clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns
from llm_backend.sentences import is_chinese

_BACKCHANNELS = 2
_FAR = 70
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

    def moved(self, offset: int) -> "Assertion":
        return replace(self, cue=self.cue and (self.cue[0] + offset, self.cue[1] + offset))


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    start: int


def find_assertion(transcript: ClinicalTranscript, start: int, end: int) -> Assertion:
    """Of what `transcript.text[start:end]` names. A question's answer is looked for in the next turn."""
    number = transcript.utterance_at(start)
    utterance, offset = transcript.utterances[number], transcript.starts[number]
    text, mention = utterance.text, (start - offset, min(end - offset, len(utterance.text)))
    language: Language = "zh" if is_chinese(text) else "en"
    question = _Question(text, sentence_at(text, *mention, language), mention, language, utterance.speaker)
    if not question.asks:
        found = _of_whom_was_named(question, find_assertion_in_text(text, *mention, language=language))
        return _with_family_asked_for(transcript, start, found, language).moved(offset)
    return _assert_answer(question, offset, _find_reply(transcript, number, question.sentence[1], language))


def find_assertion_in_text(text: str, start: int, end: int, *, language: Language | None = None) -> Assertion:
    """Of what `text[start:end]` names, by its sentence alone."""
    language = language or ("zh" if is_chinese(text) else "en")
    first, last = sentence_at(text, start, end, language)
    sentence, mention = with_one_apostrophe(text[first:last]), (start - first, end - first)
    who, word = find_experiencer(sentence, mention, language)
    reached = list(find_scopes(sentence, mention, language))
    past = cue_patterns(language)["past"].search(sentence)
    found = _decide(reached, who, word)
    return replace(found, is_past=bool(past)).moved(first)


def _decide(reached: list[Scope], who: Experiencer, word: CharacterSpan | None) -> Assertion:
    """What only might come is no finding, whatever else is said; else the nearest cue decides."""
    if might := next((each for each in reached if each.verdict == "conditional"), None):
        return Assertion(Status.UNSURE, might.cue.place, who, is_finding=False)
    if nearest := min(reached, key=lambda each: (each.distance, each.verdict), default=None):
        return Assertion(_VERDICTS[nearest.verdict], nearest.cue.place, who)
    if who != "patient":
        return Assertion(Status.FAMILY, word, who)
    return Assertion(Status.PRESENT)


@dataclass(frozen=True, slots=True)
class _Question:
    text: str
    sentence: CharacterSpan
    mention: CharacterSpan
    language: Language
    speaker: Speaker

    @property
    def words(self) -> str:
        """Of speech that nobody punctuated, what is close by."""
        first = max(self.sentence[0], self.text.rfind(" ", 0, max(0, self.mention[0] - _FAR)) + 1)
        last = min(self.sentence[1], self.mention[1] + _FAR)
        return with_one_apostrophe(self.text[first:last])

    @property
    def is_of_something_known(self) -> bool:
        """“How is your cough?” takes the cough to be there."""
        return presupposes(self.words, self.language) or takes_as_known(self.before, self.language)

    @property
    def said_flatly(self) -> str:
        return self.text.replace("?", ".").replace("？", "。")

    @property
    def before(self) -> str:
        return with_one_apostrophe(self.text[self.sentence[0] : self.mention[0]])

    @property
    def named(self) -> str:
        return self.text[slice(*self.mention)]

    @property
    def asks(self) -> bool:
        return is_question(self.words, self.language) and not self._is_told

    @property
    def _is_told(self) -> bool:
        """“我不是头晕吗，就去…” tells and does not ask."""
        sentence = self.text[slice(*self.sentence)]
        place = self.mention[0] - self.sentence[0]
        if patterns.search(r"(?:我|他|她)不是$|怎么(?:可能|会)不$", sentence[:place]):
            return True
        within = (place, self.mention[1] - self.sentence[0])
        return self.language == "zh" and self.speaker == "patient" and is_told_in_asking(sentence, within)

    @property
    def is_of_family(self) -> bool:
        return asks_about_family(self.words, self.language)


def _find_reply(transcript: ClinicalTranscript, number: int, after: int, language: Language) -> _Reply | None:
    asker = transcript.utterances[number]
    rest = asker.text[after:]
    if answers_at_once(rest, language):
        return _Reply(rest, transcript.starts[number] + after)
    for later in range(number + 1, min(number + 1 + _BACKCHANNELS, len(transcript.utterances))):
        said = transcript.utterances[later]
        if said.speaker == "unknown" or said.speaker != asker.speaker:
            return _Reply(said.text, transcript.starts[later])
    return None


def _assert_answer(question: _Question, offset: int, reply: _Reply | None) -> Assertion:
    asked = find_assertion_in_text(question.said_flatly, *question.mention, language=question.language)
    who: Experiencer = "family" if question.is_of_family else asked.experiencer
    if reply is None or question.speaker == "patient":
        return _patient_asked(question, reply, who)
    if again := _find_repetition(question, reply):
        found = find_assertion_in_text(reply.text, *again, language=question.language).moved(reply.start)
        return _about(found, who)
    return _by_polarity(question, asked.moved(offset), reply, who)


def _find_repetition(question: _Question, reply: _Reply) -> CharacterSpan | None:
    """Where the reply says again what was asked about: not in a question of its own, and not after a plain no."""
    language = question.language
    again = find_repetition(question.named, reply.text, language)
    if not again:
        return None
    sentence = sentence_at(reply.text, *again, language)
    said = find_polarity(reply.text[: sentence[0]], language)[0] if sentence[0] else Polarity.NOTHING
    return None if said is Polarity.NO or is_question(reply.text[slice(*sentence)], language) else again


def _patient_asked(question: _Question, reply: _Reply | None, who: Experiencer) -> Assertion:
    """A patient asks what it might be: only a plain no of the doctor settles it."""
    if question.is_of_something_known and question.language == "en":
        return _about(Assertion(Status.PRESENT), who)
    said, place = find_polarity(reply.text, question.language) if reply else (Polarity.NOTHING, None)
    if reply and said is Polarity.NO and asks_for_diagnosis(question.before):
        return Assertion(Status.DENIED, _deciding_words(reply, place), who)
    return Assertion(Status.UNSURE, None, who, is_finding=False)


def _by_polarity(question: _Question, asked: Assertion, reply: _Reply, who: Experiencer) -> Assertion:
    language = question.language
    said, place = find_polarity(reply.text, language)
    found = Assertion(Status.PRESENT, _deciding_words(reply, place), who)
    if asks_whether_over(question.words, language):
        return replace(found, status=Status.DENIED) if said is Polarity.YES else _about(found, who)
    if question.is_of_something_known:
        return _about(found, who)
    if said is Polarity.NO or (asked.status is Status.DENIED and agrees(reply.text, language)):
        return replace(found, status=Status.DENIED)
    if said is Polarity.YES or (who == "family" and names_family(with_one_apostrophe(reply.text), language)):
        return _about(found, who)
    return replace(found, status=Status.UNSURE, is_finding=said is Polarity.UNSURE)


def _about(found: Assertion, who: Experiencer) -> Assertion:
    """The same of whom the question was about."""
    if who == "patient":
        return found
    status = Status.FAMILY if found.status is Status.PRESENT else found.status
    return replace(found, status=status, experiencer=who)


def _with_family_asked_for(
    transcript: ClinicalTranscript, start: int, found: Assertion, language: Language
) -> Assertion:
    """“Anyone in the family with cancer?” – “Yes, a stroke.”: the answer is about whom was asked for."""
    number = transcript.utterance_at(start)
    before, reply = transcript.utterances[max(0, number - 1)], transcript.utterances[number]
    if found.status is not Status.PRESENT or before.speaker == reply.speaker:
        return found
    asked = is_question(before.text, language) and asks_about_family(
        with_one_apostrophe(before.text), language
    )
    told = with_one_apostrophe(reply.text[: start - transcript.starts[number]])
    is_own = names_patient(told, language) or find_polarity(reply.text, language)[0] is Polarity.NO
    return _about(found, "family") if asked and not is_own else found


def _of_whom_was_named(told: _Question, found: Assertion) -> Assertion:
    first, last = told.sentence
    before = with_one_apostrophe(told.text[:first].strip())
    previous = before[slice(*sentence_at(before, max(0, len(before) - 1), len(before), told.language))]
    is_theirs = told.speaker == "patient" and goes_on_about_family(
        with_one_apostrophe(told.text[first:last].strip()), previous.rstrip(".。!！"), told.language
    )
    return _about(found, "family") if is_theirs else found


def _deciding_words(reply: _Reply, place: CharacterSpan | None) -> CharacterSpan:
    """The words of a reply that decided; its first ones where none stand out."""
    if place:
        return reply.start + place[0], reply.start + place[1]
    text = reply.text.strip()
    stop = next((at for at, each in enumerate(text) if each in ",.，。;；!！?？" and at), len(text))
    start = reply.start + reply.text.find(text)
    return start, start + stop
