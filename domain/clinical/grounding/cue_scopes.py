"""How far the words that deny or doubt reach: which of a sentence's cues decide about what is mentioned in it."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.clinical.grounding.negation_cues import Cue, cue_patterns, find_cues
from domain.clinical.transcripts.language import CharacterSpan, Language
from llm_backend import patterns

# Reaches, in words of English and characters of Chinese.
MAX_CLOSE_CHARACTERS = 2
MAX_WORDS_AHEAD, MAX_CHARACTERS_AHEAD = 9, 25
MAX_WORDS_BACK, MAX_CHARACTERS_BACK = 4, 9
MAX_ITEM_WORDS, MAX_ITEM_CHARACTERS = 5, 7
# Behind the last item these say that a new sentence began there: “no fever, chills, cough is worse”.
_GOES_ON = patterns.compile(
    r"^\s*(?:\w+ )?(?:is|are|was|were|has|have|had|present|persists?|noted|intact|improved|worse|started|\+"
    r"|x ?\d|for (?:\w+ )+(?:days?|weeks?|months?))(?!\w)",
    patterns.IGNORECASE,
)
# An item that begins so is no item of the list before it.
_STARTS_ANEW = patterns.compile(
    r"^\s*(?:(?:just|only|some|still|i|he|she|it|they|we|you|my|his|her|the|this|there|has|have|had|is|are"
    r"|was|mild|moderate|severe|positive|reports?|drinks|takes|smokes)\b|也?有|伴|但|就|还)",
    patterns.IGNORECASE,
)
_VERB = patterns.compile(
    r"\b(?:is|are|was|were|has|have|had|but|with|does|do|did|which|who)\b", patterns.IGNORECASE
)
# A chunk with a number or a course tells something; items of a denied list are bare names.
_AMOUNT = patterns.compile(r"\d|[一二两三四五六七八九十][年天月周次]|明显|加重|较|史")
# What may stand behind the last item of a Chinese list.
_LIST_TAILS = frozenset({"", "等", "史", "病史", "等病史", "等症状", "等不适"})


@dataclass(frozen=True, slots=True)
class Scope:
    """A cue that decides about a mention, and how many characters lie between the two."""

    verdict: str
    cue: Cue
    distance: int


def find_scopes(sentence: str, mention: CharacterSpan, language: Language) -> Iterator[Scope]:
    """The cues of a sentence whose scope holds what is mentioned at a place of it."""
    cues = find_cues(sentence, mention, language)
    affirmed_starts = [cue.start for cue in cues if cue.kind == "affirmed"]
    for cue in cues:
        verdict, _, side = cue.kind.partition("_")
        if not side:
            continue
        is_before = side != "after"
        start, end = (cue.end, mention[0]) if is_before else (mention[1], cue.start)
        if start > end or any(start <= place < end for place in affirmed_starts):
            continue
        between = sentence[start:end]
        if is_before:
            reaches = _reaches_forward(between, sentence[mention[1] :], language)
        else:
            reaches = _reaches_back(between, language)
        if reaches and _is_one_clause(sentence, cue, between, language):
            yield Scope(verdict, cue, end - start)


def _is_one_clause(sentence: str, cue: Cue, between: str, language: Language) -> bool:
    """“否认发热，咳嗽” is one list of a note; “没有发热，咳嗽” are two clauses."""
    if sentence[cue.start : cue.end].strip() in {"?", "？"}:
        return not between
    if cue.kind == "denied_close":
        return len(between) <= MAX_CLOSE_CHARACTERS and not patterns.search(r"\W", between)
    return (
        language == "en"
        or not patterns.search(r"[，,]|(?<=\S)\s|\s(?=\S)", between)
        or sentence.startswith("否认", cue.start)
    )


def _reaches_forward(between: str, behind: str, language: Language) -> bool:
    """Over a few words, or over a list whose last item is the mention. `behind`: what follows the mention."""
    if _is_ended(between, language):
        return False
    chunks = cue_patterns(language)["list_ends"].split(between)
    if len(chunks) == 1:
        is_near = language == "en" or len(between) <= MAX_CHARACTERS_AHEAD
        return is_near and len(between.split()) <= MAX_WORDS_AHEAD
    rest = patterns.split(r"[,，。.;；]", behind, maxsplit=1)[0]
    is_list = _is_list_zh(chunks, rest) if language == "zh" else _is_list_en(chunks, rest)
    return is_list and not _STARTS_ANEW.search(chunks[-1])


def _reaches_back(between: str, language: Language) -> bool:
    if _is_ended(between, language) or cue_patterns(language)["list_ends"].search(between):
        return False
    if language == "zh":
        return len(between) <= MAX_CHARACTERS_BACK
    return len(between.split()) <= MAX_WORDS_BACK and not _VERB.search(between)


def _is_ended(between: str, language: Language) -> bool:
    return any(cue_patterns(language)[kind].search(between) for kind in ("ends", "stops"))


def _is_list_zh(chunks: list[str], rest: str) -> bool:
    """A comma of Chinese may part the items of a list as well as two clauses."""
    is_short = all(len(chunk) <= MAX_ITEM_CHARACTERS and not _AMOUNT.search(chunk) for chunk in chunks)
    return is_short and rest.strip() in _LIST_TAILS


def _is_list_en(chunks: list[str], rest: str) -> bool:
    items = chunks[:-1] if chunks[-1].strip() in {"", "or", "and", "nor", "any"} else chunks
    is_short = all(len(item.split()) <= MAX_ITEM_WORDS for item in items)
    return (
        is_short and not any(_STARTS_ANEW.search(item) for item in chunks[1:]) and not _GOES_ON.search(rest)
    )
