"""Which names stand before a secret: `client_secret`, `DB_PASSWORD`, `登录密码`; not `password_reset`, `token_count`.

A name is looked at whole, word by word. What it ends in decides, since that is what the value is: `token_count` is a
count and `secret_santa` a Santa. Words that only say which of several it is (`new_password_2`) are passed over.
"""

import tomllib
from functools import lru_cache
from pathlib import Path

from llm_backend import patterns

WORDS: dict[str, tuple[str, ...]] = {
    name: tuple(words.split())
    for name, words in tomllib.loads(
        Path(__file__).with_name("secret_words.toml").read_text(encoding="utf-8")
    ).items()
}
_WORD = patterns.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_A-Za-z]+")


@lru_cache(maxsize=4096)
def secret_class(name: str) -> str:
    """`password` or `token`, by what is expected behind the name; empty where nothing secret is."""
    words = [word.lower() for word in _WORD.findall(name[-100:])]
    while len(words) > 1 and (words[-1] in WORDS["qualifiers"] or words[-1].isdigit()):
        words.pop()
    if not words:
        return ""
    last, owner = words[-1], "".join(words[-2:-1])
    if last in WORDS["passwords"] or last.endswith(WORDS["password_ends"]):
        return "password"
    is_key = last == "key" and owner in WORDS["key_owners"]
    is_token = last in WORDS["tokens"] or last.endswith(WORDS["token_ends"])
    return "token" if is_key or is_token or words[-2:] == ["session", "id"] else ""
