"""JSON that strangers send."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from apps.core.errors import TooLarge

# Code that reads the value afterwards recurses into it.
DEEPEST = 32


class NotUsable(ValueError):
    """No JSON, or nested deeper than anything that is asked for here."""


class BoundedJSONParser(JSONParser):
    """The parser of every request of the API: refuses what is too long or nested too deeply."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raises TooLarge and ParseError."""
        # One byte beyond the limit tells that there is more, without reading all of it.
        content = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(content) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            return parse_json(content)
        except NotUsable as error:
            raise ParseError(
                _("The body is not UTF-8 JSON, or is nested more than %(most)d levels deep.")
                % {"most": DEEPEST}
            ) from error


def parse_json(content: bytes) -> Any:
    """Raises NotUsable. Python's own parser would end in a RecursionError, and takes NaN and Infinity, which are no
    JSON.
    """

    def refuse_constant(name: str) -> None:
        raise ValueError(name)

    try:
        value = json.loads(content.decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise NotUsable(str(error)) from error
    if _depth_exceeds(value, DEEPEST):
        raise NotUsable("nested too deeply")
    return value


def _depth_exceeds(value: object, levels: int) -> bool:
    # Layer by layer, as a recursion would end where the parser's did not.
    layer = [value]
    for _level in range(levels):
        layer = [
            inner
            for each in layer
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not layer:
            return False
    return any(isinstance(each, dict | list) for each in layer)
