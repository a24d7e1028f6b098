"""Chinese as people write it: simplified characters, and numbers in digits where a unit or a date stands by them.

Whisper writes both kinds of characters, and numbers as it pleases. A numeral alone stays in words: 一起, 万一 and
三心二意 are no numbers. So does a range: cn2an, which was asked here before, made 35 of 三五.
"""

import functools

import opencc

from llm_backend import chinese_numerals, patterns

_NUMERALS = "[零〇一二两三四五六七八九十百千万亿点]"
# Nobody says a longer one, and Python refuses to write numbers of thousands of digits.
NUMERAL = f"{_NUMERALS}{{1,40}}"
DIGIT_NAMES = {name: digit for digit, name in enumerate("零一二三四五六七八九")} | {"〇": 0, "幺": 1}
# Longer units first: 毫克 before 克.
UNITS = (
    "毫克|微克|千克|公斤|毫升|微升|公升|毫米|厘米|公里|千米|平方米|毫米汞柱|摄氏度|千卡|小时|分钟|秒钟|毫摩尔|单位"
    "|块钱|美元|港币|欧元|克|升|米|元|岁|度|片|粒|针|瓦|伏|赫兹|兆"
)
QUANTITY = patterns.compile(f"(?<!{_NUMERALS})({NUMERAL})(?=\\s*(?:{UNITS}))")
PERCENT = patterns.compile(f"百分之({NUMERAL})")
YEAR = patterns.compile("([零〇一二三四五六七八九]{4})(?=年)")
DAY = patterns.compile("([一二三四五六七八九十]{1,3})(?=月(?!份?亮)|[日号](?![子称]))")
CLOCK = patterns.compile("([零一二两三四五六七八九十]{1,3})点([零一二三四五六七八九十]{1,3})分")
# A run of named digits this long is a number that somebody reads out.
DIGITS = patterns.compile("[零〇幺一二三四五六七八九]{5,}")
COUNTING = "一二三四五六七八九"


def as_written(text: str) -> str:
    text = simplify(text)
    text = PERCENT.sub(lambda match: _number(match[1], match[0], suffix="%"), text)
    text = YEAR.sub(lambda match: _digits(match[1]), text)
    text = CLOCK.sub(_clock, text)
    text = DAY.sub(lambda match: _number(match[1], match[0]), text)
    text = QUANTITY.sub(lambda match: _number(match[1], match[0]), text)
    return DIGITS.sub(lambda match: match[0] if match[0] in COUNTING else _digits(match[0]), text)


def simplify(text: str) -> str:
    return str(_converter().convert(text))


@functools.cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _digits(names: str) -> str:
    return "".join(str(DIGIT_NAMES[name]) for name in names)


def _clock(match: patterns.Match[str]) -> str:
    hour, minutes = chinese_numerals.exact(match[1]), chinese_numerals.exact(match[2].removeprefix("零"))
    return match[0] if hour is None or minutes is None else f"{hour}点{minutes.zfill(2)}分"


def _number(numeral: str, otherwise: str, *, suffix: str = "") -> str:
    """`otherwise` when the numeral has no certain value, like 三五 or a 点 that ends a sentence."""
    value = chinese_numerals.exact(numeral)
    return otherwise if value is None else f"{value}{suffix}"
