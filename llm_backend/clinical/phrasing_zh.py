"""What was said in Chinese, as a record writes it. Words are dropped, turned and joined; none is made up."""

import re

from llm_backend.clinical.rules import Rules, applied, rules

_TIDY: Rules = rules(
    # Sounds and phrases that hold a place and say nothing.
    (r"(?:嗯+|呃+|哦+|啊+|唉|哎|那个|这个就是|就是说|怎么说呢|然后呢|的话)[，,、。]?", ""),
    (r"^(?:就是|其实|反正|对|是的|好的|好|行|那|那么|然后|所以)[，,、\s]+", ""),
    (
        r"(?:医生|大夫)[，,]?您?你?好?[，,。!！]*|^您好[，,。!！]*|^你好[，,。!！]*|谢谢(?:医生|大夫|您|你)?",
        "",
    ),
    # A word said twice is meant once; "每天一次，一次两片" is no such word.
    (r"(?![^，,、]*[一二两三四五六七八九十半每])([㐀-鿿]{2,6})[，,、]?\1", r"\1"),
    (r"[了啦呀嘛吧呢哈]+(?=[，,。]|$)", ""),
)
_PATIENT: Rules = rules(
    (r"^(?:我觉得|我感觉|我感到|感觉|我现在|我最近|我就是|我是|我今天|我)(?=.)", ""),
    (r"我们家|我家", "患者家"),
    (r"我(?:的)?", "患者"),
    # How people put it, and how a record does.
    (r"肚子(?:痛|疼)", "腹痛"),
    (r"(?<![心])头疼", "头痛"),
    (r"发烧", "发热"),
    (r"拉肚子", "腹泻"),
    (r"没(?:有)?(?:什么)?力气|没劲儿?", "乏力"),
    (r"睡不着(?:觉)?", "入睡困难"),
    (r"喘不上气|上不来气", "呼吸困难"),
)
_DOCTOR: Rules = rules(
    (r"^(?:我|咱们|我们)?(?:先|再|就)?(?:给您|给你|帮您|帮你)(?=开|做|查|安排|约|预约)", ""),
    (r"^(?:我看|我认为|我觉得|我的|看起来|这样|听起来)[，,]?", ""),
    (r"^(?:您|你)(?:需要|要|得|应该|可以)(?=.)", ""),
    (r"^(?:您|你)(?:这个|这种|这)?(?:情况)?[，,]?", ""),
    (r"(?:您|你)(?:的)?", "患者"),
)
_NO = re.compile(r"^(?:[嗯呃啊哦，,\s])*(?:没有|没|无|不是|不会|不|否|从来没|从没|都没|也没)")
_YES = re.compile(r"^(?:[嗯呃啊哦，,\s])*(?:有的?|是的?|对|会|嗯|好像有|有点|有一点|偶尔|经常)(?!没|什么|多)")
_THING = re.compile(
    r"(?:有没有|有过|是否有|有无|有|会不会|是不是|出现过?|对)(?:什么|哪些|其他|别的)?(?P<thing>[^，,。？?]+?)(?:吗|么|没有|呢|的情况|的症状|这些)?[？?。\s]*$"
)


def tidied(text: str) -> str:
    return applied(_TIDY, text.strip()).strip(" ，,。.？?！!；;、")


def answer(text: str) -> bool | None:
    """True for yes, False for no, None for what is neither."""
    if _NO.match(text):
        return False
    return True if _YES.match(text) else None


def beyond_the_answer(text: str) -> str:
    rest = re.sub(r"^(?:[嗯呃啊哦]|没有|没|有的?|是的?|对|不是)+[，,。\s]*", "", text)
    return rest if len(rest) > 3 and rest != text else ""


def told(text: str, *, by_patient: bool) -> str:
    text = tidied(text)
    return applied(_PATIENT, text) if by_patient else applied(_DOCTOR, text)


def answered(question: str, is_yes: bool) -> str:
    """Question and yes or no as one statement. Empty where the question's form does not allow it."""
    match = _THING.search(tidied(question) + "？")
    if not match:
        return ""
    thing = applied(_PATIENT, re.sub(r"^过", "", match["thing"])).strip()
    # "Yes" to "what illness" names none.
    several = re.search(r"[、或和]|还是", thing) or re.search(r"什么|哪些", question)
    if is_yes:
        # "Yes" to one of several is not yes to each.
        return "" if several else f"有{thing}"
    return f"否认{'其他疾病' if thing == '病' else thing}"


def sentence(text: str) -> str:
    text = text.strip(" ，,。；;")
    return f"{text}。" if text else ""


_COMPLAINT = re.compile(r"[痛疼痒晕胀麻咳吐泻热烧肿闷酸]|不舒服|难受|恶心|乏力|没劲|失眠|睡不|便秘|出血|发作")
LONGEST_REASON = 20


def reason(text: str) -> str:
    """What a visit is for: the first complaint, with how long it has lasted."""
    said = re.split(r"[，,。；;]", told(text, by_patient=True))
    named = next((part for part in said if _COMPLAINT.search(part) and len(part) <= LONGEST_REASON), "")
    return sentence(named)
