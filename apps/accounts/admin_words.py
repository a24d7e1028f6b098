"""What columns of the admin and codes in them are called, in words."""

from typing import TypeVar

from django.utils.translation import gettext, pgettext_lazy

from apps.core.errors import ApplicationError, Text
from llm_backend.errors import ModelError

Error = TypeVar("Error", ApplicationError, ModelError)
PREFIXES, SUFFIX = ("is_", "has_"), "_at"
# What Django calls otherwise than this platform does.
DJANGO_FIELDS: dict[str, Text] = {
    "is_superuser": pgettext_lazy("column", "operator"),
    "is_staff": pgettext_lazy("column", "may open the admin"),
}


def column_words(name: str) -> Text:
    """`created_at` is “created”, `is_active` is “active”. Their Chinese stands in the catalogue, in the context “column”."""
    if name in DJANGO_FIELDS:
        return DJANGO_FIELDS[name]
    words = name
    for prefix in PREFIXES:
        words = words.removeprefix(prefix)

    words = words.removesuffix(SUFFIX)
    words = words.replace("_ms", " (ms)").replace("_", " ")
    return pgettext_lazy("column", words.replace("api key", "API key"))


def error_codes() -> dict[str, Text]:
    """The code of every error that a job or a call may end with → what people are told."""
    errors: dict[str, Text] = {error.code: error.message for error in _tree(ApplicationError)}
    return errors | {error.code: gettext(error.message) for error in _tree(ModelError)}


def _tree(root: type[Error]) -> list[type[Error]]:
    classes = [root]
    for child in root.__subclasses__():
        classes += _tree(child)
    return classes
