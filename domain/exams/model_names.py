"""Whether an answer says which model wrote it."""

from llm_backend import patterns

# “deepseek-ai/DeepSeek-V3” calls itself DeepSeek, “Qwen2.5-7B-Instruct” Qwen. Shorter ones are words of any text.
_FAMILY = patterns.compile(r"[^\W\d_]{4,}")


def tells_name(text: str, model: str) -> bool:
    """Whether the name of the model's family occurs, also within a word: rather once too often than a vote too many."""
    family = _FAMILY.search(model.rpartition("/")[2])
    return family is not None and family[0].casefold() in text.casefold()
