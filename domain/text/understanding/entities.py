"""Order numbers, amounts, dates and the shop's products in a message, by rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from domain.text.understanding.products import NO_PRODUCTS, ProductNames
from llm_backend import figures, patterns
from llm_backend.unicode_forms import nfkc

Kind = Literal["order_number", "amount", "date", "product"]


@dataclass(frozen=True)
class Entity:
    """`text` as written, in half-width; `value` in one spelling: `1299.00 CNY`, `2026-03-05`, `A-1029`, `Green tea`."""

    kind: Kind
    text: str
    value: str


_CURRENCIES = {
    "¥": "CNY", "￥": "CNY", "元": "CNY", "块": "CNY", "块钱": "CNY", "人民币": "CNY", "rmb": "CNY", "cny": "CNY",
    "yuan": "CNY", "$": "USD", "usd": "USD", "dollar": "USD", "dollars": "USD", "美元": "USD", "€": "EUR",
    "eur": "EUR", "euro": "EUR", "euros": "EUR", "欧元": "EUR", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "英镑": "GBP",
}  # fmt: skip
# Characters before a number that may say what it is of.
SAID_BEFORE = 24
_NUMBER = r"\d{1,3}(?:,\d{3}){1,8}(?:\.\d{1,2})?|\d+(?:\.\d{1,2})?"
_AMOUNT = patterns.compile(
    rf"(?P<sign>[¥￥$€£])\s*(?P<after>{_NUMBER})"
    rf"|(?<![A-Za-z\d_.])(?P<before>{_NUMBER})\s*(?P<unit>块钱|块|元|美元|欧元|英镑|人民币|(?:rmb|cny|yuan|usd|dollars?|eur|euros?|gbp|pounds)\b)"
    # “199块9” is 199.90, and “10块2瓶” are two bottles.
    r"(?:(?<=[块元])(?P<tenths>\d)(?=[毛角钱的了]|\W|\Z))?",
    patterns.IGNORECASE,
)
_ORDER_NAMED = patterns.compile(
    r"(?:订单|单号|订单号|运单|快递单|(?:order|tracking|purchase|booking|parcel|invoice)s?)"
    r"(?:\s*(?:号码|编号|号|numbers?|nos?\.?|ids?|nr\.?))?\s*+(?:(?:是|为|is|was|are|were)\s*+)?(?:[:：#]\s*+)?"
    r"(?P<number>(?=[A-Z0-9-]{0,31}\d)[A-Z0-9][A-Z0-9-]{3,31})(?![A-Za-z0-9_-])",
    patterns.IGNORECASE,
)
# “4711, 4712 and 4713”: of what follows in a list it is said once.
_ORDER_NEXT = patterns.compile(
    r"(?:\s{0,3}(?:[,、/&;+]|和|与|及|或|(?:and|or)\b)\s{0,3}|\s{1,3})#?(?P<number>(?=[A-Z0-9-]{4})(?:[A-Z]{1,4}-?)?\d[A-Z0-9-]{0,30})"
    r"(?![A-Za-z0-9_-]|\.\d|\s?[年月日号点时分件个])",
    patterns.IGNORECASE,
)
# Long digits, or capitals with digits, are order numbers even when nobody says so; shorter ones are not.
_ORDER_BARE = patterns.compile(
    r"(?<![A-Za-z0-9_.-])(?P<number>\d{10,24}|(?=[A-Z-]*\d)[A-Z]{1,4}-?\d{5,20}|#\d{4,20})(?![A-Za-z0-9_.]*\d|-)"
)
# What a number before which these stand is of: no order.
_OF_ANOTHER = patterns.compile(
    r"(?:身份证|银行卡|信用卡|储蓄卡|卡|护照|税|账|帐|手机|电话|微信|id card|card|passport|phone|account|iban|tax)"
    r"\s?(?:号码?|number|no\.?)?\W{0,3}(?:(?:是|为|is)\W{0,3})?\Z",
    patterns.IGNORECASE,
)
# Eleven digits from 13 on are a mobile number in China, and no order number.
_MOBILE = patterns.compile(r"1[3-9]\d{9}")
_ISO = patterns.compile(r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?!\d)")
_DAY_NUMBER = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_CHINESE_DAY = patterns.compile(rf"(?<![\d一二三四五六七八九十])({_DAY_NUMBER})月({_DAY_NUMBER})[日号]")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = "|".join(_MONTHS)
_ENGLISH_DAY = patterns.compile(
    rf"\b(?:(?P<month>{_MONTH_NAMES})[a-z]*\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
    rf"|(?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month_after>{_MONTH_NAMES})[a-z]*)\b"
    r"(?:,?\s+(?P<year>\d{4}))?",
    patterns.IGNORECASE,
)
_RELATIVE = {
    "大前天": -3, "the day before yesterday": -2, "前天": -2, "yesterday": -1, "昨天": -1, "昨日": -1, "昨晚": -1,
    "today": 0, "今天": 0, "今日": 0, "今早": 0, "tonight": 0, "今晚": 0, "tomorrow": 1, "明天": 1, "明日": 1, "明早": 1,
    "明晚": 1, "the day after tomorrow": 2, "后天": 2, "大后天": 3,
}  # fmt: skip
_RELATIVE_DAY = patterns.compile(
    "|".join(sorted(map(patterns.escape, _RELATIVE), key=len, reverse=True)), patterns.IGNORECASE
)


def entities(text: str, *, today: date, products: ProductNames = NO_PRODUCTS) -> list[Entity]:
    """Order numbers, amounts, dates and products of a message, in this order; each value once."""
    text = nfkc(text)
    candidates = [
        *_order_numbers(text),
        *_amounts(text),
        *_dates(text, today),
        *(Entity("product", written, product) for written, product in products.found(text)),
    ]
    found: dict[tuple[str, str], Entity] = {}
    for entity in candidates:
        found.setdefault((entity.kind, entity.value), entity)
    return list(found.values())


def _order_numbers(text: str) -> list[Entity]:
    numbers = [match["number"] for match in _named_orders(text) if not _is_sum_or_day(match, text)]
    numbers += [
        match["number"]
        for match in _ORDER_BARE.finditer(text)
        if not _MOBILE.fullmatch(match["number"])
        and not _OF_ANOTHER.search(text[max(0, match.start() - SAID_BEFORE) : match.start()])
    ]
    return [Entity("order_number", number, number.lstrip("#").upper()) for number in numbers]


def _named_orders(text: str) -> Iterator[patterns.Match[str]]:
    end = 0
    for named in _ORDER_NAMED.finditer(text):
        match: patterns.Match[str] | None = named if named.start() >= end else None
        while match:
            yield match
            end = match.end()
            match = _ORDER_NEXT.match(text, end)
            match = None if match and _MOBILE.fullmatch(match["number"]) else match


def _is_sum_or_day(match: patterns.Match[str], text: str) -> bool:
    return bool(_ISO.fullmatch(match["number"]) or _AMOUNT.match(text, match.start("number")))


def _amounts(text: str) -> list[Entity]:
    amounts = []
    for match in _AMOUNT.finditer(text):
        number = float((match["after"] or match["before"]).replace(",", "")) + int(match["tenths"] or 0) / 10
        currency = _CURRENCIES[(match["sign"] or match["unit"]).lower()]
        amounts.append(Entity("amount", match[0], f"{number:.2f} {currency}"))
    return amounts


def _dates(text: str, today: date) -> list[Entity]:
    days = [(match[0], _day(int(match[1]), int(match[2]), int(match[3]))) for match in _ISO.finditer(text)]
    rest = _ISO.sub(" ", text)
    days += [
        (match[0], _day(today.year, figures.whole(match[1]), figures.whole(match[2])))
        for match in _CHINESE_DAY.finditer(rest)
    ]
    days += [(match[0], _english_day(match, today)) for match in _ENGLISH_DAY.finditer(rest)]
    days += [
        (match[0], today + timedelta(days=_RELATIVE[match[0].lower()]))
        for match in _RELATIVE_DAY.finditer(rest)
    ]
    return [Entity("date", wording, day.isoformat()) for wording, day in days if day]


def _english_day(match: patterns.Match[str], today: date) -> date | None:
    month = _MONTHS.index((match["month"] or match["month_after"]).lower()) + 1
    return _day(int(match["year"] or today.year), month, int(match["day"] or match["day_first"]))


def _day(year: int, month: int, day: int) -> date | None:
    """None for the thirtieth of February."""
    try:
        return date(year, month, day)
    except ValueError:
        # February 30 is no day that anybody can mean.
        return None
