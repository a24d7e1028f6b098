"""What was said between doctor and patient: utterances whose places in the whole text are known."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal, Self, get_args

from llm_backend import patterns
from llm_backend.sentences import is_chinese
from llm_backend.speech.transcripts import Segment, Word
from llm_backend.speech.word_places import place_words

Speaker = Literal["doctor", "patient", "relative", "unknown"]
# A longer line is cut before a model reads it: somebody who talks on and on would leave no room for the others.
MAX_LINE_TOKENS = 400
SPEAKERS: tuple[Speaker, ...] = get_args(Speaker)
_SPEAKERS_BY_LABEL: dict[str, Speaker] = {
    "doctor": "doctor",
    "dr": "doctor",
    "physician": "doctor",
    "clinician": "doctor",
    "医生": "doctor",
    "大夫": "doctor",
    "医师": "doctor",
    "patient": "patient",
    "pt": "patient",
    "患者": "patient",
    "病人": "patient",
    "guest_family": "relative",
    "guest_clinician": "doctor",
    "relative": "relative",
    "family": "relative",
    "家属": "relative",
}
# Of a conversation only: in a note “Mother: diabetes” is a line of the family history.
# Who cares for a patient or puts the words into another language speaks for the patient, too.
_RELATIVES = (
    "mother|father|mum|mom|dad|parent|wife|husband|partner|son|daughter|sister|brother|grandmother|grandfather|grandma|grandpa"
    "|aunt|uncle|guardian|neighbou?r|friend|carer|caregiver|care ?worker|interpreter|translator"
    "|妈妈|爸爸|母亲|父亲|家长|妻子|丈夫|爱人|老公|老婆|老伴|儿子|女儿|闺女|儿媳妇?|媳妇|女婿|奶奶|爷爷|姥姥|姥爷|外婆|外公|婆婆|公公"
    "|哥哥|姐姐|弟弟|妹妹|邻居|朋友|同事|老师|监护人|陪同(?:者|人员?)?|陪诊(?:员|师)?|陪护|护工|护理员|保姆|月嫂|翻译|口译员?"
)
# Of the team who looks after the patient: what they say is the clinic's, never the patient's. In a note their names are
# headings, so they count of a conversation only, too.
_STAFF = (
    "gp|dentist|hygienist|[a-z]{4,20}(?:ologist|iatrist|ician)"
    "|nurse|charge nurse|midwife|paramedic|pharmacist|physiotherapist|physio|therapist|dietitian|technician"
    "|radiographer|sonographer|medical assistant|assistant|resident|registrar|consultant|intern|medical student"
    "|surgeon|anaesthetist|anesthesiologist|nurse practitioner|triage nurse"
    "|护士长?|责任护士|分诊护士|护师|助手|医助|助理|实习(?:医生|同学)|规培(?:医生)?|进修(?:医生)?|住院(?:医师?|医生|总)|主治(?:医师|医生)?"
    "|(?:副)?主任(?:医师)?|技师|技术员|药师|助产士|麻醉(?:师|医生|医师)|治疗师|康复师|营养师|检验师|急救员|牙医|咨询师|随访员"
)
_SPEAKER_LABELS: dict[str, dict[Speaker, str]] = {
    "zh": {"doctor": "医生：", "patient": "患者：", "relative": "家属：", "unknown": ""},
    "en": {"doctor": "Doctor: ", "patient": "Patient: ", "relative": "Relative: ", "unknown": ""},
}
_NAMES = "|".join([*_SPEAKERS_BY_LABEL, _RELATIVES, _STAFF])
# “Nurse Joy:”, “Dr Khan:”, “Nurse 2:”, “Daughter (Anne):”, “护工小王：”; “张医生：”, “患者家属：”, “Patient's mother:”.
_NAMED = (
    r"(?:_\d{1,3}|\.?\s(?:(?-i:[A-Z])[\w'-]{1,20}|\d{1,2})|[㐀-鿿]{1,2})?(?:\s?[（(][^（()）\n]{1,20}[)）])?"
)
_WHOSE = r"(?:(?:the )?patient['’]s |(?:患者|病人|患儿|孩子|宝宝|小孩)的?|[㐀-鿿]{1,2}(?=医|大夫|主|护))?"
_LABEL = patterns.compile(
    rf"^\s*(?:\[(?P<marked>{_NAMES})\]|{_WHOSE}(?P<plain>{_NAMES}){_NAMED}\s*[:：])\s*", patterns.IGNORECASE
)
_STAFF_LABEL = patterns.compile(_STAFF, patterns.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of one person. Times are seconds from the recording's start, None where the text was typed."""

    speaker: Speaker
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class ClinicalTranscript:
    """Spans of a record are character offsets into `text`: the utterances' texts, one a line.

    `is_patient_named`: whoever else is named by kinship is somebody else (`grounding/patient_kin.py`).
    """

    utterances: tuple[Utterance, ...]
    is_patient_named: bool = False

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Typed or pasted: lines that may begin with who speaks, as `Doctor:`, `[patient]` or `医生：`.

        `Mother:` and `Nurse:` count where a doctor speaks in the text, too, or one of them twice: a heading of a note stands
        once. Staff speak for the clinic, as doctors do.
        """
        lines = list(filter(str.strip, text.splitlines()))
        labels = [
            (label, (label["marked"] or label["plain"]).lower()) if (label := _LABEL.match(line)) else None
            for line in lines
        ]
        lines_by_name = Counter(label[1] for label in labels if label)
        is_talk = any(
            _SPEAKERS_BY_LABEL.get(name) == "doctor" or (name not in _SPEAKERS_BY_LABEL and count > 1)
            for name, count in lines_by_name.items()
        )
        utterances = []
        for line, found in zip(lines, labels, strict=True):
            speaker: Speaker = "unknown"
            begin = 0
            if found and (is_talk or found[1] in _SPEAKERS_BY_LABEL):
                own: Speaker = "doctor" if _STAFF_LABEL.fullmatch(found[1]) else "relative"
                speaker, begin = _SPEAKERS_BY_LABEL.get(found[1], own), found[0].end()
            utterances.append(Utterance(speaker, " ".join(line[begin:].split())))
        return cls(tuple(utterances))

    @classmethod
    def from_segments(cls, segments: Iterable[Segment]) -> Self:
        """Of a recording. Who speaks is not known yet."""
        return cls(
            tuple(
                Utterance("unknown", " ".join(each.text.split()), each.start, each.end, each.words)
                for each in segments
                if each.text.strip()
            )
        )

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        return cls(
            tuple(
                Utterance(
                    each["speaker"],
                    each["text"],
                    each["start"],
                    each["end"],
                    tuple(Word(*word) for word in each["words"]),
                )
                for each in content["utterances"]
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and dicts, ready for JSON."""
        return {
            "utterances": [
                {
                    "speaker": each.speaker,
                    "text": each.text,
                    "start": each.start,
                    "end": each.end,
                    "words": [[word.text, word.start, word.end, word.probability] for word in each.words],
                }
                for each in self.utterances
            ]
        }

    @cached_property
    def text(self) -> str:
        return "\n".join(each.text for each in self.utterances)

    @cached_property
    def starts(self) -> list[int]:
        """Where in `text` each utterance begins."""
        lengths = (len(each.text) + 1 for each in self.utterances)
        return list(accumulate(lengths, initial=0))[:-1]

    @cached_property
    def low_confidence_places(self) -> list[tuple[int, int]]:
        """Where in `text` words stand that were heard with little certainty; neighbours are one place."""
        places: list[tuple[int, int]] = []
        for offset, utterance in zip(self.starts, self.utterances, strict=True):
            for word in place_words(utterance.text, utterance.words):
                if not (word.has_low_confidence and word.text.strip()):
                    continue
                begin, end = offset + word.begin, offset + word.begin + len(word.text)
                if places and places[-1][1] == begin:
                    begin = places.pop()[0]
                places.append((begin, end))
        return places

    @property
    def has_speech(self) -> bool:
        return any(each.text.strip() for each in self.utterances)

    @cached_property
    def is_chinese(self) -> bool:
        return is_chinese(self.text)

    def utterance_at(self, offset: int) -> int:
        """Number of the utterance that `text[offset]` belongs to, counted from 0."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def bounds(self, number: int) -> tuple[int, int]:
        """Start and end of an utterance in `text`."""
        start = self.starts[number]
        return start, start + len(self.utterances[number].text)

    def seconds(self, start: int, end: int) -> tuple[float, float] | None:
        """When `text[start:end]` was said. Words tell it exactly; a share of the utterance where there are none."""
        first, last = self.utterance_at(start), self.utterance_at(max(start, end - 1))
        begin = self._moment(first, start - self.starts[first], is_end=False)
        finish = self._moment(last, end - self.starts[last], is_end=True)
        return None if begin is None or finish is None else (round(begin, 2), round(max(begin, finish), 2))

    def _moment(self, number: int, offset: int, *, is_end: bool) -> float | None:
        """When a place of an utterance was said.

        Written text and heard words differ (numbers, punctuation): the share of the characters leads to the word.
        """
        utterance = self.utterances[number]
        if utterance.start is None or utterance.end is None:
            return None
        share = min(1.0, max(0.0, offset / max(1, len(utterance.text))))
        characters = sum(len(word.text.strip()) for word in utterance.words) or 1
        done = 0
        for word in utterance.words:
            done += len(word.text.strip())
            if done / characters > share or (is_end and done / characters >= share):
                return word.end if is_end else word.start
        return utterance.start + share * (utterance.end - utterance.start)


def with_speaker_label(text: str, speaker: Speaker, language: str) -> str:
    """With who said it in front, as `from_text` reads it; without a label where nobody is known."""
    return f"{_SPEAKER_LABELS[language][speaker]}{text}"
