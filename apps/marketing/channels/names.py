"""The built-in channels in the reader's language."""

from collections.abc import Mapping

from django.utils.translation import get_language

from domain.marketing.copy_checks.channels import Channel, channels


def is_chinese_reader() -> bool:
    return (get_language() or "").startswith("zh")


def channel_name(key: str) -> str:
    """The name of a channel; the bare key of one that is not built in any more."""
    channel = channels().get(key)
    return _name(channel) if channel else key


def channel_choices() -> list[tuple[str, str]]:
    return [(key, _name(channel)) for key, channel in channels().items()]


def in_order(channel: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Texts as the channel orders its fields; the database has an order of its own."""
    rules = channels().get(channel)
    keys = [each.key for each in rules.fields] if rules else []
    return {key: texts[key] for key in [*keys, *texts] if key in texts}


def field_names(channel: Channel) -> dict[str, str]:
    is_chinese = is_chinese_reader()
    return {each.key: each.name_zh if is_chinese else each.name_en for each in channel.fields}


def _name(channel: Channel) -> str:
    return channel.name_zh if is_chinese_reader() else channel.name_en
