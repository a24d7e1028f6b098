"""Where in a transcript something was said, whatever it is called in the record.

Exact words first, then the same terms in another spelling (`3 days` for 三天), then most of the terms in their order
within a short stretch.
"""

from collections.abc import Iterator, Sequence

from domain.clinical.grounding.terms import alignment, coverage, find_run, missing_terms
from domain.clinical.records.record import Span, Statement
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.sentences import sentences
from llm_backend.wording import normalise

# Of the terms that are looked for.
MIN_ALIGNED_SHARE = 0.6
MAX_LINES = 4


def find_source(transcript: ClinicalTranscript, text: str, lines: Sequence[int] = ()) -> Span | None:
    """Where it was said: in the lines named, beside them, or anywhere when the words are the same.

    Lines that there are not, as a model may name them, do not count.
    """
    text, lines = text.strip(), known_lines(transcript, lines)
    if not patterns.search(r"\w", text):
        return None
    order = list(range(len(transcript.utterances)))
    if lines:
        # Models count lines badly: the words may stand in the line before or behind.
        order.sort(key=lambda number: min(abs(number - line) for line in lines))
    for find in (_find_exact, find_run):
        for number in order:
            if place := find(text, transcript.utterances[number].text):
                return _span(transcript, number, *place)
    alignments = [(*alignment(text, transcript.utterances[line].text), line) for line in lines or order]
    share, start, end, line = max(alignments, key=lambda each: each[0], default=(0.0, 0, 0, 0))
    return _span(transcript, line, start, end) if share >= MIN_ALIGNED_SHARE else None


def find_lines(transcript: ClinicalTranscript, text: str) -> list[int]:
    """The few lines that together hold most of its words, where nobody has named them. Counted from 0."""
    lines: list[int] = []
    lacking = text
    while lacking and len(lines) < MAX_LINES:
        shares = [(coverage(lacking, each.text), -line) for line, each in enumerate(transcript.utterances)]
        share, place = max(shares, default=(0.0, 0))
        if not share or -place in lines:
            break
        lines.append(-place)
        lacking = " ".join(missing_terms(lacking, transcript.utterances[-place].text))
    return sorted(lines)


def find_spans(statement: Statement, transcript: ClinicalTranscript, lines: Sequence[int]) -> list[Span]:
    """The spans it has already where they lie inside the transcript; else those of its value, and of what its wording
    adds from the other lines named.
    """
    length = len(transcript.text)
    own = [
        Span(
            start=span.start,
            end=span.end,
            utterance=transcript.utterance_at(span.start),
            seconds=transcript.seconds(span.start, span.end),
        )
        for span in statement.spans
        if 0 <= span.start < span.end <= length and transcript.text[span.start : span.end].strip()
    ]
    if own:
        return own
    first = find_source(transcript, statement.value or statement.text, lines)
    if first:
        others = [line for line in lines if line != first.utterance]
        lacking = " ".join(missing_terms(statement.text, transcript.utterances[first.utterance].text))
        return [first, *_aligned_spans(transcript, lacking, others)]
    is_of_several_lines = not statement.value and len(lines) > 1
    return list(_aligned_spans(transcript, statement.text, lines)) if is_of_several_lines else []


def known_lines(transcript: ClinicalTranscript, lines: Sequence[int]) -> list[int]:
    return [line for line in lines if 0 <= line < len(transcript.utterances)]


def spoken_text(transcript: ClinicalTranscript, spans: Sequence[Span], lines: Sequence[int]) -> str:
    """The sentences that the spans lie in, and the whole of the lines named."""
    texts = []
    for number, utterance in enumerate(transcript.utterances):
        offset, end = transcript.bounds(number)
        places = [(s.start - offset, s.end - offset) for s in spans if s.start < end and s.end > offset]
        if number in lines:
            texts.append(utterance.text)
        elif places:
            utterance_texts = [
                sentence.text
                for sentence in sentences(utterance.text)
                if any(sentence.start < end and sentence.end > start for start, end in places)
            ]
            texts.append(" ".join(utterance_texts) or utterance.text)
    return "\n".join(texts)


def _find_exact(text: str, line: str) -> tuple[int, int] | None:
    """As whole words: 5 does not stand in 15."""
    plain, plain_line = normalise(text), normalise(line)
    front = r"(?<![a-z0-9.])" if patterns.match(r"[a-z0-9]", plain) else ""
    back = r"(?![a-z0-9]|\.\d)" if patterns.search(r"[a-z0-9]$", plain) else ""
    match = patterns.words([plain], before=front, after=back).search(plain_line)
    return match.span() if match else None


def _aligned_spans(transcript: ClinicalTranscript, text: str, lines: Sequence[int]) -> Iterator[Span]:
    for line in lines:
        share, start, end = alignment(text, transcript.utterances[line].text)
        if share:
            yield _span(transcript, line, start, end)


def _span(transcript: ClinicalTranscript, number: int, start: int, end: int) -> Span:
    offset = transcript.starts[number]
    start, end = offset + start, offset + end
    return Span(start=start, end=end, utterance=number, seconds=transcript.seconds(start, end))
