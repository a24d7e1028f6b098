"""Which part of a record words belong to: by cues of both languages."""

from dataclasses import dataclass

from clinical.records.template import Division
from llm_backend import patterns


@dataclass(frozen=True)
class Section:
    """`headings`: what hospitals call it, lower case; the first of a language stands in a plain note."""

    key: str
    division: Division
    english: tuple[str, ...]
    chinese: tuple[str, ...]

    def title(self, *, in_chinese: bool) -> str:
        return self.chinese[0] if in_chinese else self.english[0].upper()


SECTIONS = (
    Section("chief_complaint", "subjective", ("chief complaint", "cc", "reason for visit"), ("主诉",)),
    Section(
        "history_of_present_illness",
        "subjective",
        ("history of present illness", "hpi", "interval history", "subjective", "present illness"),
        ("现病史",),
    ),
    Section(
        "medical_history",
        "subjective",
        ("medical history", "past medical history", "past history", "pmh", "history"),
        ("既往史",),
    ),
    Section("surgical_history", "subjective", ("surgical history", "past surgical history"), ("手术史",)),
    Section("social_history", "subjective", ("social history",), ("个人史", "婚育史")),
    Section("family_history", "subjective", ("family history",), ("家族史",)),
    Section("medications", "subjective", ("medications", "current medications", "medication"), ("用药史",)),
    Section("allergies", "subjective", ("allergies", "allergy"), ("过敏史",)),
    Section("review_of_systems", "subjective", ("review of systems", "ros"), ("系统回顾",)),
    Section("vitals", "exam", ("vitals", "vital signs", "vitals reviewed"), ("生命体征",)),
    Section(
        "physical_exam", "exam", ("physical exam", "physical examination", "exam", "objective"), ("体格检查",)
    ),
    Section(
        "results", "results", ("results", "labs", "imaging", "procedure", "data reviewed"), ("辅助检查",)
    ),
    Section(
        "assessment",
        "assessment_and_plan",
        ("assessment", "impression", "diagnosis", "assessment and plan", "assessment & plan"),
        ("初步诊断", "诊断"),
    ),
    Section("plan", "assessment_and_plan", ("plan", "instructions", "recommendations"), ("诊疗计划", "计划")),
)
OF_KEY = {section.key: section for section in SECTIONS}
_OF_HEADING = {name: each.key for each in SECTIONS for name in (*each.english, *each.chinese)}
_HEADING = patterns.compile(
    r"^\s*(?:[【\[])?([A-Z][A-Z /&]{1,40}|[㐀-鿿]{2,6})(?:[】\]])?\s*+(?:[:：]\s*+)?$"
)


def note_sections(note: str) -> list[tuple[str, str]]:
    """(section, line) of a note as hospitals write them: headings on lines of their own."""
    lines, section = [], ""
    for line in note.splitlines():
        heading = _HEADING.match(line)
        known = _OF_HEADING.get(heading[1].strip().lower()) if heading else None
        if known:
            section = known
        elif line.strip():
            lines.append((section, line.strip()))
    return lines


@dataclass(frozen=True)
class Cue:
    section: str
    pattern: patterns.Pattern[str]
    speaker: str = ""


def _cue(section: str, pattern: str, speaker: str = "") -> Cue:
    return Cue(section, patterns.compile(pattern, patterns.IGNORECASE), speaker)


# The first that fits decides, so what is most telling stands first.
_ENGLISH = (
    _cue("allergies", r"\ballerg(?:y|ies|ic)\b(?! med)"),
    _cue(
        "vitals",
        r"\b(?:vital signs?|vitals|blood pressure (?:is|today|was|here)|heart rate|respiratory rate|"
        r"temperature|pulse "
        r"ox|oxygen sat\w*|o2 sat\w*)\b",
        "doctor",
    ),
    _cue(
        "results",
        r"\b(?:x-?rays?|ct scan|mri|ultrasound|echo\w*|ekg|ecg|lab(?:s| results?| work)|hemoglobin|"
        r"creatinine|a1c|blood "
        r"(?:test|work)s?|biopsy|panel|colonoscopy|results?)\b.{0,300}\b(?:show\w*|was|were|is|are|came|look\w*|"
        r"normal|negative|"
        r"positive|elevated|reveal\w*|saw|see)\b",
        "doctor",
    ),
    _cue(
        "physical_exam",
        r"\b(?:i (?:do )?(?:n't |not )?(?:appreciate|hear|feel)|on (?:your|his|her|the) (?:\w+ ){1,3}exam|"
        r"lungs?\b.{0,300}\bclear|"
        r"tender(?:ness)?|palpation|range of motion|edema|murmur|auscultation|does (?:that|it|this) hurt|when i "
        r"(?:push|press|touch|bend|move)|reflexes|swelling (?:on|of|around)|bruising|sensation|pulses|your "
        r"(?:heart|lungs|abdomen|belly|throat|neck|skin)\b.{0,300}\b(?:is|are|looks?|sounds?))\b",
        "doctor",
    ),
    _cue(
        "plan",
        r"\b(?:i'm (?:also )?(?:just )?(?:gon na|going to|gonna)|we(?:'re| are) (?:gon na|going to)|we'll|"
        r"i'll|i want you|"
        r"i(?:'d| would) (?:also )?(?:like|recommend)|i recommend|let's|follow up|follow-up|prescri\w+|"
        r"refer\w*|order|"
        r"milligrams? (?:of|once|twice|a day|daily)|start you|continue (?:on|with|the|your|to|taking)|"
        r"come back|see you "
        r"(?:in|back|again)|physical therapy|you (?:should|need to)|surgery|schedule)\b",
        "doctor",
    ),
    _cue(
        "assessment",
        r"\b(?:i think (?:you|that you|this|it)|diagnos\w+|consistent with|(?:first|second|third|next|last) "
        r"(?:problem|issue)|assessment|you (?:probably |likely )?have (?:a|an|some)?)\b",
        "doctor",
    ),
    _cue(
        "family_history",
        r"\b(?:family history|runs? in (?:my|your|the) family|(?:my|your) (?:mother|father|mom|dad|"
        r"grand\w+|aunt|uncle|sister|brother|parents?)(?:'s)?\b.{0,300}\b(?:had|has|have|died|diabetes|cancer|heart))\b",
    ),
    _cue(
        "surgical_history",
        r"\b(?:surger(?:y|ies)|operations?|removed|ectomy|c-section|replacement|transplant)\b",
    ),
    _cue(
        "social_history",
        r"\b(?:smok\w+|cigarettes?|tobacco|alcohol|drink(?:ing)?|drugs|married|divorced|live (?:with|"
        r"alone)|work as|retired|"
        r"job|occupation|children|exercise|marijuana|packs?)\b",
    ),
    _cue(
        "medications",
        r"\b(?:medications?|medicines?|taking|milligrams?|pills?|tablets?|inhaler|insulin|ibuprofen|tylenol|aspirin|"
        r"vitamins?|supplements?)\b",
    ),
    _cue(
        "medical_history",
        r"\b(?:history of|past medical|diagnosed with|diabetes|hypertension|high blood pressure|"
        r"asthma|cholesterol|ever had|in the past)\b",
    ),
    _cue(
        "history_of_present_illness",
        r"\b(?:pain\w*|hurt\w*|sore|ache\w*|fever|chills|cough\w*|nausea|vomit\w*|diarrhea|dizz\w*|tired|"
        r"fatigue\w*|weak\w*|numb\w*|"
        r"tingl\w*|swell\w*|swollen|rash|itch\w*|bleed\w*|breath\w*|symptoms?|feel\w*|felt|started|began|"
        r"worse|better|ago|"
        r"since|weeks?|days?|months?|fell|injur\w+|headaches?|sleep\w*|appetite|weight|anxious|depress\w*|"
        r"year[- ]old|here (?:for|today))\b",
    ),
)
_CHINESE = (
    _cue("allergies", r"过敏(?!性)"),
    _cue(
        "family_history",
        r"家族|家里人|(?:父亲|母亲|爸爸|妈妈|爷爷|奶奶|外公|外婆|兄弟|姐妹|哥哥|姐姐|弟弟|妹妹).{0,300}(?:病|高血压|糖尿|癌|中风|去世|有)",
    ),
    _cue("vitals", r"(?<![高低])血压\D{0,4}\d|体温.{0,300}\d|心率|脉搏|呼吸.{0,300}次|血氧"),
    _cue(
        "physical_exam",
        r"查体|压痛|反跳痛|叩击痛|啰音|罗音|杂音|听诊|触诊|叩诊|肿大|水肿|充血|扁桃体|腹软|双肺|心律|我(?:按|听|摸|看)一?下|光反射|"
        r"肋下|(?<!呼气)试验[阴阳]性|病理征",
    ),
    _cue(
        "results",
        r"(?:血常规|尿常规|CT|核磁|MRI|B超|彩超|超声|心电图|X光|X线|胸片|片子|化验|检查结果|肝功|肾功|血糖|病理|胃镜|肠镜|呼气试验)"
        r"[^，,。]{0,300}(?:示|正常|异常|偏高|偏低|阳性|阴性|提示|显示|是|有|升高|变窄|\d)",
    ),
    # What is taken at home is told by a doctor, too, and is no order.
    _cue("medications", r"自服|自行(?:服|口服|购|用)|平素(?:服|口服|用)|长期(?:服|口服|用)|一直在?(?:吃|服)"),
    _cue(
        "plan",
        r"建议|开(?:点|一?些|个|一)|先?做(?:个|一)|(?:先|再|去|给[您你])(?:查|做|拍|验|抽|吃|用)|复查|复诊|随诊|服用|口服|予以|给予|"
        r"(?:每[天日]|一[天日])\S{0,2}次|一次\S{1,5}(?:片|粒|毫克|支|袋)|住院|手术治疗|注意|多喝水|休息|忌|戒[烟酒]|清淡|减(?:体)?重|"
        r"少(?:吃|爬|喝|坐|站)|转(?:诊|到)|避免|(?:马上|随时|赶紧|及时)(?:来|就诊|就医)|一起吃",
        "doctor",
    ),
    _cue(
        "assessment",
        r"诊断|考虑(?:是|为)?|可能是|应该是|怀疑|属于|倾向于|^这是.{0,12}(?:炎|症|病|瘤|征|癌|折|结石|增生|息肉)",
        "doctor",
    ),
    _cue(
        "surgical_history",
        r"手术|做过.{0,300}(?:术|切除)|开过刀|剖宫产|支架|(?:切除|修补|置换|成形|造影|摘除)术",
    ),
    _cue(
        "social_history", r"抽烟|吸烟|喝酒|饮酒|啤酒|白酒|职业|工作是|结婚|已婚|未婚|离异|孩子|怀孕|月经|生育"
    ),
    _cue(
        "medications",
        r"(?:在|正在|一直|平时|目前|每天)[^\n吃服用]{0,300}+[吃服用].{0,300}(?:药|片|胶囊|胰岛素)|[吃用贴](?:的是|过|了).{0,300}(?:药|片|胶囊)|mg|毫克",
    ),
    _cue(
        "medical_history",
        r"(?:高血压|高血脂|血脂高|糖尿病|冠心病|肝炎|结核|哮喘|肾病|脑梗|甲亢|胃溃疡|胃病|既往|以前|病史|外伤|输血|慢性病)",
    ),
    _cue(
        "history_of_present_illness",
        r"[痛疼痒晕胀麻咳吐泻热烧肿闷酸喘痰僵]|受过?伤|扭伤|摔|不舒服|难受|恶心|乏力|没劲|失眠|睡不|便秘|出血|胃口|食欲|天[了前]?|周|个月|加重|缓解|发作|症状|开始",
    ),
)


def by_cues(text: str, speaker: str, *, in_chinese: bool) -> str:
    """A section's key, or "" for what no record needs."""
    for cue in _CHINESE if in_chinese else _ENGLISH:
        if (cue.speaker in ("", speaker) or speaker == "unknown") and cue.pattern.search(text):
            return cue.section
    return ""


# What somebody means to do, by the part of a plan that templates keep apart; the first that fits decides.
_PLANNED = (
    _cue(
        "follow_up",
        r"\b(?:follow[- ]?up|come back|see (?:you|me) (?:back|again|in)|return (?:if|in|to)|call (?:me|us|the office))\b"
        r"|复诊|复查|随诊|随访|(?:马上|随时|赶紧|及时)(?:来|就诊|就医)|[天周月]后.{0,4}(?:来|看)",
    ),
    _cue(
        "tests",
        r"\b(?:order|get|obtain|check|repeat|schedule|do|send)\b.{0,300}\b(?:x-?rays?|ct|mri|ultrasound|echo\w*|ekg|ecg|labs?|"
        r"panel|a1c|blood (?:work|tests?)|biopsy|scan|colonoscopy|culture|urinalysis)\b"
        r"|(?:查|做|拍|验|抽|复测).{0,150}(?:血|尿|便|CT|核磁|MRI|B超|彩超|超声|心电图|胸片|片子|化验|肝功|肾功|胃镜|肠镜|病理)",
    ),
    _cue(
        "medications",
        r"\b(?:prescri\w+|milligrams?|mg|tablets?|capsules?|twice (?:a day|daily)|once (?:a day|daily)|refill)\b"
        r"|(?:先|再|每天|继续)[吃服用]|药|开(?:点|一?些)|予以|给予|口服|静滴|静脉滴注|肌注|皮下注射|外用|吸入|含服|滴眼|毫克|mg|[每一][天日晚早]\S{0,2}次|每次\S{1,3}[片粒支袋]",
    ),
)


def part_of_plan(text: str) -> str:
    """follow_up, tests or medications; "" for any other measure or advice."""
    return next((cue.section for cue in _PLANNED if cue.pattern.search(text)), "")


_WORD = patterns.compile(r"[a-z0-9']+|[㐀-鿿]")


def grams(text: str, mark: str = "", *, longest: int = 2) -> list[str]:
    """Words and their neighbours, as features; Chinese by characters."""
    words = _WORD.findall(text.lower())
    return [
        f"{mark}{' '.join(words[place : place + length])}"
        for length in range(1, longest + 1)
        for place in range(len(words) - length + 1)
    ]
