"""Copy that turns a fact of its brief round: 支持明火加热 of what does not, “for everyone” of what is for members.

What a fact denies may not stand in the copy without a denial, which is read widely: warnings and paraphrases keep it. What a
fact allows or asks for may not be denied for certain. An exception or a limit may be left out; what may not be said is that
it is for all, or for the one that is excepted.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from domain.marketing.copy_checks import numbers, word_lists
from domain.marketing.copy_checks.bearers import Bearing, bearings, sides_in
from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.exchanged_figures import exchanged_figures
from domain.marketing.copy_checks.folding import Span, fold, is_chinese
from domain.marketing.copy_checks.misplaced_figures import misplaced_figures
from domain.marketing.copy_checks.stances import (
    HEAD_SHARE,
    IDLE,
    TOPIC_SHARE,
    WORD,
    Head,
    Stance,
    stances,
    stem,
)
from llm_backend import patterns

# Stands where a word is that denies nothing though it looks so; as long as the word.
MASK = "~"
# How far behind its head, and before it, something is denied for certain.
AFTER_ZH, AFTER_EN, BEFORE_ZH, BEFORE_EN_WORDS = 14, 40, 4, 3
# “No booking” takes away what “booking two days ahead” asks for.
NEED_SHARE = 0.3
# A single letter denies what is near: 无糖, 零添加; 不 what stands behind it.
LETTER_REACH, NO_REACH = 6, 1
MAX_ITEMS = 5
_MARKS = " ,.?!;:-()，。！？；：（）\n"
_SENTENCE_END = patterns.compile(r"[。！!\n;；]|\.(?=\s|$)")
_CLAUSE_END = patterns.compile(
    rf"[，,?？()（）]|--| - |:(?! ?(?:no|not|never|none)(?![a-z]))(?=[ a-z])"
    rf"|(?<![a-z])(?:{word_lists.alternatives(word_lists.read('denials')['clause_words'])})"
)
# “No scrubbing in the dishwasher” denies the scrubbing.
_NOUN_DENIALS = frozenset({"no", "without", "zero"})
_NOUN_ENDS = patterns.compile(r"(?<![a-z])(?:in|after|from|with|when|just|at|on|is|are|it)(?![a-z])")
_REASON_BEGINS = patterns.compile(
    r"(?<![a-z])(?:when|because|since|thanks|and (?:is|it|can|you|works|goes))(?![a-z])"
)
# 非会员 are not the members whom a limit names.
_OTHERS = patterns.compile(r"(?:非|non|non-|non )$")
_ADDS = patterns.compile(r"含有?|加了?|添加|带|很|够|微|超")
_ONLY_AFTER = patterns.compile(r"(?<![a-z])(?:after|past|beyond|once)(?: (?:the|your|its))? $")
_TELLS_AFTER = patterns.compile(r"后|(?<![a-z])(?:after|past|beyond|once)(?![a-z])")
_AFTERWARDS = patterns.compile(r"\s?(?:个月|天|周|年)?(?:之后|以后|过后|后)(?!也)")
_WHETHER = patterns.compile(r"([㐀-鿿])[没不]\1")
_NEED_ENDS = patterns.compile(r"直接|就|即可")
_NEEDLESS = patterns.compile(r"[无毋][需须]|不用|不必|免|省去|不需要?")
_NO_BEHIND = patterns.compile(
    r"[\s:?,]{0,4}(?:(?:sorry|unfortunately|here)[\s,]{0,2})?(?:no|not|never|none)(?![a-z])|[- ]free(?! of)(?![a-z])"
)


def _pattern(*keys: str) -> patterns.Pattern[str]:
    return word_lists.pattern("denials", *keys)


class TurnedFact(NamedTuple):
    span: Span
    fact: str


@dataclass(frozen=True)
class Sentence:
    """Folded, with what denies nothing masked; `start`: where it stands in the copy. A question goes on with its answer."""

    plain: str
    masked: str
    start: int

    @cached_property
    def clauses(self) -> list[Span]:
        ends = [0, *(match.end() for match in _CLAUSE_END.finditer(self.plain)), len(self.plain)]
        return [Span(*pair) for pair in pairwise(ends) if pair[0] < pair[1]]

    @cached_property
    def stems(self) -> list[tuple[str, Span]]:
        return [(stem(match[0]), Span(*match.span())) for match in WORD.finditer(self.plain)]

    @cached_property
    def stem_starts(self) -> list[int]:
        return [span.start for _, span in self.stems]

    def part_spans(self, head: Head, within: Span) -> list[Span]:
        """Of each part of a head that stands in this part of the sentence."""
        if head.is_chinese:
            found = ((part, self.plain.find(part, *within)) for part in head.parts)
            return [Span(place, place + len(part)) for part, place in found if place >= 0]
        wanted = set(head.parts)
        first: dict[str, Span] = {}
        begin = bisect_left(self.stem_starts, within.start)
        for name, span in self.stems[begin : bisect_left(self.stem_starts, within.end)]:
            if name in wanted:
                first.setdefault(name, span)
        return list(first.values())

    def place(self, head: Head, within: Span, share: float = HEAD_SHARE) -> Span | None:
        """From the first to the last part of a head, where enough of it stands there."""
        spans = self.part_spans(head, within) if head.parts else []
        if not spans or len(spans) < ceil(share * len(head.parts)):
            return None
        return Span(min(each.start for each in spans), max(each.end for each in spans))

    @property
    def whole(self) -> Span:
        return Span(0, len(self.plain))

    def words(self, part: Span) -> Span:
        """Where a part stands in the copy, without the marks around it."""
        text = self.plain[part.start : part.end]
        start = self.start + part.start + len(text) - len(text.lstrip(_MARKS))
        return Span(start, start + len(text.strip(_MARKS)))


def turned_facts(text: str, brief: BriefFacts) -> list[TurnedFact]:
    """In the order of the text; each clause is blamed once. What cannot be compared is `uncompared_facts`."""
    several = [stance for stance in stances(brief) if _is_comparable(text, stance.said, brief)]
    borne = [each for each in bearings(brief.facts) if _is_comparable(text, each.said, brief)]
    folded = fold(text).tight
    name = fold(brief.product).tight.plain.strip()
    # The product's name claims nothing: 无花果酱 denies no fruit.
    sentences = _sentences(folded.plain.replace(name, MASK * len(name)) if name else folded.plain)
    found: dict[Span, TurnedFact] = {}
    for stance in several:
        for span in _turned_spans(sentences, stance):
            found.setdefault(span, TurnedFact(folded.span(*span), stance.said))
    figures = (
        *exchanged_figures(folded.plain, brief.facts),
        *misplaced_figures(folded.plain, brief.facts),
    )
    for span, said in (*_other_bearers(sentences, borne), *figures):
        found.setdefault(span, TurnedFact(folded.span(*span), said))
    return [found[span] for span in sorted(found)]


def uncompared_facts(text: str, brief: BriefFacts) -> list[str]:
    """Facts that deny, limit or require something in another language than the text's, as they stand in the brief."""
    held = (
        stance.said
        for stance in stances(brief)
        if stance.kind != "affirmed" and not _is_comparable(text, stance.said, brief)
    )
    return list(dict.fromkeys(held))


def _is_comparable(text: str, said: str, brief: BriefFacts) -> bool:
    """Words of another language cannot be compared; a brief may hold facts in both. A translation is held to the text
    that it was made from.
    """
    return is_chinese(text) in (is_chinese(said), is_chinese(brief.text))


def _sentences(plain: str) -> list[Sentence]:
    masked = IDLE.sub(_mask, _WHETHER.sub(_mask, plain))
    ends = [0, *(match.end() for match in _SENTENCE_END.finditer(plain)), len(plain)]
    return [
        Sentence(plain[start:end], masked[start:end], start)
        for start, end in pairwise(ends)
        if plain[start:end].strip()
    ]


def _mask(match: patterns.Match[str]) -> str:
    return MASK * len(match[0])


def _turned_spans(sentences: Sequence[Sentence], stance: Stance) -> Iterator[Span]:
    """Where, in the copy as it was folded."""
    if stance.kind in ("denied", "affirmed", "required", "charged"):
        for sentence in sentences:
            for number, clause in enumerate(sentence.clauses):
                if _clause_turns(sentence, number, stance):
                    yield sentence.words(clause)
        return
    is_exception_said = stance.kind == "excepted" and any(
        _says_exception(each, stance.head) for each in sentences
    )
    for sentence in sentences:
        turns = _exception_turns if stance.kind == "excepted" else _limit_turns
        if turns(sentence, stance, is_exception_said):
            yield sentence.words(sentence.whole)


def _other_bearers(sentences: Sequence[Sentence], borne: Sequence[Bearing]) -> Iterator[tuple[Span, str]]:
    """Clauses in which somebody else pays, or answers, than each fact about that says; with such a fact."""
    for sentence in sentences if borne else ():
        bearing = {
            each: sides
            for each in sentence.clauses
            if (sides := sides_in(sentence.plain[each.start : each.end]))
        }
        about = [(each, _clauses_about(sentence, bearing, each.topic)) for each in borne if bearing]
        for clause, sides in bearing.items():
            found = [each for each, clauses in about if clause in clauses]
            # Of 退货运费 and 质量问题退货运费 the one that says more of it.
            most = max((len(each.topic.parts) for each in found), default=0)
            found = [each for each in found if len(each.topic.parts) == most]
            if found and not any(each.sides & frozenset().union(*sides) for each in found):
                yield sentence.words(clause), found[0].said


def _clauses_about(sentence: Sentence, clauses: Collection[Span], topic: Head) -> Collection[Span]:
    """Where none of them names it whole, its parts may stand in several: 退货？运费我们出."""
    whole = {each for each in clauses if sentence.place(topic, each) is not None}
    return whole or (clauses if sentence.place(topic, sentence.whole) is not None else ())


def _clause_turns(sentence: Sentence, number: int, stance: Stance) -> bool:
    clause = sentence.clauses[number]
    if stance.head.is_letter:
        return stance.kind == "denied" and _adds_letter(sentence, clause, stance.head)
    place = sentence.place(stance.head, clause, NEED_SHARE if stance.kind == "required" else HEAD_SHARE)
    if stance.kind == "charged":
        return place is not None and _comes_along(sentence, number, place, stance.head)
    if stance.kind != "denied":
        is_denied = place is not None and _is_surely_denied(sentence, clause, place, stance)
        return is_denied or (place is not None and _is_past_its_term(sentence, clause, stance))
    # What an exception says is so of the one that is excepted.
    if stance.topic.parts and sentence.place(stance.topic, sentence.whole) is not None:
        return False
    if stance.is_bounded_by_other_side(sentence.plain[clause.start : clause.end]):
        return False
    if place is None:
        return _affirms_first_part(sentence, clause, stance.head)
    return not _is_widely_denied(sentence, number, place, stance.head)


def _is_past_its_term(sentence: Sentence, clause: Span, stance: Stance) -> bool:
    """“入住前 48 小时内也可取消” of what has to be cancelled 48 hours ahead."""
    plain = sentence.plain[clause.start : clause.end]
    is_other_side = stance.kind == "required" and stance.is_bounded_by_other_side(plain)
    denies = _pattern("denies").search(sentence.masked, clause.start, clause.end)
    return is_other_side and denies is None and _pattern("affirms").search(plain) is not None


def _comes_along(sentence: Sentence, number: int, place: Span, head: Head) -> bool:
    """赠旅行盒 of what is 旅行盒另售."""
    clause = sentence.clauses[number]
    says_so = _pattern("comes_along").search(sentence.plain, clause.start, clause.end)
    is_charged = _pattern("charges").search(sentence.plain) is not None
    return says_so is not None and not is_charged and not _is_widely_denied(sentence, number, place, head)


def _adds_letter(sentence: Sentence, clause: Span, head: Head) -> bool:
    """含糖 of what is 无糖. Inside of other words, as in 糖果, a letter says nothing."""
    masked = sentence.masked[clause.start : clause.end]
    return any(
        masked[match.end() :].startswith(head.parts[0])
        and not _pattern("denies").search(masked[max(0, match.start() - 3) : match.start()])
        for match in _ADDS.finditer(masked)
    )


def _affirms_first_part(sentence: Sentence, clause: Span, head: Head) -> bool:
    """支持明火 of 明火加热, “induction? no problem” of an induction hob: the first part beside a word that affirms."""
    if len(head.parts) < 2:
        return False
    first = sentence.place(Head(head.parts[:1], head.is_chinese), clause)
    if first is None:
        return False
    around = Span(max(clause.start, first.start - 5), min(len(sentence.plain), first.end + 14))
    if not head.is_chinese:
        around = Span(max(clause.start, first.start - 24), min(len(sentence.plain), first.end + 24))
    part = sentence.plain[around.start : around.end]
    denies = _pattern("denies").search(sentence.masked[around.start : around.end])
    return _pattern("affirms_first").search(part) is not None and denies is None


def _is_widely_denied(sentence: Sentence, number: int, place: Span, head: Head) -> bool:
    clause = sentence.clauses[number]
    # 敏感肌 is what is spoken of, and denies nothing.
    parts = sentence.part_spans(head, place)
    denials = [
        match
        for match in _pattern("denies").finditer(sentence.masked, clause.start, place.end)
        if not any(part.start <= match.start() and match.end() <= part.end for part in parts)
    ]
    starts = sorted(part.start for part in parts)
    for denial in denials[-3:]:
        # 当天买当天不生效: inside of what is denied it goes as far as the next part.
        start = next((each for each in starts if each >= denial.end()), place.end)
        if _reaches(denial[0], sentence.masked[denial.end() : start]):
            return True
    is_question = sentence.plain[clause.end - 1 : clause.end] in ("?", "？")
    following = sentence.clauses[number + 1] if number + 1 < len(sentence.clauses) else None
    end = following.end if is_question and following else clause.end
    reach = AFTER_ZH if "㐀" <= sentence.plain[place.start] <= "鿿" else AFTER_EN
    after = sentence.masked[place.end : end]
    if (
        _NO_BEHIND.match(after)
        or (is_question and _NO_BEHIND.match(sentence.masked, clause.end, end))
        or _pattern("denies_after", "denies_after_and_names").search(after[:reach])
    ):
        return True
    return _goes_on_with_list(sentence, number, place)


def _reaches(word: str, between: str) -> bool:
    """Whether what is denied goes as far as the head, or another claim begins between them."""
    if word.isascii() and not word.isdigit():
        ends = _NOUN_ENDS if word in _NOUN_DENIALS else _REASON_BEGINS
        return ends.search(between) is None
    if len(word) == 1 and len(between) > (NO_REACH if word == "不" else LETTER_REACH):
        return False
    if _NEEDLESS.fullmatch(word) and _NEED_ENDS.search(between):
        return False
    return _pattern("affirms").search(between, 1) is None


def _goes_on_with_list(sentence: Sentence, number: int, place: Span) -> bool:
    """“Contains no nuts, soy, or gluten”: the last one is denied, too."""
    clause = sentence.clauses[number]
    rest = sentence.plain[clause.start : place.start] + sentence.plain[place.end : clause.end]
    if number == 0 or patterns.sub(r"(?<![a-z])(?:and|or|nor|any)(?![a-z])|[^\w]|或|和", "", rest):
        return False
    # Back as far as a list of a few items goes.
    earlier = sentence.masked[sentence.clauses[max(0, number - MAX_ITEMS)].start : clause.start]
    return _pattern("denies").search(earlier) is not None


def _is_surely_denied(sentence: Sentence, clause: Span, place: Span, stance: Stance) -> bool:
    if stance.kind == "affirmed" and sentence.plain[clause.end - 1 : clause.end] in ("?", "？"):
        return False
    key, starts = "surely_denies", [place.start]
    if stance.kind == "required":
        # 周末无需预约: in the middle of what is asked for.
        key, starts = "needless", [each.start for each in sentence.part_spans(stance.head, place)]
    for start in starts:
        before = sentence.masked[clause.start : start]
        denials = list(_pattern(key).finditer(before))
        if denials and _is_near(before[denials[-1].end() :], stance.head, denials[-1][0]):
            return True
    after = sentence.masked[place.end : min(clause.end, place.end + AFTER_EN)].strip()
    match = _pattern("surely_denies_after").search(after)
    return match is not None and len(after[: match.start()].strip()) <= 3


def _is_near(between: str, head: Head, denial: str) -> bool:
    if head.is_chinese:
        return len(between) <= BEFORE_ZH and _pattern("affirms").search(between) is None
    limit = 1 if denial in _NOUN_DENIALS else BEFORE_EN_WORDS
    return len(between.split()) <= limit


def _says_exception(sentence: Sentence, head: Head) -> bool:
    return (
        sentence.place(head, sentence.whole) is not None
        and _pattern("excludes").search(sentence.masked) is not None
    )


def _exception_turns(sentence: Sentence, stance: Stance, is_exception_said: bool) -> bool:
    """包邮 for 新疆, too, or for all the country, of what excepts 新疆."""
    if sentence.place(stance.topic, sentence.whole, TOPIC_SHARE) is None:
        return False
    if stance.is_bounded_by_other_side(sentence.plain):
        return False
    denies = _pattern("denies").search(sentence.masked) or _pattern("excludes").search(sentence.masked)
    if denies:
        return False
    if place := sentence.place(stance.head, sentence.whole):
        # “Cancel any time after the first three months”, of what excepts these.
        before, behind = sentence.plain[: place.start], sentence.plain[place.end :]
        is_afterwards = bool(_ONLY_AFTER.search(before) or _AFTERWARDS.match(behind))
        return not is_afterwards or _TELLS_AFTER.search(stance.clause) is not None
    return not is_exception_said and _pattern("universal").search(sentence.plain) is not None


def _limit_turns(sentence: Sentence, stance: Stance, _is_said: bool) -> bool:
    """For everybody, or for others as well, of what is for some."""
    if stance.kind == "limited" and _widens_limit(sentence, stance.head):
        return True
    if not _is_about(sentence, stance):
        return False
    if stance.kind == "limited" and (
        _pattern("for_everybody").search(sentence.plain) or _is_on_other_days(sentence, stance)
    ):
        return True
    place = sentence.place(stance.head, sentence.whole)
    if place is not None and not _OTHERS.search(sentence.plain[max(0, place.start - 4) : place.start]):
        return False
    keys = ("universal", "widens") if stance.kind == "limited" else ("universal",)
    return any(_pattern(key).search(sentence.plain) for key in keys)


def _is_on_other_days(sentence: Sentence, stance: Stance) -> bool:
    """周末同价 of what is for Sunday to Thursday. Who tells of its own days beside others tells them apart."""
    own, said = numbers.days_named(stance.clause), numbers.days_named(sentence.plain)
    is_denied = _pattern("denies").search(sentence.masked) or _pattern("excludes").search(sentence.masked)
    return bool(own and said - own) and not own <= said and not is_denied


def _widens_limit(sentence: Sentence, head: Head) -> bool:
    """不限新客, “not only for members”."""
    for match in _pattern("widens_limit").finditer(sentence.plain):
        if sentence.place(head, Span(match.end(), min(len(sentence.plain), match.end() + 30))) is not None:
            return True
    return False


def _is_about(sentence: Sentence, stance: Stance) -> bool:
    if stance.topic.parts:
        return sentence.place(stance.topic, sentence.whole, TOPIC_SHARE) is not None
    return _pattern("entitles").search(sentence.plain) is not None
