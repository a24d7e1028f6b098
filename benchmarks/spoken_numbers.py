"""Whether a number means in figures what it meant in words, by a reader that the writer knows nothing of. No model is asked.

Two sources: forms that are made from known values, and with `--data` every number of real consultations. `changed` counts
texts whose figures hold a value that was not said; a range or a vague amount (三五分钟) has no figure at all.
`normalised_share`: how many of the numbers with one certain value are written in figures.
"""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

import cn2an

from benchmarks import intervals
from benchmarks.clinical_talks import talks
from domain.clinical.dialogue import number_words_en, text_normalisation_zh
from llm_backend import patterns

COMMAND = "eval numbers"
FORMS = 2000
SHOWN_CHARACTERS = 200
_SMALL = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen
"""
_TENS = "- - twenty thirty forty fifty sixty seventy eighty ninety"
SMALL, TENS, DIGITS = _SMALL.split(), _TENS.split(), "零一二三四五六七八九"
ZH_UNITS = ("天", "小时", "分钟", "次", "片", "毫克", "毫升", "岁", "个月", "年", "斤", "周")
_EN_UNITS = "days hours minutes times tablets milligrams weeks months years pounds"
EN_UNITS = _EN_UNITS.split()
DIGIT_WORDS = {word: str(value) for value, word in enumerate(SMALL[:10])} | {"oh": "0"}
NUMERALS = patterns.compile(r"[零〇一二两三四五六七八九十百千万点]{1,40}")
NAMED = {name: str(value) for value, name in enumerate(DIGITS)} | {"〇": "0"}
FIGURE = patterns.compile(r"\d{1,40}(?:\.\d{1,40})?")
NUMBER_WORD = patterns.compile(r"[a-z]{1,20}")


@dataclass(frozen=True)
class Form:
    """`values`: those that its figures may have; with `is_certain` the last of them has to be there."""

    text: str
    values: frozenset[Decimal]
    is_certain: bool = False

    @classmethod
    def certain(cls, text: str, *values: Decimal | int) -> Self:
        return cls(text, frozenset(Decimal(each).normalize() for each in values), True)


def run(
    data: Annotated[Sequence[Path], "directories of consultations"] = (),
    seed: int = 0,
    shown: Annotated[bool, "print what was changed"] = False,
) -> dict[str, Any]:
    made = list(made_forms(random.Random(seed), FORMS))
    utterances = [
        each.text.lower() for path in data for talk in talks(path) for each in talk.transcript.utterances
    ]
    said = [Form(text, said_values(text)) for text in dict.fromkeys(utterances)]
    changed = [form for form in [*made, *said] if is_changed(form)]
    if shown:
        for form in changed:
            written = values_in(figures_of(form.text)) - form.values - values_in(form.text)
            print(f"{sorted(map(str, written))} {form.text[:SHOWN_CHARACTERS]}")
    certain = [form for form in made if form.is_certain]
    normalised = [form.values <= values_in(figures_of(form.text)) for form in certain]
    return {
        "model": "rules",
        "trained_on": [],
        "tested_on": ["made forms", *(f"{path.name}/" for path in data)],
        "forms": len(made),
        "utterances_with_numbers": sum(1 for form in said if form.values),
        "changed": len(changed),
        **intervals.share("changed_share", [is_changed(form) for form in [*made, *said]]),
        **intervals.share("normalised_share", normalised),
    }


def figures_of(text: str) -> str:
    """As a record writes it."""
    if patterns.search("[一-鿿]", text):
        return text_normalisation_zh.with_figures(text)
    return number_words_en.with_figures(text)


def is_changed(form: Form) -> bool:
    return not values_in(figures_of(form.text)) <= form.values | values_in(form.text)


def values_in(text: str) -> frozenset[Decimal]:
    return frozenset(Decimal(figure).normalize() for figure in FIGURE.findall(text))


def made_forms(chance: random.Random, count: int) -> Iterator[Form]:
    makers = (
        *(_zh_count, _zh_vague, _zh_decimal, _zh_value, _zh_degrees, _zh_year),
        *(_en_count, _en_vague, _en_pressure, _en_dose),
    )
    for number in range(count):
        yield makers[number % len(makers)](chance)


def spell(value: int) -> str:
    """A number below a thousand, as people say it."""
    if value < 20:
        return SMALL[value]
    if value < 100:
        return TENS[value // 10] + (f" {SMALL[value % 10]}" if value % 10 else "")
    rest = value % 100
    return f"{SMALL[value // 100]} hundred" + (f" {spell(rest)}" if rest else "")


def _zh_count(chance: random.Random) -> Form:
    value = chance.choice((chance.randint(1, 20), chance.randint(20, 120), chance.randint(120, 3000)))
    spoken = cn2an.an2cn(value).removeprefix("一") if 10 <= value < 20 else cn2an.an2cn(value)
    return Form.certain(f"大概{spoken}{chance.choice(ZH_UNITS)}", value)


def _zh_vague(chance: random.Random) -> Form:
    first = chance.randint(1, 8)
    pair, unit = f"{DIGITS[first]}{DIGITS[first + 1]}", chance.choice(ZH_UNITS)
    others = ("三五", "两三", "几", "十几", "十来", "一百多", f"{pair}千")
    spoken = chance.choice((pair, f"十{pair}", f"{pair}十", f"{pair}百", *others))
    return Form(f"有{spoken}{unit}吧", frozenset())


def _zh_decimal(chance: random.Random) -> Form:
    value = Decimal(chance.randint(1, 400)) / 10
    spoken = cn2an.an2cn(str(value)).replace("一十", "十")
    return Form.certain(f"量了是{spoken}{chance.choice(('毫克', '毫升', '厘米', '公斤'))}", value)


def _zh_value(chance: random.Random) -> Form:
    """With nothing behind it that counts, as values are read out."""
    value = Decimal(f"{chance.randint(0, 2)}.{chance.randint(1, 99):02}").normalize()
    name = chance.choice(("视力", "踝肱指数", "肌酐", "血钾"))
    return Form.certain(f"{name}{chance.choice(('左侧', '右侧', ''))}{cn2an.an2cn(str(value))}", value)


def _zh_degrees(chance: random.Random) -> Form:
    whole, tenth = chance.randint(35, 41), chance.randint(1, 9)
    return Form.certain(f"最高{cn2an.an2cn(whole)}度{DIGITS[tenth]}", Decimal(f"{whole}.{tenth}"))


def _zh_year(chance: random.Random) -> Form:
    year = chance.randint(1950, 2026)
    return Form.certain(f"是{''.join(DIGITS[int(digit)] for digit in str(year))}年做的手术", year)


def _en_count(chance: random.Random) -> Form:
    value = chance.choice((chance.randint(2, 20), chance.randint(20, 99), chance.randint(100, 999)))
    return Form.certain(f"for about {spell(value)} {chance.choice(EN_UNITS)}", value)


def _en_vague(chance: random.Random) -> Form:
    first, second = sorted(chance.sample((2, 3, 5, 10, 15, 20, 30, 40, 50, 60), 2))
    text = f"maybe {spell(first)} {spell(second)} {chance.choice(('days', 'minutes', 'times'))}"
    return replace(Form.certain(text, first, second), is_certain=False)


def _en_pressure(chance: random.Random) -> Form:
    upper, lower = chance.randint(100, 189), chance.randint(50, 99)
    spoken = f"one {spell(upper - 100)}" if upper >= 120 else spell(upper)
    return Form.certain(f"it was {spoken} over {spell(lower)}", upper, lower)


def _en_dose(chance: random.Random) -> Form:
    """“Point two five milligrams”, “twelve point five”, “two and a half”."""
    unit = chance.choice(("milligrams", "micrograms", "grams", "percent"))
    if chance.random() < 0.2:
        whole = chance.randint(1, 20)
        return Form.certain(f"take {spell(whole)} and a half {unit}", whole + Decimal("0.5"))
    whole = chance.choice((0, 0, chance.randint(1, 200)))
    digits = "".join(str(chance.randint(0, 9)) for _ in range(chance.randint(0, 2)))
    digits += str(chance.randint(1, 9))
    read = " ".join(chance.choice(("oh", "zero")) if digit == "0" else SMALL[int(digit)] for digit in digits)
    spoken = chance.choice(("", "zero ", "oh ")) if whole == 0 else f"{spell(whole)} "
    return Form.certain(f"take {spoken}point {read} {unit}", Decimal(f"{whole}.{digits}"))


def said_values(text: str) -> frozenset[Decimal]:
    """Every value that the words of a text can have, by this file's own reading of them."""
    values: set[Decimal] = set()
    for numeral in NUMERALS.findall(text):
        values |= _zh_values(numeral)
    for match in patterns.finditer(r"(\d{1,3}|[一二三四五六七八九十]{1,4})度([一二三四五六七八九])", text):
        for whole in {Decimal(match[1])} if match[1].isdigit() else _zh_values(match[1]):
            values.add(whole + Decimal(NAMED[match[2]]) / 10)
    values |= {Decimal(f"{figure}.5") for figure in patterns.findall(r"(\d{1,40}) and a half", text)}
    words = NUMBER_WORD.findall(patterns.sub(r"\ba (?=hundred|thousand)", "one ", text))
    for start in range(len(words)):
        for end in range(start + 1, min(start + 9, len(words) + 1)):
            values |= _en_values(words[start:end])
    return frozenset(value.normalize() for value in values)


def _zh_values(numeral: str) -> set[Decimal]:
    found = set()
    with suppress(ValueError):
        found.add(Decimal(str(cn2an.cn2an(numeral.replace("两", "二").replace("〇", "零"), "smart"))))
    if len(numeral) == 4 and all(each in NAMED for each in numeral):
        found.add(Decimal("".join(NAMED[each] for each in numeral)))
    return found


def _en_values(words: Sequence[str]) -> set[Decimal]:
    """The words as one number: added up, with a decimal part, or read out in two groups as years and pressures are."""
    if len(words) > 3 and list(words[-3:]) == ["and", "a", "half"]:
        return {value + Decimal("0.5") for value in _en_values(words[:-3])}
    if "point" in words[:-1]:
        at = list(words).index("point")
        wholes = {Decimal(0)} if list(words[:at]) in ([], ["oh"]) else _en_values(words[:at])
        return {whole + part for whole in wholes for part in _decimals(words[at + 1 :])}
    total = _sum_words(words)
    found = {Decimal(total)} if total is not None else set()
    for cut in range(1, len(words)):
        first, second = _sum_words(words[:cut]), _sum_words(words[cut:])
        if first and second and 10 <= second < 100 and first < 100:
            found.add(Decimal(first * 100 + second))
    return found


def _decimals(words: Sequence[str]) -> set[Decimal]:
    """Digit by digit, or as one number: “point two five”, “point twenty five”."""
    if all(word in DIGIT_WORDS for word in words):
        return {Decimal(f"0.{''.join(DIGIT_WORDS[word] for word in words)}")}
    group = _sum_words(words)
    return {Decimal(f"0.{group}")} if group is not None and group >= 10 else set()


def _sum_words(words: Sequence[str]) -> int | None:
    """None where they are no number in the usual order. `last`: what comes next has to be smaller."""
    total, part, last = 0, 0, 100
    for word in words:
        value = SMALL.index(word) if word in SMALL else TENS.index(word) * 10 if word in TENS[2:] else None
        if word == "hundred" and part < 100:
            part, last = max(part, 1) * 100, 100
        elif word == "thousand" and part:
            total, part, last = total + part * 1000, 0, 100
        elif value is not None and value < last:
            part, last = part + value, 10 if value >= 20 else 0
        elif word != "and" or not (part or total):
            return None
    return total + part if words[-1] != "and" else None
