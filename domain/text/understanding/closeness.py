"""Is a question the one that an answer was written for? Cosine and shared words together, and what forbids it.

For saved answers, where a wrong one is worse than none. Where the figures come from:
docs/decisions/saved-answers.md.
"""

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from llm_backend import chinese_numerals, day_names, patterns
from llm_backend.unicode_forms import nfkc

Objection = Literal["", "numbers", "negation", "opposite", "kind"]

# From here on two questions count as one: with embeddings of e5, and by their words alone.
CLOSE = 0.96
CLOSE_IN_WORDS = 0.85
# So far the best answer must lead the next one; otherwise the question asks for something in between.
LEAD = 0.02
# Vectors decide; among equally close ones, shared words do.
WORDS_SHARE = 0.03

_RUN = patterns.compile(r"(?P<chinese>[\u3400-\u9fff\uf900-\ufaff]+)|(?:(?![\u3400-\u9fff\uf900-\ufaff])\w)+")
_BELOW_ZERO = patterns.compile(r"(?:零下|负|\bminus)\s?(?=\d)")
_DASH = patterns.compile(r"(?<=\d)\s?[-~‐‑–—−]{1,2}\s?(?=\d)")
# “1.5 kg” is not 15 kg, nor “-5” 5, 2×3 not 23, “<3 kg” not “>3 kg”, C# not C.
_MARK_IN_NUMBER = patterns.compile(r"(?<=\d)[\W_](?=\d)|(?<![\w.])[-<>≤≥$€£](?=\d)|(?<=[a-z\d])[+%#]")
# What is counted belongs to a number: 3天 are not 3个月. Letters before and behind do, too: A-1029, 2XL, Pro+.
_NUMBER = patterns.compile(
    r"(?P<figures>(?:(?<![a-z])[a-z]++)?[-#<>≤≥$€£]?\d[a-z\d_.-]*+[+%]?|(?<![a-z])(?:[a-z]++[+#]{1,2}|x{0,4}[sml](?=码)))"
    r"(?P<unit>个?[天年月日次元块周号期折斤克件]|个?小时)?"
    r"|(?<![零一二两三四五六七八九十百千万半])(?P<numeral>[零一二两三四五六七八九十百千万半]++)(?P<counted>个?[天年月日次元块周号期折斤克]|个)"
)
_POLITE = patterns.compile(
    r"^\W*(?:(?:你好|您好|亲|嗨|哈喽|在[吗么]|有人吗|请问(?:一下)?|请教(?:一下)?|(?:我?想|麻烦)?(?:咨询|请教|问)一?下"
    r"|(?:hi|hello|hey|excuse me|please)\b)\W*)+"
    r"|(?:(?<!\W)\W++)?(?:谢谢(?:你|您|了)?|多谢|thanks?(?: you)?|please)\W*+$"
)
_NOT = patterns.compile(r"[不没未无]|n['’]t\b|\b(?:not|no|never|unable|cannot|without)\b|\w-free\b")
# “能不能”, “有没有” and “好不好” ask; they deny nothing.
_ASKS_WHETHER = patterns.compile(r"(\w)[不没]\1|有没|不好意思|没关系")
_DENYING_PREFIXES = ("un", "in", "im", "dis", "non")
_KINDS = {
    "why": r"为什么|为啥|为何|怎么(?:会|还|没|不|无)|\bwhy\b|\bhow come\b",
    "time": r"多久|多长时间|什么时候|啥时候|何时|几天|几点|哪天|多少天"
    r"|\bwhen\b|\bhow (?:long|soon|many (?:days|weeks|hours))\b",
    "amount": r"多少|几个|几次|\bhow (?:much|many)\b",
    "where": r"哪里|哪儿|在哪|\bwhere\b",
    "how": r"怎么|怎样|如何|咋|\bhow\b",
}
# Words of which one question has this side and the other one that: embeddings put such pairs next to each other, too.
_OPPOSITES = (
    ("开门 开业 开店 开馆 open opens opened opening", "关门 打烊 歇业 关店 闭馆 close closes closed closing"),
    (
        "开通 开启 打开 启用 激活 绑定 注册 订阅 预订 预约 enable activate subscribe book booking",
        "关闭 关掉 停用 禁用 解绑 退订 取消 注销 disable deactivate unsubscribe cancel cancelling cancellation",
    ),
    ("登录 登陆 log_in login sign_in", "退出 登出 log_out logout sign_out"),
    ("安装 install", "卸载 uninstall"),
    ("上班", "下班"),
    ("上架", "下架"),
    (
        "上午 早上 早晨 morning mornings",
        "下午 afternoon afternoons",
        "晚上 夜间 evening evenings night nights",
    ),
    ("付款 支付", "退款"),
    ("退货 return returns returning", "换货 exchange exchanges exchanging"),
    ("现金 cash", "刷卡 信用卡 银行卡 card cards"),
    ("专票 专用发票", "普票 普通发票"),
    ("收货 收件 receive receiving", "发货 寄件 发件 send sending"),
    ("送货 派送 deliver delivery", "取货 取件 collect collection pick_up"),
    (
        "到达 抵达 arrive arrives arrival arriving",
        "出发 起飞 离开 leave leaves leaving depart departs departure",
    ),
    ("入住 check_in checkin", "退房 check_out checkout"),
    ("入境 进口 import importing", "出境 出口 export exporting"),
    ("去程 outbound", "回程 返程 inbound"),
    ("上传 upload", "下载 download"),
    ("充值 存款 存钱 deposit", "提现 取款 取钱 withdraw withdrawal"),
    ("借款", "还款"),
    ("购买 买入 buy purchase", "出售 卖出 sell"),
    ("增加 提高 上调 increase raise", "减少 降低 下调 decrease reduce lower"),
    ("添加 add", "删除 remove delete"),
    ("升级 upgrade", "降级 downgrade"),
    ("最早 earliest first", "最晚 最迟 latest last"),
    ("最大 最多 最高 maximum max most highest", "最小 最少 最低 minimum min least lowest"),
    ("以上 above over", "以下 below under"),
    ("之前 以前 before", "之后 以后 after"),
    ("开始 start starts begin begins", "结束 截止 end ends"),
    ("国内 境内 domestic", "国外 海外 境外 international abroad overseas"),
    ("男士 男款 men men's", "女士 女款 women women's"),
    ("成人 大人 adult adults", "儿童 小孩 孩子 child children kids"),
    ("个人 personal", "企业 公司 business company"),
    ("买家 买方 buyer buyers", "卖家 卖方 seller sellers"),
    ("左边 左侧", "右边 右侧"),
    ("前天", "昨天 昨日 yesterday", "今天 今日 today", "明天 明日 tomorrow", "后天"),
    ("早餐 早饭 breakfast", "午餐 午饭 中饭 lunch", "晚餐 晚饭 dinner"),
    (
        *("红色 red", "黄色 yellow", "蓝色 blue", "绿色 green", "黑色 black", "白色 white", "灰色 grey gray"),
        *("粉色 pink", "紫色 purple", "棕色 brown"),
    ),
)
# Whoever undoes something names it: 取消预约 is no appointment.
_BOND, _UNDONE = (1, 0), (1, 1)
_SIDES = {
    word.replace("_", " "): (number, side)
    for number, sides in enumerate(_OPPOSITES)
    for side, words in enumerate(sides)
    for word in words.split()
}
_OPPOSED_WORD = patterns.words(_SIDES, before=r"(?<![a-z])", after=r"(?![a-z])")
_ROUTE = patterns.compile(r"(?:从|\bfrom )(?P<origin>[^到至]{1,30}?)(?:到|至| to )(?P<goal>.{1,30})")
_KIND_PATTERNS = {kind: patterns.compile(pattern) for kind, pattern in _KINDS.items()}


def plain(text: str) -> str:
    """A question without case, width, punctuation and politeness: what must be equal for two questions to be the same.
    Marks that belong to a number stay.
    """
    content = _POLITE.sub("", _fold(text))
    pieces = [*_RUN.finditer(content), *_MARK_IN_NUMBER.finditer(content)]
    return "".join(piece[0] for piece in sorted(pieces, key=lambda piece: piece.start())) or _fold(text)


def overlap(one: str, other: str) -> float:
    """Shared words, characters and pairs of them; 1 for the same text, 0 for nothing in common."""
    mine, yours = _words(one), _words(other)
    total = mine.total() + yours.total()
    return 2 * (mine & yours).total() / total if total else 0.0


def closeness(cosine: float, words_overlap: float) -> float:
    """0 for nothing in common and 1 for the same text. Shared words only decide between texts whose cosines are nearly
    equal.
    """
    return (cosine + WORDS_SHARE * words_overlap) / (1 + WORDS_SHARE)


def objection(one: str, other: str) -> Objection:
    """Why two questions are not the same, however close they are: one has an order number, one says “not”…"""
    if _numbers(one) != _numbers(other):
        return "numbers"
    if _denies(one) != _denies(other):
        return "negation"
    # “Opened” here and “unopened” there.
    only_in_one = _words(one).keys() ^ _words(other).keys()
    if any(f"{prefix}{word}" in only_in_one for word in only_in_one for prefix in _DENYING_PREFIXES):
        return "negation"
    if _are_opposed(one, other):
        return "opposite"
    kinds = {_question_kind(one), _question_kind(other)} - {""}
    return "kind" if len(kinds) > 1 else ""


def _fold(text: str) -> str:
    """In small letters and half-width; of several ways to write a range, or a number below zero, one."""
    return _BELOW_ZERO.sub("-", _DASH.sub("-", nfkc(text).lower().strip()))


@lru_cache(maxsize=50_000)
def _words(text: str) -> "Counter[str]":
    words: list[str] = []
    for run in _RUN.finditer(_fold(text)):
        words += list(run[0]) if run["chinese"] else [run[0]]
    return Counter(words + [f"{one} {following}" for one, following in pairwise(words)])


def _numbers(text: str) -> list[str]:
    """With what they count, in figures; also days of the week, in whichever word."""
    plain_text = _fold(text)
    weekdays = [f"day {day}" for name in day_names.by_name(plain_text) for day in name.days]
    return sorted([*map(_value, _NUMBER.finditer(plain_text)), *weekdays])


def _value(number: patterns.Match[str]) -> str:
    if numeral := number["numeral"]:
        return f"{chinese_numerals.exact(numeral) or numeral}{number['counted']}"
    return f"{number['figures'].rstrip('.-')}{number['unit'] or ''}"


def _denies(text: str) -> bool:
    return bool(_NOT.search(_ASKS_WHETHER.sub("", _fold(text))))


def _are_opposed(one: str, other: str) -> bool:
    """“When do you open?” here and “close” there, or the same way there and back."""
    mine, yours = _sides(one), _sides(other)
    both = {number for number, _ in mine} & {number for number, _ in yours}
    if any(number in both for number, _ in mine ^ yours):
        return True
    here, there = (_ROUTE.search(_fold(text)) for text in (one, other))
    return bool(
        here
        and there
        and here["goal"].startswith(there["origin"])
        and there["goal"].startswith(here["origin"])
    )


@lru_cache(maxsize=50_000)
def _sides(text: str) -> frozenset[tuple[int, int]]:
    """On which side of which opposites a text stands."""
    sides = frozenset(_SIDES[word] for word in _OPPOSED_WORD.findall(_fold(text)))
    return sides - {_BOND} if _UNDONE in sides else sides


def _question_kind(text: str) -> str:
    plain_text = _fold(text)
    return next((kind for kind, pattern in _KIND_PATTERNS.items() if pattern.search(plain_text)), "")
