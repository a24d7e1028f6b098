"""What a doctor's question is about, by the part of a record that its answer belongs to."""

from pathlib import Path

from domain.clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS = Path(__file__).with_suffix(".toml")
# By language, the topics in the order in which they are tried.
_TOPICS = {
    "zh": read_patterns(_WORDS, "zh"),
    "en": read_patterns(_WORDS, "en", flags=patterns.IGNORECASE),
}
# “哪年切的？”, “How long?”: they go on about what was asked before.
_GOES_ON = patterns.compile(
    r"^\W*(?:那是|那这|哪年|哪一年|几年|多少年|多久|多长|[吃用打服]了[几多]|什么时候|几点|(?:一[天次日顿周])?[喝抽吸吃用打]?(?:多少|几)|现在呢|呢|为什么|量呢"
    r"|how (?:long|often|much|many)|since when|when was|why|what (?:kind|dose|happened)|which|and now)",
    patterns.IGNORECASE,
)


_GENERAL_STATE = patterns.compile(
    r"精神|食欲|胃口|吃饭|饮食|吃得|睡眠|睡觉|睡得|大小便|体重|\b(?:appetite|sleep\w*|energy|weight)\b",
    patterns.IGNORECASE,
)
_PIECES = patterns.compile(r"[^，,。？?；;]+")


def is_of_general_state(question: str, told: str) -> bool:
    """“吃饭睡觉怎么样？”: all that was asked is the general state, or of several things it is what is told."""
    asked = [bool(_GENERAL_STATE.search(piece)) for piece in _PIECES.findall(question)]
    return any(asked) and (all(asked) or bool(_GENERAL_STATE.search(told)))


# What no topic fits is asked about the complaint itself.
COMPLAINT = "history_of_present_illness"


def named_topic(question: str, *, in_chinese: bool) -> str:
    """The section of a plain note that the words themselves name; empty where they name none."""
    topics = _TOPICS["zh" if in_chinese else "en"]
    return next((section for section, pattern in topics.items() if pattern.search(question)), "")


def goes_on(question: str) -> bool:
    """Whether it asks on about what was asked before: a bare “since when?”."""
    return bool(_GOES_ON.match(question))


def find_topic(question: str, before: str, *, in_chinese: bool) -> str:
    """The section of a plain note. `before`: of the question before it, which a bare “since when?” goes on about."""
    if section := named_topic(question, in_chinese=in_chinese):
        return section
    return before if before and goes_on(question) else COMPLAINT
