"""Chinese questions and their short answers, joined into what they state together, as a record writes it."""

from collections.abc import Sequence
from pathlib import Path

from domain.clinical.grounding.laterality import find_sides
from domain.clinical.grounding.quantities import quantities
from domain.clinical.grounding.terms import finding_terms
from domain.clinical.word_lists import read_patterns
from llm_backend import patterns

_WORDS = read_patterns(Path(__file__).with_suffix(".toml"))
# Words that colour a clause and carry nothing: “那倒也没有啊” is 没有.
_PARTICLES = patterns.compile(r"^[都也倒还真是就可]+|(?<![了过的啊呀吧呢嘛啦])[了过的啊呀吧呢嘛啦]++$")
_NO = patterns.compile(r"^(?:都|也|就|还|倒|可|那)*(?P<no>没有|没|无|不是|不会|不|否)(?P<rest>.*)$")
# “家里没人有”: nobody of those who were asked about.
_NOBODY = patterns.compile(r"^(?:家里|家族里?)?(?:都|也)?(?:没有?人|谁[都也]没)(?:[有得患犯]过?|这样)?$")
_ASKS = patterns.compile(
    r"(?:对吧|是吧|对不对|是不是)[？?]*$|[？?]|(?<![吗呢吧啊呀嘛么什怎])[吗呢吧啊呀嘛么]++$|(?<=[㐀-鿿]{2})(?<!要)不(?=[？?]*$)|^(?:那|还|再|然后|另外)+"
)
_TURNED = patterns.compile(r"([㐀-鿿]{1,2})不\1")
# “高血压、糖尿病有没有” asks for two things; 和 joins names of two characters and more.
_SPLIT = patterns.compile(r"[，,。？?、；;]|或者|还是|和(?=[㐀-鿿]{2})")
_ONE_OF = patterns.compile(r"^(?:有)?(?:别的?|其他|其它)?(?:病|疾病|药|东西)?$")
_HABITS = (("烟", "吸烟"), ("酒", "饮酒"))
# What is a complaint with its 没 or 不, as 没力气 is, stays whole.
_EXPECTED_NO = patterns.compile(
    r"^(?P<before>(?:[你您他她那]|孩子|最近|现在|[以之]前|今天|这几天|平时|当时|(?:[㐀-鿿]{1,4}?)?(?:一直|从来|都|也))*+)"
    r"(?:没有?|未|不)(?!力气|劲|胃口|精神|食欲|感觉|知觉|什么|事|问题|舒服|好|能|会|正常|适|规律"
    r"|想|敢|够|知|太|得|行|管|一样|同|是|清|稳|动|了)(?=[㐀-鿿])"
)
_EXPECTS_NO = patterns.compile(r"[没不未].{1,16}(?:吧|对不对|是不是)\W*$")
_AGREES = patterns.compile(r"^\W*(?:对|嗯|是|是的|对的|没错|嗯嗯|对对)[啊呀的]?\W*$")


# “哮喘小时候有过，现在没了” tells that it was there.
_IS_OVER = patterns.compile(r"(?:现在|后来|以后|早|早就|已经|慢慢)(?:就|都|也)?没(?:了|有了)")
# “不抽了”: who stopped smoking does not deny it.
_HABIT_OVER = patterns.compile(r"^(?:早就?|已经?|都|也|就)*不(?:再)?[抽吸喝](?:烟|酒)?了$")
_OTHERS_NO = patterns.compile(r"^(?:别的|其他的?|其它的?|另外的?)(?:都|也|倒)*(?:没有?过?|不)(?:了|的)?$")
_CONTENT = patterns.compile(r"[尿大小便痛疼病血的]")


def says_no_effect(clause: str, question: str) -> bool:
    """“没用”, where nobody asked whether something was used (用)."""
    return (
        bool(patterns.match(r"(?:但|也|可|都|就|还是)*没(?:有)?(?:什么|啥)?用(?!过)", clause))
        and "用" not in question
    )


def is_no(clause: str, question: str) -> bool:
    """Whether it denies what was asked and says nothing besides: “没得过”, “那倒没有”, “不疼” of “疼不疼”."""
    # “不抽烟，过年喝点酒”: a habit that it names is denied by name, and not with the other one.
    is_of_named_habit = bool(patterns.search(r"[烟酒]", clause)) and bool(deny_habits(clause, question))
    if is_of_named_habit or _IS_OVER.search(clause) or _HABIT_OVER.match(_bare(clause)):
        return False
    bare = _bare(clause)
    if says_no_more(clause) and len(asked_things(question)) > 1:
        return True
    if _NOBODY.match(_PARTICLES.sub("", bare)):
        return True
    match = _NO.match(bare)
    if not match:
        return False
    rest = _WORDS["takes_up"].sub("", _PARTICLES.sub("", match["rest"]))
    # 没烧 answers 发烧吗: what a no names is taken from the question, in part or whole.
    characters = set(question)
    # 没吃药 denies no disease.
    if patterns.search(r"[吃服用药]", match["rest"]) and not patterns.search(r"[吃服用药敏]", question):
        return False
    # What did not help is told, and denies no medicine.
    if patterns.search(r"管用|有用|有效|见效|见好|好转", match["rest"]) or says_no_effect(clause, question):
        return False
    several = len(asked_things(question)) > 1
    # Of several things only what the patient names is denied.
    return not rest or (not several and all(each in characters for each in rest))


# “一天两次对吧？” “不是，一天一次”: another value, and no denial of what it is a value of.
_CORRECTS = patterns.compile(r"^\W*(?:不是|不对|不)[的啊呀]?[，,]")


def corrects(answer: str, question: str) -> bool:
    if not _CORRECTS.match(answer):
        return False
    are_values = all(any(not each.is_bare for each in quantities(text)) for text in (question, answer))
    return are_values or all(find_sides(text) for text in (question, answer))


def says_no_more(clause: str) -> bool:
    """“别的没有”: of what was asked, what the answer does not name."""
    return bool(_OTHERS_NO.match(_bare(clause)))


def without_named(question: str, answer: str) -> str:
    """The question's objects that the answer does not name."""
    return "、".join(
        thing for thing in asked_things(question) if not set(_CONTENT.sub("", thing)) & set(answer)
    )


def without_told(question: str, told: str, denied: str = "") -> str:
    """The question without what the rest of the answer tells by name; as it is where that names nothing of it.

    `denied`: the words that deny. What they name themselves they deny: “没有胸痛，但是有胸闷”.
    """
    things = asked_things(question)
    open_things = [
        thing
        for thing in things
        if (thing in denied and thing not in told)
        or len(characters := set(_CONTENT.sub("", asked_of_allergies(thing) or thing))) > 5
        or len(characters & set(told)) < min(2, max(1, len(characters)))
    ]
    return question if len(open_things) == len(things) else "、".join(open_things)


def agrees_to_no(clause: str, question: str) -> bool:
    """“没有发烧吧？” “对。”"""
    return bool(_EXPECTS_NO.search(question) and _AGREES.match(clause))


def is_yes(clause: str) -> bool:
    return any(_WORDS["yes"].fullmatch(each) for each in (_PARTICLES.sub("", _bare(clause)), _bare(clause)))


def _bare(clause: str) -> str:
    return _WORDS["fillers"].sub("", clause)


def asked_things(question: str) -> list[str]:
    """What is asked for, thing by thing."""
    things = []
    for part in _SPLIT.split(question):
        thing = _TURNED.sub(r"\1", _ASKS.sub("", part.strip()))
        before = ""
        while before != thing:
            before, thing = thing, _WORDS["frame"].sub("", _ASKS.sub("", thing)).strip()
        thing = patterns.sub(r"^((?!家)[㐀-鿿]{1,3})(?:里有|里带)(?=[㐀-鿿])", r"\1带", thing)
        thing = patterns.sub(r"^([㐀-鿿]{1,3}前)有(?=[㐀-鿿])", r"\1", thing)
        thing = patterns.sub(r"^有(?=.)|^除了.*?(?:还有|外)", "", thing)
        # “没有发烧吧？” asks for fever: its no denies fever, not that there was none.
        thing = _EXPECTED_NO.sub(r"\g<before>", thing)
        if thing and not _ONE_OF.match(thing):
            things.append(thing)
    return things


def deny_asked(question: str, section: str) -> str:
    """The question's objects, denied in the words of a record. Empty where it names none."""
    question = "，".join(part for part in _SPLIT.split(question) if not _WORDS["amount"].search(part))
    if not patterns.search(r"\w", question):
        return ""
    special = _DENIED_OF.get(section)
    if special:
        return special(question)
    things = [patterns.sub(r"(?<=[㐀-鿿]{2})了$", "", each) for each in asked_things(question)]
    if section == "treatments" and not things:
        return "否认就诊前用药"
    # “胰岛素打不打？”
    if len(things) == 1 and (used := _USED.match(things[0])):
        return f"未用{used['what']}"
    return f"否认{'、'.join(things)}" if things else ""


_OTHERS = patterns.compile(r"别的|其[他它]|另外")
_TAKING = patterns.compile(
    r"^(?:[吃服用在着过了打的]|什么|哪些|任何|长期|平时|规律|常规|每天|定期|别的|其[他它]|另外的?|点|些)+"
)


_USED = patterns.compile(r"^(?P<what>[㐀-鿿]{2,8}?)(?:现在|还|也|都|在)*[打用吃]上?$")


def _deny_allergies(question: str) -> str:
    """What was asked for and nothing wider: a no to penicillin denies no other allergy."""
    if named := asked_of_allergies(question):
        return f"否认{named}过敏"
    kinds = [kind for kind in ("药物", "食物") if kind[0] in question]
    return f"否认{'其他' if _OTHERS.search(question) else ''}{'、'.join(kinds)}过敏史"


# “海鲜不过敏，打头孢休克过”, “头孢打过，没事”
_NOT_ALLERGIC = patterns.compile(
    r"^(?P<what>[㐀-鿿、]{2,10}?)(?:(?:都|也|倒|是|就)*不过敏|(?:[吃用打输服]|皮?试)过[，,]?(?:都|也|倒|是)*没(?:什么)?(?:事|反应|问题))$"
)
_ALL_NOT_ALLERGIC = patterns.compile(r"(?:都|全都?|也都)不过敏")
_NO_ALLERGY = patterns.compile(
    r"没有?(?:什么)?过敏|过敏的?没有|^药.{0,3}没有|^药物?(?:都|倒|也|是|就)*不过敏"
)

# “药不过敏” is denied as 药物过敏, not as its own denial.
_NOT = patterns.compile(r"(?:都|也|倒|是|就){0,3}(?:不|没有?)(?=过敏|$)")


def is_not_allergic(clause: str) -> bool:
    """Whether it denies an allergy to something that it, or the question, names."""
    return bool(_ALL_NOT_ALLERGIC.search(clause) or _NOT_ALLERGIC.match(clause))


def deny_told_allergies(clause: str, question: str) -> str:
    """As a record denies them. Empty where the clause denies none."""
    if _NO_ALLERGY.search(clause):
        denial = deny_asked(_NOT.sub("", clause), "allergies")
        # “造影剂起疹子，别的药不过敏”
        return denial.replace("否认", "否认其他", 1) if _OTHERS.search(clause) else denial
    if _ALL_NOT_ALLERGIC.fullmatch(clause):
        named = asked_of_allergies(question)
        return f"否认{named}过敏" if named else deny_asked(question, "allergies")
    match = _NOT_ALLERGIC.match(clause)
    return f"否认{match['what']}过敏" if match else ""


def _deny_asked_habits(question: str) -> str:
    asked = [each for each in _HABITS if each[0] in question]
    # “烟酒都沾吗” names no habit by its verb: both are denied in the words of the question.
    is_named = len(asked) == 1 or patterns.search(r"[抽吸喝饮][烟酒]", question)
    things = "、".join(habit for _, habit in asked) if is_named else "".join(word for word, _ in asked)
    return f"否认{things}" if things else ""


def _deny_medication(question: str) -> str:
    """A class of medicines is denied by its name: no blood pressure tablets are not no tablets."""
    if "除了" in question:
        return "否认服用其他药物"
    if patterns.search(r"按时|规律|坚持|每[天日次]|定期", question):
        things = asked_things(question)
        return f"否认{'、'.join(things)}" if things else ""
    # “阿司匹林还在吃吗？”
    things = [
        patterns.sub(r"(?:现在|还|也|都|在){1,4}+[吃用服打]着?$", "", _TAKING.sub("", each))
        for each in asked_things(question)
    ]
    drugs = "、".join(
        each for each in things if len(each) > 2 or (len(each) == 2 and each not in ("药物", "药品"))
    )
    if drugs:
        return f"未服用{drugs}"
    return "否认服用其他药物" if _OTHERS.search(question) else "否认长期服用药物"


def _deny_surgery(question: str) -> str:
    things = [patterns.sub(r"[做动开受]?过|^[做动开受]", "", each) for each in asked_things(question)]
    return f"否认{'、'.join(dict.fromkeys(things))}史" if things else ""


def _deny_diseases(question: str) -> str:
    things = [each.replace("住过院", "住院") for each in asked_things(question)]
    diseases = [patterns.sub(r"(?:得|患|住)过|^有|(?:有|得)的$", "", each) for each in things]
    diseases = [each for each in diseases if each not in ("", "病史", "病", "大病", "疾病")]
    if len(diseases) == 1 and (never := _NEVER.match(diseases[0])):
        return f"{never['what']}未{never['verb']}过"
    if diseases:
        return f"否认{'、'.join(diseases)}"
    return "否认其他疾病史" if patterns.search(r"别的|其[他它]|另外|还有", question) else "否认既往疾病史"


_NEVER = patterns.compile(r"^(?P<what>[㐀-鿿]{2,8})(?P<verb>[查做看治用])过$")
_HABIT_NO = patterns.compile(
    r"^(?:[烟酒]{1,2})?[我她他]?(?:从来|都|也|是|就|一直)*[不没](?:抽|喝|碰|沾|吸|会)(?P<what>[烟酒]?)过?(?:也?[不没](?:抽|喝|沾)[烟酒]?)?$"
)


def deny_habits(clause: str, question: str) -> str:
    """“烟酒都不碰”, “不抽”: never, while “不喝了” tells of somebody who stopped."""
    if not _HABIT_NO.match(_bare(clause)):
        return ""
    habits = [habit for word, habit in _HABITS if word in clause]
    habits = habits or [habit for verb, habit in (("抽", "吸烟"), ("喝", "饮酒")) if verb in clause]
    habits = habits or [habit for word, habit in _HABITS if word in question]
    if len(habits) > 1 and not patterns.search(r"[抽吸喝饮][烟酒]", f"{question}{clause}"):
        return f"否认{''.join(each[-1] for each in habits)}"
    return f"否认{'、'.join(habits)}" if habits else ""


def asked_of_allergies(question: str) -> str:
    """The substances that were asked for by name: “对青霉素、头孢过敏吗？”."""
    things = [
        patterns.sub(r"^(?:[^，,]{0,8}[您你他她])?对|(?<![会也都])(?:会|也|都)*+过敏.*$", "", each)
        for each in asked_things(question)
    ]
    return "、".join(
        each
        for each in things
        if (len(each) > 1 or each in "碘虾蟹鱼奶蛋")
        and not patterns.search(r"药物?(?:目前|暂时|倒|都|也)*$|食物?$|东西|^别的|^其[他它]", each)
    )


def asked_of_family(question: str) -> str:
    """The diseases that were asked for; empty where none was named."""
    diseases = [_WORDS["family_frame"].sub("", each) for each in asked_things(question)]
    return "、".join(each for each in diseases if len(each) > 1)


_KIN = patterns.compile(
    r"父母|父亲|母亲|[爸妈]{1,2}|爷爷|奶奶|[姥外][姥爷公婆]|哥哥?|姐姐?|弟弟?|妹妹?|兄弟姐妹|子女"
)
_KIN_WORDS = {"爸": "父亲", "爸爸": "父亲", "妈": "母亲", "妈妈": "母亲", "爸妈": "父母"}


def _deny_family_history(question: str) -> str:
    """Of those who were asked about: a mother without diabetes is no family without it."""
    diseases = asked_of_family(question)
    if patterns.search(r"[好康]$|怎么样$", diseases):
        return ""
    kin = [] if patterns.search(r"家|亲戚|遗传", question) else _KIN.findall(question)
    if diseases and len(kin) == 1:
        return f"否认{_KIN_WORDS.get(kin[0], kin[0])}{diseases}史"
    return f"否认{diseases}家族史" if diseases else "否认家族遗传病史"


_DENIED_OF = {
    "allergies": _deny_allergies,
    "social_history": _deny_asked_habits,
    "medications": _deny_medication,
    "surgical_history": _deny_surgery,
    "family_history": _deny_family_history,
    "medical_history": _deny_diseases,
}


def names_its_own(text: str, things: Sequence[str]) -> bool:
    """Whether an answer names another than the first of the things that were asked for, or something else."""
    first, *others = things or [""]
    if any(len(set(each) & set(text)) >= min(2, len(set(each))) for each in others if each):
        return True
    own = finding_terms(text)
    return bool(own) and own[0].start < 2 and text[own[0].start : own[0].end] not in first


# “想过”, “以前做过”: a verb that takes up the question's.
_TAKES_UP_VERB = patterns.compile(
    r"^(?:我|都|也|就|倒|是|以前|之前|原来|曾经?|好像)*(?P<verb>(?![有是会对好能行没不])[㐀-鿿]{1,2}[过了])(?:的|吧|啊|呀)*$"
)


def with_object(answer: str, question: str) -> str:
    """“有没有想过自杀？ 想过，但是…”: what was thought of the question alone names. Empty where the answer names it."""
    first, comma, rest = answer.partition("，")
    verb = _TAKES_UP_VERB.match(first)
    things = asked_things(question) if verb else []
    if not verb or not things or not any(verb["verb"] in thing for thing in things):
        return ""
    # Of several it is not told which.
    return f"{things[0]}{comma}{rest}" if len(things) == 1 else f"{'、'.join(things)}：{answer}"


def denied_object(denial: str, question: str) -> str:
    """“接触过发热病人吗？ 没接触过”: a verb alone is denied with what was asked. Empty where the denial names it."""
    verb = denial.removeprefix("否认").rstrip("。过了")
    asked = asked_things(question)
    # “痰里有血没有？ 没有血”: of what one character names the question says where.
    whole = [each for each in asked if len(verb) == 1 and each.endswith(f"带{verb}")]
    if len(whole) == 1:
        return f"否认{whole[0]}"
    things = [each for each in asked if verb and each.startswith(f"{verb}过") and len(each) > len(verb) + 1]
    return f"否认{things[0]}" if len(verb) <= 2 and len(things) == 1 else ""


# “上次到现在三个月，血糖怎么样？” asks in its second part.
_ASKS_FOR = patterns.compile(
    r"几|多[少久长大高重]|怎|什么|啥|哪|如何|[吗呢没]$|没有$|有没有|([㐀-鿿]{1,2})不\1"
)


def question_label(question: str) -> str:
    """What an open question asks for, to stand before an answer that does not name it."""
    parts = [part for part in _SPLIT.split(question) if part.strip()]
    asking = next((part for part in parts if _ASKS_FOR.search(part)), parts[0] if parts else "")
    label = _TURNED.split(asking)[0]
    if patterns.search(r"怎么了|哪里|哪儿|什么症状|什么情况|不舒服|难受|不好", question):
        return ""
    before = ""
    while before != label:
        before, label = label, _WORDS["frame"].sub("", _WORDS["open"].sub("", _ASKS.sub("", label)).strip())
    label = patterns.sub(r"^是|(?:是|有|到|上次|了|的|得|来)$", "", label)
    return label if 0 < len(label) <= 8 and not _ONE_OF.match(label) else ""


_TRAILING_NO = patterns.compile(
    r"^(?P<what>[㐀-鿿、]{1,12}?)(?:那)?(?:倒|都|也|是|就)*(?:没有过?的?|没有?(?:[得做患犯住输受]过|查出来过?|发现过?)?)$"
)
# “麻倒不麻”, “疼也不疼”.
_TURNED_NO = patterns.compile(r"^(?P<what>[㐀-鿿]{1,3})(?:那)?(?:倒|都|也|是|就)+不(?P=what)$")
_LEADING_NO = patterns.compile(r"^(?:也|都|倒|并)*没(?:有)?(?P<what>[㐀-鿿、]{1,14})$")
_EVER = patterns.compile(r"^(?:得过|有过|做过|犯过)|(?<=[㐀-鿿])过$|(?<=[吐晕做输抽])过(?=[㐀-鿿])|的$")


_MORE_NO = patterns.compile(r"[、]?(?:也|都|又|更)?没有?(?=[㐀-鿿])")


def deny_clause(clause: str) -> str:
    """A clause that itself denies something, as a record denies it. Empty where it does not."""
    plain = patterns.sub(r"(?<![了啊呀吧呢])[了啊呀吧呢]++$", "", clause.strip(" ，,。"))
    match = _LEADING_NO.match(plain) or _TURNED_NO.match(plain) or _TRAILING_NO.match(plain)
    if not match:
        return ""
    what = _EVER.sub("", match["what"])
    if len(what) == 1 and (verb := patterns.search(r"没(?:有)?(?P<verb>[输做住流])过$", plain)):
        # “血没输过”: one character names nothing without its verb.
        what = f"{verb['verb']}{what}"
    if _MORE_NO.search(what):
        # “没发热没盗汗”: a denial behind a denial would read as the opposite.
        denials = [deny_clause(f"没{each}") for each in _MORE_NO.split(what)]
        return f"否认{'、'.join(each[2:] for each in denials)}" if all(denials) else ""
    is_thing = what and not patterns.match(
        r"(?:什么|怎么|事|去|听说|谁|见|管|敢|让|给|吃药|用药|变|注意|正规|有|力气|劲|胃口|精神|食欲|睡|那|这|[吃喝]完)|.*的地方$|(?:以前|之前|从前|现在|后来|当时|别的?|其他的?)$",
        what,
    )
    is_deniable = bool(_WORDS["deniable"].search(what) or finding_terms(what))
    return f"否认{what}" if is_thing and is_deniable else ""
