"""Token counts without the model's tokeniser: close enough to budget a prompt, never to bill exactly.

Common tokenisers (Qwen, DeepSeek, Llama) need about 0.7 tokens for a Chinese character and about one token
for 3.5 characters of anything else. Both are rounded up, so that what fits here also fits the model.
"""

import math

from llm_backend import patterns

TOKENS_PER_CJK_CHARACTER = 0.75
CHARACTERS_PER_TOKEN = 3.5
_CJK = patterns.compile(r"[⺀-鿿가-힯豈-﫿！-￯]")


def count_tokens(text: str) -> int:
    wide = len(_CJK.findall(text))
    exact = wide * TOKENS_PER_CJK_CHARACTER + (len(text) - wide) / CHARACTERS_PER_TOKEN
    return math.ceil(exact)


def fit(text: str, tokens: int, *, ellipsis: str = "…") -> str:
    """The longest beginning of `text` within the budget, cut after a sentence or word where one is near."""
    if count_tokens(text) <= tokens:
        return text
    room = tokens - count_tokens(ellipsis)
    if room <= 0:
        return ""
    return _cut_nicely(text[: _characters_within(text, room)]) + ellipsis


def _characters_within(text: str, tokens: int) -> int:
    # More text never has fewer tokens, so the place is found by halving.
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if count_tokens(text[:middle]) <= tokens:
            low = middle
        else:
            high = middle - 1
    return low


def _cut_nicely(text: str) -> str:
    for marks in (("。", "！", "？", "\n", ". "), (" ", "，", "、")):
        nearest = max(text.rfind(mark) for mark in marks)
        # A nicer place further back would cost more text than it is worth.
        if nearest > len(text) * 0.7:
            return text[: nearest + 1].rstrip()
    return text
