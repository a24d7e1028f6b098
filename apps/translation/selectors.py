"""Translations, their segments, the glossary, and what the translation memory holds that is like a text."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Sum

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.translation.models import (
    GlossaryTerm,
    Translation,
    TranslationMemoryEntry,
    TranslationQuerySet,
    TranslationSegment,
)
from apps.vault import encryption
from domain.text.translation import segments
from domain.text.translation.checks import Term
from domain.text.translation.segments import Pair

# Less alike than this is no help to a translator; most tools offer matches from here on.
MIN_SIMILARITY = 0.75
# Each is opened and compared, for every segment of a document; the latest ones count.
MAX_CANDIDATES = 50


def translation_list(organisation: Organisation) -> TranslationQuerySet:
    rows = Translation.objects.within(organisation).counted().defer("content")
    return rows.select_related("job", "member__user", "api_key").order_by("-id")


def segment_list(translation: Translation) -> OrganisationQuerySet[TranslationSegment]:
    """Source and translation of each paragraph, in their order."""
    return (
        TranslationSegment.objects.within(translation.organisation_id)
        .filter(translation=translation)
        .order_by("ordinal")
    )


def glossary(organisation: Organisation) -> OrganisationQuerySet[GlossaryTerm]:
    return GlossaryTerm.objects.within(organisation).order_by(
        "source_language", "target_language", "source", "id"
    )


def glossary_terms(organisation: Organisation, pair: Pair) -> list[Term]:
    rows = GlossaryTerm.objects.within(organisation)
    of_pair = rows.filter(source_language=pair.source, target_language=pair.target)
    return [Term(source, target) for source, target in of_pair.values_list("source", "target")]


def memory(organisation: Organisation, pair: Pair) -> OrganisationQuerySet[TranslationMemoryEntry]:
    rows = TranslationMemoryEntry.objects.within(organisation)
    return rows.filter(source_language=pair.source, target_language=pair.target)


def memory_match(
    organisation: Organisation, pair: Pair, source: str
) -> tuple[TranslationMemoryEntry | None, float]:
    """The entry that is most like the source, and how much; 1.0 is the same text."""
    entries = memory(organisation, pair)
    if exact := entries.filter(digest=digest(organisation.pk, source)).first():
        return exact, 1.0
    sharing = entries.filter(sketch__overlap=sketch(organisation.pk, source)).order_by("-id")
    # The texts are sealed: the database knows which share pieces, how much they are alike is seen here.
    scores = [(entry, segments.similarity(entry.source, source)) for entry in sharing[:MAX_CANDIDATES]]
    best, score = max(scores, key=lambda each: each[1], default=(None, 0.0))
    # 1.0 means that the entry is taken over unread, which only the very same text may be.
    return (best, min(score, 0.99)) if score >= MIN_SIMILARITY else (None, 0.0)


def digest(organisation_id: UUID, source: str) -> str:
    return _keyed_hashes(organisation_id, [segments.digest(source)])[0]


def sketch(organisation_id: UUID, source: str) -> list[str]:
    return _keyed_hashes(organisation_id, segments.sketch(source))


def _keyed_hashes(organisation_id: UUID, pieces: Sequence[str]) -> list[str]:
    """One hash for each piece; the mark in front keeps Chinese pieces apart, which are joined in names."""
    return encryption.search_terms(organisation_id, " ".join(f"_{piece}" for piece in pieces))


def stored_bytes(organisation_id: UUID) -> int:
    return Translation.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0
