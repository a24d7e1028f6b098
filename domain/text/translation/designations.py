"""How things and people are called by a number or a title: 二号烘干机 is Dryer No. 2, 王工 is Engineer Wang.

Read in Chinese alone, where numerals are words that a small model drops, and titles are syllables that it takes for others.
"""

from collections.abc import Iterator

from domain.text.translation.segments import Pair
from llm_backend import figures, patterns

_NUMERAL = "零〇一二三四五六七八九十百"
# What a numeral names one of. 第 needs none of them; 第二天 is the next day.
_NUMBERED = patterns.compile(
    rf"(?<![{_NUMERAL}\d])(?:(?:第|附件|附录|附表|表|图)[（(]?([{_NUMERAL}]{{1,6}})(?![天年月日个些样{_NUMERAL}])"
    rf"|(?<![钟时天])([{_NUMERAL}]{{1,6}})(?=号|[层楼栋](?!上)|期(?!间|限|货)|班|(?<!一)组|区|室|档|季度|车间|线))"
)
_ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"""
_ROMAN = "i ii iii iv v vi vii viii ix x xi xii"
_VALUE_OF = {
    word: str(value)
    for table in (_ORDINALS, _ROMAN, "primary secondary tertiary", "ground")
    for value, word in enumerate(table.split(), start=1)
} | {"once": "1", "single": "1", "another": "2", "half": "2"}
_ORDINAL_OF = {word: str(value) for value, word in enumerate(_ORDINALS.split(), start=1)}
_WORD = patterns.compile(r"[a-z]++")
_LETTER = patterns.compile(r"(?<![A-Za-z])[A-Z](?![A-Za-z])")
_ROMAN_NUMBER = patterns.compile(
    r"(?<![A-Za-z])(?:Annex|Appendix|Article|Chapter|Part|Schedule|Exhibit|Phase|Volume|Section|Stage)\s([IVX]{1,4})(?![A-Za-z])"
)
# Their parts are not reckoned with: 4.2.1 is not 4.1.2, and version 2.10 is not 2.1.
_VERSION = patterns.compile(
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){2,5}(?!\.?\d)|(?:(?<=version )|(?<=版本)|(?<=(?<![a-z])v))\d{1,3}\.\d{1,3}(?!\.?\d)"
)
_VERSION_ALONE = patterns.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){1,5}(?!\.?\d)")
_THOUSANDS = patterns.compile(r"\d{1,3}(?:\.\d{3})+")
_QUARTER = patterns.compile(r"(?<![a-z\d])q([1-4])(?![a-z\d])")

# A座 is Tower A.
_LETTERED = {
    "zh": patterns.compile(r"(?<![A-Za-z\d.-])([A-Z])(?=[座栋区款班组级类型口馆厅]|[计方](?:划|案))"),
    "en": patterns.compile(
        r"(?<![A-Za-z])(?:Building|Tower|Block|Zone|Class|Grade|Type|Category|Hall|Gate|Exit|Model|Group)\s([A-Z])(?![\w'’-])"
    ),
}

_SURNAMES = """王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 郭guo 何he 林lin
高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 韩han 冯feng 邓deng 曹cao 彭peng 曾zeng 肖xiao 田tian 董dong 袁yuan
潘pan 蒋jiang 蔡cai 余yu 杜du 叶ye 程cheng 苏su 魏wei 吕lü 丁ding 沈shen 姚yao 卢lu 姜jiang 崔cui 钟zhong 谭tan 陆lu 汪wang
范fan 廖liao 贾jia 夏xia 韦wei 付fu 邹zou 孟meng 熊xiong 秦qin 邱qiu 尹yin 薛xue 闫yan 段duan 雷lei 侯hou 史shi 陶tao 黎li
贺he 顾gu 毛mao 郝hao 龚gong 邵shao 钱qian 严yan 覃qin 戴dai 孔kong 汤tang"""
_PINYIN = {each[0]: each[1:] for each in _SURNAMES.split()}
# What the title may become, as beginnings of words; the others are left to the translator.
_TITLES = {
    "工": ("eng", "gong"),
    "总": ("mr", "ms", "mrs", "president", "ceo", "director", "manager", "chief", "zong", "head"),
    "主任": (),
    "经理": (),
    "老师": (),
    "师傅": (),
    "医生": (),
    "大夫": (),
    "教授": (),
    "处长": (),
    "科长": (),
    "院长": (),
    "主管": (),
}
_PERSON = patterns.compile(
    rf"(?:(?<![\u3400-\u4dbf\u4e00-\u9fff])|(?<=[请由找问让向对跟和与及给了]))([{''.join(_PINYIN)}])"
    rf"({'|'.join(_TITLES)})(?![作程业人厂地具资艺时会序体部]|(?<=总)[额数量共计价和的])"
)

_SIGNS_OF = {
    latin: patterns.words([sign for sign, each in _PINYIN.items() if each == latin], after=r"[\u4e00-\u9fff]")
    for latin in set(_PINYIN.values())
}
_FULL_NAME = patterns.compile(r"(?<![A-Za-z])([A-Z][a-z]{1,5}) [A-Z][a-z]{1,9}")
_ADDRESSED = patterns.compile(rf"([{''.join(_PINYIN)}])(?:{'|'.join(_TITLES)}|先生|女士|小姐)")


def numbered(chinese: str) -> Iterator[tuple[str, str]]:
    """What numbers a thing in words: the numeral as it stands, and its value."""
    for match in _NUMBERED.finditer(chinese):
        numeral = match[1] or match[2]
        yield numeral, str(figures.whole(numeral))


def in_roman(english: str) -> Iterator[tuple[str, str]]:
    """What English numbers with Roman letters, and its value."""
    for match in _ROMAN_NUMBER.finditer(english):
        if match[1].lower() in _VALUE_OF:
            yield match[0], _VALUE_OF[match[1].lower()]


def letters_lost(source: str, translation: str, pair: Pair) -> list[str]:
    """What the source names by a letter that stands nowhere in the translation by itself."""
    if {pair.source, pair.target} != {"zh", "en"}:
        return []
    # Class A is 甲级 as well.
    there = {
        *_LETTER.findall(translation),
        *(each for each, name in zip("ABCD", "甲乙丙丁", strict=True) if name in translation),
    }
    return [letter for letter in _LETTERED[pair.source].findall(source) if letter not in there]


def versions_lost(source: str, translation: str, pair: Pair) -> list[str]:
    """Numbers with points between their parts that the translation has not to the letter. In other languages they may be
    dates or thousands."""
    if {pair.source, pair.target} != {"zh", "en"}:
        return []
    there = set(_VERSION_ALONE.findall(translation))
    versions = dict.fromkeys(_VERSION.findall(source.lower()))
    return [each for each in versions if each not in there and not _THOUSANDS.fullmatch(each)]


def ordinals(plain: str) -> set[str]:
    """Values of the English words that name one of several: second, II, ground (floor), Q2."""
    return {_VALUE_OF[word] for word in _WORD.findall(plain) if word in _VALUE_OF} | {
        *_QUARTER.findall(plain)
    }


def ordinal_words(plain: str) -> set[str]:
    """Values of first, second, third …: 3楼 is the third floor."""
    return {_ORDINAL_OF[word] for word in _WORD.findall(plain) if word in _ORDINAL_OF}


def people(chinese: str) -> Iterator[tuple[str, str]]:
    """Names of those who are called by a title, in Latin letters and as they stand there."""
    return ((_PINYIN[match[1]].replace("ü", "u"), match[0]) for match in _ADDRESSED.finditer(chinese))


def people_in_full(chinese: str, english: str) -> dict[str, str]:
    """Those whom English calls by surname and name: the surname in Latin letters, and the name as it stands in Chinese."""
    surnames = {match[1].lower() for match in _FULL_NAME.finditer(english)} & _SIGNS_OF.keys()
    found = {surname: _SIGNS_OF[surname].search(chinese) for surname in sorted(surnames)}
    return {surname: there[0] for surname, there in found.items() if there}


def people_lost(chinese: str, translation: str) -> Iterator[str]:
    """People with a title whose name, or whose title, is not in an English translation."""
    words = _WORD.findall(translation.lower().replace("ü", "u"))
    for match in _PERSON.finditer(chinese):
        titles = _TITLES[match[2]]
        is_named = _PINYIN[match[1]].replace("ü", "u") in words
        if not is_named or (titles and not any(word.startswith(titles) for word in words)):
            yield match[1] + match[2]
