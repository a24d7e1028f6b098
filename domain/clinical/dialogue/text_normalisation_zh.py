"""What was said in Chinese, as a record writes it. Words are dropped, turned and joined; none is made up."""

from pathlib import Path

from domain.clinical.dialogue.rewrite_rules import read_rules, rewrite
from domain.clinical.grounding import numerals
from domain.clinical.grounding.assertion import find_assertion_in_text
from domain.clinical.grounding.experiencer import names_another
from domain.clinical.grounding.self_corrections import find_self_corrections, joining_marks
from domain.clinical.records.record import Status
from llm_backend import chinese_numerals, patterns

_RULES = read_rules(Path(__file__).with_suffix(".toml"))
# Bare, or with a particle: "没有胸痛，就是喘" says more than no, and is told whole.
_ENDS = r"(?:[得做吃用有犯]?过|啊|呀|了|的|吧|呢)*(?=[，,。！!；;\s]|$)"
_NO = patterns.compile(
    rf"^(?:[嗯呃啊哦，,\s])*(?:没有|没|无|不是|不会|不|否|从来没有?|从没|都没有?|也没有?){_ENDS}"
)
_YES = patterns.compile(
    rf"^(?:[嗯呃啊哦，,\s])*(?:有一?点儿?|有|是|对|会|嗯|好像有|偶尔(?:有|会)?|经常(?:有|会)?){_ENDS}"
)
_THING = patterns.compile(
    r"(?:有没有|有过|是否有|有无|有|会不会|是不是|出现过?|对)(?:什么|哪些|其他|别的)?(?P<thing>[^，,。？?]+?)(?:吗|么|没有|呢|的情况|的症状|这些)?[？?。\s]*$"
)


_TURNED = patterns.compile(
    r"\A(?P<before>[^，,。]*?)(?P<verb>[㐀-鿿]{1,2})不(?P=verb)(?P<thing>[^，,。？?]*)"
)
_EVER = patterns.compile(r"\A(?P<what>[^，,。？?]*[㐀-鿿]过[^，,。？?]{0,8}?)(?:吗|没有|没|么)?")


def tidy(text: str) -> str:
    return rewrite(_RULES["tidy"], text.strip()).strip(" ，,。.？?！!；;、")


def read_answer(text: str) -> bool | None:
    """True for yes, False for no, None for what is neither."""
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


def strip_answer(text: str) -> str:
    # "有一点黄痰" names what there is: only a bare yes or no is taken off.
    rest = patterns.sub(r"^(?:(?:[嗯呃啊哦没对]|有的?|是的?|不是)++[，,。\s]++)+", "", text)
    return rest if len(rest) > 3 and rest != text else ""


def history_phrase(text: str, *, by_patient: bool) -> str:
    text = tidy(text)
    return rewrite(_RULES["patient"], text) if by_patient else rewrite(_RULES["doctor"], text)


def state_answer(question: str, is_yes: bool) -> str:
    """Question and yes or no as one statement. Empty where the question's form does not allow it."""
    words = patterns.split(r"[，,。]", tidy(question))[-1]
    match = _THING.search(words + "？")
    if not match:
        return _state_other(words, is_yes)
    # “有过手术吗”: the particle of experience belongs to the verb that is dropped.
    thing = rewrite(_RULES["patient"], patterns.sub(r"^过", "", match["thing"])).strip()
    # "Yes" to "what illness" names none.
    several = patterns.search(r"[、或和]|还是", thing) or patterns.search(r"什么|哪些", question)
    if is_yes:
        # "Yes" to one of several is not yes to each.
        return "" if several else f"有{thing}"
    return f"否认{'其他疾病' if thing == '病' else thing}"


def _state_other(words: str, is_yes: bool) -> str:
    """“早上僵不僵”, “受过伤吗”. What asks for a thing by 什么 or 哪 has no yes or no."""
    if patterns.search(r"什么|哪|怎么|多", words):
        return ""
    if a_not_a := _TURNED.fullmatch(words):
        verb = a_not_a["verb"] if is_yes else f"不{a_not_a['verb']}"
        return rewrite(_RULES["patient"], f"{a_not_a['before']}{verb}{a_not_a['thing']}")
    if ever := _EVER.fullmatch(words):
        return rewrite(_RULES["patient"], ever["what"] if is_yes else f"否认{ever['what']}")
    return ""


# 两 counts only before 酒, 年 not in 年级: else it is another word.
_UNITS = (
    "天|日|周(?!围)|个|月|年(?!级)|岁|小时|分钟|次|回|片|粒|颗|袋|支|毫克|微克|克|毫升|升|度|包|斤|公斤|"
    "厘米|毫米|米|瓶|杯|乘(?=[零一二两三四五六七八九十])|两(?=酒)|号(?![楼线码])"
)
_COUNTED = patterns.compile(
    r"(?<![第比零〇一二两三四五六七八九十百千万点每几数])"
    r"(?!(?<=[好差轻重快慢多少早晚有])一点)"
    # Words that hold a numeral and count nothing: 头一回, 这一次, 有一天, 一回事, 三天两头.
    r"(?!(?<=[头上下这那哪同另])[一二三两][回次天年周月个度片日])(?!(?<=有)一[天回次])(?!一(?:回事|个劲|天到晚|年到头|片[黑白红]))"
    r"(?!三天两头|(?<=三天)两|[一二三四]度(?:房室|烧伤|肿大|压疮))"
    r"(?P<number>[零〇一二两三四五六七八九十百千]+(?:点[零〇一二三四五六七八九]+)?)"
    rf"(?=(?P<unit>{_UNITS}))(?![天次]比)"
)
# A decimal with nothing that counts behind it, as values are read out: 零点三. 三点五分 is a time, 好一点 none of both.
_DECIMAL = patterns.compile(
    r"(?<![第比零〇一二两三四五六七八九十百千万点每几上下午早晚有好差快慢多少大小高低\d])"
    r"(?P<whole>[零〇一二两三四五六七八九十百千万]{1,20})点(?P<decimals>[零〇一二三四五六七八九]{1,6})(?=[，,。.；;、\s左右双到和]|$)"
)
# Years are read digit by digit: 二零二四年.
_YEAR = patterns.compile(r"(?<![零〇一二三四五六七八九])[一二][零〇九][零〇一二三四五六七八九]{2}(?=年)")
# “六到8小时”: both ends of what is counted.
_RANGE = patterns.compile(
    r"(?<![第比零〇一二两三四五六七八九十百千万点每几数\d])(?P<number>[零一二两三四五六七八九十百千]{1,20})(?=[到至]\d)"
)
_DEGREES = patterns.compile(r"(?<!\d)(?P<whole>\d++)度(?P<tenth>[零一二三四五六七八九])(?![十百天个年月])")


def figure_behind(before: str, figure: str, words: str) -> str:
    """Apart from a name that ends in a letter or figure: “维生素B6十毫克” is no B610.

    In words behind a single letter: whether “维生素B二十毫克” is 20 mg of B or 10 mg of B2 is for a person to hear.
    """
    if not (before[-1:].isascii() and before[-1:].isalnum()):
        return figure
    return words if patterns.search(r"(?<![A-Za-z\d])[A-Za-z]$", before) else f" {figure}"


def _before(match: patterns.Match[str]) -> str:
    return match.string[max(0, match.start() - 2) : match.start()]


def with_figures(text: str) -> str:
    """Counted things in figures, as a record has them: 三十八度五 is 38.5度. What has no certain value stays in words."""

    def figure(match: patterns.Match[str]) -> str:
        number = chinese_numerals.exact(match["number"])
        return figure_behind(_before(match), number, match["number"]) if number else match["number"]

    def tenths(match: patterns.Match[str]) -> str:
        return f"{match['whole']}.{numerals.read_number(match['tenth'])}度"

    def value(match: patterns.Match[str]) -> str:
        whole = chinese_numerals.exact(match["whole"])
        decimals = "".join(numerals.read_number(digit) for digit in match["decimals"])
        return figure_behind(_before(match), f"{whole}.{decimals}", match[0]) if whole else match[0]

    text = _YEAR.sub(lambda match: "".join(numerals.read_number(name) for name in match[0]), text)
    return _DECIMAL.sub(value, _DEGREES.sub(tenths, _RANGE.sub(figure, _COUNTED.sub(figure, text))))


def as_sentence(text: str) -> str:
    text = with_figures(text.strip(" ，,。；;"))
    return f"{text}。" if text else ""


_COMPLAINT = patterns.compile(
    r"[痛疼痒晕胀麻咳吐泻热烧肿闷酸]|不舒服|难受|恶心|乏力|没劲|失眠|睡不|便秘|[出流]血|发作"
    r"|月经(?=不[对调准]|乱|推迟|提前|量[多少]|拖)|不干净"
)
_PERSON = patterns.compile(r"^(?:患者|男|女|\S{1,4}岁)$")
_CAME = patterns.compile(
    r"^(?:患者|(?:他|她|孩子)说|就是(?=..)|主?因(?!为))+|(?:来诊|来就诊|就诊|入院|来我院)$"
)
_LASTS = patterns.compile(
    # With the words that say how exactly it is known.
    r"(?:大概|大约|差不多|将近|快|近|约)?有?(?:[\d零一二两三四五六七八九十半几多]{1,40}个?[多来]?(?:小时|天|日|周|星期|礼拜|月|年)[多半来]?)"
    r"(?:左右|上下|的样子|吧)?"
)
# Of one attack, a pause, a drug or a rate, and not of the complaint: “过几个小时自己下去”, “吃了三天药”, “一天五六次”.
_LASTS_OTHERWISE = patterns.compile(
    rf"(?:过|隔|每|等|歇|缓|躺|睡|吃|用|喝|打|服|抹|贴|一次|就是)[了个上过]?(?:{_LASTS.pattern})"
    rf"|(?:{_LASTS.pattern})(?:自己|就|才|缓解|[\d零一二两三四五六七八九十几好]{{1,5}}[多来]?[次回趟顿片粒])"
)
MAX_REASON_CHARACTERS = 20


def _names_complaint(part: str) -> bool:
    """“肚子不疼”, “不疼也不红”, “小时候抽过”, “我妈有荨麻疹” are what nobody came for."""
    if names_another(part, "zh"):
        return False
    if patterns.match(r"[没无]|不(?!舒服|干净)|也[不没]|.{0,2}(?:小时候|年轻时|以前|从前)|.*停了?$", part):
        return False
    statuses = [
        find_assertion_in_text(part, *complaint.span(), language="zh").status
        for complaint in _COMPLAINT.finditer(part)
    ]
    return any(status is not Status.DENIED for status in statuses)


# “左胳膊抬不高，有点肿”: what swells was said before.
_OF_BEFORE = patterns.compile(r"(?:也|还|又)?有[点些]")


def _duration(part: str) -> str:
    """What stands last where the first is taken back: “三个月，不对，快四个月”."""
    found = [match[0] for match in _LASTS.finditer(part)]
    return found[-1] if find_self_corrections(part) else found[0]


def visit_reason(text: str) -> str:
    """What a visit is for: the first complaint, with how long it has lasted."""
    phrase = history_phrase(text, by_patient=True)
    marks = joining_marks(phrase)
    spaced = "".join(
        "\n" if each in "，,。；;" and place not in marks else each for place, each in enumerate(phrase)
    )
    phrases = spaced.splitlines()
    parts = [_CAME.sub("", part) for part in phrases if not _PERSON.match(part)]
    place = next(
        (
            place
            for place, part in enumerate(parts)
            if len(part) <= MAX_REASON_CHARACTERS and _names_complaint(part)
        ),
        None,
    )
    if place is None:
        return ""
    complaint, later = parts[place], parts[place + 1 :]
    lasting = (part for part in later if not _LASTS_OTHERWISE.search(part))
    lasts = next((_duration(part) for part in lasting if _LASTS.search(part)), "")
    if place and _OF_BEFORE.match(complaint):
        complaint = f"{parts[place - 1]}，{complaint}"
    is_short = lasts and not _LASTS.search(complaint) and len(complaint) + len(lasts) < MAX_REASON_CHARACTERS
    return as_sentence(f"{complaint}，{lasts}" if is_short else complaint)
