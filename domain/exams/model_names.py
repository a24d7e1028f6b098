"""Whether an answer says which model wrote it."""

from llm_backend import patterns

# “deepseek-ai/DeepSeek-V3” calls itself DeepSeek, “Qwen2.5-7B-Instruct” Qwen. Shorter ones are words of any text.
_FAMILY = patterns.compile(r"[^\W\d_]{4,}")
# What families call themselves besides, in Chinese or by a maker whom other answers hardly name.
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
    "qwen": ("通义", "千问"),
    "spark": ("星火认知", "讯飞星火"),
}


def tells_name(text: str, model: str) -> bool:
    """Whether the name of the model's family occurs, also within a word: rather once too often than a vote too many."""
    name, said = model.rpartition("/")[2].casefold(), text.casefold()
    family = _FAMILY.search(name)
    names = [family[0]] if family else []
    names += [other for known, others in _ALSO_CALLED.items() if known in name for other in others]
    return any(each in said for each in names)
