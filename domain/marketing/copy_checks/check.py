"""Whether marketing copy keeps the rules of its channel, of the law and of its brief."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.marketing.copy_checks import duplicates, markers, word_lists
from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.channels import Channel, FieldRules, RequiredText
from domain.marketing.copy_checks.claims import Severity, banned_claims
from domain.marketing.copy_checks.counting import length
from domain.marketing.copy_checks.folding import TOKEN, Span, fold, is_chinese
from domain.marketing.copy_checks.internal_words import internal_passages
from domain.marketing.copy_checks.offer_conditions import condition_problems
from domain.marketing.copy_checks.turned_facts import turned_facts
from domain.marketing.copy_checks.unsupported_facts import unsupported_statements
from llm_backend import patterns

# No channel publishes more; what stands behind it is not read.
MAX_CHARACTERS = 50_000
MAX_OTHERS = 200
# Whoever wrote more than that reads no list of it.
MAX_VIOLATIONS = 500
# “复R” and “Reply” are what is left of a way to opt out.
FEWEST_WORDS = 3
CLOSED_HASHTAGS = frozenset({"weibo"})


@dataclass(frozen=True)
class Violation:
    """`field`: "" for what concerns the copy as a whole; `start` and `end` count characters of the field as it was given."""

    code: str
    field: str
    start: int
    end: int
    text: str
    severity: Severity
    reason_zh: str
    reason_en: str
    source: str


class Place(NamedTuple):
    """The copy as a whole, a field, or the words of one."""

    field: str = ""
    span: Span = Span(0, 0)
    text: str = ""


def check_copy(
    fields: Mapping[str, str],
    channel: Channel,
    brief: BriefFacts,
    *,
    others: Sequence[Mapping[str, str]] = (),
) -> list[Violation]:
    """All that is wrong, in the order of the channel's fields. `others`: variants that this copy must not repeat."""
    read = {key: text[:MAX_CHARACTERS] for key, text in fields.items()}
    violations = [
        *_form(fields, read, channel),
        *_counts(read, channel),
        *_missing_texts(read, channel, brief),
        *_brief_words(read, brief),
        *_unsupported_facts(read, channel, brief),
        *_turned_facts(read, brief),
        *_offer_conditions(read, brief),
        *_internal_words(read, brief),
        *_claims(read, brief),
        *_repetition(read, others),
    ]
    order = {rules.key: place for place, rules in enumerate(channel.fields)}
    return sorted(violations, key=lambda each: (order.get(each.field, -1), each.start, each.end))[
        :MAX_VIOLATIONS
    ]


def _form(fields: Mapping[str, str], read: Mapping[str, str], channel: Channel) -> Iterator[Violation]:
    keys = {rules.key for rules in channel.fields}
    for key in fields.keys() - keys:
        yield _violation("unknown_field", Place(key, text=key), source=channel.source)
    for rules in channel.fields:
        text = read.get(rules.key, "")
        length = _sent_length(text, rules, channel)
        names = {"field_zh": rules.name_zh, "field_en": rules.name_en}
        if not _says_something(text, rules, channel):
            if rules.is_required:
                yield _violation(
                    "missing_field", Place(rules.key), source=channel.source, message_values=names
                )
        elif length > rules.max_length:
            span = Span(_fitting(text, rules, channel), len(fields[rules.key]))
            values = {"found": length, "limit": rules.max_length, **names}
            yield _violation(
                "too_long",
                Place(rules.key, span, text[span.start :]),
                source=channel.source,
                message_values=values,
            )
        elif length < rules.min_length:
            values = {"found": length, "limit": rules.min_length, **names}
            place = Place(rules.key, Span(0, len(text)), text)
            yield _violation("too_short", place, source=channel.source, message_values=values)


def _says_something(text: str, rules: FieldRules, channel: Channel) -> bool:
    """Beside the sender and the way to opt out that its channel asks for."""
    asked_for = [name for each in channel.must_contain if each.field == rules.key for name in each.any_of]
    if not asked_for:
        return bool(text.strip())
    rest = _required_words(asked_for).sub(" ", fold(text).plain)
    return sum(1 for _ in TOKEN.finditer(rest)) >= FEWEST_WORDS


def _sent_length(text: str, rules: FieldRules, channel: Channel) -> int:
    """With each link as long as it is when it is sent."""
    if not channel.sent_link_characters:
        return length(text, rules.counting)
    pieces, end = list[str](), 0
    for span, address in markers.links(text):
        pieces += [text[end : span.start], address.ljust(channel.sent_link_characters, "0")]
        end = span.end
    return length("".join([*pieces, text[end:]]), rules.counting)


def _fitting(text: str, rules: FieldRules, channel: Channel) -> int:
    """How many characters of a text that is too long are not."""
    low, high = 0, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _sent_length(text[:middle], rules, channel) <= rules.max_length:
            low = middle
        else:
            high = middle - 1
    return low


def _counts(fields: Mapping[str, str], channel: Channel) -> Iterator[Violation]:
    """What is too many is shown from the first that is."""
    are_closed = channel.key in CLOSED_HASHTAGS
    tags = [
        (key, span) for key, text in fields.items() for span in markers.hashtags(text, are_closed=are_closed)
    ]
    pictures = [(key, span) for key, text in fields.items() for span in markers.emoji(text)]
    links = [(key, span) for key, text in fields.items() for span, _ in markers.links(text)]
    if len(tags) < channel.min_hashtags:
        values = {"found": len(tags), "limit": channel.min_hashtags}
        yield _violation("too_few_hashtags", Place(), source=channel.source, message_values=values)
    for code, places, limit in (
        ("too_many_hashtags", tags, channel.max_hashtags),
        ("too_many_emoji", pictures, channel.max_emoji),
        ("too_many_links", links, channel.max_links),
    ):
        if len(places) > limit:
            key, first = places[limit]
            span = Span(first.start, max(span.end for field, span in places[limit:] if field == key))
            values = {"found": len(places), "limit": limit}
            yield _violation(code, _words(fields, key, span), source=channel.source, message_values=values)


def _missing_texts(fields: Mapping[str, str], channel: Channel, brief: BriefFacts) -> Iterator[Violation]:
    text = "\n".join(fields.values())
    for required_text in channel.must_contain:
        if not _stands(required_text, fields.get(required_text.field, "")):
            names = {"wanted_zh": required_text.name_zh, "wanted_en": required_text.name_en}
            yield _violation(
                "missing_channel_text",
                Place(required_text.field),
                source=channel.source,
                message_values=names,
            )
    copy_text = "".join(fold(text).tight.plain.split())
    for phrase in brief.must_say:
        if "".join(fold(phrase).tight.plain.split()) not in copy_text:
            yield _violation(
                "missing_must_say", Place(), message_values={"wanted_zh": phrase, "wanted_en": phrase}
            )


def _stands(required_text: RequiredText, text: str) -> bool:
    if required_text.language and is_chinese(text) != (required_text.language == "zh"):
        return True
    pattern = _required_words(required_text.any_of)
    find = pattern.match if required_text.place == "start" else pattern.search
    return find(fold(text.strip()).plain) is not None


def _required_words(names: Iterable[str]) -> patterns.Pattern[str]:
    plain = ["…".join(fold(part).plain for part in each.split("…")) for each in names]
    return patterns.words(plain, gap=r"[^【】\n]{1,20}")


def _brief_words(fields: Mapping[str, str], brief: BriefFacts) -> Iterator[Violation]:
    """What the brief forbids, misspelt brands, and links from elsewhere."""
    forbidden = word_lists.words(fold(each).tight.plain for each in brief.must_not_say)
    allowed_links = tuple(link.rstrip("/") for link in brief.links)
    for key, text in fields.items():
        folded = fold(text).tight
        for match in forbidden.finditer(folded.plain):
            yield _violation("must_not_say", _words(fields, key, folded.span(*match.span())))
        for wrong, right in brief.brand_terms.items():
            for span in _misspelt(text, wrong, right):
                values = {"wanted_zh": right, "wanted_en": right}
                yield _violation("brand_term", _words(fields, key, span), message_values=values)
        for span, link in markers.links(text):
            if link.rstrip("/") not in allowed_links:
                yield _violation("foreign_link", Place(key, span, link))


def _misspelt(text: str, wrong: str, right: str) -> Iterator[Span]:
    """A wrong name inside of the right one is right; one that differs in its capitals alone is looked for as it is."""
    if fold(wrong).plain == fold(right).plain:
        yield from (Span(*match.span()) for match in patterns.words([wrong]).finditer(text))
        return
    folded = fold(text).tight
    good = [
        Span(*match.span()) for match in word_lists.words([fold(right).tight.plain]).finditer(folded.plain)
    ]
    for match in word_lists.words([fold(wrong).tight.plain]).finditer(folded.plain):
        if not any(each.start <= match.start() and match.end() <= each.end for each in good):
            yield folded.span(*match.span())


def _unsupported_facts(fields: Mapping[str, str], channel: Channel, brief: BriefFacts) -> Iterator[Violation]:
    for key, text in fields.items():
        for each in unsupported_statements(text, brief, are_hashtags_closed=channel.key in CLOSED_HASHTAGS):
            severity: Severity = "error" if each.is_certain else "warning"
            yield _violation(each.code, _words(fields, key, each.span), severity=severity)


def _turned_facts(fields: Mapping[str, str], brief: BriefFacts) -> Iterator[Violation]:
    for key, text in fields.items():
        for each in turned_facts(text, brief):
            values = {"wanted_zh": each.fact, "wanted_en": each.fact}
            yield _violation("contradicts_fact", _words(fields, key, each.span), message_values=values)


def _offer_conditions(fields: Mapping[str, str], brief: BriefFacts) -> Iterator[Violation]:
    for each in condition_problems(fields, brief):
        values = {"wanted_zh": each.fact, "wanted_en": each.fact}
        yield _violation(each.code, _words(fields, each.field, each.span), message_values=values)


def _internal_words(fields: Mapping[str, str], brief: BriefFacts) -> Iterator[Violation]:
    for key, text in fields.items():
        for span in internal_passages(text, brief):
            yield _violation("internal_words", _words(fields, key, span))


def _claims(fields: Mapping[str, str], brief: BriefFacts) -> Iterator[Violation]:
    for key, text in fields.items():
        for code, span, claim in banned_claims(text, brief):
            quote = text[span.start : span.end]
            yield Violation(
                code, key, *span, quote, claim.severity, claim.reason_zh, claim.reason_en, claim.source
            )


def _repetition(fields: Mapping[str, str], others: Sequence[Mapping[str, str]]) -> Iterator[Violation]:
    text = "\n".join(fields.values())
    same = duplicates.nearest(text, ("\n".join(other.values()) for other in others[:MAX_OTHERS]))
    if same >= duplicates.SAME_FROM:
        yield _violation("near_duplicate", Place(), message_values={"found": round(100 * same)})


def _words(fields: Mapping[str, str], key: str, span: Span) -> Place:
    return Place(key, span, fields[key][span.start : span.end])


def _violation(
    code: str,
    place: Place,
    *,
    severity: Severity = "error",
    source: str = "",
    message_values: Mapping[str, object] | None = None,
) -> Violation:
    reason = word_lists.read("reasons")[code]
    values = {"text": place.text, **(message_values or {})}
    zh, en = reason["zh"].format_map(values), reason["en"].format_map(values)
    return Violation(code, place.field, *place.span, place.text, severity, zh, en, source)
