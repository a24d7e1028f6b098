"""The checks of an endpoint that reads aloud: a sentence in each language becomes sound of a length that fits it."""

from functools import partial

from llm_backend.contract.checks import Check
from llm_backend.contract.results import Finding, failure, success
from llm_backend.contract.subject import Subject
from llm_backend.decoding import Usage
from llm_backend.errors import gettext_noop
from llm_backend.speech.synthesis import SAMPLE_RATE, SynthesisEndpoint, synthesise

# The one that OpenAI's own server has from the beginning on; others take the name for one of theirs.
VOICE = "alloy"
SENTENCES = {
    "zh": "早上好，茶已经泡好了，请慢用。",
    "en": "Good morning. The tea is ready, please take your time.",
}
# Slow and fast speakers need 2 to 6 seconds for either.
MIN_SECONDS, MAX_SECONDS = 1.0, 12.0


async def check_voice(subject: Subject, *, language: str) -> Finding:
    text, server = SENTENCES[language], subject.endpoint
    subject.usage = Usage(len(text), is_estimated=True)
    endpoint = SynthesisEndpoint(
        server.url,
        server.model,
        server.api_key,
        server.provider,
        timeout_seconds=subject.check_seconds,
        guard=server.guard,
    )
    seconds = round(len(await synthesise(endpoint, text, voice=VOICE)) / SAMPLE_RATE, 1)
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        return failure(gettext_noop("The sentence became %(seconds)s s of audio."), seconds=seconds)
    return success(gettext_noop("The sentence was read aloud in %(seconds)s s of audio."), seconds=seconds)


CHECKS: dict[str, Check] = {
    "voice_chinese": partial(check_voice, language="zh"),
    "voice_english": partial(check_voice, language="en"),
}
