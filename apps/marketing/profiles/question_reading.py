"""A sentence about people becomes a rule that says what it says: a model proposes, code holds each part to the sentence.

What the sentence does not say is in no rule. What the rule does not say of the sentence is told, word for word.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from apps.marketing.profiles import sentence_parts as parts
from apps.marketing.profiles.person_values import channel_keys
from apps.marketing.profiles.question_words import (
    CONSENT_WORDS,
    LIST_WORDS,
    OBJECT_WORDS,
    SAME_NAMES,
    STOP_WORDS,
    UNIT_HINTS,
    VAGUE_TIMES,
)
from apps.marketing.profiles.rules import MAX_DAYS
from apps.marketing.profiles.schemas import ProposedCondition
from apps.marketing.profiles.selectors import KnownAttribute
from apps.marketing.profiles.sentence_parts import Figure, Span

MAX_LEFT_OUT = 20
# More alternatives than this are shown as a tree.
MAX_ALTERNATIVES = 6


@dataclass(frozen=True)
class Reading:
    """`rule`: as `rules.read_rule` reads it, empty for none. `left_out`: words of the sentence of which it says nothing.

    `translated`: words of the sentence, and the value of another language that a model took them for.
    """

    rule: dict[str, Any]
    left_out: list[str]
    translated: list[tuple[str, str]]


@dataclass(frozen=True)
class Part:
    """A condition, and the places of the sentence that it stands for, the first of them what it is about."""

    condition: dict[str, Any]
    spans: tuple[Span, ...]
    is_denied: bool = False

    @property
    def span(self) -> Span:
        return self.spans[0]

    def as_json(self) -> dict[str, Any]:
        return {"not": self.condition} if self.is_denied else self.condition


def read_sentence(
    text: str,
    proposed: Sequence[ProposedCondition],
    *,
    attributes: Sequence[KnownAttribute],
    values: dict[str, list[str]],
    agreed: Collection[str],
) -> Reading:
    """`values`: text → the attributes of which people have it. `agreed`: channels that a rule may ask for."""
    return SentenceReader(text, attributes, values, agreed).read(proposed)


@dataclass
class SentenceReader:
    """Collects the parts of one sentence, the surest first: what one part stands for is no other's."""

    text: str
    attributes: Sequence[KnownAttribute]
    values: dict[str, list[str]]
    agreed: Collection[str]
    parts: list[Part] = field(default_factory=list)
    translated: list[tuple[str, str]] = field(default_factory=list)

    def read(self, proposed: Sequence[ProposedCondition]) -> Reading:
        self.sentence = parts.normalised(self.text)
        self.kinds = {each.name: each.kind for each in self.attributes}
        self.figures = parts.read_numbers(self.sentence)
        self.names = [
            (span, name)
            for name in sorted(self.kinds, key=len, reverse=True)
            for span in parts.occurrences(self.sentence, parts.normalised(name))
        ]
        taken = [figure.span for figure in self.figures] + [span for span, _name in self.names]
        self.deeds = parts.deeds(self.sentence, taken)
        self._read_values(proposed)
        self._read_figures(proposed)
        self._read_deeds()
        self._read_consents()
        self._read_others(proposed)
        self._read_translated(proposed)
        ordered = sorted(self.parts, key=lambda part: part.span)
        return Reading(_rule(self.sentence, ordered), self._left_out(), self.translated)

    def _read_values(self, proposed: Sequence[ProposedCondition]) -> None:
        """Values that people have, in their own spelling or under another name of the same."""
        chosen = {(parts.normalised(value), each.about) for each in proposed for value in each.values}
        names = [
            (name, value)
            for value in self.values
            for name in same_names(parts.normalised(value))
            if len(name) > 1 or name in SAME_NAMES
        ]
        for name, value in sorted(names, key=lambda pair: -len(pair[0])):
            for span in parts.occurrences(self.sentence, name):
                taken = [figure.span for figure in self.figures] + [each for each, _name in self.names]
                if parts.overlaps(span, [*taken, *self._covered()]) or self._is_object(span):
                    continue
                holders = self.values[value]
                by_model = [each for each in holders if (parts.normalised(value), each) in chosen]
                by_name = [each for each in holders if self._name_near(each, span)]
                attribute = next((few[0] for few in (by_name, holders, by_model) if len(few) == 1), "")
                if attribute:
                    self._add_value(attribute, value, span)

    def _add_value(self, attribute: str, value: str, span: Span) -> None:
        exception = parts.exception_at(self.sentence, span)
        named = self._name_near(attribute, span)
        spans = tuple(each for each in (span, exception, named) if each)
        condition = {"attribute": attribute, "is": "=", "value": value}
        self.parts.append(Part(condition, spans, is_denied=exception is not None))

    def _read_figures(self, proposed: Sequence[ProposedCondition]) -> None:
        """A number belongs to the attribute that the sentence names, whose unit it has, or that the model chose for it."""
        for figure in self.figures:
            kind = "day" if figure.day or (figure.is_window and figure.days) else "number"
            unit = figure.unit or self._unit_of_verb(figure)
            candidates = [each.name for each in self.attributes if each.kind == kind]
            candidates = [name for name in candidates if not _is_of_other_unit(name, unit)]
            before, behind = self._named(candidates, figure)
            is_deed = self._deed_near(figure)
            # How often people did something lately is not how often they ever did it.
            hinted = [
                name for name in candidates if _is_hinted(name, unit) and not (is_deed and unit == "times")
            ]
            by_model = [name for name in candidates if _is_proposed(name, figure, proposed)]
            if unit in ("age", "times") or (kind == "day" and not figure.day and is_deed):
                by_model = []
            name = next((few[0] for few in (before, hinted, behind, by_model) if len(few) == 1), "")
            if name:
                spans = (figure.span, *self._about(name, figure, unit))
                self.parts += [Part(each, spans, denied) for each, denied in _conditions(name, figure)]

    def _read_deeds(self) -> None:
        """Each with the days of its clause, else of those before it, else of those behind it, else with all days."""
        used = [part.span for part in self.parts]
        windows = [
            each
            for each in self.figures
            if each.is_window and each.span not in used and 0 < each.days <= MAX_DAYS
        ]
        for deed in self.deeds:
            if parts.overlaps(deed.span, self._covered()):
                continue
            start, end = parts.clause(self.sentence, deed.span[0])
            if self._is_vague(start, end):
                continue
            inside = [each for each in windows if start <= each.span[0] < end]
            before = [each for each in windows if each.span[0] < deed.span[0]]
            chosen = None if deed.is_ever else next(iter([*inside, *reversed(before), *windows]), None)
            if chosen and chosen.comparison.startswith(">") and deed.denial is None:
                # Longer ago than that: no rule says so.
                continue
            days = chosen.days if chosen else MAX_DAYS
            spans = tuple(each for each in (deed.span, deed.denial, chosen.span if chosen else None) if each)
            condition = {"event": deed.event, "within_days": days}
            self.parts.append(Part(condition, spans, is_denied=deed.denial is not None))

    def _read_consents(self) -> None:
        for name, key in sorted(channel_keys().items(), key=lambda pair: -len(pair[0])):
            for span in parts.occurrences(self.sentence, name):
                start, end = parts.clause(self.sentence, span[0])
                agreed = [
                    each
                    for word in CONSENT_WORDS
                    for each in parts.occurrences(self.sentence, word)
                    if start <= each[0] < end
                ]
                if key in self.agreed and agreed and not parts.overlaps(span, self._covered()):
                    denial = parts.denial_at(self.sentence, agreed[0])
                    spans = tuple(each for each in (span, *agreed, denial) if each)
                    self.parts.append(Part({"consent": key}, spans, is_denied=denial is not None))

    def _read_others(self, proposed: Sequence[ProposedCondition]) -> None:
        """Attributes that are true by their name, or known where a model says that this is asked for."""
        for span, name in self.names:
            is_known = any(each.about == name and each.operator == "set" for each in proposed)
            if parts.overlaps(span, self._covered()) or not (self.kinds[name] == "truth" or is_known):
                continue
            is_truth = self.kinds[name] == "truth"
            denial = parts.exception_at(self.sentence, span) or parts.denial_at(self.sentence, span)
            value: dict[str, Any] = {"is": "=", "value": True} if is_truth else {"is": "set"}
            spans = tuple(each for each in (span, denial) if each)
            self.parts.append(Part({"attribute": name, **value}, spans, is_denied=denial is not None))

    def _read_translated(self, proposed: Sequence[ProposedCondition]) -> None:
        """Values whose name is of another language, where a model says so of words that the sentence has."""
        for each in proposed:
            value = each.values[0] if len(each.values) == 1 else ""
            words = parts.normalised(each.words).strip()
            place = next(parts.occurrences(self.sentence, words), None)
            if place and words.isascii() != value.isascii() and each.about in self.values.get(value, ()):
                inside = _trimmed(self.sentence, *place)
                if inside and not parts.overlaps(inside, self._covered()):
                    self._add_value(each.about, value, inside)
                    self.translated.append((self.text[slice(*inside)], value))

    def _covered(self) -> list[Span]:
        return [span for part in self.parts for span in part.spans]

    def _is_vague(self, start: int, end: int) -> bool:
        """Whether a clause tells a time that is no number of days back from today."""
        known = [figure.span for figure in self.figures if figure.is_window]
        told = [each for word in VAGUE_TIMES for each in parts.occurrences(self.sentence, word)]
        told += [figure.span for figure in self.figures if figure.days and not figure.is_window]
        return any(start <= span[0] < end and not parts.overlaps(span, known) for span in told)

    def _deed_near(self, figure: Figure) -> bool:
        start, end = parts.clause(self.sentence, figure.span[0])
        return any(start <= deed.span[0] < end for deed in self.deeds)

    def _is_object(self, span: Span) -> bool:
        """Whether it is what people bought or opened, right behind the verb: that is no trait of theirs."""
        for deed in self.deeds:
            between = self.sentence[deed.span[1] : span[0]] if deed.span[1] <= span[0] else "-"
            for figure in self.figures:
                if deed.span[1] <= figure.span[0] and figure.span[1] <= span[0]:
                    between = between.replace(self.sentence[slice(*figure.span)], " ")
            if all(
                word in OBJECT_WORDS for word in between.replace("过", " 过 ").replace("了", " 了 ").split()
            ):
                return True
        return False

    def _name_near(self, name: str, span: Span) -> Span | None:
        """Where the clause of `span` names an attribute, in whole or by a part of its name."""
        start, end = parts.clause(self.sentence, span[0])
        plain = parts.normalised(name)
        for words in (plain, *_name_parts(plain)):
            for each in parts.occurrences(self.sentence, words):
                if start <= each[0] < end and not parts.overlaps(each, [span]):
                    return each
        return None

    def _named(self, candidates: Sequence[str], figure: Figure) -> tuple[list[str], list[str]]:
        """Attributes that the clause names before a figure, the nearest one, and behind it, with no figure between."""
        others = [each.span[0] for each in self.figures]
        before, behind = list[tuple[int, str]](), list[str]()
        for name in candidates:
            span = self._name_near(name, figure.span)
            if span and span[1] <= figure.span[0]:
                if not any(
                    span[1] <= other < figure.span[0] and not self._is_range(other, figure)
                    for other in others
                ):
                    before.append((span[1], name))
            elif span and not any(figure.span[1] <= other < span[0] for other in others):
                behind.append(name)
        nearest = max(before, default=(0, ""))[0]
        return [name for at, name in before if at == nearest], behind

    def _is_range(self, start: int, figure: Figure) -> bool:
        """Whether the figure that begins at `start` is the lower end of a range up to this one."""
        return figure.comparison == "<=" and not self.sentence[start : figure.span[0]].strip(
            "0123456789.- 到至~"
        )

    def _unit_of_verb(self, figure: Figure) -> str:
        """Spent more than 1,000, older than 30: what is counted is said before the number."""
        start, _end = parts.clause(self.sentence, figure.span[0])
        before = [each.span[1] for each in self.figures if start <= each.span[1] <= figure.span[0]]
        start = max([start, *before])
        return next((unit for unit in UNIT_HINTS if self._hints(unit, start, figure.span[1])), "")

    def _hints(self, unit: str, start: int, end: int) -> list[Span]:
        found = [each for word in UNIT_HINTS.get(unit, ()) for each in parts.occurrences(self.sentence, word)]
        return [each for each in found if start <= each[0] < end]

    def _about(self, name: str, figure: Figure, unit: str) -> list[Span]:
        """What the clause says of the attribute besides the number."""
        start, _end = parts.clause(self.sentence, figure.span[0])
        hints = self._hints(unit, start, figure.span[0]) if _is_hinted(name, unit) else []
        named = self._name_near(name, figure.span)
        return [*([named] if named else []), *hints]

    def _left_out(self) -> list[str]:
        """Runs of words that nothing stands for, without those that say nothing of people."""
        covered = [False] * len(self.sentence)
        for start, end in self._covered():
            covered[start:end] = [True] * (end - start)
        left_out, start = list[str](), 0
        for at in range(len(self.sentence) + 1):
            is_end = at == len(self.sentence) or covered[at] or parts.is_break(self.sentence, at)
            if is_end:
                if inside := _trimmed(self.sentence, start, at):
                    # One character alone tells nobody what was meant: 老客户, not 老.
                    span = inside if inside[1] - inside[0] > 1 else (inside[0], at)
                    left_out.append(self.text[slice(*span)])
                start = at + 1
        return list(dict.fromkeys(left_out))[:MAX_LEFT_OUT]


def same_names(value: str) -> tuple[str, ...]:
    """What else a value is called: 上海, 上海市 and Shanghai."""
    short = value.removesuffix("市").removesuffix("省") if len(value) > 2 else value
    return tuple(dict.fromkeys((value, *SAME_NAMES.get(short, (short,)))))


def _conditions(name: str, figure: Figure) -> list[tuple[dict[str, Any], bool]]:
    """Of one number about one attribute, each with whether it is denied."""
    if figure.day:
        comparison = figure.comparison or "="
        return [({"attribute": name, "is": comparison, "value": figure.day}, False)]
    if figure.is_window and figure.days:
        within = {"attribute": name, "is": "within_days", "value": min(figure.days, MAX_DAYS)}
        is_longer = figure.comparison.startswith(">")
        return [({"attribute": name, "is": "set"}, False), (within, True)] if is_longer else [(within, False)]
    value = int(figure.value) if figure.value.is_integer() else figure.value
    return [({"attribute": name, "is": figure.comparison or "=", "value": value}, False)]


def _is_hinted(name: str, unit: str) -> bool:
    return any(hint in parts.normalised(name) for hint in UNIT_HINTS.get(unit, ()))


def _is_of_other_unit(name: str, unit: str) -> bool:
    return (
        unit in UNIT_HINTS
        and not _is_hinted(name, unit)
        and any(_is_hinted(name, each) for each in UNIT_HINTS)
    )


def _is_proposed(name: str, figure: Figure, proposed: Iterable[ProposedCondition]) -> bool:
    texts = {figure.day} if figure.day else {f"{figure.value:g}", f"{figure.days}", str(int(figure.value))}
    return any(
        each.about == name and texts & {value.strip().replace(",", "") for value in each.values}
        for each in proposed
    )


def _name_parts(name: str) -> list[str]:
    """Words of a Latin name, and every two characters or more of a Chinese one; the longest first."""
    if name.isascii():
        words = name.replace("_", " ").split()
        return [each for each in words if len(each) > 3] if len(words) > 1 else []
    sizes = range(len(name) - 1, 1, -1)
    return [name[at : at + size] for size in sizes for at in range(len(name) - size + 1)]


def _trimmed(sentence: str, start: int, end: int) -> Span | None:
    """Without words at both ends that say nothing of people; None where nothing else is left."""
    while True:
        text = sentence[start:end]
        start += len(text) - len(text.lstrip(" \t\n\"'“”‘’()（）、:：-"))
        end = start + len(sentence[start:end].rstrip(" \t\n\"'“”‘’()（）、:：-"))
        text = sentence[start:end]
        if not text:
            return None
        first = next((each for each in STOP_WORDS if _begins(text, each)), "")
        last = next((each for each in STOP_WORDS if _ends(text, each)), "")
        if not first and not last:
            return start, end
        if first:
            start += len(first)
        else:
            end -= len(last)


def _begins(text: str, word: str) -> bool:
    return text.startswith(word) and not (word.isascii() and text[len(word) : len(word) + 1].isalnum())


def _ends(text: str, word: str) -> bool:
    before = text[-len(word) - 1 : -len(word)]
    return text.endswith(word) and not (word.isascii() and before.isascii() and before.isalnum())


def _rule(sentence: str, ordered: Sequence[Part]) -> dict[str, Any]:
    """Parts with “or” between them are alternatives of each other; all others have to hold together."""
    groups: list[list[Part]] = []
    for part in ordered:
        before = groups[-1][-1] if groups else None
        between = sentence[before.span[1] : part.span[0]] if before else ""
        is_listed = _is_list(between)
        if before and is_listed and _is_same_question(before, part):
            part = replace(part, is_denied=before.is_denied or part.is_denied)
            if before.is_denied == part.is_denied:
                values = before.condition["value"]
                values = [*(values if isinstance(values, list) else [values]), part.condition["value"]]
                joined = {**part.condition, "is": "in", "value": list(dict.fromkeys(values))}
                groups[-1][-1] = Part(joined, part.spans, part.is_denied)
                continue
        is_or = any(True for word in parts.OR_WORDS for _span in parts.occurrences(between, word))
        if before and is_or and not (before.is_denied and part.is_denied):
            groups[-1].append(part)
        else:
            groups.append([part])
    return _json(groups)


def _is_same_question(before: Part, part: Part) -> bool:
    one, other = before.condition, part.condition
    return (
        one.get("is") in ("=", "in")
        and other.get("is") == "="
        and isinstance(other["value"], str)
        and one["attribute"] == other["attribute"]
    )


def _is_list(between: str) -> bool:
    for word in LIST_WORDS:
        between = between.replace(word, " ")
    return not between.strip()


def _json(groups: Sequence[Sequence[Part]]) -> dict[str, Any]:
    """Alternatives on the outside, as rows of a form show them, where they are few."""
    unlike = [list({str(part.as_json()): part for part in group}.values()) for group in groups]
    count = 1
    for group in unlike:
        count *= len(group)
    if not unlike:
        return {}
    if count > MAX_ALTERNATIVES:
        return _joined("all", [_joined("any", [part.as_json() for part in group]) for group in unlike])
    return _joined(
        "any", [_joined("all", [part.as_json() for part in chosen]) for chosen in product(*unlike)]
    )


def _joined(word: str, conditions: Sequence[dict[str, Any]]) -> dict[str, Any]:
    unlike = list({str(each): each for each in conditions}.values())
    return unlike[0] if len(unlike) == 1 else {word: unlike}
