"""What a question asked for, to stand before a Chinese answer that does not name it."""

from pathlib import Path

from domain.clinical.dialogue import answers_zh
from domain.clinical.dialogue.clause_topics_zh import PERSON, RELATIVE
from domain.clinical.dialogue.rewrite_rules import read_rules, rewrite
from llm_backend import patterns

# “碘过敏吗？ 不清楚”, “皮试阳性”: nothing of another substance, so it is of the one that was asked for.
_OF_ASKED_SUBSTANCE = patterns.compile(
    r"^(?:不(?:太)?清楚|不知道|不确定|不好说|记不清|没[做试查用吃打]过|皮试|阳性|阴性|全身|身上|起|出)"
)
# What has to stand in an answer for it to say what it is about.
_NAMED_IN = {
    "allergies": patterns.compile(r"过敏"),
    "social_history": patterns.compile(r"烟|酒|抽|喝"),
    "menstruation": patterns.compile(r"末次|(?<!痛)经|周期|规律"),
    "surgical_history": patterns.compile(r"手术|切|割|刀|术|剖|摔|骨折|支架"),
}
# A longer answer says by itself what it is about.
_MAX_LABELLED_CHARACTERS = 18
_FIGURE_FIRST = patterns.compile(
    r"^(?:[早晚]上|[上下]午|[昨今]天|现在|平时|大概|大约|一般|最[高低]|在家|都){0,3}\d"
)
_COUNT_ASKED = patterns.compile(
    r"第?(?:几|多少)(?:次|回|趟|个?疗程|个?周期)(?P<behind>[㐀-鿿]{2,6}?)?(?=[了？?，,。]|$)"
)
_COUNTED_BY = patterns.compile(r"(?:[做打输住用上了过]|一共|总共|已经|现在|没有|没|吗){1,8}+$")
_COUNT_TOLD = patterns.compile(
    r"^(?:[做打输住用上][过了]?[了，]?)?(?:一共|已经)?第?[\d一二两三四五六七八九十]+(?:次|回|趟|个?疗程|个?周期)"
)
_KIN_NAMES = read_rules(
    Path(__file__).with_name("conversation_zh.toml"), {"relative": RELATIVE, "person": PERSON}
)["family"]


def answer_label(question: str, text: str, section: str) -> str:
    """Empty where the answer says by itself what it is about."""
    if of_section := _LABELS.get(section):
        return of_section(question, text)
    return _counted_label(question, text) or _asked_label(question, text, section)


def _counted_label(question: str, text: str) -> str:
    counted = _counted(question) if _COUNT_TOLD.match(text) else ""
    return "" if counted in text else counted


def _asked_label(question: str, text: str, section: str) -> str:
    # “糖尿病、高血压呢？ 血压高”: of several things none is what the answer is about.
    if text.startswith("否认") or patterns.search(r"、|或者|还是", question):
        return ""
    # “发烧吗？流不流鼻涕？ 鼻涕流了一周”: what names another of several things, or something of its own, stands alone.
    if patterns.search(r"[，,。？?][^\w\n]{0,40}\w", question) and answers_zh.names_its_own(
        text, answers_zh.asked_things(question)
    ):
        return ""
    if section == "social_history" and not patterns.search(r"烟|酒|爱人|老[公婆]", text):
        habits = [habit for word, habit in (("烟", "吸烟"), ("酒", "饮酒")) if word in question]
        by_verb = "饮酒" if "喝" in text else "吸烟" if patterns.search(r"抽|支|包", text) else ""
        return habits[0] if len(habits) == 1 else by_verb
    if section in ("medications", "treatments", "exposure") or (
        len(text) > _MAX_LABELLED_CHARACTERS and not _FIGURE_FIRST.match(text)
    ):
        return ""
    name = answers_zh.question_label(question)
    # “大小便正常吧？正常。”, “夜里起几次？起一次。”
    for start in range(1, len(name)):
        if text.startswith(name[start:]):
            # “抽烟吗？ 烟一天半包”: a verb alone names nothing.
            # “发过烧吗？ 烧过一次”: nor does what is left of a verb.
            is_name = start > 1 and not name[:start].endswith(("过", "有", "是"))
            return name[:start] if is_name else ""
    shared_characters = set(name) & set(patterns.sub(r"[没有了的不是一天次年月]|，.*", "", text))
    telling = _NAMED_IN.get(section)
    # One character of a long name is chance: 有时候 answers 按时吃药.
    is_named = len(shared_characters) > (len(name) > 3)
    return "" if is_named or (telling and telling.search(text)) else name


def _counted(question: str) -> str:
    """“化疗做了几次？”, “第几次化疗了？”: what is counted; empty where the question counts nothing by name."""
    asked, _, how_often = question.partition("，")
    for piece in (asked, how_often):
        count = _COUNT_ASKED.search(piece)
        if count and count["behind"]:
            return count["behind"]
        # “放疗做过没有，做了多少次？”
        before = piece[: count.start()] if count else ""
        name = _COUNTED_BY.sub("", before) or (_COUNTED_BY.sub("", asked) if count else "")
        name = patterns.sub(r"^(?:[您你他她那]|这次|孩子|以前|之前)+", "", name)
        if 2 <= len(name) <= 6:
            return name
    return ""


def _allergy_label(question: str, text: str) -> str:
    asked = answers_zh.asked_of_allergies(question)
    substance = asked if "、" not in asked and _OF_ASKED_SUBSTANCE.match(text) else ""
    return "" if patterns.search(r"过敏", text) else f"{substance}过敏"


def _kin_label(question: str, text: str) -> str:
    """“您父亲什么病走的？ 肺癌”: of the one who was asked about."""
    kin = set(patterns.findall(RELATIVE, question))
    is_of_kin = len(kin) == 1 and not patterns.search(rf"^否认|家|{RELATIVE}", text)
    return rewrite(_KIN_NAMES, kin.pop()) if is_of_kin else ""


_LABELS = {"allergies": _allergy_label, "family_history": _kin_label}
