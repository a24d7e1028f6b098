from llm_backend import patterns

_NOT_TEXT = patterns.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff]")


def clean(text: str) -> str:
    """As a database and a page can hold it: without control characters and halves of surrogate pairs."""
    return _NOT_TEXT.sub("", text)
