"""The client's side of embeddings, against the scripted engine."""

import pytest

from llm_backend import errors, providers
from llm_backend.embeddings import EmbeddingEndpoint
from tests.llm_backend.embedded_texts import embed_passages, embed_queries
from tests.scripted_engine_fixture import ScriptedEngine


def test_texts_go_in_batches_and_come_back_in_order(scripted_engine: ScriptedEngine) -> None:
    endpoint = EmbeddingEndpoint(scripted_engine.url, "m", batch_size=3)
    texts = [f"text {number}" for number in range(7)]
    vectors = embed_passages(endpoint, texts)
    assert vectors[6] == embed_passages(endpoint, ["text 6"])[0]
    sizes = [len(request["body"]["input"]) for request in scripted_engine.requests("embeddings")]
    assert sizes == [3, 3, 1, 1]


def test_our_own_server_is_told_what_it_gets(scripted_engine: ScriptedEngine) -> None:
    endpoint = EmbeddingEndpoint(scripted_engine.url, "m")
    embed_queries(endpoint, ["q"])
    embed_passages(endpoint, ["p"])
    bodies = [request["body"] for request in scripted_engine.requests("embeddings")]
    assert [(body["input"], body["input_type"]) for body in bodies] == [(["q"], "query"), (["p"], "passage")]


def test_a_foreign_server_gets_the_prefixes_of_its_model(scripted_engine: ScriptedEngine) -> None:
    vllm = providers.preset("vllm")
    endpoint = EmbeddingEndpoint(
        scripted_engine.url, "m", provider=vllm, query_prefix="query: ", passage_prefix="passage: "
    )
    embed_queries(endpoint, ["q"])
    [request] = scripted_engine.requests("embeddings")
    assert request["body"] == {"model": "m", "input": ["query: q"]}


@pytest.mark.parametrize(
    ("status", "expected"), [(500, errors.ModelUnavailable), (503, errors.ModelOverloaded)]
)
def test_failures_are_those_of_the_tree(
    scripted_engine: ScriptedEngine, status: int, expected: type[errors.ModelError]
) -> None:
    scripted_engine.script({"path": "embeddings", "status": status})
    with pytest.raises(expected):
        embed_queries(EmbeddingEndpoint(scripted_engine.url, "m"), ["q"])


def test_a_server_that_never_answers_is_given_up(scripted_engine: ScriptedEngine) -> None:
    scripted_engine.script({"path": "embeddings", "is_silent": True})
    with pytest.raises(errors.ModelUnavailable, match="in time"):
        embed_queries(EmbeddingEndpoint(scripted_engine.url, "m", timeout_seconds=0.1), ["q"])
