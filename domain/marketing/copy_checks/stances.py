"""What a brief's facts deny, allow, ask for, limit and except, and what each of that is about."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal, NamedTuple

from domain.marketing.copy_checks import numbers, word_lists
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.fact_forms import fact_form
from domain.marketing.copy_checks.folding import fold
from llm_backend import patterns, wording

Kind = Literal["denied", "affirmed", "required", "charged", "excepted", "limited", "conditional"]
# Of what a head consists, so many parts have to stand together: “safe in any dishwasher” for “dishwasher safe”.
HEAD_SHARE, TOPIC_SHARE = 0.6, 0.5
MAX_HEADS = 12
# A value without any word of denial or permission is a property where it is as short as one.
MAX_PROPERTY_CHARACTERS = 30
_LISTS = word_lists.read("denials")
_HAN_RUN = patterns.compile(r"[㐀-鿿]{1,40}|\d{1,12}")
# How long before, or for how long, is compared as a figure: 提前 2 天预约 asks for 预约.
_TERM = patterns.compile(
    r"\d{1,4}\s?(?:个?工作日|个月|小时|分钟|[天日周年](?!岁))[内前后起]?|满?\d{1,3}\s?周?岁"
    r"|\d{1,6}(?:\.\d{1,2})?\s?[元块]"
)
# “After 30 days” bounds what is said of them, and so does 提前 30 天.
_AFTER = patterns.compile(r"(?<![a-z])(?:after|past|beyond) $|提前(?:至少)?\s?$")
_AFTER_REACH = 8
_AHEAD = patterns.compile(r" (?:or more )?(?:in advance|ahead|beforehand)(?![a-z])")
WORD = patterns.compile(r"[a-z][a-z']{0,40}|\d{1,12}")
_ITEMS = patterns.compile(r"[、/]|和|与|或|及|(?<![a-z])(?:or|and|nor)(?![a-z])|,")
_CLAUSES = patterns.compile(r"[,;，；。.!?\n()]")
_EMPTY = word_lists.words(
    name
    for key in ("empty_words", "charges", "surely_denies", "denies_in_facts", "needless", "denies_after")
    for name in _LISTS[key]
)
_NOUNS = frozenset(_LISTS["nouns"])
_NOUN_OR_EMPTY = patterns.either(word_lists.words(_LISTS["nouns"]), _EMPTY)
_DENIES = word_lists.pattern("denials", "surely_denies", "denies_in_facts")
IDLE = word_lists.words(
    [
        *_LISTS["idle"],
        *_LISTS["nouns"],
        *(
            f"{denial} {harm}" if denial.isascii() else f"{denial}{harm}"
            for denial, harm in product(_LISTS["harmless_denials"], _LISTS["harms"])
            if denial.isascii() == harm.isascii()
        ),
    ]
)
_CHARGED = patterns.compile(
    r"另[售购配付收]|另行|自[理备]|(?<![a-z])(?:sold separately|for a fee|costs? extra|at extra cost)(?![a-z])"
)
_NEEDS = patterns.compile(
    r"(?:需要?|须|必须)(?!求)|(?<![a-z])(?:requires?|required|needs?|needed|must have|must be)(?![a-z])"
)
_NEEDS_NOT = patterns.compile(
    r"[无不免毋]\s?(?:需|须|必)|(?:not|no|n't) (?:[a-z]{1,30} ){0,3}?(?:need|requir)"
)
_ALLOWS = patterns.compile(
    r"支持|可以|可|能|含|附|提供|适合|适用"
    r"|(?<![a-z])(?:is|are|can|supports?|suitable|contains?|includes?|comes with|works? with)(?![a-z])"
)
_IS_PERMITTED = patterns.compile(r"可|(?<![功性智])能|才|包|支持|享|退|换")
# What an exception is made of is said of all: 所有面料, “on every day”.
_QUANTIFIED = patterns.compile(
    r"(?:所有|全部|任何|任意|每一?[个款位件种]?)[㐀-鿿]{2}"
    r"|(?<![a-z])(?:(?:on|to|for|in) )?(?:all|any|every|each) (?:of )?(?:our )?[a-z]{1,40}"
)
_NOT_YET = patterns.compile(
    r"(?:未|没有?)经?(?P<head>[㐀-鿿]{2,4}?)(?=的|时|可|才|(?<![功性智])能|,|$|就|则|情况|支持)"
)
# 坚果过敏者 are those whom copy calls 坚果过敏的朋友.
_PEOPLE = patterns.compile(r"(?<=[㐀-鿿]{2})(?:者|人群|人士|患者|的?朋友|的?人)(?=\s|$)")
_SUBJECT = patterns.compile(
    r"^(?:this|the|our|these|it) ?(?:[a-z]{1,30} ){0,3}?(?:is|are|does|do|can|cannot|should|must|may)(?![a-z])"
)


class Head(NamedTuple):
    """Chinese by runs of two letters, English by stems; in the order of the text."""

    parts: tuple[str, ...]
    is_chinese: bool

    @property
    def is_letter(self) -> bool:
        """A single Chinese letter stands in too many words to be found by itself."""
        return self.is_chinese and len("".join(self.parts)) == 1


@dataclass(frozen=True)
class Stance:
    """`topic`: what an exception or a limit is made of, nothing where the fact says it of the product as a whole.

    “除新疆外包邮” excepts 新疆 of 包邮; `said`: the fact as it stands in the brief; `clause`: what of it says this, folded.
    """

    kind: Kind
    head: Head
    topic: Head
    said: str
    clause: str

    def is_bounded_by_other_side(self, plain: str) -> bool:
        """“Refunds within 30 days” is said of the time before “no refunds after 30 days” holds."""
        own = {number: bound for number, bound in _bounds(self.clause) if bound}
        return any({bound, own.get(number)} == set(numbers.BOUNDS) for number, bound in _bounds(plain))


def _bounds(plain: str) -> Iterator[tuple[tuple[str, str], str]]:
    for number in numbers.numbers(plain):
        start = number.span.start
        is_after = _AFTER.search(plain[max(0, start - _AFTER_REACH) : start]) or _AHEAD.match(
            plain, number.span.end
        )
        yield (number.value, number.unit), "least" if is_after else numbers.bound(plain, number.span)


def stances(brief: BriefFacts) -> tuple[Stance, ...]:
    """Of every fact and of what must be said, in their order."""
    return _stances((*brief.facts, *(Fact("", line) for line in brief.must_say)))


@lru_cache(maxsize=256)
def _stances(facts: tuple[Fact, ...]) -> tuple[Stance, ...]:
    return tuple(stance for fact in facts for stance in _of_fact(fact))


def _of_fact(fact: Fact) -> Iterator[Stance]:
    name, value = (fold(part).plain.strip().rstrip("。.!") for part in (fact.name, fact.value))
    said = f"{fact.name}：{fact.value}" if fact.name else fact.value
    named = head_of("" if name in _LISTS["empty_names"] else name)
    if kind := _verdict(value):
        if named.parts:
            yield Stance(kind, named, Head((), named.is_chinese), said, value)
        return
    clauses = _CLAUSES.split(value)
    denials = [clause for clause in clauses if _is_denial_alone(clause)]
    rest = ",".join(clause for clause in clauses if clause not in denials)
    wide = list(_wide_stances(rest, named, said))
    if not denials or any(each.kind == "excepted" and not each.topic.parts for each in wide):
        wide, denials = list(_wide_stances(value, named, said)), []
    yield from wide or _clause_stances(value, named, said)
    if wide:
        yield from (each for clause in denials for each in _clause_stances(clause, named, said))


def _is_denial_alone(clause: str) -> bool:
    """What is no part of the exception or the limit beside it: 仅限干洗,不可机洗."""
    is_denial = _DENIES.search(IDLE.sub(" ", clause)) is not None
    return is_denial and fact_form(clause) is None and _NOT_YET.search(clause) is None


def _verdict(value: str) -> Kind | None:
    """Of a value that says yes or no to its name: 微波加热：不支持."""
    if value in _LISTS["negative_values"]:
        return "denied"
    return "affirmed" if value in _LISTS["affirmative_values"] else None


def _wide_stances(value: str, named: Head, said: str) -> Iterator[Stance]:
    """The exception, the condition or the limit that a value makes as a whole."""
    not_yet = _NOT_YET.search(value)
    rest = _NOT_YET.sub(",", value, count=1)
    if not_yet and _IS_PERMITTED.search(rest):
        # 使用 says nothing of what else a fact is about, and is all that 未使用 is about.
        head = head_of(not_yet["head"])
        head = head if head.parts else Head((not_yet["head"],), is_chinese=True)
        yield Stance("excepted", head, _topic(rest, named), said, value)
        return
    if form := fact_form(value):
        items = _items(form.about) if form.form == "excepted" else [head_of(form.about)]
        topic = _topic(form.of, named)
        if form.form == "excepted" and _DENIES.search(IDLE.sub(" ", form.of)):
            # 除周年庆外不与其他优惠同享: what is denied may be so of the one that is excepted.
            yield Stance("denied", topic, head_of(form.about), said, value)
            return
        yield from (Stance(form.form, head, topic, said, value) for head in items if head.parts)


def _topic(text: str, named: Head) -> Head:
    """Without the days of a support that is by telephone, and without what is only free."""
    letters = list(_QUANTIFIED.sub(" ", text))
    for _, span in numbers.weekdays("".join(letters)):
        letters[span.start : span.end] = " " * (span.end - span.start)
    heads = (head_of("".join(letters)), head_of(text), named)
    topic = next((head for head in heads if head.parts), named)
    things = tuple(part for part in topic.parts if part != "free")
    return topic._replace(parts=things or topic.parts)


def _clause_stances(value: str, named: Head, said: str) -> Iterator[Stance]:
    none = Head((), is_chinese=False)
    for clause in _CLAUSES.split(value):
        plain = IDLE.sub(" ", clause)
        kind: Kind
        if _NEEDS.search(plain) and not _NEEDS_NOT.search(plain):
            kind = "required"
        elif _CHARGED.search(plain):
            kind = "charged"
        elif _DENIES.search(plain):
            kind = "denied"
        elif _ALLOWS.search(plain) or _is_property(clause):
            kind = "affirmed"
        else:
            continue
        heads = _items(clause) if kind == "denied" else [head_of(clause)]
        if not any(head.parts for head in heads) and kind != "affirmed":
            heads = [named]
        yield from (Stance(kind, head, none, said, clause) for head in heads if head.parts)


def _is_property(clause: str) -> bool:
    """“Waterproof”; figures are compared as figures."""
    return len(clause) <= MAX_PROPERTY_CHARACTERS and not any(letter.isdigit() for letter in clause)


def _items(text: str) -> list[Head]:
    """新疆、西藏 are two: each of them alone would turn the fact round."""
    heads = (head_of(part) for part in _ITEMS.split(text))
    return [head for head in heads if head.parts][:MAX_HEADS]


@lru_cache(maxsize=1024)
def head_of(text: str) -> Head:
    """Without what denies, allows and joins. `text` is folded."""
    plain = _NOUN_OR_EMPTY.sub(
        lambda match: match[0] if match[0] in _NOUNS else " ", _SUBJECT.sub(" ", _TERM.sub(" ", text))
    )
    plain = _PEOPLE.sub(" ", plain)
    runs = _HAN_RUN.findall(plain)
    if any("㐀" <= run[0] <= "鿿" for run in runs):
        return Head(tuple(dict.fromkeys(part for run in runs for part in _pairs(run))), is_chinese=True)
    words = (word for word in WORD.findall(plain) if wording.is_content_word(word))
    return Head(tuple(dict.fromkeys(map(stem, words))), is_chinese=False)


def _pairs(run: str) -> Iterable[str]:
    if len(run) <= 3 or run.isdigit():
        return [run]
    return [run[place : place + 2] for place in (*range(0, len(run) - 2, 2), len(run) - 2)]


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Washable and washing are one; `wording.stem` knows plurals and tenses."""
    return wording.stem(word.removesuffix("able") if len(word) > 6 else word)
