"""What a brief says to whoever writes, its goal and its audience, printed to whoever reads: “让老客户在活动期间下单”."""

from collections.abc import Iterator, Sequence

from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.folding import TOKEN, Span, fold

# A run as long as that is no accident; a line that is shorter counts as a whole, down to SHORTEST. An audience is named
# to readers in a word or two (“爱喝茶的人”), so that it has more room. Chinese letters, then English words.
GOAL_RUN, AUDIENCE_RUN, SHORTEST = (6, 4), (8, 5), (4, 3)


def internal_passages(text: str, brief: BriefFacts) -> list[Span]:
    """In the order of the text, what overlaps joined; what a fact says as well is the reader's, too."""
    folded = fold(text).tight
    tokens = [(match[0], Span(*match.span())) for match in TOKEN.finditer(folded.plain)]
    facts = _run_text(_tokens(brief.text))
    passages: list[Span] = []
    for start, end in sorted(set(_runs([name for name, _ in tokens], brief, facts))):
        span = folded.span(tokens[start][1].start, tokens[end - 1][1].end)
        if passages and span.start <= passages[-1].end:
            passages[-1] = Span(passages[-1].start, max(passages[-1].end, span.end))
        else:
            passages.append(span)
    return passages


def _runs(tokens: Sequence[str], brief: BriefFacts, facts: str) -> Iterator[tuple[int, int]]:
    for line, lengths in ((brief.goal, GOAL_RUN), (brief.audience, AUDIENCE_RUN)):
        words = _tokens(line)
        language = 0 if any("㐀" <= word <= "鿿" for word in words) else 1
        length = min(lengths[language], len(words)) if line is brief.goal else lengths[language]
        if length < SHORTEST[language]:
            continue
        wanted = {_run_text(words[place : place + length]) for place in range(len(words) - length + 1)}
        wanted = {run for run in wanted if run not in facts}
        for place in range(len(tokens) - length + 1):
            if _run_text(tokens[place : place + length]) in wanted:
                yield place, place + length


def _tokens(text: str) -> list[str]:
    return TOKEN.findall(fold(text).tight.plain)


def _run_text(tokens: Sequence[str]) -> str:
    """With a space around each, so that no word is found inside of another."""
    return f" {' '.join(tokens)} "
