"""What a doctor's question is about, by the part of a record that its answer belongs to."""

from pathlib import Path

from clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS = Path(__file__).with_suffix(".toml")
# By language, the topics in the order in which they are tried.
_TOPICS = {
    "zh": read_patterns(_WORDS, "zh"),
    "en": read_patterns(_WORDS, "en", flags=patterns.IGNORECASE),
}
# “哪年切的？”, “How long?”: they go on about what was asked before.
_GOES_ON = patterns.compile(
    r"^\W*(?:那是|那这|哪年|哪一年|几年|多少年|多久|多长|吃了几|什么时候|几点|现在呢|呢|为什么|量呢"
    r"|how (?:long|often|much|many)|since when|when was|why|what (?:kind|dose|happened)|which|and now)",
    patterns.IGNORECASE,
)


def find_topic(question: str, before: str, *, in_chinese: bool) -> str:
    """The section of a plain note. `before`: of the question before it, which a bare “since when?” goes on about."""
    for section, pattern in _TOPICS["zh" if in_chinese else "en"].items():
        if pattern.search(question):
            return section
    # What no topic fits is asked about the complaint itself.
    return before if before and _GOES_ON.match(question) else "history_of_present_illness"
