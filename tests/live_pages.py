"""What a page says to a browser that stays open."""

import re


def follows_jobs(page: str) -> bool:
    """Whether some part of it fetches itself anew when a job moves: it names one that is under way."""
    return re.search(r'data-jobs="[0-9a-f-]{36}', page) is not None
