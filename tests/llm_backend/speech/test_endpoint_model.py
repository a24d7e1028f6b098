"""Against a real HTTP server that answers as it was told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from llm_backend import errors
from llm_backend.speech.endpoint_model import TranscriptionEndpoint
from tests.llm_backend.speech import sounds

ANSWER = {
    "text": " Aspirin twice.",
    "language": "english",
    "segments": [
        {"start": 0.0, "end": 1.5, "text": " Aspirin twice.", "no_speech_prob": 0.1, "avg_logprob": -0.2}
    ],
    "words": [{"word": "Aspirin", "start": 0.1, "end": 0.7}, {"word": "twice", "start": 0.8, "end": 1.4}],
}


class SpeechServer(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers: list[tuple[int, Any]] = []
        self.bodies: list[bytes] = []


class Answering(BaseHTTPRequestHandler):
    server: SpeechServer

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.server.answers.pop(0)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status if self.path == "/v1/audio/transcriptions" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with SpeechServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def endpoint(server: SpeechServer) -> TranscriptionEndpoint:
    return TranscriptionEndpoint(f"http://127.0.0.1:{server.server_port}/v1", "whisper-large-v3", "secret")


def test_words_and_language_are_read(server: SpeechServer, endpoint: TranscriptionEndpoint) -> None:
    server.answers = [(200, ANSWER)]
    heard = endpoint.hear(sounds.music(2), languages=("zh", "en"), prompt="Aspirin")
    assert heard.language == "en"
    assert [word.text for word in heard.phrases[0].words] == ["Aspirin", "twice"]
    assert b"whisper-large-v3" in server.bodies[0]
    assert b"verbose_json" in server.bodies[0]
    assert b"RIFF" in server.bodies[0]


def test_a_language_that_is_not_allowed_is_asked_for_again(
    server: SpeechServer, endpoint: TranscriptionEndpoint
) -> None:
    server.answers = [(200, ANSWER | {"language": "french"}), (200, ANSWER)]
    assert endpoint.hear(sounds.music(1), languages=("zh", "en"), prompt="").language == "zh"
    assert b'name="language"' in server.bodies[1]


def test_a_server_that_sends_text_alone_is_enough(
    server: SpeechServer, endpoint: TranscriptionEndpoint
) -> None:
    server.answers = [(200, {"text": "hello"})]
    (phrase,) = endpoint.hear(sounds.music(1), languages=("en",), prompt="").phrases
    assert (phrase.text, phrase.start, phrase.end) == ("hello", 0, 1)


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (401, {"error": "no"}, errors.ModelRefusedKey),
        (404, {"error": "no such model"}, errors.ModelRejectedRequest),
        (503, {"error": "busy"}, errors.ModelOverloaded),
        (200, b"<html>", errors.ModelUnavailable),
        (200, {"segments": []}, errors.ModelUnavailable),
        (200, {"text": "x", "segments": [{"text": "x"}]}, errors.ModelUnavailable),
    ],
)
def test_failures_say_what_is_wrong(
    status: int,
    answer: object,
    error: type[errors.ModelError],
    server: SpeechServer,
    endpoint: TranscriptionEndpoint,
) -> None:
    server.answers = [(status, answer)]
    with pytest.raises(error):
        endpoint.hear(sounds.music(1), languages=("en",), prompt="")


def test_a_server_that_is_away_is_said_to_be() -> None:
    with pytest.raises(errors.ModelUnavailable):
        TranscriptionEndpoint("http://127.0.0.1:9/v1", "x").hear(
            sounds.music(1), languages=("en",), prompt=""
        )
