"""How numbers, units and signs are read aloud in Chinese: 3.5kg is 三点五千克, 9:05 is 九点零五分.

cn2an turns a number into words. What it takes for one number and people read in another way (a telephone number, a
time, a price, a range) is put into words here before.
"""

import cn2an

from llm_backend import patterns

DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
UNITS = {
    "kg": "千克",
    "g": "克",
    "mg": "毫克",
    "L": "升",
    "ml": "毫升",
    "mL": "毫升",
    "km": "公里",
    "m": "米",
    "cm": "厘米",
    "mm": "毫米",
    "m2": "平方米",
    "h": "小时",
    "min": "分钟",
    "s": "秒",
    "°C": "摄氏度",
    "°": "度",
}
_UNIT = patterns.words(UNITS, before=r"(?<=\d) ?", after=r"(?![A-Za-z0-9])")
CURRENCIES = {"¥": "元", "$": "美元", "€": "欧元", "£": "英镑"}
SIGNS = str.maketrans({"&": "和", "+": "加", "=": "等于", "×": "乘"})


def in_words(text: str) -> str:
    """A text without digits, as somebody reads it aloud; what is no number stays as it is."""
    text = patterns.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = patterns.sub(r"(?<!\d)(\d{4})[-/.]0?(\d{1,2})[-/.]0?(\d{1,2})(?!\d)", r"\1年\2月\3日", text)
    text = patterns.sub(r"(?<!\d)(\d{1,2}):([0-5]\d)(?::[0-5]\d)?(?!\d)", _time, text)
    # Telephone and other long numbers, and many decimals, digit by digit.
    text = patterns.sub(
        r"(?<![\d.])(?:\d{3,4}(?:-\d{3,8}){2,3}|0\d{2,3}-\d{7,8}|0\d+|\d{11,})(?!\d)|(?<=\.\d{8})\d+",
        lambda number: number[0].replace("-", "").translate(DIGITS),
        text,
    )
    text = patterns.sub(
        r"([¥$€£]) ?(\d{1,16}(?:\.\d{1,8})?)", lambda price: price[2] + CURRENCIES[price[1]], text
    )
    text = _UNIT.sub(lambda unit: UNITS[unit[0].strip()], text)
    text = patterns.sub(r"(?<=[\d%年月日点分]) ?[-~–] ?(?=\d)", "到", text)
    # 两 counts things, 二 names numbers.
    text = patterns.sub(r"(?<![\d.第])2(?= ?[个只件位种款盒杯罐瓶袋包箱张本次步层倍天年斤])", "两", text)
    # What cn2an leaves are digits of no number that has a name.
    words = cn2an.transform(text, "an2cn").translate(DIGITS).translate(SIGNS)
    return patterns.sub(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])", "", words)


def _time(time: patterns.Match[str]) -> str:
    hours, minutes = int(time[1]), time[2]
    if minutes == "00":
        return f"{hours}点整"
    return f"{hours}点{'零' if minutes[0] == '0' else ''}{int(minutes)}分"
