"""Lexical search: a text becomes terms, and BM25 inside PostgreSQL finds the passages that share rare ones.

Chinese gets words (jieba) and character pairs, everything else stemmed words. Words alone miss names that jieba does not
know, pairs alone miss that a pair may straddle two words; together they found more than either on three data sets: see
`docs/decisions/retrieval.md`.

A passage keeps, for every term, its BM25 weight without the IDF as a sparse vector. A question becomes the
sparse vector of its terms' IDFs. Their inner product, computed in C by pgvector, is the BM25 score; `ts_rank`
knows no IDF. A GIN index over the lexemes finds the candidates, by the question's rarest terms first.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Sum
from pgvector import SparseVector

from apps.knowledge.models import TERM_SPACE, Collection, Document, Passage, TermCount
from domain.documents.word_numbers import written
from llm_backend import patterns
from llm_backend.chinese_numerals import exact
from llm_backend.chinese_words import segmenter
from llm_backend.unicode_forms import nfkc

# BM25's k1 and b, at the values that Lucene has by default.
SATURATION = 1.2
# b of BM25, at its usual value.
LENGTH_PENALTY = 0.75
# Passages are cut to a like length, so a fixed pivot does what a moving average does, and weights never age.
PIVOT_TERMS = 200
# Terms of half of all passages can neither be looked up fast nor change who is first: the rarest lead to the
# candidates.
CANDIDATE_BUDGET = 5000
# Of a collection's id, before each of its lexemes.
PREFIX_CHARACTERS = 8

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
# The number of a note, or a power: behind a number or a word, but not m².
_RAISED = patterns.compile(r"(?:(?<=\d)|(?<=\w\w\w))[⁰¹²³⁴-⁹⁺⁻]{1,20}")
# A marked pair is its own term: “茶叶” the word and “茶叶” the pair are two pieces of evidence.
PAIR_MARK = "+"


@dataclass(frozen=True)
class LexicalQuery:
    """The question as BM25 sees it: an IDF for every term that occurs, and the rarest terms for the index."""

    weights: dict[str, float]
    candidate_terms: list[str]

    @property
    def vector(self) -> str:
        return str(sparse_vector(self.weights).to_text())

    def tsquery(self, collections: Iterable[Collection]) -> str:
        return " | ".join(
            _lexeme(collection, term) for collection in collections for term in self.candidate_terms
        )


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


def normalise(text: str) -> str:
    """Makes alike what is the same to a reader: full-width and half-width forms, upper and lower case. The number of a note
    stays apart: “2025¹” is not 20251.
    """
    return nfkc(_RAISED.sub(lambda raised: f" {raised[0]}", text)).lower()


def is_chinese(text: str) -> bool:
    """Chinese says in one character what takes an English word, so it leads from a fifth of the text on."""
    letters = sum(character.isalpha() for character in text)
    return letters > 0 and len(_CJK.findall(text)) / letters > 0.2


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


def passage_weights(passage_terms: Sequence[str]) -> dict[str, float]:
    length_factor = 1 - LENGTH_PENALTY + LENGTH_PENALTY * len(passage_terms) / PIVOT_TERMS
    return {
        term: count * (SATURATION + 1) / (count + SATURATION * length_factor)
        for term, count in Counter(passage_terms).items()
    }


def rarity(count: int, passages: int) -> float:
    """BM25's IDF of a term that `count` of so many passages have."""
    return math.log(1 + (max(passages - count, 0) + 0.5) / (count + 0.5))


def scores(question: str, texts: Sequence[str]) -> list[float]:
    """BM25 of texts that lie in no collection, by what is rare among them. Only those that may hold a term of the question
    are cut into theirs: it stands in its text as it is, but for the “y” of “policies”.
    """
    wanted = asked_terms(question)
    parts = {term.removeprefix(PAIR_MARK).rstrip("y") for term in wanted}
    weights = [
        passage_weights(terms_of(text)) if any(map(normalise(text).__contains__, parts)) else {}
        for text in texts
    ]
    frequency = Counter(term for each in weights for term in wanted & each.keys())
    rarities = {term: rarity(count, len(texts)) for term, count in frequency.items()}
    return [sum(rarities[term] * each[term] for term in wanted & each.keys()) for each in weights]


def sparse_vector(weights: dict[str, float]) -> SparseVector:
    places: dict[int, float] = {}
    for term, weight in weights.items():
        place = zlib.crc32(term.encode()) % TERM_SPACE
        places[place] = places.get(place, 0.0) + weight
    return SparseVector(places, TERM_SPACE)


def lexemes(collection: Collection, passage_terms: Iterable[str]) -> str:
    """Terms in PostgreSQL's notation for a tsvector. Places are left out: BM25 does not look at them."""
    return " ".join(_lexeme(collection, term) for term in sorted(set(passage_terms)))


def lexical_query(collections: Sequence[Collection], question: str) -> LexicalQuery:
    passages = sum(collection.passages_count for collection in collections)
    rows = TermCount.objects.filter(collection__in=collections, term__in=asked_terms(question))
    counts: dict[str, int] = dict(rows.values_list("term").annotate(Sum("passages_count")))
    weights = {term: rarity(count, passages) for term, count in counts.items()}
    return LexicalQuery(weights, _rarest(counts))


def count_terms(document: Document, *, sign: int, passages: Sequence[Passage] = ()) -> None:
    """Adds (1) or takes away (-1) these passages of the document, without any all that are searched with it. The caller
    holds the collection's row lock.
    """
    chosen = [passage.pk for passage in passages] or None
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT_TERMS,
            {"document": document.pk, "sign": sign, "chosen": chosen, "prefix": PREFIX_CHARACTERS},
        )
        if sign < 0:
            cursor.execute(_FORGET_TERMS, {"collection": document.collection_id})


def _other_number(place: patterns.Match[str]) -> str:
    number = place[1]
    other = written(int(number), "chineseCounting") if number.isdecimal() else exact(number)
    return f"第{other or number}{place[2]}"


def _chinese_terms(run: str) -> list[str]:
    # The cutter's cost grows with the square of what it cuts; no sentence has as many characters in one piece.
    pieces = (run[at : at + LONGEST_RUN] for at in range(0, len(run), LONGEST_RUN))
    cut = segmenter().cut_for_search
    words = [word for piece in pieces for word in cut(piece) if word not in _STOP_WORDS]
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    return [word[:LONGEST_TERM] for word in words] + [f"{PAIR_MARK}{pair}" for pair in pairs]


def _rarest(counts: dict[str, int]) -> list[str]:
    """As many of the rarest as the budget allows. What they all miss, common words would not put first."""
    rarest: list[str] = []
    candidates = 0
    for term in sorted(counts, key=lambda term: (counts[term], term)):
        candidates += counts[term]
        if rarest and candidates > CANDIDATE_BUDGET:
            break
        rarest.append(term)
    return rarest


def _lexeme(collection: Collection, term: str) -> str:
    """Begins with the collection, so that one index keeps them apart."""
    text = term.replace("\\", "\\\\").replace("'", "''")
    return f"'{collection.pk.hex[-PREFIX_CHARACTERS:]}{text}'"


_COUNT_TERMS = """
    INSERT INTO knowledge_termcount (id, organisation_id, collection_id, term, passages_count)
    SELECT gen_random_uuid(), passage.organisation_id, passage.collection_id,
        substr(entry.lexeme, %(prefix)s + 1), count(*)
    FROM knowledge_passage AS passage, unnest(passage.lexemes) AS entry
    WHERE passage.document_id = %(document)s AND NOT passage.is_off
        AND (%(chosen)s::uuid[] IS NULL OR passage.id = ANY(%(chosen)s::uuid[]))
    GROUP BY passage.organisation_id, passage.collection_id, entry.lexeme
    ON CONFLICT (collection_id, term)
    DO UPDATE SET passages_count = knowledge_termcount.passages_count + %(sign)s * excluded.passages_count
"""
_FORGET_TERMS = "DELETE FROM knowledge_termcount WHERE collection_id = %(collection)s AND passages_count <= 0"
