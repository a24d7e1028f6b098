"""Copy of an organisation: variants, what is being written, and what of a brief goes out."""

from dataclasses import dataclass

from django.db.models import Q

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.jobs.subjects import of_rows
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.channels.names import channel_name, in_order
from apps.marketing.copywriting.models import CopyRequest, CopyReview, CopyVariant, SpanRewrite
from llm_backend.changes import Piece, word_changes

# As many as a check compares a new one with.
MAX_OTHERS = 40
# A page shows the newest; the list of all copy has the others.
MAX_SHOWN = 200
MAX_WINNING_EXAMPLES = 2


@dataclass(frozen=True)
class ChannelCopy:
    """What a brief has for one channel; what was dropped stands apart."""

    key: str
    name: str
    variants: list[CopyVariant]
    dropped: list[CopyVariant]


@dataclass(frozen=True)
class FieldChanges:
    name: str
    pieces: list[Piece]


def variant_list(organisation: Organisation) -> OrganisationQuerySet[CopyVariant]:
    rows = CopyVariant.objects.within(organisation)
    relations = ("brief", "member__user", "request", "translated_from__brief")
    return rows.select_related(*relations).order_by("-id")


def request_list(organisation: Organisation) -> OrganisationQuerySet[CopyRequest]:
    return CopyRequest.objects.within(organisation).select_related("brief", "job").order_by("-id")


def open_requests(brief: Brief) -> list[CopyRequest]:
    """Those under way, and the last one where it failed."""
    rows = list(request_list(brief.organisation).filter(brief=brief)[:5])
    return [row for number, row in enumerate(rows) if row.is_under_way or (number == 0 and row.error)]


def copy_by_channel(brief: Brief) -> list[ChannelCopy]:
    by_channel: dict[str, list[CopyVariant]] = {}
    for variant in variant_list(brief.organisation).filter(brief=brief)[:MAX_SHOWN]:
        by_channel.setdefault(variant.channel, []).append(variant)
    dropped = CopyVariant.Status.DROPPED
    return [
        ChannelCopy(
            key,
            channel_name(key),
            [each for each in variants if each.status != dropped],
            [each for each in variants if each.status == dropped],
        )
        for key, variants in by_channel.items()
    ]


def other_texts(brief: Brief, channel: str, *, without: CopyVariant | None = None) -> list[dict[str, str]]:
    """Those that new copy for the channel must not repeat, the oldest first."""
    rows = CopyVariant.objects.within(brief.organisation_id).filter(brief=brief, channel=channel)
    rows = rows.exclude(status=CopyVariant.Status.DROPPED).order_by("-id")
    if without is not None:
        rows = rows.exclude(pk=without.pk)
    return [in_order(channel, row.texts) for row in rows[:MAX_OTHERS]][::-1]


def winning_examples(brief: Brief, channel: str) -> list[CopyVariant]:
    """Texts of the organisation that won in this channel and language, the latest first."""
    rows = CopyVariant.objects.within(brief.organisation_id).exclude(won_at=None)
    # A translation is in the language that it says; else in its brief's.
    own = Q(language=brief.language) | Q(language="", brief__language=brief.language)
    rows = rows.filter(own, channel=channel).order_by("-won_at")
    return list(rows[:MAX_WINNING_EXAMPLES])


def reviews(variant: CopyVariant) -> OrganisationQuerySet[CopyReview]:
    rows = CopyReview.objects.within(variant.organisation_id).filter(variant=variant)
    return rows.select_related("member__user")


def rewrites(variant: CopyVariant) -> OrganisationQuerySet[SpanRewrite]:
    """Newest first; those that were taken over are part of the text."""
    rows = SpanRewrite.objects.within(variant.organisation_id).filter(variant=variant, is_taken=False)
    return rows.select_related("job").order_by("-id")


def translations(variant: CopyVariant) -> OrganisationQuerySet[CopyVariant]:
    """Those that were made of it, the newest first; what could not be translated is told by its job."""
    return variant_list(variant.organisation).filter(translated_from=variant)


def changes(variant: CopyVariant) -> list[FieldChanges]:
    """What people changed of what the model wrote, field by field."""
    if not variant.written or variant.written == variant.texts:
        return []
    names = {each.key: each.name for each in channels.channel(variant.organisation, variant.channel).fields}
    return [
        FieldChanges(names.get(key, key), word_changes(variant.written.get(key, ""), text))
        for key, text in in_order(variant.channel, variant.texts).items()
        if text != variant.written.get(key, "")
    ]


of_variants = of_rows(CopyVariant.objects.within)
