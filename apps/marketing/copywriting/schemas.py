"""The answer that a model is asked for: one text for each field of a channel."""

from functools import cache

from pydantic import BaseModel, ConfigDict, create_model

from apps.inference.services import StreamedText
from domain.marketing.copy_checks.channels import Channel, FieldRules


def fields_in_order(rules: Channel) -> list[FieldRules]:
    """The longest text last: it is the one that is read while it is written."""
    return sorted(rules.fields, key=lambda each: each.max_length)


def answer_schema(rules: Channel) -> type[BaseModel]:
    return _schema(tuple(each.key for each in fields_in_order(rules)))


def streamed_text(rules: Channel) -> StreamedText:
    """Where a model writes plain words instead of an object, they are the longest text."""
    keys = [each.key for each in fields_in_order(rules)]
    return StreamedText(keys[-1], is_shown=lambda members: True, plain=dict.fromkeys(keys[:-1], ""))


@cache
def _schema(keys: tuple[str, ...]) -> type[BaseModel]:
    fields: dict[str, object] = dict.fromkeys(keys, (str, ...))
    return create_model("Copy", __config__=ConfigDict(extra="forbid"), **fields)  # type: ignore[call-overload,no-any-return]
