"""The rules of channels as they hold in an organisation."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.conf import settings

from apps.accounts.models import Organisation
from apps.core.errors import NotFound
from apps.core.models import OrganisationQuerySet
from apps.marketing.channels.models import DEFAULT_SEND_DAYS, ChannelOverride
from apps.marketing.channels.names import channel_name, field_names, is_chinese_reader
from domain.marketing.copy_checks.channels import Channel, channels

# “/m/”, the number of an exposure and the place of a link: `experiments.tracking.short_link`.
SHORT_LINK_CHARACTERS = len("/m/00000000-0000-0000-0000-000000000000/0")
COUNTS = ("min_hashtags", "max_hashtags", "max_emoji", "max_links")


@dataclass(frozen=True)
class ChannelField:
    """One of its texts, with the name in the reader's language."""

    key: str
    name: str
    max_length: int
    counting: str
    is_required: bool


@dataclass(frozen=True)
class ChannelView:
    """A channel's rules with what the organisation changed about them."""

    rules: Channel
    override: ChannelOverride | None = None

    @property
    def key(self) -> str:
        return self.rules.key

    @property
    def name(self) -> str:
        return channel_name(self.rules.key)

    @property
    def advice(self) -> str:
        return self.rules.advice_zh if is_chinese_reader() else self.rules.advice_en

    @property
    def hints(self) -> str:
        return self.override.hints if self.override else ""

    @property
    def send_cost(self) -> Decimal | None:
        """What one message costs; None where nobody has said it."""
        return self.override.send_cost if self.override else None

    @property
    def max_sends(self) -> int | None:
        """To one person within `send_days`."""
        return self.override.max_sends if self.override else None

    @property
    def send_days(self) -> int:
        return self.override.send_days if self.override else DEFAULT_SEND_DAYS

    @property
    def fields(self) -> list[ChannelField]:
        names = field_names(self.rules)
        return [
            ChannelField(each.key, names[each.key], each.max_length, each.counting, each.is_required)
            for each in self.rules.fields
        ]


def channel_overrides(organisation: Organisation) -> OrganisationQuerySet[ChannelOverride]:
    return ChannelOverride.objects.within(organisation).order_by("channel")


def channel_list(organisation: Organisation) -> list[ChannelView]:
    """All built-in ones, as the organisation has them."""
    overrides = {row.channel: row for row in channel_overrides(organisation)}
    return [
        ChannelView(_with_override(_as_sent(rules), overrides.get(key)), overrides.get(key))
        for key, rules in channels().items()
    ]


def channel(organisation: Organisation, key: str) -> ChannelView:
    """Raises NotFound."""
    rules = channels().get(key)
    if rules is None:
        raise NotFound
    override = channel_overrides(organisation).filter(channel=key).first()
    return ChannelView(_with_override(_as_sent(rules), override), override)


def field_limits(lines: list[str]) -> dict[str, int]:
    """“title = 18” by field; `forms` lets nothing else be stored."""
    pairs = (line.partition("=") for line in lines)
    return {key.strip(): int(number) for key, _sign, number in pairs}


def _as_sent(rules: Channel) -> Channel:
    """Where messages are paid for by their length, with short links as long as ours are."""
    if not any(each.counting == "sms" for each in rules.fields):
        return rules
    return replace(rules, sent_link_characters=len(settings.PUBLIC_URL) + SHORT_LINK_CHARACTERS)


def _with_override(rules: Channel, override: ChannelOverride | None) -> Channel:
    if override is None:
        return rules
    limits = field_limits(override.field_limits)
    counts = {name: value for name in COUNTS if (value := getattr(override, name)) is not None}
    fields = tuple(replace(each, max_length=limits.get(each.key, each.max_length)) for each in rules.fields)
    return replace(rules, fields=fields, **counts)
