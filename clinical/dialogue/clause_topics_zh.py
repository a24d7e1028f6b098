"""Which part of a record one Chinese clause belongs to: of the patient's answer, and of what the doctor says."""

from clinical.grounding.drugs import Drugs
from clinical.grounding.vitals import vital_signs
from llm_backend import patterns

# Within these a clause stays what the question asked for, unless it plainly names something else.
_STAYS = frozenset({"allergies", "family_history", "social_history", "marriage", "exposure", "menstruation"})
RELATIVE = (
    r"(?:父母|父亲|母亲|爸爸?|妈妈?|爷爷|奶奶|姥姥|姥爷|外公|外婆|[大二三小]?(?:哥哥?|姐姐?|弟弟?|妹妹?)|兄弟|姐妹|舅舅?|姨妈?|姑姑?|叔叔?|伯伯?"
    r"|儿子|女儿)"
)
_RELATIVE = patterns.compile(rf"(?:^|我|他|她|和|、|们|家){RELATIVE}(?!陪|说|让|带)")
_MENSTRUATION = patterns.compile(r"月经|例假|绝经|痛经|末次|来月经")
_HABITS = patterns.compile(
    r"抽烟|吸烟|戒烟|烟抽|烟酒|喝酒|饮酒|戒酒|[白啤红黄]酒|抽的?.{0,6}[支包]|[半一两二三]包烟|烟(?=[不戒没])"
)
_MARRIAGE = patterns.compile(r"结了?婚|生过|[顺剖]产|流产|怀过")
_SURGERY = patterns.compile(
    r"手术|切除|切了|切掉|割过|割了|开过?刀|支架|搭桥|剖宫产|摘除|[修补置换成形造影]{2}术"
)
_TAKES = patterns.compile(
    r"[吃服用打喷吸贴喂含](?:着|了|过|的|点)?[^，]{0,12}(?:药|片|粒|胶囊|胰岛素|喷|膏|贴|散|冲剂)|降压药|降糖药|避孕药|没(?:有)?[吃用]药|不吃药|去痛片"
)
_DOSE = patterns.compile(
    r"[\d零一二两三四五六七八九十百半点](?:毫克|微克|毫升|克(?!隆)|mg|ml|片|粒|支|袋|单位)|[每一][天日晚早周].{0,3}[次片粒吸]|[早晚]各|吃了.{1,6}[年月]|^有.{1,4}[年月天周]"
)
_ACUTE = patterns.compile(
    r"昨[天晚]|前天|上周|前阵子|今天|刚才|这[次两回]|[吃用喂贴打]了(?![^，]{0,3}[年月])|[吃用]过|自己|给[他她]|家里有|备着|[疼痛难].{0,2}起来|犯病"
)
_LASTING = patterns.compile(
    r"平时|长期|一直|每[天日晚早]|[一每]天|[年月]了|在[吃服用]|[吃用]着|以后|备着|原来|以前|早不"
)
_DISEASE = patterns.compile(
    r"高血压|血压高|糖尿病|冠心病|心脏病|血脂高|高血脂|血脂|哮喘|鼻炎|湿疹|荨麻疹|痛风|甲亢|甲减|甲状腺|桥本|肝炎|乙肝|丙肝|结核|胃病|溃疡|结石|贫血|骨质疏松"
    r"|骨折|房颤|脑梗|脑出血|中风|抑郁|癫痫|肾病|惊厥|慢阻肺|[㐀-鿿]{1,4}[炎癌瘤症]|住过?院|肿瘤"
)
_SINCE = patterns.compile(r"年|小时候|从小|以前|查出|一直|早就|生下来|之前|别的病|什么病|[岁月]的?时候|就是")
_SYMPTOM = patterns.compile(
    r"[痛疼痒晕胀麻咳吐泻热烧肿闷酸喘痰僵慌抖渴]|不舒服|难受|恶心|乏力|没劲|失眠|睡|便|尿|出血|胃口|吃不|吃得|瘦|斤|加重|缓解|发作|憋|眼前|怕光|疙瘩|疹|水|低落|情绪|重影|模糊"
)


def told_topic(clause: str, asked: str, drugs: Drugs) -> str:
    """Of a patient or relative. `asked`: the topic of the question; empty where nobody asked. Empty for no topic."""
    if plain := _plain_topic(clause, asked):
        return plain
    if asked in _STAYS:
        return asked
    if _HABITS.search(clause):
        return "social_history"
    if _MARRIAGE.search(clause) and asked != "surgical_history":
        return "marriage"
    if is_medication(clause, drugs):
        return _medication_topic(clause, asked)
    return _illness_topic(clause, asked)


def _plain_topic(clause: str, asked: str) -> str:
    """What belongs to one part whatever was asked."""
    if patterns.search(r"过敏(?!性)", clause) and asked != "family_history":
        return "allergies"
    is_fate = _DISEASE.search(clause) or patterns.search(r"去世|走的|没的", clause)
    is_of_home = asked in ("social_history", "marriage", "exposure")
    if _RELATIVE.search(clause) and not is_of_home and (asked == "family_history" or is_fate):
        return "family_history"
    return "menstruation" if _MENSTRUATION.search(clause) else ""


def _illness_topic(clause: str, asked: str) -> str:
    if _SURGERY.search(clause):
        return "surgical_history"
    is_disease = bool(_DISEASE.search(clause))
    if asked in ("medical_history", "surgical_history"):
        return "medical_history" if is_disease else asked
    if is_disease and (asked == "medications" or _SINCE.search(clause)):
        return "medical_history"
    if asked == "treatments" and _LASTING.search(clause):
        return "medications"
    return asked or ("history_of_present_illness" if _SYMPTOM.search(clause) else "")


def is_medication(clause: str, drugs: Drugs) -> bool:
    return bool(_TAKES.search(clause) or drugs.mentions(clause))


def goes_on_about_dose(clause: str) -> bool:
    return bool(_DOSE.search(clause)) and not _SYMPTOM.search(clause)


_AGAINST_PAIN = patterns.compile(r"[疼痛]起来|犯起来|发作(?:了|的时候)")


def _medication_topic(clause: str, asked: str) -> str:
    """What is taken for good and what was taken against this illness stand apart."""
    is_acute = bool(_ACUTE.search(clause)) and not _LASTING.search(clause)
    if asked in ("history_of_present_illness", "treatments", "") and (
        is_acute or _AGAINST_PAIN.search(clause)
    ):
        return "treatments"
    return "treatments" if asked == "treatments" and not _LASTING.search(clause) else "medications"


_CONDITION = patterns.compile(
    r"^(?:如果|要是|假如|万一|一旦|若|吃药期间|出现)|的话$|(?:就|马上|随时|立刻|直接|立即)(?:过?来|回来|去?急诊|打120|就诊)"
)
_HOME = patterns.compile(r"自服|平素|长期|一直在?[吃服]|在家吃")
_BACK = patterns.compile(
    r"复诊|随诊|随访|再来|来复查|[天周月](?:以?后|之后).{0,10}[来看查]|急诊|打120|叫我|过来|回来|来找我"
)
_TEST = (
    r"血常规|尿常规|大便|CT|磁共振|核磁|MRI|B超|彩超|超声|心电图|片|化验|肝功|肾功|甲功|电解质|血糖|糖化|胃镜|肠镜|PSA|TRAb|DNA|甲胎|幽门|蛋白|肺功能"
    r"|眼底|残余尿|凝血|病理|培养|过敏原|抽血"
)
_TESTS = patterns.compile(
    rf"(?:做|查|拍|约|验|抽|测|吹|扎|留|看|复查)[^，]{{0,14}}(?:{_TEST})|^(?:{_TEST})[^，]{{0,6}}(?:也|都)?(?:查|做)|抽血|查个"
)
_PRESCRIBES = patterns.compile(
    r"开(?:点|一?些|个|一|上|了)?|加(?:一个|用|上|到)|换成|改[成为]|继续[吃用服]|接着[吃用喂]|照常吃|[还先再]吃|回去[吃用]|外用|口服|雾化|嚼服|静滴|补点?液|停了?|不能再吃|别吃|备着|吸入|按原来"
)
_DIAGNOSIS = patterns.compile(
    r"考虑|诊断|可能是|应该是|怀疑|倾向|^(?:这|你这|您这)?(?:就)?是|^像|典型的|可能(?:性)?大|引起"
)
_NAMED_DISEASE = patterns.compile(
    r"(?:炎|病|症|癌|瘤|骨折|突出|增生|溃疡|硬化|失代偿|腹水|梗死|出血|绞痛|房颤|哮喘|慢阻肺|甲亢|甲减|剧吐|药疹|感冒|感染|偏头痛|高血压|结石|贫血|积液"
    r"|病变|不佳|(?:急性|抑郁|躁狂)发作|颈椎病|肺炎)(?:可能(?:性)?大?|待查|失代偿|引起)?$"
)
_NOT_A_DIAGNOSIS = patterns.compile(r"查|做|排除|看看|预防|如果|没有|以前|要是|先|开|吃")
_EXAM = patterns.compile(
    r"查体|压痛|反跳痛|叩痛|啰音|罗音|杂音|听诊|听一?下|摸|指检|内诊|肿大|增大|畸形|肌力|巴氏征|阳性|阴性|结节|硬结|黄染|水肿|浊音|丘疹|疱疹|散在|黏膜|血运|搏动|心?律"
    r"|神志|精神[好差可]|情绪|思维|咽|扁桃体|前囟|质软|[㐀-鿿]颤|哮鸣音|呼吸音|褪色|面色|充血|肋下|软的|不胀|反射|活动度|心音|鼓膜|体征|中央沟|化脓"
)
_RESULT = patterns.compile(
    rf"(?:{_TEST}|尿酮体|白细胞|血红蛋白|PHQ-?9|GAD-?7|量表|心电图)[^，]{{0,12}}(?:示|正常|异常|偏[高低]|阳性|阴性|提示|显示|是|加号|[升降]高?|得?了?[\d一二三四五六七八九十]+分)|得了.{{1,4}}分"
)
_ADVICE = patterns.compile(
    r"建议|注意|多[㐀-鿿]|少[㐀-鿿]|别|不要|不能|忌|戒|清淡|避免|休息|住院|手法|石膏|固定|卧床|抬高|停掉|停了|主食|走半小时|打针|转诊|记.{0,4}日记|漱口|送人|嚼|换药|送|饮食|按时|睡前"
)


def doctor_topic(clause: str, drugs: Drugs) -> str:
    """The section, with the part of the plan behind a blank. Empty where the clause has none of its own."""
    if _CONDITION.search(clause):
        return "plan follow_up"
    if _RESULT.search(clause) and not patterns.search(r"查体|[先再]|做个", clause):
        return "results"
    if vital_signs(clause) or patterns.search(r"^(?:血压|心率|脉搏|体温|体重|身高|血氧)", clause):
        return "vitals"
    if _HOME.search(clause) and not patterns.search(r"[给再先加]|继续", clause):
        return "medications"
    is_named = bool(_NAMED_DISEASE.search(clause)) and not _NOT_A_DIAGNOSIS.search(clause)
    if is_named or (_DIAGNOSIS.search(clause) and not _NOT_A_DIAGNOSIS.search(clause)):
        return "assessment"
    return _planned_topic(clause, drugs) or ("physical_exam" if _EXAM.search(clause) else "")


def _planned_topic(clause: str, drugs: Drugs) -> str:
    is_drug = bool(drugs.mentions(clause))
    if _BACK.search(clause):
        return "plan follow_up"
    if _TESTS.search(clause) and not (is_drug and patterns.search(r"开|吃", clause)):
        return "plan tests"
    if _PRESCRIBES.search(clause) and (is_drug or _DOSE.search(clause) or not _ADVICE.search(clause)):
        return "plan medications"
    if _DOSE.search(clause) and not _EXAM.search(clause):
        return "plan medications"
    return "plan" if _ADVICE.search(clause) and not _EXAM.search(clause) else ""
