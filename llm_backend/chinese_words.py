"""Where Chinese words begin and end."""

import logging
from functools import cache
from typing import Any


@cache
def segmenter() -> Any:
    """jieba, loaded by whoever cuts a text first: most processes never do. It would tell of its dictionary."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba
