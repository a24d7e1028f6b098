"""The words around what a record says, in the language of the record: it is printed in that, whoever prints it."""

from datetime import datetime
from typing import Final

from clinical.records.record import Status
from llm_backend import patterns

_SAYS: Final[dict[tuple[str, Status], patterns.Pattern[str]]] = {
    # “胸部不适” and “双下肢无力” name a complaint: they deny nothing by themselves.
    ("zh", Status.DENIED): patterns.compile(
        r"否认|未(?:见|及|闻|触|扪|查|诉|引|出现|发现|有|曾|再|患|行)|没|阴性|排除|[(（][-－—][)）]"
        r"|无(?!力|痛性|尿|汗|菌|症状性)"
        r"|不(?!适|安|振|稳|全|齐|良|佳|利|畅|清|宁|明|通|规|均|等|足|耐|能|孕|育|调|匀|止|退|愈|自主)"
    ),
    ("zh", Status.UNSURE): patterns.compile(
        r"可能|疑|[?？]|不确定|不详|[记说]不清|不清楚|待排|待查|考虑|大概|似乎|似有|好像|也许|或许"
    ),
    ("zh", Status.FAMILY): patterns.compile(
        r"父|母|兄|弟|姐|妹|祖|爷|奶奶|外公|外婆|姥|叔|伯|姑|姨|舅|子女|儿子|女儿|家族|家人|家属|亲属|直系"
    ),
    ("en", Status.DENIED): patterns.compile(
        r"\b(?:den(?:ies|ied|y)|no|not|none|without|negative|never|absent|free of|nkda|nka|ruled out)\b|n't\b",
        patterns.IGNORECASE,
    ),
    ("en", Status.UNSURE): patterns.compile(
        r"\b(?:possibl[ey]|probabl[ey]|may|might|uncertain|unsure|unclear|suspect\w*|likely|questionable|perhaps|"
        r"query|not sure|rule out|r/o|differential)\b|\?",
        patterns.IGNORECASE,
    ),
    ("en", Status.FAMILY): patterns.compile(
        r"\b(?:family|mother|father|parents?|brothers?|sisters?|siblings?|sons?|daughters?|child(?:ren)?|aunts?|"
        r"uncles?|cousins?|grand\w+|maternal|paternal|relatives?|mom|mum|dad)\b",
        patterns.IGNORECASE,
    ),
}
_WORDED: Final[dict[tuple[str, Status], str]] = {
    ("zh", Status.DENIED): "否认{}",
    ("zh", Status.UNSURE): "{}（不确定）",
    ("zh", Status.FAMILY): "家族成员：{}",
    ("en", Status.DENIED): "Denies: {}",
    ("en", Status.UNSURE): "{} (uncertain)",
    ("en", Status.FAMILY): "Family: {}",
}

LABELS: Final[dict[str, dict[str, str]]] = {
    "zh": {
        "name": "姓名",
        "sex": "性别",
        "age": "年龄",
        "birth_date": "出生日期",
        "number": "病历号",
        "department": "科室",
        "seen_at": "就诊时间",
        "version": "版本",
        "female": "女",
        "male": "男",
        "other": "其他",
        "unknown": "未说明",
        "years": "岁",
        "author": "记录者",
        "reviewer": "审阅者",
        "signer": "签名医师",
        "signed_at": "签名时间",
        "fingerprint": "校验码（SHA-256）",
        "reason": "修改原因",
        "signed": "已签名",
        "amended": "已签名（修改版）",
        "draft": "草稿 · 未签名",
        "draft_notice": "本文件为草稿，尚未签名，不作为正式病历使用。",
        "deidentified": "去标识化副本",
        "not_recorded": "未记录",
        "item": "项目",
        "measured": "结果",
        "unit": "单位",
        "medication": "药物与用法",
        "code": "编码",
        "page": "第 {} 页 / 共 {} 页",
        "wet_signature": "手写签名",
    },
    "en": {
        "name": "Name",
        "sex": "Sex",
        "age": "Age",
        "birth_date": "Date of birth",
        "number": "Number",
        "department": "Department",
        "seen_at": "Seen at",
        "version": "Version",
        "female": "female",
        "male": "male",
        "other": "other",
        "unknown": "not stated",
        "years": "years",
        "author": "Written by",
        "reviewer": "Reviewed by",
        "signer": "Signed by",
        "signed_at": "Signed at",
        "fingerprint": "Fingerprint (SHA-256)",
        "reason": "Reason of the amendment",
        "signed": "signed",
        "amended": "signed amendment",
        "draft": "Draft · not signed",
        "draft_notice": "This is a draft. Nobody has signed it; it is not a medical record yet.",
        "deidentified": "De-identified copy",
        "not_recorded": "Not recorded",
        "item": "Item",
        "measured": "Value",
        "unit": "Unit",
        "medication": "Medication and use",
        "code": "Code",
        "page": "Page {} of {}",
        "wet_signature": "Signature by hand",
    },
}


def worded(text: str, status: Status, language: str) -> str:
    """With its status in words, unless the text says it itself: “否认发热” stays as it is."""
    says = _SAYS.get((language, status))
    if says is None or says.search(text):
        return text
    return _WORDED[(language, status)].format(text)


def joined(texts: list[str], language: str) -> str:
    """Statements as one paragraph, each ended once."""
    stop, gap = ("。", "") if language == "zh" else (".", " ")
    return gap.join(text if text[-1:] in "。！？；.!?;" else text + stop for text in texts if text)


def moment(at: datetime, language: str) -> str:
    """A time as the language writes it."""
    if language == "zh":
        return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    return f"{at.day} {at:%B %Y, %H:%M}"


_LEADING_DENIAL: Final = patterns.compile(
    r"^(?:患者)?(?:否认(?:有)?|没有|无(?!力|痛性|尿|汗)|未(?:见|闻及|触及|诉|发现)(?:明显)?)(?:既往)?"
    r"|^(?:the )?(?:patient )?(?:(?:denies|denied|deny)(?: any| having| a history of)?"
    r"|no|without|negative for|not taking)\b:?\s*",
    patterns.IGNORECASE,
)


def without_denial(text: str) -> str:
    """What a denied statement is about: codes that say “refuted” must not name a denial."""
    return _LEADING_DENIAL.sub("", text).strip(" ：:。.") or text
