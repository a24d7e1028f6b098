"""Yes or no, and how sure: from the chances of the first word, so the answer is known as soon as that is written."""

from collections.abc import Sequence
from functools import partial

from llm_backend import chat
from llm_backend.decoding import Token, share_of_no

YES, NO = ("yes", "是", "对"), ("no", "否", "不", "没")


class YesOrNo:
    """Reads one answer while it is written."""

    def __init__(self) -> None:
        self._chance: float | None = None

    def see(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if self._chance is None and token.text.strip():
                self._chance = share_of_no(token.chances, partial(_is_one_of, YES), partial(_is_one_of, NO))

    def take(self, text: str, _reasoning: str) -> None:
        """Raises Enough at the first word."""
        if text.strip():
            raise chat.Enough

    def chance_of_no(self, answer: str) -> float:
        """What is neither yes nor no counts as no: whoever asks wants a clear yes."""
        if self._chance is not None:
            return self._chance
        return 0.0 if answer.strip().lower().startswith(YES) else 1.0


def _is_one_of(words: tuple[str, ...], token: str) -> bool:
    """Small models now and then set their one word in quotation marks, or in bold."""
    return token.strip(' "*').lower() in words
