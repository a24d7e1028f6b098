"""What is said about a finding: that it is there, is denied, is doubted, or is somebody else's."""

import re
from dataclasses import dataclass, replace

from llm_backend.clinical.cues import Language, Place, Reach, lexicon, plain, reaching, sentence_at
from llm_backend.clinical.record import Status
from llm_backend.clinical.relations import About, about, asks_about_family, names_family
from llm_backend.clinical.replies import (
    Polarity,
    agrees,
    answers_at_once,
    asks_whether_over,
    is_question,
    is_told_in_asking,
    polarity,
    presupposes,
    taken_up,
)
from llm_backend.clinical.transcript import ClinicalTranscript, Speaker
from llm_backend.sentences import is_chinese

_BACKCHANNELS = 2
_VERDICTS = {"denied": Status.DENIED, "unsure": Status.UNSURE}


@dataclass(frozen=True, slots=True)
class Assertion:
    """`cue`: the words that decided, as offsets into the same text as the mention; None where nothing speaks against it.

    `is_finding`: False for what only might come (“if you get a fever”) and what was asked and never answered.
    `is_past`: told of an earlier time; its status stays what it was then.
    """

    status: Status
    cue: Place | None = None
    about: About = "patient"
    is_finding: bool = True
    is_past: bool = False

    def moved(self, offset: int) -> "Assertion":
        return replace(self, cue=self.cue and (self.cue[0] + offset, self.cue[1] + offset))


@dataclass(frozen=True, slots=True)
class _Reply:
    text: str
    start: int


def status_of(transcript: ClinicalTranscript, start: int, end: int) -> Assertion:
    """Of what `transcript.text[start:end]` names. A question's answer is looked for in the next turn."""
    number = transcript.utterance_at(start)
    utterance, offset = transcript.utterances[number], transcript.starts[number]
    text, mention = utterance.text, (start - offset, min(end - offset, len(utterance.text)))
    language: Language = "zh" if is_chinese(text) else "en"
    question = _Question(text, sentence_at(text, *mention, language), mention, language, utterance.speaker)
    if not question.asks:
        found = status_in(text, *mention, language=language)
        return _with_family_asked_for(transcript, number, found, language).moved(offset)
    return _answered(question, offset, _reply(transcript, number, question.sentence[1], language))


def status_in(text: str, start: int, end: int, *, language: Language | None = None) -> Assertion:
    """Of what `text[start:end]` names, by its sentence alone."""
    language = language or ("zh" if is_chinese(text) else "en")
    first, last = sentence_at(text, start, end, language)
    sentence, mention = plain(text[first:last]), (start - first, end - first)
    who, word = about(sentence, mention, language)
    reached = list(reaching(sentence, mention, language))
    past = lexicon(language)["past"].search(sentence)
    found = _decided(reached, who, word)
    return replace(found, is_past=bool(past)).moved(first)


def _decided(reached: list[Reach], who: About, word: Place | None) -> Assertion:
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
    sentence: Place
    mention: Place
    language: Language
    speaker: Speaker

    @property
    def words(self) -> str:
        return plain(self.text[slice(*self.sentence)])

    @property
    def named(self) -> str:
        return self.text[slice(*self.mention)]

    @property
    def asks(self) -> bool:
        return is_question(self.words, self.language) and not self._is_told

    @property
    def _is_told(self) -> bool:
        """“我不是头晕吗，就去…” tells and does not ask."""
        place = self.mention[0] - self.sentence[0]
        if re.search(r"(?:我|他|她)不是$|怎么(?:可能|会)不$", self.words[:place]):
            return True
        within = (place, self.mention[1] - self.sentence[0])
        return self.language == "zh" and self.speaker == "patient" and is_told_in_asking(self.words, within)

    @property
    def is_of_family(self) -> bool:
        return asks_about_family(self.words, self.language)


def _reply(transcript: ClinicalTranscript, number: int, after: int, language: Language) -> _Reply | None:
    asker = transcript.utterances[number]
    rest = asker.text[after:]
    if answers_at_once(rest, language):
        return _Reply(rest, transcript.starts[number] + after)
    for later in range(number + 1, min(number + 1 + _BACKCHANNELS, len(transcript.utterances))):
        said = transcript.utterances[later]
        if said.speaker == "unknown" or said.speaker != asker.speaker:
            return _Reply(said.text, transcript.starts[later])
    return None


def _answered(question: _Question, offset: int, reply: _Reply | None) -> Assertion:
    asked = status_in(question.text, *question.mention, language=question.language)
    who: About = "family" if question.is_of_family else asked.about
    if reply is None or question.speaker == "patient":
        return _patient_asked(question, reply, who)
    if (again := taken_up(question.named, reply.text, question.language)) and not is_question(
        reply.text[slice(*sentence_at(reply.text, *again, question.language))], question.language
    ):
        found = status_in(reply.text, *again, language=question.language).moved(reply.start)
        return _of(found, who)
    return _by_polarity(question, asked.moved(offset), reply, who)


def _patient_asked(question: _Question, reply: _Reply | None, who: About) -> Assertion:
    """A patient asks what it might be: only a plain no of the doctor settles it."""
    if (
        reply
        and polarity(reply.text, question.language) == Polarity.NO
        and not presupposes(question.words, question.language)
    ):
        return Assertion(Status.DENIED, _first_words(reply), who)
    return Assertion(Status.UNSURE, None, who, is_finding=False)


def _by_polarity(question: _Question, asked: Assertion, reply: _Reply, who: About) -> Assertion:
    said = polarity(reply.text, question.language)
    cue = _first_words(reply)
    if asks_whether_over(question.words, question.language):
        over = said == Polarity.YES
        return _of(Assertion(Status.DENIED if over else Status.PRESENT, cue), who)
    if presupposes(question.words, question.language):
        return _of(Assertion(Status.PRESENT, cue), who)
    if asked.status is Status.DENIED and agrees(reply.text, question.language):
        return Assertion(Status.DENIED, cue, who)
    if said == Polarity.NO:
        return Assertion(Status.DENIED, cue, who)
    if said == Polarity.YES or (who == "family" and names_family(plain(reply.text), question.language)):
        return _of(Assertion(Status.PRESENT, cue), who)
    return Assertion(Status.UNSURE, cue, who, is_finding=said == Polarity.UNSURE)


def _of(found: Assertion, who: About) -> Assertion:
    """The same of whom the question was about."""
    if who == "patient":
        return found
    status = Status.FAMILY if found.status is Status.PRESENT else found.status
    return replace(found, status=status, about=who)


def _with_family_asked_for(
    transcript: ClinicalTranscript, number: int, found: Assertion, language: Language
) -> Assertion:
    """“Anyone in the family with cancer?” – “A stroke.”: the answer is about whom was asked for."""
    before = transcript.utterances[number - 1] if number else None
    if (
        before is None
        or found.status is not Status.PRESENT
        or before.speaker == transcript.utterances[number].speaker
    ):
        return found
    asked = is_question(before.text, language) and asks_about_family(plain(before.text), language)
    own = names_family(plain(transcript.utterances[number].text), language)
    return _of(found, "family") if asked and own and found.about != "patient" else found


def _first_words(reply: _Reply) -> Place:
    text = reply.text.strip()
    stop = next((place for place, each in enumerate(text) if each in ",.，。;；!！?？" and place), len(text))
    start = reply.start + reply.text.find(text)
    return start, start + stop
