"""Values as they are read aloud at an examination: a name, often a side, a number and its unit. Any name is one."""

from domain.clinical.dialogue.text_normalisation_zh import figure_behind
from domain.clinical.grounding import numerals
from llm_backend import patterns

_NUMBER_ZH = rf"(?:{numerals.WRITTEN}|{numerals.CHINESE})"
_VALUE_ZH = patterns.compile(
    rf"^(?!从|由)(?P<name>[㐀-鿿A-Za-z-]{{2,12}}?)??(?P<side>(?:左|右|双)[㐀-鿿]?)?(?:是|为|约|大概|得了?)?"
    rf"(?P<value>{_NUMBER_ZH}(?:(?:到|比|至|-){_NUMBER_ZH})?)(?P<unit>[㐀-鿿A-Za-z/%℃]{{0,8}})[。.]?$"
)
# What is counted like this is a dose, a course or a time, and what these verbs begin is an order.
_NOT_MEASURED_ZH = patterns.compile(
    r"[次天周月年日号岁片粒袋支枚丸滴喷吸揿型级]|小时|分钟|毫克|微克|毫升|克(?![每/])|单位|疗程|期$|诊断|[塞含嚼开吃服用加减停查做拍约先再给来等歇休后前第每共有打输]"
)
_OF_TESTS_ZH = patterns.compile(
    r"^(?:血(?!压)|尿|B超|彩超|超声|CT|核磁|磁共振)|蛋白|细胞|酶|酐|素|糖|脂|醇|因子|滴度|定量|抗[体原]|血小板|低密度|高密度|psa|cea|afp|crp|esr|tsh|inr|bnp|hcg|a1c|每升|/[lL]|摩尔|个加|加号",
    patterns.IGNORECASE,
)
_NUMBER_EN = rf"(?:{numerals.WRITTEN}|{numerals.ENGLISH})"
_VALUE_EN = patterns.compile(
    r"^(?:and |but |so )?(?:your |his |her |the )?(?P<name>[a-z][a-z '/-]{2,60}?) "
    r"(?:is|are|was|were|measures?|reads?|of|at) "
    rf"(?:about |only |now )?{_NUMBER_EN}(?P<unit>\s?%|\s[a-z/]+)?",
    patterns.IGNORECASE,
)
_NOT_MEASURED_EN = patterns.compile(
    r"\b(?:i|we|you|if|keep|hold|leave|stay|continue|take|start|tablets?|pills?|puffs?|days?|weeks?|months?|years?|hours?|times?|milligrams?|mcg|mg"
    r"|micrograms?|appointment|there|one of)\b",
    patterns.IGNORECASE,
)
_OF_TESTS_EN = patterns.compile(
    r"\b(?:blood|urine|serum|count|ha?emoglobin|ferritin|creatinine|factor|titer|level|glucose|sugar|(?:hb)?a1c|potassium|sodium|calcium|magnesium"
    r"|cholesterol|triglycerides|ldl|hdl|esr|crp|tsh|psa|troponin|(?:kidney|renal|liver|thyroid) function"
    r"|audiogram|spirometry|x-?ray|ct|mri|ultrasound|scan|echo|ecg|ekg|ejection fraction"
    r"|urea|uric acid|e?gfr|albumin|bilirubin|platelets|inr|white cells?|d-dimer|bnp)\b",
    patterns.IGNORECASE,
)


# A lone numeral before anything else is part of a word: 两肺, 三凹征, 十二指肠, 跳一跳.
_UNIT_ZH = patterns.compile(
    r"$|[分度指行倍岁期格](?=$|左右|上下|多|以|半)|[毫厘微公千]|分[米贝]|克|升|米|摩|单位|个加|加号|孕周|[次下](?:每|/|$)|每|毛|[%％℃/A-Za-z]|到|比|至"
)


# “刚才查的血常规”: it was done, and is no order.
_WHEN_ZH = patterns.compile(r"^(?:今[天早]|刚才|刚刚|昨天|上[周次])?(?:的|[查做抽验拍]的)?(?=[㐀-鿿A-Za-z])")


def _is_value(match: patterns.Match[str]) -> bool:
    value = match["value"]
    return value[0].isdigit() or bool(_UNIT_ZH.match(match["unit"]))


def value_section_zh(clause: str) -> str:
    """The section of a named value, physical_exam or results; empty where the clause reads none out."""
    match = _VALUE_ZH.match(_WHEN_ZH.sub("", clause))
    if not match or not _is_value(match) or _NOT_MEASURED_ZH.search(f"{match['name'] or ''}|{match['unit']}"):
        return ""
    if not (match["name"] or match["side"]):
        return ""
    return "results" if _OF_TESTS_ZH.search(f"{match['name'] or ''}{match['unit']}") else "physical_exam"


def value_name_zh(clause: str) -> str:
    """What is measured, without its side; empty where only a side is named, and the value is of what was named before."""
    match = _VALUE_ZH.match(clause)
    return (match["name"] or "") if match else ""


def values_in_figures_zh(phrase: str) -> str:
    """Each clause that reads a value with its number in figures whatever is counted: 血白蛋白二十六，肝功能正常."""
    return "，".join(map(_value_in_figures_zh, phrase.split("，")))


def _value_in_figures_zh(clause: str) -> str:
    match = _VALUE_ZH.match(clause)
    if (
        not match
        or not _is_value(match)
        or match["value"][0].isdigit()
        or not patterns.fullmatch(numerals.CHINESE, match["value"])
    ):
        return clause
    before, value, after = clause[: match.start("value")], match["value"], clause[match.end("value") :]
    if "点" in value:
        # As read out: 一点零 is 1.0.
        return clause
    return f"{before}{figure_behind(before, numerals.read_number(value), value)}{after}"


def value_section_en(clause: str) -> str:
    """As of Chinese."""
    match = _VALUE_EN.match(clause)
    if not match or _NOT_MEASURED_EN.search(match[0]):
        return ""
    return "results" if _OF_TESTS_EN.search(match["name"]) else "physical_exam"


_TWO_SIDES_EN = patterns.compile(
    r"^(?P<name>.+?) (?:is|are|was|were|measures?|reads?) (?P<first>[\d.]{1,12}.{0,30}? (?:right|left)(?: \w+)?),? and "
    r"(?P<second>[\d.]{1,12}.{0,30} (?:right|left)(?: \w+)?)$",
    patterns.IGNORECASE,
)


def value_rows_en(phrase: str) -> list[str]:
    """One value each: “grip strength is 18 kilograms on the right and 22 on the left” are two."""
    match = _TWO_SIDES_EN.match(phrase)
    return (
        [f"{match['name']}: {match['first']}", f"{match['name']}: {match['second']}"] if match else [phrase]
    )
