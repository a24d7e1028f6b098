"""What people made of passages, carried over to the next version of their document."""

from collections.abc import Sequence

from apps.knowledge.models import Document, Passage


def carried_over(document: Document, passages: Sequence[Passage]) -> list[Passage]:
    """Passages of a new version, numbered. Where one says to the letter what one of the version before said originally, it
    says what people made of that, and is off where that was.
    """
    earlier = _changed(document)
    followed: list[Passage] = []
    for passage in passages:
        changed = earlier.pop(passage.text, [])
        own = [passage, *(_copy(passage) for _ in changed[1:])]
        for now, before in zip(own, changed, strict=False):
            now.text, now.original_text = before.text, before.original_text
            now.is_off, now.is_split_off = before.is_off, before.is_split_off
            now.changed_by_id, now.changed_at = before.changed_by_id, before.changed_at
        followed += own
    for ordinal, passage in enumerate(followed):
        passage.ordinal = ordinal
    return followed


def _changed(document: Document) -> dict[str, list[Passage]]:
    """By the text that was read: the passage, and what was split off it."""
    live = Document.objects.versions_of(document).live().exclude(pk=document.pk)
    rows = Passage.objects.filter(document__in=live, changed_at__isnull=False)
    found: dict[str, list[Passage]] = {}
    last: list[Passage] = []
    for row in rows.defer("lexemes", "term_weights").order_by("document", "ordinal"):
        if row.is_split_off:
            last.append(row)
        else:
            last = found.setdefault(row.original_text or row.text, [])
            if last:
                # Two that said the same: the second has its own.
                last = []
            last.append(row)
    return found


def _copy(passage: Passage) -> Passage:
    return Passage(
        organisation_id=passage.organisation_id,
        collection=passage.collection,
        document=passage.document,
        heading=passage.heading,
        places=passage.places,
    )
