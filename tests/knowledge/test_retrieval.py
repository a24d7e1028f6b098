"""Ranking: BM25 in PostgreSQL against its definition, fusion with vectors, borders between organisations."""

import math
from collections import Counter

import numpy as np
import pytest

from apps.accounts.actors import Actor
from apps.knowledge import ingestion, lexical, retrieval, selectors, vectors
from apps.knowledge.chunking import Cut
from apps.knowledge.models import Collection, Document, Passage
from llm_backend import language_means

pytestmark = pytest.mark.django_db

TEAS = [
    "Longjing is a green tea from Hangzhou. Longjing costs 128 yuan.",
    "Pu'er is a dark tea from Yunnan that gets better with age.",
    "Jasmine tea smells of flowers. It is a green tea.",
    "我们的龙井茶产自杭州，每盒一百二十八元。",
    "普洱茶产自云南，越陈越香，适合长期存放。",
]


def fill(collection: Collection, texts: list[str], name: str = "teas") -> list[Passage]:
    document = Document.objects.create(
        organisation=collection.organisation, collection=collection, title=name, file_name=name, digest=name
    )
    ingestion.store_passages(document, [Cut("", text) for text in texts])
    collection.refresh_from_db()
    return list(Passage.objects.filter(document=document).order_by("ordinal"))


def by_words(collection: Collection, question: str) -> list[retrieval.RankedPassage]:
    return retrieval.rank([collection], retrieval.Question(question), limit=10)


def place(passage: Passage, *axes: float, model: str = "m") -> None:
    sentence = vectors.texts_of([passage])[0]
    vectors.store(passage.document, [sentence], [[*axes, *([0.0] * (8 - len(axes)))]], model=model)


def test_the_score_is_bm25(collection: Collection) -> None:
    passages = fill(collection, TEAS)
    listed = {passage.pk: lexical.terms_of(passage.text) for passage in passages}
    question = "green tea from Hangzhou"

    def bm25(passage_terms: list[str]) -> float:
        counts, total = Counter(passage_terms), 0.0
        for term in set(lexical.terms_of(question)):
            holding = sum(term in each for each in listed.values())
            idf = math.log(1 + (len(listed) - holding + 0.5) / (holding + 0.5))
            length = 0.25 + 0.75 * len(passage_terms) / lexical.PIVOT_TERMS
            total += idf * counts[term] * 2.2 / (counts[term] + 1.2 * length)
        return total

    for ranked in by_words(collection, question):
        assert ranked.lexical == pytest.approx(bm25(listed[ranked.passage_id]), rel=1e-3)


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("Where does Longjing come from?", 0),
        ("which TEAS are green and smell of flower", 2),
        ("龙井多少钱一盒？", 3),
        ("什么茶越陈越香", 4),
        ("ｐｕ'ｅｒ", 1),
    ],
)
def test_words_find_the_passage(collection: Collection, question: str, best: int) -> None:
    passages = fill(collection, TEAS)
    assert by_words(collection, question)[0].passage_id == passages[best].pk


@pytest.mark.parametrize(
    "question", ["", "???", "的 了", "'; DROP TABLE", "a\\b'c & | !", "\u202eabc", "茶" * 1000]
)
def test_no_question_breaks_the_search(collection: Collection, question: str) -> None:
    fill(collection, TEAS)
    assert len(by_words(collection, question)) <= 5


def test_meaning_finds_what_words_miss(collection: Collection) -> None:
    passages = fill(collection, TEAS)
    for number, passage in enumerate(passages):
        place(passage, *([0.0] * number), 1.0)
    question = retrieval.Question("which one keeps for years", [0.0, 1.0, *([0.1] * 6)], "m")
    ranked = retrieval.rank([collection], question, limit=5)
    assert ranked[0].passage_id == passages[1].pk
    assert (ranked[0].vector_rank, ranked[0].text_rank) == (1, None)


def test_another_models_vectors_are_not_compared(collection: Collection) -> None:
    passages = fill(collection, TEAS)
    place(passages[0], 1.0, model="old")
    question = retrieval.Question("Pu'er", [1.0, 0, 0, 0], "new")
    assert [ranked.similarity for ranked in retrieval.rank([collection], question, limit=5)] == [None]


def test_a_passage_without_a_vector_is_found_among_those_with_one(collection: Collection) -> None:
    passages = fill(collection, TEAS)
    for passage in passages[1:]:
        place(passage, 1.0, 0.1 * passage.ordinal)
    question = retrieval.Question("Longjing price in yuan", [1.0, *([0.0] * 7)], "m")
    assert retrieval.rank([collection], question, limit=1)[0].passage_id == passages[0].pk


def test_of_two_languages_both_are_among_those_found(collection: Collection) -> None:
    texts = [f"Delivery of order {number} takes two days." for number in range(6)]
    chinese = ["送货需要两天。", "可以退货。", "茶叶很香。"]
    passages = fill(collection, [*texts, *chinese])
    for passage in passages:
        place(passage, 1.0, 0.1 * passage.ordinal)
    question = retrieval.Question("How long does delivery take?", [1.0, *([0.0] * 7)], "m")

    ranked = retrieval.rank([collection], question, limit=6)

    assert [each.passage_id for each in ranked[-2:]] == [passages[6].pk, passages[7].pk]
    assert len(ranked) == 6


@pytest.mark.slow
def test_the_index_finds_a_small_collection_among_large_ones(
    collection: Collection, monkeypatch: pytest.MonkeyPatch, bob_actor: Actor
) -> None:
    """Filtering after the index would find nothing: all the nearest vectors are another organisation's."""
    monkeypatch.setattr(retrieval, "EXACT_PASSAGES", 0)
    others = Collection.objects.create(organisation=bob_actor.organisation, name="Other")
    for passage in fill(others, [f"other {number}" for number in range(400)], "others"):
        place(passage, 1.0, 0.001 * passage.ordinal)
    mine = fill(collection, TEAS)
    for passage in mine:
        place(passage, 0.5, 1.0, 0.1 * passage.ordinal)
    question = retrieval.Question("zzz", [1.0, *([0.0] * 7)], "m")
    ranked = retrieval.rank([collection], question, limit=10)
    assert {each.passage_id for each in ranked} == {passage.pk for passage in mine}


def test_a_search_never_leaves_its_collections(
    collection: Collection, alice_actor: Actor, bob_actor: Actor
) -> None:
    others = Collection.objects.create(organisation=bob_actor.organisation, name="Other")
    fill(others, TEAS, "others")
    fill(collection, ["Nothing about that here."])
    assert by_words(collection, "Longjing") == []
    found = selectors.search(alice_actor, collections=[collection], question="Longjing")
    assert found.hits == []


def test_several_collections_are_searched_as_one(collection: Collection) -> None:
    more = Collection.objects.create(organisation=collection.organisation, name="More")
    fill(collection, TEAS[:2])
    fill(more, TEAS[2:], "more")
    ranked = retrieval.rank([collection, more], retrieval.Question("green tea"), limit=10)
    assert len(ranked) == 3


def test_word_counts_follow_what_is_live(collection: Collection) -> None:
    fill(collection, TEAS)
    document = Document.objects.get()
    query = lexical.lexical_query([collection], "Longjing")
    assert query.candidate_terms == ["longj"]
    ingestion.withdraw(document)
    collection.refresh_from_db()
    assert lexical.lexical_query([collection], "Longjing").candidate_terms == []


@pytest.mark.parametrize(("model", "first"), [(language_means.MODEL, 0), ("another-model", 1)])
def test_in_another_language_what_a_passage_is_about_counts_and_not_how_near_the_language_is(
    collection: Collection, model: str, first: int
) -> None:
    means = np.load(language_means.FILE)
    chinese, english = (means[name].astype(float) for name in ("query_zh", "passage_en"))
    topic = np.eye(len(chinese))[0]
    passages = fill(collection, ["About it.", "Only near in its language."])
    for passage, vector in zip(passages, [english + 0.15 * topic, english + 0.5 * chinese], strict=True):
        sentence = vectors.texts_of([passage])[0]
        vectors.store(passage.document, [sentence], [(vector / np.linalg.norm(vector)).tolist()], model=model)
    asked = chinese + 0.25 * topic
    question = retrieval.Question("这是什么？", (asked / np.linalg.norm(asked)).tolist(), model)

    ranked = retrieval.rank([collection], question, limit=2)

    assert ranked[0].passage_id == passages[first].pk
    assert {each.passage_id: each.similarity for each in ranked} == pytest.approx(
        {passages[0].pk: 0.9, passages[1].pk: 0.916}, abs=0.03
    ), "how near they are is said as it is"
