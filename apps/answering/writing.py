"""A text that a model writes from sources, streamed, and then held against them sentence by sentence."""

from collections.abc import Sequence

from apps.answering import citation_check
from apps.answering.citation_check import CheckedAnswer
from apps.answering.passages import NumberedPassage
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from llm_backend import patterns
from llm_backend.prompts import RenderedPrompt

_TAGS = patterns.compile(r"^\s*+<(\w++)[^>]*+>|</\w++>\s*+$")


def written(
    run: JobRun, prompt: RenderedPrompt, sources: Sequence[NumberedPassage], *, question: str
) -> CheckedAnswer:
    """Streamed to the job's followers. Raises ModelError."""
    return checked_text(run, inference.stream(run, prompt).text, sources, question=question)


def checked_text(
    run: JobRun, text: str, sources: Sequence[NumberedPassage], *, question: str
) -> CheckedAnswer:
    """What a model wrote. Sentences that no source supports stay, marked: whoever reads it decides."""
    run.check()
    return citation_check.check_in_child(
        strip_wrapping(text), sources, question=question, similarity=inference.similarity(run)
    )


def strip_wrapping(text: str) -> str:
    """Small models repeat the tags and quotation marks around what they were given."""
    text = _TAGS.sub("", text.strip()).strip()
    for opening, closing in (('"', '"'), ("“", "”"), ("「", "」")):
        inside = text[1:-1]
        if text.startswith(opening) and text.endswith(closing) and not {opening, closing} & set(inside):
            return inside.strip()
    return text
