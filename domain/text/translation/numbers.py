"""Numbers of a text and of its translation, compared by value: 1,234.5 is 1.234,5 in German and 3万 is 30 000."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from domain.text.translation import dates, designations, spoken_numbers
from domain.text.translation.segments import Pair
from llm_backend import figure_order, figures, patterns

DECIMAL_COMMA = frozenset({"de", "fr", "es"})
_WIDE = str.maketrans("０１２３４５６７８９％．，：萬億만억천", "0123456789%.,:万亿万亿千")
_FRACTION = patterns.compile(r"(?<!\d)(\d{0,9})([¼½¾])")
_FRACTIONS = {"¼": ".25", "½": ".5", "¾": ".75"}
_SPACED = patterns.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_SEPARATED = patterns.compile(r"(?<!\d)\d++(?:[.,]\d++)++")
_SEPARATOR = patterns.compile(r"[.,]")
_ORDINAL = patterns.compile(r"(?<=\d)(?:st|nd|rd|th|s|er|ème|e|º|ª)(?![^\W\d_])")
_CLOCK = patterns.compile(r"(?<!\d)(\d{1,2})(?:h(?=\d\d(?!\d))|\.(?=\d\d uhr))")
# One in the second half of the day, as the languages say it that write no pm: 6 Uhr abends, 6 h du soir.
_LATER = patterns.compile(
    r"(?<![\d.,:])(\d{1,2})(?:[:.](\d\d))?\s?(?:uhr|h|horas?)?\s"
    r"(?:abends|nachmittags|de la tarde|de la noche|du soir|de l['’]après-midi)(?![^\W_])"
)
# The same in English, where a number alone may count something: 3 in the afternoon, tonight at 9:30.
_LATER_EN = patterns.compile(
    r"(?<![\d.,:$])(?:(\d{1,2})(?::(\d\d))?(?:\so['’]clock)?\s(?:in\sthe\s(?:afternoon|evening)|at\snight)"
    r"|(\d{1,2}):(\d\d)\s(?:(?:every|each|this|that|tomorrow|yesterday|on\s[a-z]{3,6}day)\s(?:afternoon|evening|night)|tonight))"
    r"(?![a-z])"
    r"|(?:(?<=tonight at )|(?<=evening at )|(?<=afternoon at ))(\d{1,2}):(\d\d)(?!\s?[ap]\.?m)"
)
_DECADE = patterns.compile(r"(?<!\d)(\d{2})世纪(\d)0年代")
_MONEY = patterns.compile(r"(?<=[$€£¥])(\d{1,15}(?:\.\d{1,9})?)m(?![^\W\d_])")
# 1920x1080 is 1920×1080.
_TIMES = patterns.compile(r"(?<=\d)\s?[x✕*]\s?(?=\d)")
_BEFORE_LETTER = patterns.compile(r"(?<=\d)(?=[a-z])")
_DIGIT = patterns.compile(r"\d")
_SCALE = patterns.compile(
    r"(?<![\d.亿])(\d{1,15}(?:\.\d{1,9})?)[\s\u00a0-]{0,3}(thousand|tausend|mil(?: millones)?|mille|millions?|millionen"
    r"|millón|millones|mio|bn|milliarden?|milliards?|mrd|billions?|billionen|billones|trillions?|百万|千万)(?![^\W\d_])"
)
_POWERS = {
    **dict.fromkeys(("thousand", "tausend", "mille", "mil"), 3),
    **dict.fromkeys(("million", "millions", "millionen", "millón", "millones", "mio", "百万"), 6),
    **dict.fromkeys(("milliarde", "milliarden", "milliard", "milliards", "mrd", "mil millones", "bn"), 9),
    **dict.fromkeys(("billionen", "billones", "trillion", "trillions"), 12),
    "千万": 7,
}
_MONTHS = """january januar janvier enero|february februar février febrero|march märz mars marzo|april avril abril
|may mai mayo|june juni juin junio|july juli juillet julio|august août agosto|september septembre septiembre
|october oktober octobre octubre|november novembre noviembre|december dezember décembre diciembre"""
_MONTH_NAMES = "january|february|march|april|may|june|july|august|september|october|november|december"
_MONTH_OF_DATE = patterns.compile(
    rf"(?<![a-z])(?:({_MONTH_NAMES})\s{{1,3}}\d{{1,4}}(?!\d)|(?<=\d)\s{{1,3}}({_MONTH_NAMES})(?![a-z]))"
)
_COUNTS = """eins un uno|zwei deux dos|drei trois tres|vier quatre cuatro|fünf cinq cinco|sechs six seis|sieben sept siete
|acht huit ocho|neun neuf nueve|zehn dix diez|elf onze once|zwölf douze doce"""
_VALUE_OF = {
    name: str(number)
    for table in (_MONTHS, _COUNTS)
    for number, names in enumerate(table.split("|"), start=1)
    for name in names.split()
}
_NOON = patterns.compile(r"(?<![^\W\d_])(?:noon|midday|mittags?|midi|mediodía)(?![^\W\d_])|正午|中午|정오")
_TENTHS = patterns.compile(r"(?<![\d.])(\d\.\d|\d{1,2})\s?折(?!叠|合|算|旧|扣)")
_TENTHS_IN_WORDS = patterns.compile(r"([一二三四五六七八九]{1,2})折(?!叠|合|算|旧|扣)")
_PERCENT_OFF = patterns.compile(r"(?<![\d.])([1-9]\d?)\s?%\s(?:off|discount|reduction)(?![^\W_])")
_NUMERAL = patterns.compile(r"[零〇一二两三四五六七八九十百千万亿]{1,12}")
_WORD = patterns.compile(r"[^\W\d_]++")
# Units of one thing by their size, of which `figures` knows the commonest alone: 0.5 mg is not 0.5 g.
_SIZES = """microgram: 微克 μg µg mcg microgram micrograms
milligram: 毫克 mg milligram milligrams
gram: 克 g gram grams
kilogram: 公斤 千克 kg kilogram kilograms kilo kilos
tonne: 吨 t tonne tonnes ton tons
millimetre: 毫米 mm millimetre millimetres millimeter millimeters
centimetre: 厘米 cm centimetre centimetres centimeter centimeters
metre: 米 m metre metres meter meters
kilometre: 公里 千米 km kilometre kilometres kilometer kilometers
millilitre: 毫升 ml millilitre millilitres milliliter milliliters
litre: 升 l litre litres liter liters
mile: 英里 mile miles
foot: 英尺 ft foot feet
inch: 英寸 inch inches
pound: 磅 lb lbs pound pounds
ounce: 盎司 oz ounce ounces
jin: 斤 市斤 jin catty catties
mu: 亩 mu
hectare: 公顷 ha hectare hectares
watt: 瓦 w watt watts
kilowatt: 千瓦 kw kilowatt kilowatts"""
_SIZE_OF = {
    name: size for size, names in (line.split(":") for line in _SIZES.splitlines()) for name in names.split()
}
_SIZED = patterns.compile(
    rf"(?:(?<![\d.])(\d{{1,15}}(?:\.\d{{1,9}})?)[\s\u00a0-]{{0,3}}|(?<=每)|(?<=/)|(?<=(?<![a-z])per\s))"
    rf"({'|'.join(sorted(map(patterns.escape, _SIZE_OF), key=len, reverse=True))})(?![a-zμµ])"
)
_AMOUNT_UNITS = frozenset(
    {"day", "hour", "week", "month", "year", "yuan", "dollar", "euro", "percent", "person", "page"}
)
# 三五天 are some, and 隔两天 is every third day.
_ABOUT = patterns.compile(
    r"[一二两三四五六七八九]{2}(?=[天日年周]|个月|小时|星期)|隔[一二两三四五六七八九\d]{1,3}"
)
# A number below zero for certain; a stroke at the very beginning may be that of a list, one behind a word that of a name.
_BELOW_ZERO = patterns.compile(
    r"(?:(?<![a-z\u00c0-\u024f\u3040-\u9fff\d.,%°℃)-])(?<!^)[-−–](?=\d)|[-−–](?=\d{1,9}(?:\.\d{1,9})?\s?(?:°|℃|度|degrees)))"
    r"(?<![a-z\u00c0-\u024f\d.,%°℃)][-−–])(\d++(?:\.\d++)?)"
    r"|零下\s?(\d++(?:\.\d++)?|[一二三四五六七八九十]{1,3})|(?<![a-z])(?:minus|negative)\s(\d++(?:\.\d++)?)"
    r"|(?<![\d.])(\d++(?:\.\d++)?)\s?(?:°\s?[cf]?|degrees)?(?:\s(?:celsius|fahrenheit))?\sbelow\s(?:zero|freezing)"
)
# A stroke so near behind a number is that of a range: 5 克-10 克.
_RANGE_CHARACTERS = 6
# What may say so, in any language.
_MAY_BE_BELOW_ZERO = patterns.compile(
    r"[-−–—－]\s?[$€£¥]?\d|零下|零度以下|[负負减減降跌亏]|minus|negati|négati|below (?:zero|freezing)|sub-?zero|loss|lost"
    r"|fell|drop|declin|decreas|moins|sous z|menos|bajo cero|unter null|氷点下|マイナス|영하|마이너스"
)
# Numbers up to this one may have been words that nobody here reads: “trois”, “셋”, “el primero”.
MAX_OF_WORDS = 12


def problems(source: str, translation: str, pair: Pair) -> tuple[list[str], list[str], list[str]]:
    """Values that are missing in the translation, that have another unit there, and that came from nowhere."""
    before, after = plain_numbers(source, pair.source), plain_numbers(translation, pair.target)
    for alike in (spoken_numbers.without_round_the_clock, spoken_numbers.with_same_phones):
        before, after = alike(before, after), alike(after, before)
    in_source, in_translation = figures.read(before), figures.read(after)
    source_numbers, translation_numbers = (
        _written_in_digits(before, in_source),
        _written_in_digits(after, in_translation),
    )
    words_before, words_after = _in_words(before), _in_words(after)
    if pair == Pair("zh", "en"):
        words_after |= designations.ordinal_words(after)
    missing = [
        value
        for value in source_numbers
        if not (_is_among(value, in_translation) or value in words_after or _is_of_phone(value, after))
    ]
    missing += _named_by_words(
        source, before, pair, {*in_translation, *words_after, *designations.ordinals(after)}
    )
    added = _numbered_anew(translation, pair, {*in_source, *words_before, *designations.ordinals(before)})
    changed = [
        value
        for value in source_numbers
        if value in in_translation and not figures.agree({value: in_source[value]}, [in_translation])
    ]
    changed += _other_sizes(before, after)
    missing += _signs_lost(before, after) + dates.moved_days(before, after)
    missing += designations.versions_lost(source, translation, pair)
    missing += _other_amounts((before, in_source), (after, in_translation))
    missing += [before[start:end] for start, end in figure_order.turned(before, after)]
    # See MAX_OF_WORDS.
    small = {
        value
        for value in translation_numbers
        if value.isdigit() and len(value) < 3 and int(value) <= MAX_OF_WORDS
    }
    added += [
        value
        for value in translation_numbers
        if value not in small
        and not (_is_among(value, in_source) or value in words_before or _is_of_phone(value, before))
    ]
    added += _signs_lost(after, before) + _other_discounts(before, after)
    return missing, changed, added


def _other_sizes(before: str, after: str) -> list[str]:
    """Values that are measured on both sides, and by no unit that both have."""
    source, translation = _sizes(before), _sizes(after)
    return [value for value in source if value in translation and not source[value] & translation[value]]


def _other_amounts(*texts: tuple[str, figures.Figures]) -> list[str]:
    """Of what the source says of a unit, in words too, what the translation lacks that says another number of it:
    十五日 is not fifty days.
    """
    before, after = (spoken_numbers.with_halves(_ABOUT.sub(" ", plain)) for plain, _ in texts)
    source, translation = (
        known if plain == new else figures.read(new)
        for (plain, known), new in zip(texts, (before, after), strict=True)
    )
    lost = [value for value in source if not _is_among(value, translation)]
    others = [value for value in translation if not _is_among(value, source)]
    if not _amount_units(source, lost) & _amount_units(translation, others):
        return []
    words_before, words_after = (
        _in_words(plain) | designations.ordinal_words(plain) for plain in (before, after)
    )
    units = _amount_units(translation, [value for value in others if value not in words_before])
    return [value for value in lost if value not in words_after and source[value] & units]


def _amount_units(text_figures: figures.Figures, values: Sequence[str]) -> frozenset[str]:
    return _AMOUNT_UNITS.intersection(unit for value in values for unit in text_figures[value])


def _sizes(plain: str) -> dict[str, set[str]]:
    sizes: dict[str, set[str]] = {}
    for match in _SIZED.finditer(plain):
        # What is per kilogram is not per 500 g.
        sizes.setdefault(figures.decimal(match[1] or "1"), set()).add(_SIZE_OF[match[2]])
    return sizes


def _signs_lost(plain: str, other: str) -> list[str]:
    """Numbers below zero of a text where the other one has none that could be: -18 °C is not 18 °C."""
    if _MAY_BE_BELOW_ZERO.search(other):
        return []
    found = (
        match
        for match in _BELOW_ZERO.finditer(plain)
        if not (match[1] and _DIGIT.search(plain[max(0, match.start() - _RANGE_CHARACTERS) : match.start()]))
    )
    return [f"-{next(filter(None, match.groups()))}" for match in found]


def _named_by_words(source: str, plain: str, pair: Pair, there: set[str]) -> list[str]:
    """What the source says in words and must not be lost all the same: 二号烘干机, and the month of a date."""
    if pair == Pair("zh", "en"):
        return [numeral for numeral, value in designations.numbered(source) if value not in there]
    if pair.source == "en" and pair.target in ("zh", "ja", "ko"):
        months = (match[1] or match[2] for match in _MONTH_OF_DATE.finditer(plain))
        named = [(month.capitalize(), _VALUE_OF[month]) for month in months]
        return [name for name, value in (*named, *designations.in_roman(source)) if value not in there]
    return []


def _numbered_anew(translation: str, pair: Pair, there: set[str]) -> list[str]:
    """What only a Chinese translation names by a number: the first quarter is not 第三季度."""
    if pair != Pair("en", "zh"):
        return []
    return [numeral for numeral, value in designations.numbered(translation) if value not in there]


def plain_numbers(text: str, language: str) -> str:
    """The text in small letters, its digits with a decimal point and nothing between thousands."""
    text = text.translate(_WIDE).lower()
    text = _TIMES.sub("×", text)
    text = _FRACTION.sub(lambda match: f"{match[1] or 0}{_FRACTIONS[match[2]]}", text)
    text = spoken_numbers.written_out(_CLOCK.sub(r"\1:", text))
    if language == "en":
        text = _LATER_EN.sub(_in_second_half, text)
    if language in DECIMAL_COMMA:
        text = _LATER.sub(lambda match: f"{match[1]}:{match[2] or '00'} pm", text)
        text = _SPACED.sub("", text)
    text = _SEPARATED.sub(partial(_join_thousands, "," if language in DECIMAL_COMMA else "."), text)
    text = _ORDINAL.sub("", text)
    # 20世纪70年代 are the 1970s: the century before the one that is named.
    text = _DECADE.sub(lambda match: f"{100 * (int(match[1]) - 1) + 10 * int(match[2])}年代", text)
    text = _MONEY.sub(r"\1 million", text)
    text = _SCALE.sub(partial(_write_out_scale, language), text)
    return _BEFORE_LETTER.sub(" ", text)


def _in_second_half(match: patterns.Match[str]) -> str:
    hour, minutes = match[1] or match[3] or match[5], match[2] or match[4] or match[6] or "00"
    return f"{hour}:{minutes} pm" if int(hour) < 12 else match[0]


def _is_of_phone(value: str, other: str) -> bool:
    """Whether it is part of a telephone number that the other text groups otherwise."""
    return len(value) > 2 and any(value in digits for digits in spoken_numbers.phone_digits(other))


def _written_in_digits(plain: str, text_figures: figures.Figures) -> list[str]:
    """What is not there any more without the digits: a translator may write “two” as 两 or as 2, but not 2 as 3."""
    in_words = figures.read(_DIGIT.sub(" ", plain)) if text_figures else {}
    return [value for value in text_figures if value not in in_words]


def _is_among(value: str, text_figures: figures.Figures) -> bool:
    hour, colon, minute = value.partition(":")
    # Only some languages say of a full hour that it is one: 18 Uhr, à 18 h.
    is_in_parts = (
        bool(colon) and hour in text_figures and (minute == "00" or minute.lstrip("0") in text_figures)
    )
    return (
        value in text_figures
        or is_in_parts
        or any(value in each.split(":") for each in text_figures if ":" in each)
    )


def _in_words(plain: str) -> set[str]:
    """Months, small numbers, noon, discounts as another language counts them, and Chinese numerals whatever stands behind
    them: 两座城市 are two.
    """
    words = {_VALUE_OF[word] for word in _WORD.findall(plain) if word in _VALUE_OF}
    words |= {"12:00"} if _NOON.search(plain) else set()
    words |= {str(figures.whole(numeral)) for numeral in _NUMERAL.findall(plain)}
    return words | _discounts(plain) | spoken_numbers.also_read(plain)


def _discounts(plain: str) -> set[str]:
    """What is taken off at 八五折, which is 15% off; and the other way round what is left to pay, as 折 say it."""
    left = [100 - int(percent) for percent in _PERCENT_OFF.findall(plain)]
    values = [*_taken_off(plain), *map(str, left), *(str(Decimal(each) / 10) for each in left)]
    return set(map(figures.decimal, values))


def _taken_off(plain: str) -> set[str]:
    """In per cent, where a text says in tenths what is left to pay: 8折, 8.5折, 85折, 八五折."""
    tenths = [figures.decimal(found) for found in _TENTHS.findall(plain)]
    tenths += [
        "".join(str(figures.whole(each)) for each in found) for found in _TENTHS_IN_WORDS.findall(plain)
    ]
    return {figures.decimal(str(100 - Decimal(each) * (1 if len(each) == 2 else 10))) for each in tenths}


def _other_discounts(before: str, after: str) -> list[str]:
    """八五折 is not 85% off, and 15% off not 15折."""
    taken_off, told_off = _taken_off(before), _PERCENT_OFF.findall(before)
    taken_off_there = _taken_off(after)
    wrong = [each for each in _PERCENT_OFF.findall(after) if each not in taken_off] if taken_off else []
    return wrong + ([each for each in told_off if each not in taken_off_there] if taken_off_there else [])


def _join_thousands(decimal_mark: str, match: patterns.Match[str]) -> str:
    """Dates and versions have several separators that part no thousands: each of their numbers counts alone."""
    parts = _SEPARATOR.split(match[0])
    marks = _SEPARATOR.findall(match[0])
    groups = parts[1:] if len(set(marks)) == 1 else parts[1:-1]
    are_thousands = len(parts[0]) <= 3 and all(len(part) == 3 for part in groups)
    if len(set(marks)) == 2 and are_thousands and marks[-1] not in marks[:-1]:
        return f"{''.join(parts[:-1])}.{parts[-1]}"
    if len(set(marks)) == 1 and are_thousands and (len(marks) > 1 or marks[0] != decimal_mark):
        return "".join(parts)
    if len(marks) == 1 and (marks[0] == decimal_mark or marks[0] == "."):
        return ".".join(parts)
    return " ".join(parts)


def _write_out_scale(language: str, match: patterns.Match[str]) -> str:
    scale = match[2]
    # A billion is a thousand millions in English alone.
    power = _POWERS.get(scale, 9 if language not in DECIMAL_COMMA else 12)
    return f"{Decimal(match[1]).scaleb(power):f} "
