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
from llm_backend.translation import segments
from llm_backend.translation.checks import Term
from llm_backend.translation.segments import Pair

# Less alike than this is no help to a translator; most tools offer matches from here on.
MIN_SIMILARITY = 0.75
MAX_CANDIDATES = 50


def translation_list(organisation: Organisation) -> TranslationQuerySet:
    found = Translation.objects.within(organisation).counted().defer("content")
    return found.select_related("job", "member__user", "api_key").order_by("-id")


def segment_list(translation: Translation) -> OrganisationQuerySet[TranslationSegment]:
    return (
        TranslationSegment.objects.within(translation.organisation_id)
        .filter(translation=translation)
        .order_by("ordinal")
    )


def glossary(organisation: Organisation) -> OrganisationQuerySet[GlossaryTerm]:
    return GlossaryTerm.objects.within(organisation).order_by(
        "source_language", "target_language", "source", "id"
    )


def terms(organisation: Organisation, pair: Pair) -> list[Term]:
    rows = GlossaryTerm.objects.within(organisation)
    found = rows.filter(source_language=pair.source, target_language=pair.target)
    return [Term(source, target) for source, target in found.values_list("source", "target")]


def memory(organisation: Organisation, pair: Pair) -> OrganisationQuerySet[TranslationMemoryEntry]:
    rows = TranslationMemoryEntry.objects.within(organisation)
    return rows.filter(source_language=pair.source, target_language=pair.target)


def memory_match(
    organisation: Organisation, pair: Pair, source: str
) -> tuple[TranslationMemoryEntry | None, float]:
    """The entry that is most like the source, and how much; 1.0 is the same text."""
    known = memory(organisation, pair)
    if exact := known.filter(digest=digest(organisation.pk, source)).first():
        return exact, 1.0
    found = known.filter(sketch__overlap=sketch(organisation.pk, source)).order_by("-id")[:MAX_CANDIDATES]
    # The texts are sealed: the database knows which share pieces, how much they are alike is seen here.
    scored = [(entry, segments.similarity(entry.source, source)) for entry in found]
    best, score = max(scored, key=lambda each: each[1], default=(None, 0.0))
    return (best, min(score, 0.99)) if score >= MIN_SIMILARITY else (None, 0.0)


def digest(organisation_id: UUID, source: str) -> str:
    return _keyed(organisation_id, [segments.digest(source)])[0]


def sketch(organisation_id: UUID, source: str) -> list[str]:
    return _keyed(organisation_id, segments.sketch(source))


def _keyed(organisation_id: UUID, pieces: Sequence[str]) -> list[str]:
    """One hash for each piece; the mark in front keeps Chinese pieces apart, which are joined in names."""
    return encryption.search_terms(organisation_id, " ".join(f"_{piece}" for piece in pieces))


def stored_bytes(organisation_id: UUID) -> int:
    return Translation.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0
