"""Where somebody takes back what was just said: “右边，不对，是左边”, “the right one, sorry, the left”."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.clinical.grounding.laterality import find_sides
from domain.clinical.grounding.terms import terms
from domain.clinical.transcripts.language import CharacterSpan
from llm_backend import patterns

# Behind a mark, so that 月经不对 and “I'm sorry” are none. “No” alone needs a comma behind it: “no wheeze, no rash”.
_CUE_ZH = (
    r"(?:…{1,6}|[，,。.；;：—-])\s{0,3}(?P<zh>(?:[哦噢啊哎唉呃嗯]{1,3}[，,]?)?"
    r"(?:(?:不对|错了|说错|记错|讲错|弄错|搞错|口误|更正)[了啦]?(?!劲|称|付|头)|不是?(?=[，,])))[，,。、]?"
)
_CUE_EN = (
    r"(?:[,.;:—]\s{0,3}|\s[–-]\s)(?P<en>(?:(?:oh|um|uh|well|ah),?\s)?"
    r"(?:(?:no|wait|actually|rather)(?=,\s)|(?:oh,? )?no,?\s(?:wait|sorry|actually|hang on|hold on|i mean|it's|it was)"
    r"|wait,?\sno|actually,?\sno|sorry|hang on|hold on|or rather|i mean|i meant|i tell a lie|scratch that|correction"
    r"|make that|my mistake|i was wrong|that's wrong|that's not right)"
    r"(?:,?\s(?:no|sorry|wait|actually|hang on|hold on|i mean|i tell a lie)\b){0,4})(?=[,.]?\s)[,.]?"
)
# “左耳…，不是左耳，右耳”, “the left knee, not the left, the right”: names what is taken back.
_NOT_SO = patterns.compile(
    r"[，,]\s?(?P<cue>(?:不是|not )(?:the |my |his |her )?(?P<what>[㐀-鿿]{1,6}|[a-z]{3,12})[，,]\s?(?:而?是|but |it's )?)"
    r"(?=[\w㐀-鿿])",
    patterns.IGNORECASE,
)
_CUE = patterns.compile(f"{_CUE_ZH}|{_CUE_EN}", patterns.IGNORECASE)
# A lone “no, ” parts two things as often; behind a stop it begins an answer.
_LONE_NO = patterns.compile(r"^[.。;；]\s*(?:no|不|actually|rather|wait)[，,.]?$", patterns.IGNORECASE)
_LONG_WORD = patterns.compile(r"[a-z]{4,}|[㐀-鿿]{2}")
_CHUNK_END = patterns.compile(r"[，,。.；;：:！!？?](?!\d)|\b(?:and|but)\b")
_SENTENCE_END = patterns.compile(r"[。！!？?；;]|[.](?=\s|$)")


# Nobody takes back more in one breath, nor puts more in its place.
MAX_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class SelfCorrection:
    """Places in the same text: the words that are taken back, the words that do so, and those that take their place."""

    withdrawn: CharacterSpan
    cue: CharacterSpan
    instead: CharacterSpan


def find_self_corrections(text: str) -> list[SelfCorrection]:
    """In the order of the talk."""
    found = [
        SelfCorrection(
            (_chunk_start(text, cue.start()), cue.start()),
            cue.span("zh" if cue["zh"] else "en"),
            (cue.end(), _sentence_end(text, cue.end())),
        )
        for cue in _CUE.finditer(text)
        if text[cue.end() :].strip() and (not _LONE_NO.match(cue[0].strip()) or _says_again(text, cue))
    ]
    for cue in _NOT_SO.finditer(text):
        start = _chunk_start(text, cue.start())
        if cue["what"].lower() in text[start : cue.start()].lower():
            instead = (cue.end(), _sentence_end(text, cue.end()))
            found.append(SelfCorrection((start, cue.start()), cue.span("cue"), instead))
    return sorted(found, key=lambda each: each.cue)


def _says_again(text: str, cue: patterns.Match[str]) -> bool:
    """“Ten with dinner. No, twelve with dinner.”: behind a stop, the same words with another figure."""
    before = text[_chunk_start(text, cue.start()) : cue.start()]
    after = text[cue.end() : _sentence_end(text, cue.end())]
    figures, instead = _of_kind(before, "#"), _of_kind(after, "#")
    return bool(
        figures
        and instead
        and figures != instead
        and set(_LONG_WORD.findall(before)) & set(_LONG_WORD.findall(after))
    )


def joining_marks(text: str) -> frozenset[int]:
    """The places of commas and stops around the words of a correction: what they part belongs together."""
    marks: set[int] = set()
    for correction in find_self_corrections(text):
        first, last = correction.withdrawn[1], correction.instead[0]
        marks |= {place for place in range(first, last) if text[place] in "，,。.；;：:、…"}
    return frozenset(marks)


def withdrawn_words(claim: str, source_text: str, cited: CharacterSpan) -> Iterator[str]:
    """What the claim takes from words that were taken back, without telling that they were.

    `cited`: the part of `source_text` that the claim rests on.
    """
    if find_self_corrections(claim):
        return
    for correction in find_self_corrections(source_text):
        start, end = correction.withdrawn
        if not (cited[0] < end and start < cited[1]):
            continue
        said, instead = source_text[start:end], source_text[slice(*correction.instead)]
        # Words behind the correction bear out what they say again, unless the claim ends before them.
        rest = "" if cited[1] <= correction.cue[1] else f"{source_text[:start]} {instead}"
        for kind in _KINDS:
            replaced = _of_kind(said, kind)
            if _of_kind(instead, kind):
                yield from sorted((replaced & _of_kind(claim, kind)) - _of_kind(rest, kind))


# Figures, findings and drugs by the marks of their terms.
_KINDS = ("#", "@", "%", "side")


def _of_kind(text: str, kind: str) -> set[str]:
    if kind == "side":
        return set(find_sides(text))
    return {term.key[1:] for term in terms(text) if term.key.startswith(kind)}


def _chunk_start(text: str, end: int) -> int:
    begin = max(0, end - MAX_CHARACTERS)
    return max((mark.end() for mark in _CHUNK_END.finditer(text, begin, end)), default=begin)


def _sentence_end(text: str, start: int) -> int:
    end = min(len(text), start + MAX_CHARACTERS)
    stop = _SENTENCE_END.search(text, start, end)
    return stop.end() if stop else end
