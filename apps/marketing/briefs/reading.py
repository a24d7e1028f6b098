"""What a page or a document says, and which facts a model finds in it: a fact stands in a sentence, word for word."""

from collections.abc import Sequence
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from apps.core import ssrf_guard
from apps.core.errors import UnsupportedContent
from apps.inference import calls, prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from apps.knowledge import reader
from apps.marketing.briefs.fact_lines import MAX_NAME_CHARACTERS, MAX_VALUE_CHARACTERS
from apps.marketing.briefs.models import BriefSource
from apps.marketing.briefs.schemas import ProposedFacts
from domain.documents.blocks import markdown_of
from llm_backend.sentences import sentences

PROMPT = Path(__file__).parent / "prompts" / "propose_facts.md"
PAGE_SECONDS, PAGE_CHARACTERS = 20.0, 600_000
# As much as a model with a small context reads at once; a product is described at the top of its page.
MAX_TEXT_CHARACTERS, MAX_SENTENCES = 6_000, 80
MAX_SENTENCE_CHARACTERS = 600
UNREADABLE = {
    "page_away": _("The page did not respond. Check the address and that it is public."),
    "page_refused": _(
        "The page could not be opened. It may have moved: use the final address shown in the browser."
    ),
    "no_facts": _("No text to extract facts from."),
}


def text_of(run: JobRun, source: BriefSource) -> str:
    """Raises UnsupportedContent."""
    if source.kind == BriefSource.SourceType.PAGE:
        content, name = _page(run, source.name), "page.html"
    else:
        content, name = bytes(source.content), source.name
    with reader.on_disk(content) as path:
        blocks = reader.read(path, name, check=run.check).blocks
    return markdown_of(blocks)


def propose_facts(run: JobRun, product: str, text: str) -> list[tuple[str, str, str]]:
    """(name, value, sentence) of what a model finds, as far as the value stands in the text. Raises UnsupportedContent
    for a text without sentences.
    """
    lines = _sentences(text)
    if not lines:
        raise UnsupportedContent(UNREADABLE["no_facts"], code="no_facts")
    prompt = prompts.load(run.job.organisation, PROMPT).render(product=product, sentences=lines)
    answer = inference.extract(run, prompt, ProposedFacts)
    proposed = {}
    for fact in answer.facts:
        name, value = " ".join(fact.name.split()), " ".join(fact.value.split())
        sentence = _sentence_with(value, lines, fact.sentence)
        if sentence and name and len(name) <= MAX_NAME_CHARACTERS and len(value) <= MAX_VALUE_CHARACTERS:
            proposed[name, value] = sentence
    return [(name, value, sentence) for (name, value), sentence in proposed.items()]


def _page(run: JobRun, url: str) -> bytes:
    """Through the guard: nothing of this server's own network, and no redirect, is followed."""
    message = ssrf_guard.Message(
        url,
        headers={"Accept": "text/html, text/plain;q=0.5", "User-Agent": "Kongming-Briefs/1"},
        method="GET",
        seconds=PAGE_SECONDS,
        characters=PAGE_CHARACTERS,
    )
    answer = calls.wait_for(run, ssrf_guard.send(message))
    if answer.status is None:
        raise UnsupportedContent(UNREADABLE["page_away"], code="page_away")
    if not answer.is_accepted:
        raise UnsupportedContent(UNREADABLE["page_refused"], code="page_refused")
    return answer.text.encode()


def _sentences(text: str) -> list[str]:
    lines: list[str] = []
    for sentence in sentences(text[:MAX_TEXT_CHARACTERS]):
        line = " ".join(sentence.text.split())[:MAX_SENTENCE_CHARACTERS]
        if len(line) > 1 and line not in lines:
            lines.append(line)
    return lines[:MAX_SENTENCES]


def _sentence_with(value: str, lines: Sequence[str], number: int) -> str:
    """The named sentence, or else the first one that holds the value: small models count badly."""
    named = lines[number - 1 : number] if number > 0 else []
    plain = value.casefold()
    return next((line for line in [*named, *lines] if plain and plain in line.casefold()), "")
