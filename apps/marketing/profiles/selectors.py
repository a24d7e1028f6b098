"""People, what they may be sent, and which segments they are in."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.channels import selectors as channels
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles.models import Person
from apps.marketing.rules.rules import is_day
from apps.marketing.segments.models import Segment, SegmentMembership
from apps.vault.encryption import holds_text
from apps.vault.fields import is_filled

# Where a channel reaches people through an address that we send to ourselves, the field that must hold it.
ADDRESS_FIELDS = {"email": "email", "sms": "phone"}
# So many of the newest people tell which attributes there are.
SAMPLE_PEOPLE, MAX_KNOWN_ATTRIBUTES = 2000, 100
MAX_SAMPLE_VALUES, MIN_SHARING = 12, 5
MAX_SHARED_VALUES, MAX_SHARED_CHARACTERS = 500, 60
PAGE_PEOPLE, MAX_SHOWN_EXPOSURES = 50, 50
# As plain rows, for a thousand a request: of models each field would cost more than what is decided by it.
_CONTACTS = """
SELECT id, external_id, consents, unsubscribed, email, phone, ARRAY(
    SELECT segment_id FROM marketing_segmentmembership
    WHERE person_id = marketing_person.id AND segment_id = ANY(%s))
FROM marketing_person WHERE organisation_id = %s AND external_id = ANY(%s)
"""


def people_list(organisation: Organisation) -> OrganisationQuerySet[Person]:
    return Person.objects.within(organisation).order_by("-id")


def people_in(organisation: Organisation, segment: Segment | None) -> OrganisationQuerySet[Person]:
    """Everybody, or those who are in a segment as it was last evaluated; newest first."""
    people = people_list(organisation)
    if segment is None:
        return people
    memberships = SegmentMembership.objects.within(organisation).filter(
        segment=segment, person=OuterRef("pk")
    )
    return people.filter(Exists(memberships))


def segments_of_people(
    organisation: Organisation, person_ids: Iterable[UUID], segments: Iterable[Segment]
) -> dict[UUID, set[UUID]]:
    """By person, which of these segments they are in; who is in none is left out."""
    rows = SegmentMembership.objects.within(organisation).filter(
        person__in=list(person_ids), segment__in=[segment.pk for segment in segments]
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for person_id, segment_id in rows.values_list("person", "segment"):
        found[person_id].add(segment_id)
    return dict(found)


def allowed_channels(organisation: Organisation, people: Sequence[Person]) -> dict[UUID, set[str]]:
    """By person, where they may be written to now: agreed and not left, reachable, and not written to too often."""
    agreed = {
        person.pk: _agreed_channels(
            person.consents,
            person.unsubscribed,
            {field for field in ADDRESS_FIELDS.values() if is_filled(person, field)},
        )
        for person in people
    }
    return _within_caps(organisation, agreed)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody whom the organisation knows: where they may be written to now, and which of the segments asked for they
    are in.
    """

    person_id: UUID
    channels: frozenset[str]
    segment_ids: frozenset[UUID]


def contacts(
    organisation: Organisation, external_ids: Sequence[str], segment_ids: Sequence[UUID]
) -> dict[str, Contact]:
    """The people by the organisation's own number; who is not known is left out."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, [list(segment_ids), organisation.pk, list(external_ids)])
        rows = cursor.fetchall()
    agreed = {
        pk: _agreed_channels(
            consents,
            unsubscribed,
            {name for name, sealed in (("email", email), ("phone", phone)) if holds_text(sealed)},
        )
        for pk, _number, consents, unsubscribed, email, phone, _segments in rows
    }
    allowed = _within_caps(organisation, agreed)
    return {row[1]: Contact(row[0], frozenset(allowed[row[0]]), frozenset(row[6])) for row in rows}


def has_address(person: Person, channel: str) -> bool:
    """Where a channel needs none, this is true."""
    return channel not in ADDRESS_FIELDS or is_filled(person, ADDRESS_FIELDS[channel])


def _agreed_channels(
    consents: Iterable[str], unsubscribed: Iterable[str], addresses: Collection[str]
) -> set[str]:
    agreed = set(consents).difference(unsubscribed)
    return {key for key in agreed if key not in ADDRESS_FIELDS or ADDRESS_FIELDS[key] in addresses}


def _within_caps(organisation: Organisation, allowed: dict[UUID, set[str]]) -> dict[UUID, set[str]]:
    """Without the channels in which somebody was written to as often as they may be."""
    now = timezone.now()
    for override in channels.channel_overrides(organisation).exclude(max_sends=None):
        most = override.max_sends or 0
        concerned = [pk for pk, keys in allowed.items() if override.channel in keys]
        since = now - timedelta(days=override.send_days)
        sent = Exposure.objects.within(organisation).filter(
            person__in=concerned, arm__channel=override.channel, delivered_at__gte=since
        )
        counted = sent.values("person").annotate(count=Count("pk")).filter(count__gte=most)
        for person_id in counted.values_list("person", flat=True):
            allowed[person_id].discard(override.channel)
    return allowed


@dataclass(frozen=True)
class KnownAttribute:
    """`kind`: number, day, truth or text. `values`: some that it has, none where it has many; never of one person alone."""

    name: str
    kind: str
    values: tuple[str, ...] = ()

    @property
    def is_groupable(self) -> bool:
        """Whether people can be alike in it: a number, a day, or one of a few words."""
        return self.kind != "text" or bool(self.values)


def known_attributes(organisation: Organisation) -> list[KnownAttribute]:
    """What is known of the newest people, by name; a rule may name others, too."""
    newest = people_list(organisation).values_list("attributes", flat=True)[:SAMPLE_PEOPLE]
    counts: dict[str, Counter[Any]] = defaultdict(Counter)
    for attributes in newest:
        for name, value in attributes.items():
            counts[name].update([value])
    names = sorted(counts, key=lambda name: (-counts[name].total(), name))[:MAX_KNOWN_ATTRIBUTES]
    return sorted((_known_attribute(name, counts[name]) for name in names), key=lambda each: each.name)


def shared_values(organisation: Organisation) -> dict[str, set[str]]:
    """Attribute → the texts that several of the newest people have in it."""
    newest = people_list(organisation).values_list("attributes", flat=True)[:SAMPLE_PEOPLE]
    texts = ((name, value) for attributes in newest for name, value in attributes.items())
    counts = Counter(
        (name, value) for name, value in texts if isinstance(value, str) and not is_day(value[:10])
    )
    shared = defaultdict[str, set[str]](set)
    for (name, value), count in counts.most_common(MAX_SHARED_VALUES):
        if count > 1 and len(value) <= MAX_SHARED_CHARACTERS:
            shared[name].add(value)
    return dict(shared)


def agreed_channels(organisation: Organisation) -> set[str]:
    """Channels that some of the newest people agreed to, and those that we send to ourselves."""
    newest = people_list(organisation).values_list("consents", flat=True)[:SAMPLE_PEOPLE]
    return {*ADDRESS_FIELDS, *(key for consents in newest for key in consents)}


def _known_attribute(name: str, counts: "Counter[Any]") -> KnownAttribute:
    values = list(counts)
    if all(isinstance(value, bool) for value in values):
        return KnownAttribute(name, "truth", ("true", "false"))
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return KnownAttribute(name, "number")
    texts = [str(value) for value in values]
    if all(is_day(text[:10]) for text in texts):
        return KnownAttribute(name, "day")
    # Words that many share; a name or an address is nobody's business here.
    is_shared = len(texts) <= MAX_SAMPLE_VALUES or len(texts) * MIN_SHARING <= counts.total()
    common = [str(value) for value, count in counts.most_common(MAX_SAMPLE_VALUES) if count > 1]
    return KnownAttribute(name, "text", tuple(common) if is_shared else ())


@dataclass(frozen=True)
class PeoplePage:
    """`next`: where the following page begins, None on the last one."""

    people: list[Person]
    next: UUID | None


def people_page(organisation: Organisation, *, segment: Segment | None, after: UUID | None) -> PeoplePage:
    """Newest first, from behind the row `after`; as fast on the last page as on the first."""
    if segment is None:
        rows = people_list(organisation)
        ids = list(
            (rows.filter(pk__lt=after) if after else rows).values_list("pk", flat=True)[: PAGE_PEOPLE + 1]
        )
    else:
        members = SegmentMembership.objects.within(organisation).filter(segment=segment).order_by("-person")
        members = members.filter(person__lt=after) if after else members
        ids = list(members.values_list("person", flat=True)[: PAGE_PEOPLE + 1])
    shown = ids[:PAGE_PEOPLE]
    people = list(people_list(organisation).filter(pk__in=shown))
    return PeoplePage(people, shown[-1] if len(ids) > PAGE_PEOPLE else None)


def exposure_list(organisation: Organisation) -> OrganisationQuerySet[Exposure]:
    """What was sent to people, and what came of it; the latest first."""
    return Exposure.objects.within(organisation).select_related("arm", "experiment").order_by("-created_at")


def memberships_of(person: Person) -> OrganisationQuerySet[SegmentMembership]:
    rows = SegmentMembership.objects.within(person.organisation_id).filter(person=person)
    return rows.select_related("segment").order_by("segment__name")
