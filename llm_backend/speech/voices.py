"""The voices of Kokoro-82M that come with it, by the names that its authors gave them.

The first letter is the language that a voice learnt to speak (z Chinese, a American English), the second f or m.
"""

MODEL_NAME = "kokoro-82m"
CHINESE = ("zf_xiaobei", "zf_xiaoxiao", "zm_yunxi", "zm_yunjian")
ENGLISH = ("af_heart", "af_bella", "am_michael", "am_fenrir")
# What clients ask OpenAI's server for: here by whoever speaks the text's language, man or woman as there.
OPENAI_NAMES = {
    "alloy": (CHINESE[0], ENGLISH[0]),
    "nova": (CHINESE[0], ENGLISH[1]),
    "shimmer": (CHINESE[1], ENGLISH[1]),
    "echo": (CHINESE[2], ENGLISH[2]),
    "onyx": (CHINESE[3], ENGLISH[3]),
}


def voice(name: str, *, is_chinese: bool) -> str | None:
    """The voice of this name for a text in this language; None for an unknown name."""
    if name in CHINESE or name in ENGLISH:
        return name
    pair = OPENAI_NAMES.get(name)
    return pair and pair[0 if is_chinese else 1]
