"""Whether a sentence of a record says of some words that they are so or that they are not.

Deliberately none of the rules that draft: what is measured must not measure itself.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

from llm_backend import patterns

Polarity = Literal["present", "denied"]
_SENTENCE = patterns.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_CLAUSE = patterns.compile(r"[，,:：]|\b(?:but|though)\b|但|不过")
_CONDITION = patterns.compile(
    r"\b(?:if|unless|in case|should you|when you|sooner)\b|如果|要是|万一|一旦|的话|假如|警惕|注意",
    patterns.IGNORECASE,
)
_RELATIVE = patterns.compile(
    r"\b(?:mother|father|mom|mum|dad|parents?|brothers?|sisters?|grand\w+|aunt|uncle|wife|husband|son|daughter|family)\b"
    r"|父|母|爸|妈|爷爷|奶奶|外公|外婆|姥|哥|姐|弟|妹|舅|姨|叔|家族|家里|儿子|女儿|爱人|老伴",
    patterns.IGNORECASE,
)
_NEGATION = patterns.compile(
    r"\b(?:\w{1,8}n['’]t|no|not|never|denie[sd]|deny|denying|without|none|negative for)\b"
    r"|否认|(?<![有是])没有?|(?<!有)无(?!力|先兆|痛)|未(?!次)|不(?!少|适|舒|好|错|太|到|超过|少于|规|稳|通|能|佳|管用|过)",
    patterns.IGNORECASE,
)
# Behind the words: “大便黑：无”, “smoking: denies”.
_BARE_NO = patterns.compile(
    r"^\W*(?:否认|没有|没得?过?|无|不(?:是|会|痛|疼)?|没|那倒没有|都没有|no|none|never|not|denie[sd])(?:[,，\s]|过|的|nothing|not|thyroid|blood|$)",
    patterns.IGNORECASE,
)
# “血糖没问题”, “my sugar is fine”: what was asked about is in order. “Eardrums look normal” is a finding.
_IN_ORDER = patterns.compile(
    r"^\s*+(?:史|方面)?(?:一直|均|都|也|倒|还)?(?:没问题|没毛病|没事|不高)"
    r"|^(?: \w+){0,2}?(?: (?:is|are|was|were|ha(?:s|ve)(?: always)? been)|'s) (?:all |quite )?(?:fine|good|okay)\b"
)
# “肝没毛病”, given as a spelling, says already that it is in order.
_SAYS_IN_ORDER = patterns.compile(r"没问题|没毛病|没事")
# What is called by another thing that a patient may have or deny: “a cough impulse”, 痛风石.
_SIGN = patterns.compile(r"\bcough (?:impulse|test)\b|痛风石")
# “高血压、糖尿病都没有” is said of each, “手术没做过” of the one before it.
_NO_BEHIND = patterns.compile(
    r"史?(?:[、和及或][㐀-鿿]{1,10}?){0,8}(?:均|都|也|倒)(?:没有|没|无)(?:过|[做得患犯]过)?(?=$|[，,])"
    r"|史?(?:均|都|也|倒)?(?:无|没有|否认|未见|没(?:[做得患犯用吃打输住动开]过|发现|查出))"
)
_LIST = patterns.compile(
    r"(?:否认|\b(?:denie[sd]|no)\b)[^，,;；:：]*$|否认[㐀-鿿\w ]{1,200}+(?:[，,、][㐀-鿿\w ]{1,8}+){0,20}+$"
)
# “Denies burning when he pees, blood in it, pain in the calf”: as far as nothing is said to be there.
_DENIED_LIST = patterns.compile(r"\bdenies(?P<items>[\w '-]{1,200}(?:,[\w '-]{1,60}){1,20})$")
# What ends the reach of a “no”: “不抽烟，酒偶尔喝”.
_REASSERTED = patterns.compile(r"\b(?:has|have|had|reports?|takes|drinks|smokes)\b|有(?!无)|偶尔")


def polarities(
    text: str, words: Sequence[Sequence[str]], *, is_of_family: bool, is_examination: bool = False
) -> set[Polarity]:
    """How `text` says what all of `words` name; each is given in spellings of which one must stand. Of an examination
    “the pulses are good” is a finding; elsewhere what is good is no illness.

    Empty where it does not name them, only asks, only says what would be done if, or speaks of a relative where
    the patient is meant.
    """
    flat = _SIGN.sub(" ", _flat(text))
    if not all(any(_flat(each) in flat for each in spellings) for spellings in words):
        return set()
    names_relative = any(_RELATIVE.search(_flat(each)) for spellings in words for each in spellings)
    if _RELATIVE.search(flat) and not (is_of_family or names_relative):
        return set()
    return _read(flat, words, is_examination=is_examination)


def _read(flat: str, words: Sequence[Sequence[str]], *, is_examination: bool) -> set[Polarity]:
    found: set[Polarity] = set()
    heads = [_flat(each) for each in words[0]]
    told = [*_sentences(flat), ("", False)]
    for (sentence, asks), (after, _) in pairwise(told):
        head, reply = next((each for each in heads if each in sentence), None), after if asks else ""
        if head is None or _is_conditional(sentence, head) or (asks and not reply):
            continue
        is_denied = _is_denied(sentence, head, reply, is_examination=is_examination)
        found.add("denied" if is_denied else "present")
    return found


def _is_conditional(sentence: str, head: str) -> bool:
    """“Come back in two weeks, and call if it hurts” says for certain when to come back."""
    place = sentence.index(head)
    clause_end = _CLAUSE.search(sentence, place + len(head))
    return bool(_CONDITION.search(sentence[: clause_end.start() if clause_end else len(sentence)]))


def _is_denied(sentence: str, head: str, reply: str, *, is_examination: bool) -> bool:
    if reply:
        return bool(_BARE_NO.match(reply) or patterns.match(r"[^，。]{0,6}?(?:都|也|倒)?[没不无]", reply))
    place = sentence.index(head)
    before, after = sentence[:place], sentence[place + len(head) :]
    if _BARE_NO.match(after.lstrip("史：: ")) and patterns.match(r"(?<!\s)\s*+史?\s*+[:：]", after):
        return True
    if _SAYS_IN_ORDER.search(head) or (_IN_ORDER.match(after) and not is_examination):
        return True
    negated = [match.end() for match in _NEGATION.finditer(before)]
    if not negated:
        return bool(_NO_BEHIND.match(after))
    # “Never had thyroid trouble”, “doesn't have a rash”.
    between = patterns.sub(r"^\s{0,2}(?:ever )?(?:had|have)\b", "", before[negated[-1] :])
    listed = _DENIED_LIST.search(before)
    is_list = _LIST.search(before) or (listed and not _REASSERTED.search(listed["items"]))
    return bool(is_list) or not (_CLAUSE.search(between) or _REASSERTED.search(between))


def _sentences(text: str) -> Iterator[tuple[str, bool]]:
    """Each, and whether it asks."""
    begin = 0
    for mark in (*_SENTENCE.finditer(text), None):
        if sentence := text[begin : mark.start() if mark else len(text)].strip():
            yield sentence, mark is not None and mark[0] in "?？"
        begin = mark.end() if mark else len(text)


def _flat(text: str) -> str:
    """Lower case, full width folded, no spaces around Chinese."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return patterns.sub(r"(?<=[㐀-鿿])\s++|(?<!\s)\s++(?=[㐀-鿿])|(?<=\d) (?=[a-zµμ]{1,4}\b)", "", folded)
