"""Words that have an opposite, of which a text and its translation must not say one each: 增长12% is not “fell 12%”.

A side is lost only where the source says that one alone, the translation the other one alone, and nothing in either may be
read as the missing side. `one` and `other` are what says a side for certain, `perhaps_…` what may be read so, and `either`
what turns a sentence around.
"""

from collections.abc import Mapping

from domain.text.translation.segments import Pair
from llm_backend import patterns

_SIDES = {"one": "other", "other": "one"}
# A number is near: the words count nothing themselves.
_NUMERAL = r"\d零〇一二两三四五六七八九十百千万亿"
_UNITS = "%％元块天日周月年岁人名个件次级度吨克斤米升时分秒里层倍成℃号"
_NOT = r"(?:not?|never|cannot|\w{1,8}n['’]t)"
_SIDED = "[侧边手眼耳脚腿膝肩肺肾乳下上]"
_OF_BODY = r"(?:[- ](?:hand|side|arm|leg|eye|ear|foot|knee|shoulder|lung|kidney|breast|lobe|ventricle))"

_ROWS: tuple[Mapping[str, patterns.Pattern[str]], ...] = (
    # Rising and falling.
    {
        "zh": patterns.compile(
            r"(?P<other>负增长|下降|下跌|下滑|下调|降低|减少|缩减|削减|回落|走低)"
            r"|(?P<one>增长|增加|上涨|上升|上调|提高|攀升|回升|走高)"
            r"|(?P<perhaps_other>[降跌减缩亏少低落])|(?P<perhaps_one>[涨升增高多加超扩翻])"
        ),
        "en": patterns.compile(
            r"(?<![\w-])(?:(?P<one>ris(?:e|es|en|ing)|rose|increas\w{1,4}|gr(?:ew|ow|ows|own|owing|owth)|climb(?:s|ed|ing)?"
            r"|surg(?:e|es|ed|ing)|soar(?:s|ed|ing)?|rais(?:e|es|ed|ing)|(?:up|higher)(?= (?:by )?\d))"
            r"|(?P<other>fell|fallen|falls|falling|fall (?:by|to)|declin(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|dropped|drops"
            r"|dropping|reduc(?:e|es|ed|ing|tion)|shr[aiu]nk\w{0,3}|lowered|(?:down|lower)(?= (?:by )?\d))"
            r"|(?P<perhaps_one>up|more|higher|above|over|gain\w{0,3}|add\w{0,3}|improv\w{1,5}|expan\w{1,5}|boost\w{0,3})"
            r"|(?P<perhaps_other>down|less|fewer|lower|below|off|cut\w{0,4}|drop|sav\w{1,4}|slow\w{0,3}|narrow\w{0,3}"
            r"|eas\w{1,3}|negative|minus|los\w{1,4}|worse))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # At least, above, and at most, below.
    {
        "zh": patterns.compile(
            rf"(?P<one>不[得能可应会]?[再于]?(?:少于|低于|小于|早于)|至少|起码|高于|多于|大于|(?:最低|最少)(?=为?[{_NUMERAL}])"
            rf"|(?<=[{_NUMERAL}{_UNITS}])(?:\(含\)|（含）)?[及或]?以上)"
            r"|(?P<other>(?:不[得能可应会]?再?|未|没有?)(?:超过|高于|多于|大于|超出)|不[得能可应会]晚于|至多|低于|少于|小于"
            rf"|(?<=[{_NUMERAL}{_UNITS}])(?:[以之]内|[及或]?以下)|封顶|(?:最高|最多)(?=[可达能只]?[{_NUMERAL}]))"
            r"|(?P<perhaps_one>[超过逾多起最大高满]|以上|下限)|(?P<perhaps_other>[少低小内限仅只最]|以下)|(?P<either>[不未没无])"
        ),
        "en": patterns.compile(
            rf"(?<![\w-])(?:(?P<other>{_NOT}(?: \w{{1,12}}){{0,2}} (?:more|greater|higher|later|longer) than"
            rf"|{_NOT}(?: \w{{1,12}})? (?:exceed\w{{0,3}}|above|over)|at most|up to(?= \d| [a-z]{{3,5}} )"
            r"|less than|fewer than|below|or (?:less|fewer|below|under|lower))"
            rf"|(?P<one>{_NOT}(?: \w{{1,12}}){{0,2}} (?:less|fewer|lower|earlier) than|{_NOT}(?: \w{{1,12}})? below"
            r"|at least|more than|above|exceed\w{0,3}|greater than|higher than|or (?:more|above|over|older|higher))"
            r"|(?P<perhaps_one>over|minimum|min|from|beyond|plus|starting|upwards?)"
            r"|(?P<perhaps_other>under|within|maximum|max|limit\w{0,3}|cap\w{0,4}|by|up)"
            rf"|(?P<either>{_NOT}|without|only|unless|until|than|before))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # Cheaper and dearer.
    {
        "zh": patterns.compile(
            r"(?P<one>便宜|廉价)|(?P<other>[更较]贵|昂贵|[很太]贵|贵(?=[一\d了得]))"
            r"|(?P<perhaps_one>[省低少])|(?P<perhaps_other>[贵高多])|(?P<either>不)"
        ),
        "en": patterns.compile(
            r"(?<![\w-])(?:(?P<one>cheap\w{0,3}|inexpensive|(?:not|less) expensive|costs? (?:\S{1,9} ){0,3}less)"
            r"|(?P<other>expensive|costlier|dearer|pricier|costs? (?:\S{1,9} ){0,3}more)"
            rf"|(?P<perhaps_one>less|lower|sav\w{{1,4}}|afford\w{{1,4}})|(?P<perhaps_other>more|higher|extra)|(?P<either>{_NOT}))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # What somebody has to do, and what they may do.
    {
        "zh": patterns.compile(
            r"(?P<one>(?<![不无毋])(?:必须|应当|务必|须(?!知|臾)))|(?P<other>(?<!不)可以|有权)"
            r"|(?P<perhaps_one>[需应要请必须务得才只]|方可)|(?P<perhaps_other>[可能准许允]|自愿|自行)"
        ),
        "en": patterns.compile(
            r"(?<!\w)(?:(?P<one>(?:[Mm]ust|[Ss]hall)(?! not)"
            r"|(?:is|are|be) (?:required|obliged|obligated) to|mandatory|compulsory)"
            r"|(?P<other>(?:may|can)(?! not)(?= \w)|(?:is|are) (?:entitled|allowed|permitted|free) to|optional(?:ly)?)"
            r"|(?P<perhaps_one>should|will|has|have|had|needs?|needed|requir\w{1,6}|only|ensure|sure|ought|until|unless|before"
            r"|please|necessary|essential|always|[Mm]ust|[Ss]hall|oblig\w{1,8})"
            r"|(?P<perhaps_other>could|might|able|allow\w{0,4}|permi\w{1,8}|rights?|free|option\w{0,4}|[Mm]ay|[Cc]an|choose"
            r"|wish))(?!\w)"
        ),
    },
    # Before and after.
    {
        "zh": patterns.compile(
            r"(?P<one>之前|[饭餐术睡]前)|(?P<other>之后|[饭餐术]后)|(?P<perhaps_one>前)|(?P<perhaps_other>[后完自])|(?P<either>[不未没无先再才])"
        ),
        "en": patterns.compile(
            r"(?<!\w)(?:(?P<one>before|prior to|ahead of)|(?P<other>after|following|afterwards)"
            r"|(?P<perhaps_one>pre\w{0,9}|by|earlier|ago|former\w{0,2}|used|once|first)"
            rf"|(?P<perhaps_other>post\w{{0,9}}|since|once|when|later|then|from|future|has|have)|(?P<either>{_NOT}|unless|until|only))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # Working days and the end of the week.
    {
        "zh": patterns.compile(
            r"(?P<one>工作日|平日)|(?P<other>周末|双休日)|(?P<perhaps_one>周[一至到])|(?P<perhaps_other>[六日])|(?P<either>不|除)"
        ),
        "en": patterns.compile(
            r"(?<!\w)(?:(?P<one>(?:week|work|working |business )days?)|(?P<other>weekends?)|(?P<perhaps_one>monday)"
            rf"|(?P<perhaps_other>saturdays?|sundays?)|(?P<either>{_NOT}|except|closed))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # The halves of a year.
    {
        "zh": patterns.compile(r"(?P<one>上半年)|(?P<other>下半年)"),
        "en": patterns.compile(
            r"(?<!\w)(?:(?P<one>first half|h1|first six months)|(?P<other>(?:second|latter) half|h2|last six months))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # Often and seldom.
    {
        "zh": patterns.compile(
            r"(?P<one>经常|常常|频繁|总是)|(?P<other>很少|极少|几乎[不没]|难得)|(?P<perhaps_one>常)|(?P<perhaps_other>[少偶])|(?P<either>[不没])"
        ),
        "en": patterns.compile(
            r"(?<!\w)(?:(?P<one>often|frequent(?:ly)?|always|usually)|(?P<other>rarely|seldom|hardly|scarcely)"
            rf"|(?P<perhaps_one>regular\w{{0,2}}|many|much)|(?P<perhaps_other>few|little|less|occasional\w{{0,2}})|(?P<either>{_NOT}))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # In force and void.
    {
        "zh": patterns.compile(
            r"(?P<other>(?<!逾期|过期)无效)|(?P<one>有效(?!期))|(?P<perhaps_other>[失过废])|(?P<perhaps_one>效)|(?P<either>[不未])"
        ),
        "en": patterns.compile(
            rf"(?<!\w)(?:(?P<other>{_NOT} (?:valid|effective)|no longer (?:valid|effective)"
            r"|invalid\w{0,5}|void|ineffective)"
            r"|(?P<one>valid|effective)|(?P<perhaps_one>validity|works?|good|effectively)"
            rf"|(?P<perhaps_other>lapse[sd]?|revoked|expire[sd]?)|(?P<either>{_NOT}|without))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # Gains and losses.
    {
        "zh": patterns.compile(
            r"(?P<one>盈利|赢利|利润)|(?P<other>亏损)|(?P<perhaps_one>[盈赚赢利])|(?P<perhaps_other>[亏损负赔-])|(?P<either>[不未扭])"
        ),
        "en": patterns.compile(
            rf"(?<!\w)(?:(?P<one>profit\w{{0,7}})|(?P<other>loss(?:es)?)|(?P<perhaps_one>gain\w{{0,3}}|earn\w{{0,4}}|margins?)"
            rf"|(?P<perhaps_other>lost|losing|negative|deficit)|(?P<either>{_NOT}|unprofitable))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
    # Who it is that a contract binds.
    {
        "zh": patterns.compile(r"(?P<one>甲方)|(?P<other>乙方)"),
        "en": patterns.compile(r"(?<!\w)(?:(?P<one>party a)|(?P<other>party b))(?!\w)", patterns.IGNORECASE),
    },
    {
        "zh": patterns.compile(r"(?P<one>买方|买受人)|(?P<other>卖方|出卖人)"),
        "en": patterns.compile(
            r"(?<!\w)(?:(?P<one>buyer|purchaser)|(?P<other>seller|vendor))s?(?!\w)", patterns.IGNORECASE
        ),
    },
    {
        "zh": patterns.compile(r"(?P<one>出租[方人])|(?P<other>承租[方人])"),
        "en": patterns.compile(
            r"(?<!\w)(?:(?P<one>lessor|landlord)|(?P<other>lessee|tenant))s?(?!\w)", patterns.IGNORECASE
        ),
    },
    # Left and right.
    {
        "zh": patterns.compile(
            rf"(?P<one>左(?={_SIDED}))|(?P<other>右(?={_SIDED}))|(?P<perhaps_one>左)|(?P<perhaps_other>右)"
        ),
        "en": patterns.compile(
            rf"(?<!\w)(?:(?P<one>left{_OF_BODY})|(?P<other>right{_OF_BODY})|(?P<perhaps_one>left)|(?P<perhaps_other>right))(?!\w)",
            patterns.IGNORECASE,
        ),
    },
)


def changed(source: str, translation: str, pair: Pair) -> list[str]:
    """What the source says, of each pair of opposites of which the translation says the other one; none for languages that
    are not known here."""
    return [
        said
        for row in _ROWS
        if pair.source in row and pair.target in row
        for said in _turned(row[pair.source], source, row[pair.target], translation)
    ]


def _turned(
    pattern: patterns.Pattern[str], source: str, other_pattern: patterns.Pattern[str], translation: str
) -> list[str]:
    said, possible = _sides(pattern, source)
    if len(said) != 1:
        return []
    [(side, word)] = said.items()
    said_there, possible_there = _sides(other_pattern, translation)
    opposite = _SIDES[side]
    is_turned = set(said_there) == {opposite} and opposite not in possible and side not in possible_there
    return [word] if is_turned else []


def _sides(pattern: patterns.Pattern[str], text: str) -> tuple[dict[str, str], set[str]]:
    """Each side that a text says with its word, and those that it may be read to say."""
    said: dict[str, str] = {}
    possible: set[str] = set()
    for match in pattern.finditer(text):
        name = str(match.lastgroup)
        if name in _SIDES:
            said.setdefault(name, match[0])
        possible |= set(_SIDES) if name == "either" else {name.removeprefix("perhaps_")}
    return said, possible
