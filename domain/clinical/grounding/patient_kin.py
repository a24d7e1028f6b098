"""Whom a relative speaks for by kinship: “我妈头晕三天”, said of the patient."""

from dataclasses import replace

from domain.clinical.grounding.experiencer import asks_about_family
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns

# Names of one person.
_SAME = (
    ("爸爸", "爸", "父亲"),
    ("妈妈", "妈", "母亲"),
    ("老公", "丈夫", "爱人", "老伴"),
    ("老婆", "妻子", "爱人", "老伴"),
    *((name,) for name in ("爷爷", "奶奶", "姥姥", "姥爷", "外公", "外婆", "公公", "婆婆", "岳父", "岳母")),
    *((f"{name}{name}", name) for name in "哥姐弟妹"),
)
_KIN = "|".join(dict.fromkeys(name for names in _SAME for name in names))
# Who brings or tells, or is named with another, is not who is ill.
_OPENS = patterns.compile(
    rf"(?:您好|你好|医生|大夫|就是|是|[，,。！\s]){{0,4}}我家?(?P<kin>{_KIN})(?![爸妈陪带说让叫送抱们和跟也、的])"
)


def with_patient_named(transcript: ClinicalTranscript) -> ClinicalTranscript:
    """The same talk, place for place, in which a relative who opens with “我妈…” calls that person 患者."""
    numbers = [number for number, each in enumerate(transcript.utterances) if each.speaker == "relative"]
    if not transcript.is_chinese or not numbers:
        return transcript
    first = numbers[0]
    opening = _OPENS.match(transcript.utterances[first].text)
    if opening is None or (first and asks_about_family(transcript.utterances[first - 1].text, "zh")):
        return transcript
    names = {name for names in _SAME if opening["kin"] in names for name in names}
    forms = patterns.words((f"我{home}{name}" for name in names for home in ("", "家")), after="(?![爸妈])")
    return ClinicalTranscript(
        tuple(
            replace(each, text=forms.sub(lambda match: "患者".ljust(len(match[0])), each.text))
            if each.speaker == "relative"
            else each
            for each in transcript.utterances
        )
    )
