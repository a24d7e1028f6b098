"""What code can put right in copy without writing any: sentences taken out, what must stand there put in. No Django.

A model is asked first. A small one that was told twice still leaves an invented number or a required word: the sentence
that holds the one goes, and the other is named at the end in the words of the brief.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.channels import Channel, FieldRules, length
from domain.marketing.copy_checks.check import Violation
from llm_backend import patterns
from llm_backend.sentences import is_chinese, sentences

MAX_TAG_CHARACTERS = 12
# Of a text: one with more is no copy, and the next round sees the rest.
MAX_FAULTS = 40
CORRECTED_OTHERWISE = frozenset(
    {"too_long", "too_short", "too_many_hashtags", "foreign_link", "brand_term", "near_duplicate"}
)
# How channels word what they want, where any of several words would do.
USUAL_TEXTS = {("opt_out", "zh"): "拒收请回复R", ("opt_out", "en"): " Reply STOP to opt out"}
SENTENCE_ENDS = ("。", "！", "？", "…", "!", "?", ".")
_CLAUSE_END = patterns.compile(r"[，,；;：:、—]")
_HASHTAG = patterns.compile(r"[#＃]\w{1,40}")


def mend(
    texts: Mapping[str, str], violations: Sequence[Violation], rules: Channel, brief: BriefFacts
) -> dict[str, str]:
    """The copy without the sentences in which something is wrong, and with what is missing; it is checked anew."""
    mended = {
        key: _without_faults(key, _corrected(key, text, violations, brief), violations)
        for key, text in texts.items()
    }
    mended = _without_tags(mended, rules)
    main = max(rules.fields, key=lambda each: each.max_length)
    body = mended.get(main.key, "")
    if not body.strip():
        # A list of facts alone is no copy: what was written stays, and is dropped with its reasons.
        return dict(texts)
    for field in rules.fields:
        if field.is_required and field is not main and not mended[field.key].strip():
            mended[field.key] = brief.product
    head, tail = _required_texts(rules, main, body, brief)
    is_short = any(each.code == "too_short" and each.field == main.key for each in violations)
    words = _missing_words(mended, brief, with_facts=is_short)
    if words and not body.endswith(SENTENCE_ENDS):
        # Behind a hashtag they would be a part of it.
        words = f"\n{words.strip()}"
    tail = words + _missing_tags(mended, rules, brief) + tail
    mended[main.key] = head + _fitting(body, main, head, tail) + tail
    for field in rules.fields:
        if field is not main and field.key in mended:
            mended[field.key] = _fitting(mended[field.key], field, "", "")
    return mended


def _corrected(key: str, text: str, violations: Sequence[Violation], brief: BriefFacts) -> str:
    """With names as the brand writes them and without links from elsewhere: no sentence goes for these."""
    for each in violations:
        if each.field == key and each.text and each.code == "foreign_link":
            text = text.replace(each.text, "")
        elif each.field == key and each.text and each.code == "brand_term":
            right = next(
                (right for wrong, right in brief.brand_terms.items() if wrong == each.text), each.text
            )
            text = text.replace(each.text, right)
    return text


def _without_faults(key: str, text: str, violations: Sequence[Violation]) -> str:
    """Without the sentences of a passage that is wrong, wherever it stands; what is wrong as a whole stays."""
    faults = [each for each in violations if each.field == key and each.severity == "error" and each.text]
    wrong = {each.text for each in faults[:MAX_FAULTS] if each.code not in CORRECTED_OTHERWISE}
    if not any(passage in text for passage in wrong):
        return text
    kept = [each.text for each in sentences(text) if not any(passage in each.text for passage in wrong)]
    return ("" if is_chinese(text) else " ").join(line.strip() for line in kept)


def _without_tags(texts: Mapping[str, str], rules: Channel) -> dict[str, str]:
    """Without the hashtags that are too many, the last ones first."""
    left, fewer = rules.max_hashtags, {}
    for field in rules.fields:
        text = texts.get(field.key, "")
        tags = _HASHTAG.findall(text)
        for tag in tags[left:][::-1]:
            head, _tag, tail = text.rpartition(tag)
            text = f"{head.rstrip()}{tail}"
        left = max(left - len(tags), 0)
        fewer[field.key] = text
    return fewer


def _missing_words(texts: Mapping[str, str], brief: BriefFacts, *, with_facts: bool) -> str:
    """Must-says that stand nowhere, those that are facts behind the names of these: “款式：连帽、卫衣。”

    `with_facts`: of what is too short, the other facts as well.
    """
    written = "\n".join(texts.values()).casefold()
    by_name: dict[str, list[str]] = {}
    facts = [fact.value for fact in brief.facts] if with_facts else []
    for words in dict.fromkeys([*brief.must_say, *facts]):
        if words.casefold() not in written:
            name = next((fact.name for fact in brief.facts if fact.value == words), "")
            by_name.setdefault(name, []).append(words)
    is_wide = is_chinese(written + brief.product)
    comma, colon, stop = ("、", "：", "。") if is_wide else (", ", ": ", ". ")
    parts = [(name + colon if name else "") + comma.join(words) + stop for name, words in by_name.items()]
    return ("" if is_wide or not parts else " ") + "".join(parts)


def _missing_tags(texts: Mapping[str, str], rules: Channel, brief: BriefFacts) -> str:
    present = _HASHTAG.findall("\n".join(texts.values()))
    words = [brief.product, *(fact.value for fact in brief.facts)]
    tags = [f"#{''.join(word.split())}" for word in words]
    fitting = [tag for tag in tags if _HASHTAG.fullmatch(tag) and len(tag) <= MAX_TAG_CHARACTERS + 1]
    new = [tag for tag in dict.fromkeys(fitting) if tag not in present]
    missing = new[: max(rules.min_hashtags - len(present), 0)]
    return "".join(f" {tag}" for tag in missing)


def _required_texts(rules: Channel, main: FieldRules, body: str, brief: BriefFacts) -> tuple[str, str]:
    """What the channel wants at the start and somewhere of its longest text, such as a signature and a way out."""
    head = tail = ""
    language = "zh" if is_chinese(body + brief.product) else "en"
    for required in rules.must_contain:
        if required.field != main.key or required.language not in ("", language):
            continue
        usual = USUAL_TEXTS.get((required.key, language), required.any_of[0])
        words = usual.replace("…", brief.product[:MAX_TAG_CHARACTERS])
        edges = [tuple(part for part in each.split("…") if part) for each in required.any_of]
        if not any(all(part in body for part in parts) for parts in edges):
            head, tail = (words + head, tail) if required.place == "start" else (head, f"{tail}{words}")
    return head, tail


def _fitting(text: str, rules: FieldRules, head: str, tail: str) -> str:
    """As many whole sentences as the field has room for beside what goes around them; of one alone as many clauses."""

    def fits(part: str) -> bool:
        return length(head + part + tail, rules.counting) <= rules.max_length

    if fits(text):
        return text
    ends = [sentence.end for sentence in sentences(text)]
    clause_ends = [match.start() for match in _CLAUSE_END.finditer(text)]
    for places in (ends, clause_ends):
        # Longer is never shorter: how many fit is searched for, not tried one by one.
        if count := bisect_left(places, True, key=lambda end: not fits(text[:end].rstrip())):
            return text[: places[count - 1]].rstrip()
    # Nothing of it fits: the checks say so.
    return text
