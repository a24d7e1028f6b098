"""The platform's own sentences around what documents say, in the reader's language."""

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from apps.answering import messages
from apps.core import punctuation

NOT_FOUND_ALSO = _("I could not find this in our documents: %(question)s")
ABOUT = _("About “%(topic)s” our documents say:")


def say(language: str, *sentences: str, **values: str) -> str:
    """Sentences of our own one after the other."""
    with translation.override(language):
        texts = [gettext(sentence) % values if values else gettext(sentence) for sentence in sentences]
    return join(language, texts)


def join(language: str, texts: Iterable[str]) -> str:
    """Sentences that are in this language already, as one text."""
    return ("" if language == messages.CHINESE else " ").join(texts)


def colon(language: str) -> str:
    with translation.override(language):
        return punctuation.colon()
