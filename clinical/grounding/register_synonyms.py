"""Words of talk and of records that mean the same: who says “我妈走了” and who writes “母亲去世” name one thing."""

from llm_backend import patterns

# The first of each line names the others.
_SAME = (
    ("母亲", "妈妈", "妈", "mother", "mom", "mum", "mama"),
    ("父亲", "爸爸", "爸", "father", "dad"),
    ("祖父", "爷爷"),
    ("祖母", "奶奶"),
    ("外祖母", "姥姥", "外婆"),
    ("外祖父", "姥爷", "外公"),
    ("去世", "过世", "走的", "走了", "没的", "没了", "死的", "died", "passed away"),
    ("吸烟", "抽烟", "烟", "smoking", "smoke", "smokes", "smoked", "smoker", "cigarettes"),
    ("酒精",),
    ("饮酒", "喝酒", "酒", "alcohol", "drinking", "drink", "drinks"),
    ("药物", "药"),
    ("受伤", "受过伤"),
)
_NAMES = {name: names[0] for names in _SAME for name in names}
_LATIN = patterns.words(filter(str.isascii, _NAMES), before="(?<![a-z0-9])", after="(?![a-z0-9])")
_PATTERN = patterns.either(_LATIN, patterns.words(name for name in _NAMES if not name.isascii()))


def same_words(plain: str) -> list[tuple[str, int, int]]:
    """(name, start, end) of each, in a text that is normalised."""
    return [(_NAMES[match[0]], match.start(), match.end()) for match in _PATTERN.finditer(plain)]
