"""Whether an answer says which model wrote it."""

from llm_backend import patterns

# “deepseek-ai/DeepSeek-V3” calls itself DeepSeek, “Qwen2.5-7B-Instruct” Qwen. Shorter ones are words of any text, and so is
# what stands behind them: the “mini” of gpt-4o-mini is part of “minimum”.
_FAMILY = patterns.compile(r"[^\W\d_]{4,}")
# Families by a word that no other text has, and what they call themselves besides, in Chinese or by a maker whom other
# answers hardly name.
_ALSO_CALLED = {
    "baichuan": ("百川",),
    "chatglm": ("智谱", "清言"),
    "claude": ("anthropic",),
    "deepseek": ("深度求索",),
    "doubao": ("豆包",),
    "ernie": ("文心一言", "文心大模型"),
    "glm": ("智谱", "清言"),
    "gpt": ("openai", "chatgpt"),
    "hunyuan": ("混元",),
    "internlm": ("书生·浦语", "书生浦语"),
    "kimi": ("月之暗面", "moonshot"),
    "llama": ("meta ai",),
    "moonshot": ("kimi", "月之暗面"),
    "qwen": ("通义", "千问"),
    "spark": ("星火认知", "讯飞星火"),
}


def tells_name(text: str, model: str) -> bool:
    """Whether the name of the model's family occurs, also within a word: rather once too often than a vote too many."""
    name = model.rpartition("/")[2].casefold()
    family = _FAMILY.match(name)
    return _occurs(text, [*([family[0]] if family else []), *_known_names(name)])


def tells_title(text: str, title: str) -> bool:
    """Whether a family occurs that people named an endpoint by: other words of such a title, no model knows."""
    return _occurs(text, _known_names(title.casefold()))


def _known_names(name: str) -> list[str]:
    return [each for known, others in _ALSO_CALLED.items() if known in name for each in (known, *others)]


def _occurs(text: str, names: list[str]) -> bool:
    said = text.casefold()
    return any(each in said for each in names)
