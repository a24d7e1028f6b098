"""The embedded embedding server for one measurement, and texts embedded by it."""

import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from benchmarks import progress
from benchmarks.waiting import wait_for_server
from domain.text.understanding.examples import Examples, Floats, of_names, spoken_name
from llm_backend import embeddings, event_loop
from llm_backend.embeddings import EmbeddingEndpoint
from stack.layout import PROJECT_ROOT
from stack.ports import free_port
from stack.tied_process import run_tied

START_SECONDS = 60
TEXTS_AT_ONCE = 128


@dataclass(frozen=True)
class Embedder:
    """Embeds as the platform does: a message is a query."""

    endpoint: EmbeddingEndpoint

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Each different text once."""
        bare = [text.replace("\0", " ").strip() or " " for text in texts]
        different, rows = list(dict.fromkeys(bare)), dict[str, list[float]]()
        for some in progress.in_parts("texts", different, TEXTS_AT_ONCE):
            vectors = event_loop.run(embeddings.embed(self.endpoint, some, "query")).vectors
            rows |= zip(some, vectors, strict=True)
        return np.array([rows[text] for text in bare], dtype=np.float32)

    def examples(self, rows: Sequence[tuple[str, str]]) -> Examples:
        """Of (text, label)."""
        texts = [text for text, _ in rows]
        return Examples(texts, self.vectors(texts), [label for _, label in rows])

    def names(self, labels: Sequence[str]) -> Examples:
        names = sorted(set(labels))
        return of_names(names, self.vectors([spoken_name(name) for name in names]))


@contextmanager
def embedder() -> Iterator[Embedder]:
    """Starts the server on a free port and stops it afterwards."""
    port, key = free_port(), secrets.token_hex(8)
    command = [sys.executable, "-m", "llm_backend.engines.embedding_server", "--port", str(port)]
    with run_tied(command, cwd=PROJECT_ROOT, env={"EMBEDDING_API_KEY": key, "PATH": ""}) as server:
        wait_for_server(server, f"http://127.0.0.1:{port}/health", seconds=START_SECONDS)
        yield Embedder(EmbeddingEndpoint(f"http://127.0.0.1:{port}/v1", "multilingual-e5-small", key))
