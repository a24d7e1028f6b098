"""Whom a campaign reaches by which channel, and why not the others."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.reasons import Skip
from apps.marketing.channels.names import channel_name
from apps.marketing.profiles import selectors as profiles
from apps.marketing.profiles.models import Person

# A page counts among so many people, and says it.
MAX_COUNTED_PEOPLE = 5000
BATCH_PEOPLE = 500


@dataclass
class ChannelReach:
    """How many can be written to by a channel, and how many cannot, by reason."""

    channel: str
    reachable: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        return channel_name(self.channel)

    @property
    def reason_lines(self) -> list[tuple[str, int]]:
        return [(str(Skip(reason).label), count) for reason, count in self.reasons.most_common()]


@dataclass
class AudienceCount:
    """`people`: all in the audience. `counted`: of the first so many the rest is said. `reached`: by any channel."""

    people: int
    counted: int
    reached: int
    channels: list[ChannelReach]


def arm_channels(campaign: Campaign) -> list[str]:
    """Those that it writes by, in the order of its arms."""
    arms = campaign.experiment.arms.all()
    return list(dict.fromkeys(arm.channel for arm in arms if arm.channel))


def people_after(campaign: Campaign, after: UUID | None, count: int) -> list[Person]:
    """The next of its audience, in the order of their ids."""
    rows = profiles.people_in(campaign.organisation, campaign.segment).order_by("pk")
    return list((rows.filter(pk__gt=after) if after else rows)[:count])


def count_audience(campaign: Campaign) -> AudienceCount:
    """Whom it would reach now by which channel, and why not the others.

    Who unsubscribes until it goes out is left out then.
    """
    by_channel = {channel: ChannelReach(channel) for channel in arm_channels(campaign)}
    counted = reached = 0
    after: UUID | None = None
    while counted < MAX_COUNTED_PEOPLE and (people := people_after(campaign, after, BATCH_PEOPLE)):
        after = people[-1].pk
        allowed = profiles.allowed_channels(campaign.organisation, people)
        counted += len(people)
        reached += sum(bool(allowed[person.pk] & by_channel.keys()) for person in people)
        for person in people:
            for channel, found in by_channel.items():
                if reason := skip_reason(person, [channel], allowed[person.pk]):
                    found.reasons[reason] += 1
                else:
                    found.reachable += 1
    everybody = profiles.people_in(campaign.organisation, campaign.segment)
    total = counted if counted < MAX_COUNTED_PEOPLE else everybody.count()
    return AudienceCount(total, counted, reached, list(by_channel.values()))


def skip_reason(person: Person, channels: Collection[str], allowed: Collection[str]) -> str:
    """Why a person is written to by none of the channels; empty where one of them is allowed."""
    if any(channel in allowed for channel in channels):
        return ""
    consented = [channel for channel in channels if channel in person.consents]
    if not consented:
        return Skip.NO_CONSENT
    subscribed = [channel for channel in consented if channel not in person.unsubscribed]
    if not subscribed:
        return Skip.UNSUBSCRIBED
    has_address = any(profiles.has_address(person, channel) for channel in subscribed)
    return Skip.TOO_OFTEN if has_address else Skip.NO_ADDRESS
