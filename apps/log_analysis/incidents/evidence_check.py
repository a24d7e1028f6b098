"""Whether a record may be shown to a model, and whether what the model wrote stands in records. Knows no Django."""

from llm_backend import grounding, patterns
from llm_backend.sentences import is_chinese
from llm_backend.wording import Wording, normalise

# Of a sentence's weighty words, those that its records must hold. A small model fills up with what is usually said of
# failures, or with words of its instructions.
MIN_COVERAGE = 0.5

# A program that fails speaks to nobody; a line that speaks to its reader was written to be obeyed.
INSTRUCTING_WORDS = (
    "ignore previous",
    "ignore all previous",
    "ignore the above",
    "ignore your",
    "disregard previous",
    "disregard the above",
    "disregard all",
    "forget your instructions",
    "your instructions",
    "new instructions",
    "system prompt",
    "you are an ai",
    "as an ai",
    "you must answer",
    "you must say",
    "respond only with",
    "answer only with",
    "忽略之前",
    "忽略以上",
    "忽略上面",
    "忽略所有",
    "无视之前",
    "无视以上",
    "你的指令",
    "系统提示",
    "你必须回答",
)
# Names of the field that `grounding` takes for plain words: checkout_db, payment-api, com.shop.Pool, maxActive.
_IDENTIFIER = patterns.compile(
    r"(?<![A-Za-z0-9])[A-Za-z][a-z0-9]*+(?:[._/-][A-Za-z0-9]++|[A-Z][A-Za-z0-9]*+)++"
)


def is_instructing(text: str) -> bool:
    """Whether a record speaks to a reader, as no program does that reports what it is doing."""
    plain = " ".join(text.casefold().split())
    return any(words in plain for words in INSTRUCTING_WORDS)


def is_grounded(claim: str, source: str) -> bool:
    """Whether the names and numbers of a claim stand in the source, and it is about the same."""
    plain_source = source.casefold()
    names = _IDENTIFIER.findall(claim)
    return all(name.casefold() in plain_source for name in names) and grounding.is_faithful(claim, source)


def is_told(sentence: str, source: str) -> bool:
    """Whether the source tells it: grounded, and in its words where both are in one language."""
    if not is_grounded(sentence, source):
        return False
    is_foreign = is_chinese(sentence) != is_chinese(source)
    return is_foreign or Wording.of(normalise(source)).coverage([normalise(sentence)]) >= MIN_COVERAGE
