"""A large collection whose documents belong to groups, made without reading or embedding anything."""

import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection

from apps.accounts import group_roles
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.knowledge import access_control, lexical, retrieval, vectors
from apps.knowledge.models import AccessGrant, Collection, Document, Passage, PassageVector, TermCount
from apps.knowledge.retrieval import Question
from apps.knowledge.rights import Reader
from benchmarks.organisations import evaluation_actor

PASSAGES_OF_A_DOCUMENT = 50
GROUPS_OF_THE_MEMBER = 20
WORDS, WORDS_OF_A_PASSAGE = 20_000, 60
MODEL, DIMENSIONS = "random", 64
ROWS_AT_ONCE = 2000


def measure(passages: int, groups: int, searches: int) -> dict[str, Any]:
    chance, vector_chance = random.Random(1), np.random.default_rng(1)
    owner = evaluation_actor()
    collection = Collection.objects.create(organisation=owner.organisation, name="Library", language="en")
    documents = _fill(owner, collection, passages, groups, chance, vector_chance)
    member = _member_of(owner, [f"group{number}" for number in range(GROUPS_OF_THE_MEMBER)])
    collection.refresh_from_db()
    seconds: dict[str, list[float]] = {"owner": [], "member": []}
    for _ in range(searches):
        vector = vector_chance.normal(size=DIMENSIONS).tolist()
        question = Question(_words(chance, 6), vector, MODEL)
        for name, reader in (("owner", Reader.of(owner)), ("member", Reader.of(member))):
            start = time.perf_counter()
            retrieval.rank([collection], question, reader=reader, limit=6)
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    return {
        "passages": passages,
        "documents": len(documents),
        "owner_p50_ms": round(medians["owner"] * 1000, 1),
        "member_p50_ms": round(medians["member"] * 1000, 1),
        "slower_pct": round((medians["member"] / medians["owner"] - 1) * 100, 1),
        "revoked_s": _seconds_to_revoke(owner, member, collection),
    }


def _fill(
    owner: Actor,
    collection: Collection,
    passages: int,
    groups: int,
    chance: random.Random,
    vector_chance: Any,
) -> list[Document]:
    of_owner = {"organisation": owner.organisation, "collection": collection}
    names = (
        (n, {"title": f"Book {n}", "file_name": f"{n}"}) for n in range(passages // PASSAGES_OF_A_DOCUMENT)
    )
    documents = Document.objects.bulk_create(
        Document(**of_owner, **named, digest=f"{n}", is_live=True, is_restricted=n % 2 == 0)
        for n, named in names
    )
    restricted = (each for each in documents if each.is_restricted)
    AccessGrant.objects.bulk_create(
        AccessGrant(**of_owner, document=each, group=f"group{chance.randrange(groups)}")
        for each in restricted
    )
    counts: Counter[str] = Counter()
    texts = (_words(chance, WORDS_OF_A_PASSAGE) for _ in range(passages))
    made = _passages(of_owner, collection, documents, texts, counts)
    while some := list(islice(made, ROWS_AT_ONCE)):
        rows = Passage.objects.bulk_create(some)
        vector_rows = vector_chance.normal(size=(len(rows), DIMENSIONS)).tolist()
        PassageVector.objects.bulk_create(
            PassageVector(
                **of_owner, passage=row, ordinal=0, end=len(row.text), embedding_model=MODEL, embedding=vector
            )
            for row, vector in zip(rows, vector_rows, strict=True)
        )
    terms = (TermCount(**of_owner, term=term[:64], passages_count=count) for term, count in counts.items())
    TermCount.objects.bulk_create(terms, batch_size=ROWS_AT_ONCE)
    Collection.objects.filter(pk=collection.pk).update(passages_count=passages)
    vectors.ensure_index(DIMENSIONS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return documents


def _words(chance: random.Random, count: int) -> str:
    return " ".join(f"word{chance.randrange(WORDS)}" for _ in range(count))


def _passages(
    of_owner: dict[str, Any],
    collection: Collection,
    documents: list[Document],
    texts: Iterator[str],
    counts: Counter[str],
) -> Iterator[Passage]:
    """Counts in how many of them each term occurs."""
    for number, text in enumerate(texts):
        book, ordinal = divmod(number, PASSAGES_OF_A_DOCUMENT)
        terms = lexical.terms_of(text)
        counts.update(set(terms))
        passage = Passage(**of_owner, document=documents[book], ordinal=ordinal, text=text, is_live=True)
        passage.lexemes = lexical.lexemes(collection, terms)
        passage.term_weights = lexical.sparse_vector(lexical.passage_weights(terms))
        yield passage


def _member_of(owner: Actor, groups: list[str]) -> Actor:
    user = User.objects.create_user("reader@tea.example", None, name="Reader")
    member = Membership.objects.create(organisation=owner.organisation, user=user, role="admin")
    group_roles.keep_groups(owner.organisation, user, groups)
    member.refresh_from_db()
    return Actor.from_member(member)


def _seconds_to_revoke(owner: Actor, member: Actor, collection: Collection) -> float:
    """Of a document that only this member may read, found by a word of its own."""
    document = Document.objects.filter(collection=collection, is_restricted=True).first()
    if document is None or member.member is None:
        raise TypeError("No document of the collection is restricted.")
    passage = Passage.objects.filter(document=document).first()
    grant = access_control.grant(owner, document, member=member.member.pk)
    question = Question(passage.text if passage else "")
    start = time.perf_counter()
    access_control.revoke(owner, document, grant=grant.pk)
    while any(
        Passage.objects.filter(pk=each.passage_id, document=document).exists()
        for each in retrieval.rank([collection], question, reader=Reader.of(member), limit=6)
    ):
        time.sleep(0.01)
    return round(time.perf_counter() - start, 3)
