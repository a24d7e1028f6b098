"""Text → search terms. Chinese gets words (jieba) and character pairs, everything else stemmed words.

Words alone miss names that jieba does not know, pairs alone miss that a pair may straddle two words; together
they found more than either on three data sets: see `docs/decisions/retrieval.md`.
"""

from domain.documents.word_numbers import written
from llm_backend import patterns
from llm_backend.chinese_numerals import exact
from llm_backend.chinese_words import segmenter
from llm_backend.unicode_forms import nfkc

# A key or a hash is one “word” of any length, and an index entry has an end.
LONGEST_TERM = 64
LONGEST_RUN = 400
_RUNS = patterns.compile(r"[㐀-鿿豈-﫿]+|(?:(?![㐀-鿿豈-﫿])[^\W_])+(?:[.,][0-9]+)*")
_CJK = patterns.compile(r"[㐀-鿿豈-﫿]")
_WORDS_WITHOUT_SUBJECT = """
a an and are as at be been by can did do does for from had has have how i in is it its many me much my of on
or that the their there these they this to was we were what when where which who whom whose why will with you
your
的 了 是 在 和 与 及 或 有 被 把 对 为 以 于 其 之 而 也 都 就 吗 呢 吧 啊 什么 哪 哪个 哪些 哪里 谁 多少 怎么
怎样 如何 为什么 何时 几 个 这 那 它 他 她 们 我 你 您 我们 你们 他们 中 上 下 到 从 由 等 会 能 可以 请 请问
"""
_STOP_WORDS = frozenset(_WORDS_WITHOUT_SUBJECT.split())
_CLAUSE = patterns.compile(r"第 ?([0-9]{1,4}|[零一二三四五六七八九十百千]{1,8}) ?([编章节条款项])")
_SIBILANTS = frozenset("sxzh")


def terms_of(text: str) -> list[str]:
    """Search terms of a text in reading order, repeated as often as they occur."""
    terms: list[str] = []
    for run in _RUNS.findall(normalise(text)):
        if _CJK.match(run):
            terms += _chinese_terms(run)
        elif run not in _STOP_WORDS:
            terms.append(stem(run)[:LONGEST_TERM])
    return terms


def asked_terms(question: str) -> set[str]:
    """What is looked for: a clause under its number in either way of writing it, 第3条 and 第三条."""
    asked = normalise(question)
    return {*terms_of(asked), *terms_of(" ".join(_other_number(place) for place in _CLAUSE.finditer(asked)))}


def _other_number(place: patterns.Match[str]) -> str:
    number = place[1]
    other = written(int(number), "chineseCounting") if number.isdecimal() else exact(number)
    return f"第{other or number}{place[2]}"


def normalise(text: str) -> str:
    """Makes alike what is the same to a reader: full-width and half-width forms, upper and lower case."""
    return nfkc(text).lower()


def is_chinese(text: str) -> bool:
    """Chinese says in one character what takes an English word, so it leads from a fifth of the text on."""
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and len(_CJK.findall(text)) / letters > 0.2


def _chinese_terms(run: str) -> list[str]:
    # The cutter's cost grows with the square of what it cuts; no sentence has as many characters in one piece.
    pieces = (run[at : at + LONGEST_RUN] for at in range(0, len(run), LONGEST_RUN))
    cut = segmenter().cut_for_search
    words = [word for piece in pieces for word in cut(piece) if word not in _STOP_WORDS]
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    # A marked pair is its own term: “茶叶” the word and “茶叶” the pair are two pieces of evidence.
    return [word[:LONGEST_TERM] for word in words] + [f"+{pair}" for pair in pairs]


def stem(word: str) -> str:
    """Takes plural and tense endings off. Light on purpose: it must not harm names, codes and other languages."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    if len(word) > 5 and word.endswith("es"):
        return word[:-2] if word[-3] in _SIBILANTS else word[:-1]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
