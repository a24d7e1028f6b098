"""What people made of passages, carried over to the next version of their document."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from apps.knowledge.models import Document, Passage


@dataclass
class Change:
    """A passage, what was split off it, and what was read of these, which is several texts where passages were joined."""

    heading: str = ""
    passages: list[Passage] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def add(self, passage: Passage) -> None:
        self.passages.append(passage)
        self.texts += passage.texts_read


def carried_over(document: Document, passages: Sequence[Passage]) -> list[Passage]:
    """Passages of a new version, numbered. Where one says to the letter what one of the version before said originally, it
    says what people made of that, and is off where that was; passages that were joined have to follow one another.
    """
    headings = {(_heading_of(passage), passage.text) for passage in passages}
    # “Sold out.” may stand under several headings, and another one above it only where its own is gone.
    earlier = defaultdict[tuple[str, str | None], list[Change]](list)
    for text, changes in _changes(document).items():
        for change in reversed(changes):
            earlier[text, change.heading if (change.heading, text) in headings else None].append(change)
    followed: list[Passage] = []
    at = 0
    while at < len(passages):
        text, heading = passages[at].text, _heading_of(passages[at])
        own = _taken(earlier[text, heading], passages, at) or _taken(earlier[text, None], passages, at)
        if own:
            followed += _made_of(own, passages[at : at + len(own.texts)])
            at += len(own.texts)
        else:
            followed.append(passages[at])
            at += 1
    for ordinal, passage in enumerate(followed):
        passage.ordinal = ordinal
    return followed


def _taken(changes: list[Change], passages: Sequence[Passage], at: int) -> Change | None:
    """The first change that fits there, which stands last, out of the list."""
    for place in reversed(range(len(changes))):
        texts = changes[place].texts
        if [passage.text for passage in passages[at : at + len(texts)]] == texts:
            return changes.pop(place)
    return None


def _made_of(change: Change, read: Sequence[Passage]) -> Iterator[Passage]:
    at = 0
    for before in change.passages:
        count = len(before.texts_read)
        # What was split off and joined with nothing stands where the passage before it stands.
        covered = read[at : at + count] if count else [_copy(read[at - 1])]
        at += count
        now = covered[0]
        now.places = [place for passage in covered for place in passage.places]
        now.text, now.original_text, now.joined_texts = before.text, before.original_text, before.joined_texts
        now.is_off, now.is_split_off = before.is_off, before.is_split_off
        now.changed_by_id, now.changed_at = before.changed_by_id, before.changed_at
        yield now


def _changes(document: Document) -> dict[str, list[Change]]:
    """By the text that was read, of joined ones the first, in their order; with what says the same and nobody changed."""
    live = Document.objects.versions_of(document).live().exclude(pk=document.pk)
    rows = Passage.objects.filter(document__in=live).defer("lexemes", "term_weights")
    found = defaultdict[str, list[Change]](list)
    last = Change()
    for row in rows.filter(changed_at__isnull=False).order_by("document", "ordinal"):
        if not row.is_split_off:
            last = Change(_heading_of(row))
            found[row.texts_read[0]].append(last)
        last.add(row)
    for row in rows.filter(changed_at=None, text__in=list(found)):
        found[row.text].append(Change(_heading_of(row), [row], [row.text]))
    for changes in found.values():
        changes.sort(key=lambda change: change.passages[0].ordinal)
    return found


def _heading_of(passage: Passage) -> str:
    """Without its page: pages move."""
    return passage.heading.removeprefix(f"p. {passage.first_page}")


def _copy(passage: Passage) -> Passage:
    return Passage(
        organisation_id=passage.organisation_id,
        collection=passage.collection,
        document=passage.document,
        heading=passage.heading,
        places=passage.places,
    )
