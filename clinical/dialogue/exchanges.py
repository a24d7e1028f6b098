"""A conversation as what is told and what it answers: “没有” says nothing without the question before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from clinical.dialogue.clauses import Clause, split_clauses
from clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns

# Doctors ask for a story without a question mark.
_ASKS_TO_TELL = patterns.compile(
    r"^\W*(?:so,? |okay,? )?(?:please )?(?:tell me|describe|walk me through)\b|^(?:您|你)?(?:先)?说说",
    patterns.IGNORECASE,
)
# “应该治疗吗。”: whoever writes for a patient often leaves the mark away.
_ASKS_BACK = patterns.compile(r"(?:吗|怎么办|怎么[治吃用][疗药]?[啊呀]?)[。.]?$")


@dataclass(frozen=True)
class Exchange:
    """`questions`: what `clauses` answer; empty where nobody asked. `is_answered`: somebody else answered it already."""

    clauses: tuple[Clause, ...]
    questions: tuple[Clause, ...] = ()
    is_answered: bool = False

    @property
    def speaker(self) -> Speaker:
        return self.clauses[0].speaker

    @property
    def question_text(self) -> str:
        return " ".join(clause.text for clause in self.questions)


def is_conversation(transcript: ClinicalTranscript) -> bool:
    """Whether it is known of both sides who speaks."""
    speakers = {utterance.speaker for utterance in transcript.utterances}
    return "doctor" in speakers and bool(speakers & {"patient", "relative"})


def split_exchanges(transcript: ClinicalTranscript) -> Iterator[Exchange]:
    """In the order of the talk. A patient's own questions tell nothing."""
    open_questions: tuple[Clause, ...] = ()
    is_answered = False
    for _, group in groupby(split_clauses(transcript), key=lambda clause: clause.utterance):
        turn = list(group)
        is_doctor = turn[0].speaker == "doctor"
        questions = tuple(clause for clause in turn if _asks(clause))
        statements = tuple(clause for clause in turn if clause not in questions)
        if is_doctor:
            if statements:
                yield Exchange(statements)
            # Whatever was asked before is over: nobody answers the question before last.
            open_questions, is_answered = questions, False
        elif statements:
            yield Exchange(statements, open_questions, is_answered)
            is_answered = True


def _asks(clause: Clause) -> bool:
    if clause.is_question:
        return True
    if clause.speaker == "doctor":
        return bool(_ASKS_TO_TELL.match(clause.text))
    return bool(_ASKS_BACK.search(clause.text))
