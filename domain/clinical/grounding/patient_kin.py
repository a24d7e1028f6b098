"""Whom a relative speaks for by kinship: “我妈头晕三天”, “my dad's been confused”, said of the patient."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from domain.clinical.grounding.experiencer import asks_about_family, experiencer_patterns
from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance
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
# Of English the first stands for the person; a capital makes a name of some: “Dad takes warfarin”.
_MEN = (
    ("dad", "father", "daddy"),
    ("grandpa", "grandfather", "granddad"),
    *((name,) for name in ("husband", "brother", "uncle", "son")),
)
_WOMEN = (
    ("mom", "mum", "mother", "mommy", "mummy"),
    ("grandma", "grandmother", "gran", "nan"),
    *((name,) for name in ("wife", "sister", "aunt", "daughter")),
)
_KIN_EN = "|".join(name for names in (*_MEN, *_WOMEN) for name in names)
_CHILDREN = frozenset({"son", "daughter"})
_NOT_CALLED = _CHILDREN | {"husband", "wife", "brother", "sister"}
# Who brings or tells, or is named with another, is not who is ill.
_OPENS = patterns.compile(
    rf"(?:您好|你好|医生|大夫|就是|是|[，,。！\s]){{0,4}}我家?(?P<kin>{_KIN})(?![爸妈陪带说让叫送抱们和跟也、的])"
)
_OPENS_EN = patterns.compile(
    r"\W{0,4}+(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|doctor|doc|yes|well|so|um|uh|we're|we are|i'm|i am|it's"
    r"|it is|this is|here|worried|calling|with|for|about|because|(?:i|we)(?:'ve)? brought(?: in)?)\b\W{0,3}+){0,6}+"
    rf"my (?P<kin>{_KIN_EN})(?:'s)?\b(?! (?:and|or|mother|father|mom|dad|wants?|sent|called|found)\b)",
    patterns.IGNORECASE,
)
# Of whom a doctor asks what is the matter is who is ill.
_ASKED = patterns.compile(rf"[您你]家?(?P<kin>{_KIN})[^，。？?]{{0,6}}(?:怎么|哪里|哪儿|什么|不舒服|不好)")
_ASKED_EN = patterns.compile(
    rf"\b(?:what|how|tell me|where)\b[^.?!]{{0,40}}\byour (?P<kin>{_KIN_EN})\b(?!'s (?:name|job)| do for)",
    patterns.IGNORECASE,
)
_CHILD = patterns.compile(
    r"\b(?:son|daughter|baby|child|kids?|toddler|infant)\b|孩子|宝宝|患儿|小孩|娃", patterns.IGNORECASE
)
_GREETING = patterns.compile(r"\W{0,4}+(?:\w{1,12}+\W{1,4}+){0,2}\w{0,12}+\W{0,4}+|[^，,。]{0,6}[，,。！!]?")
_BEFORE_OBJECT = (
    "with|for|to|of|at|by|from|about|on|gave|give|giving|told|took|take|brought|bring|saw|see|found|called|asked"
    "|helped|let|got"
)
# Of “my dad's knee” it is the possessive.
_HAS_OR_IS = (
    r"'s(?= (?:been|had|got|gotten|not|no|on|in|at|a|an|all|always|never|just|also|still|so|very|really|too|pretty"
    r"|quite|allergic|diabetic|asthmatic|weak|sick|ill|dizzy|fine|okay|here|\w+ing|\w+ed)\b)"
)


# Of two children a parent and the doctor call each by what it is to the other: “弟弟发烧了”.
_SIBLING = patterns.compile(r"(?<![我你您他她的子])(?:哥哥|姐姐|弟弟|妹妹)(?![也都])")
MIN_CALLED = 2


def _form(names: tuple[str, ...]) -> str:
    called = "|".join(name.capitalize() for name in names if name not in _NOT_CALLED) or "(?!)"
    whose = rf"(?:my|our|your) (?:{'|'.join(names)})|(?<!\bhis )(?<!\bher )(?<!\bthe )(?<!'s )(?-i:{called})"
    verb_or_owner = rf"(?:(?P<verb>{_HAS_OR_IS})|(?P<poss>'s))?"
    return rf"(?P<before>\b(?:{_BEFORE_OBJECT}) )?\b(?P<name>(?:{whose}){verb_or_owner})\b"


_FORMS_EN = {names: patterns.compile(_form(names), patterns.IGNORECASE) for names in (*_MEN, *_WOMEN)}


def with_patient_named(transcript: ClinicalTranscript) -> ClinicalTranscript:
    """The same talk, place for place, in which a relative who opens with “我妈…” calls that person 患者, and one who opens
    with “my dad…” calls him he; so does the doctor who asks that relative of “your dad”. Of two children the one that both
    speak of as 弟弟 is 患者.
    """
    kin, sibling = _patient_kin(transcript), _patient_sibling(transcript)
    if not kin and not sibling:
        return transcript
    of_kin = _renaming_zh if transcript.is_chinese else _renaming_en
    rename = of_kin(kin) if kin else _renaming_sibling(sibling)
    utterances = transcript.utterances
    is_of_relative = [each.speaker == "relative" for each in utterances]
    asks_relative = [*is_of_relative[1:], False]
    return ClinicalTranscript(
        tuple(
            replace(each, text=rename(each.text)) if own or (each.speaker == "doctor" and asks) else each
            for each, own, asks in zip(utterances, is_of_relative, asks_relative, strict=True)
        ),
        is_patient_named=True,
    )


def _patient_kin(transcript: ClinicalTranscript) -> str:
    """What the first words that tell, or the question before them, call the patient."""
    utterances = transcript.utterances
    for number, each in enumerate(utterances):
        if each.speaker != "relative":
            continue
        before = utterances[number - 1] if number else Utterance("unknown", "")
        if own := _opening(each.text, before.text, transcript):
            return own["kin"].lower()
        if not _GREETING.fullmatch(each.text):
            break
    return ""


def _patient_sibling(transcript: ClinicalTranscript) -> str:
    """What the doctor calls the child most often, and a parent told of first."""
    told = [
        name
        for each in transcript.utterances
        if each.speaker == "relative"
        for name in _SIBLING.findall(each.text)
    ]
    asked = Counter(
        name
        for each in transcript.utterances
        if each.speaker == "doctor"
        for name in _SIBLING.findall(each.text)
    )
    (name, times), (_, others) = (*asked.most_common(2), ("", 0), ("", 0))[:2]
    return name if told[:1] == [name] and times >= max(MIN_CALLED, others + 1) else ""


def _opening(text: str, before: str, transcript: ClinicalTranscript) -> patterns.Match[str] | None:
    is_chinese = transcript.is_chinese
    asked = (_ASKED if is_chinese else _ASKED_EN).search(before)
    if asked and (asked["kin"].lower() in _CHILDREN or not _CHILD.search(transcript.text)):
        return asked
    if asks_about_family(before, "zh" if is_chinese else "en"):
        return None
    opening = (_OPENS if is_chinese else _OPENS_EN).match(text)
    is_teller = opening and not is_chinese and experiencer_patterns("en")["tells"].match(text, opening.end())
    return None if is_teller else opening


def _renaming_zh(kin: str) -> Callable[[str], str]:
    names = {name for names in _SAME if kin in names for name in names}
    forms = patterns.words(
        (f"{whose}{home}{name}" for name in names for whose in "我您你" for home in ("", "家")),
        after="(?![爸妈])",
    )
    return lambda text: forms.sub(lambda match: "患者".ljust(len(match[0])), text)


def _renaming_sibling(name: str) -> Callable[[str], str]:
    return lambda text: _SIBLING.sub(lambda match: "患者" if match[0] == name else match[0], text)


def _renaming_en(kin: str) -> Callable[[str], str]:
    names = next(names for names in _FORMS_EN if kin in names)
    pronouns = ("he", "his", "him") if names in _MEN else ("she", "her", "her")

    def pronoun(match: patterns.Match[str]) -> str:
        subject, possessive, other = pronouns
        word = possessive if match["poss"] else other if match["before"] and not match["verb"] else subject
        word += "'s" if match["verb"] else ""
        word = word.capitalize() if match["name"][0].isupper() else word
        return (match["before"] or "") + word.rjust(len(match["name"]))

    return lambda text: _FORMS_EN[names].sub(pronoun, text)
