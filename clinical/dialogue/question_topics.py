"""What a doctor's question is about, by the part of a record that its answer belongs to."""

from collections.abc import Mapping, Sequence

from llm_backend import patterns

# The first that fits decides, so what is most telling stands first.
_ZH: Sequence[tuple[str, patterns.Pattern[str]]] = (
    ("allergies", patterns.compile(r"过敏(?!性|体质)")),
    ("history_of_present_illness", patterns.compile(r"(?:感冒|发烧|拉肚子)的(?:人)?(?:没有|吗)|一起吃")),
    (
        "exposure",
        patterns.compile(
            r"宠物|养.{0,3}[猫狗鸟]|(?:什么|啥)工作|职业|上班|接触|疫[区苗]|足月|母乳|奶粉|喂养|住在哪|哪里人"
        ),
    ),
    ("menstruation", patterns.compile(r"月经|例假|绝经|痛经|周期|来几天|末次")),
    (
        "family_history",
        patterns.compile(
            r"家里|家族|家人|父母|父亲|母亲|[爸妈]|爷爷|奶奶|[姥外][姥爷公婆]|兄弟|姐妹|亲戚|遗传"
        ),
    ),
    ("social_history", patterns.compile(r"烟|酒(?!精)")),
    ("marriage", patterns.compile(r"结婚|婚姻|孩子了|几个孩子|孩子几个|生过|生育|怀过|怀孕(?!多少|几)|流产")),
    ("surgical_history", patterns.compile(r"手术|开过?刀|输过?血|外伤史|受过伤|骨折过")),
    (
        "treatments",
        patterns.compile(
            r"吃过(?:什么)?药|最近吃过|给[他她]?(?:孩子)?(?:吃|喂|用)|自己(?:处理|吃|用)|治过|处理过|用过什么药"
        ),
    ),
    (
        "medications",
        patterns.compile(
            r"[吃服用](?:着|的|些|过)?(?:是)?(?:什么|哪些|别的|啥|其他)?药|用药|长期[吃服用]|(?:平时|目前|现在|怎么)[吃服用]"
            r"|[吃服用].{1,20}(?:这些|这类)|药.{0,4}(?:在吃|吃吗|在用|现在)"
        ),
    ),
    (
        "medical_history",
        patterns.compile(
            r"以前|既往|从前|过去|慢性病|[什别]么?的?病|得过|住过院|高血压|血压高|糖尿病|冠心病|心脏病|肝炎"
            r"|乙肝|结核|哮喘|鼻炎|荨麻疹|湿疹"
            r"|房颤|中风|脑梗|肾病|甲亢|甲减|甲状腺|贫血|胃病|溃疡|痛风|骨质疏松|肿瘤|癌|血脂|抑郁"
        ),
    ),
)
_EN: Sequence[tuple[str, patterns.Pattern[str]]] = (
    (
        "allergies",
        patterns.compile(
            r"\ballerg(?:y|ies|ic)\b(?!.{0,200}\b(?:family|anyone|anybody)\b)",
            patterns.IGNORECASE,
        ),
    ),
    (
        "family_history",
        patterns.compile(
            r"\bfamily\b|\bfamilies\b|\b(?:your|his|her) (?:own )?(?:mother|father|mom|dad|parents|sister"
            r"|brother|siblings)\b"
            r"|\banyone else\b.{0,200}\b(?:have|has|had|get)\b(?!.{0,200}\bsick\b)|\bhereditary\b",
            patterns.IGNORECASE,
        ),
    ),
    (
        "social_history",
        patterns.compile(
            r"\bsmok\w+|\btobacco\b|\bcigar\w+|\balcohol\b|\bdrink(?:ing|er)?\b(?!.{0,200}\beat)"
            r"|\bdrugs\b(?!.{0,200}\ballerg)|\bcaffeine\b"
            r"|\bpets?\b|\b(?:do|does) (?:you|he|she) live\b|\blive (?:alone|with)\b|\b(?:for (?:work"
            r"|a living)|occupation)\b"
            r"|\byour job\b|\bat home with you\b|\bexercise\b|\bvap(?:e|ing)\b",
            patterns.IGNORECASE,
        ),
    ),
    (
        "surgical_history",
        patterns.compile(
            r"\bsurger(?:y|ies)\b|\boperations?\b|\boperated\b|\btransfusions?\b|\bprocedures? (?:done|in the past)\b",
            patterns.IGNORECASE,
        ),
    ),
    (
        "menstruation",
        patterns.compile(
            r"\bperiods?\b|\bmenstrua\w+|\bmenopause\b",
            patterns.IGNORECASE,
        ),
    ),
    (
        "treatments",
        patterns.compile(
            r"\b(?:have|did) you (?:tried|try|taken|take|given?|gave|done|do)\b.{0,200}\b(?:for (?:it|that"
            r"|this)|him|her|medicine|anything new)\b"
            r"|\b(?:tried|taken) (?:anything|for it)\b|\bpainkillers?\b|\bwhat have you (?:tried|given|taken)\b",
            patterns.IGNORECASE,
        ),
    ),
    (
        "medications",
        patterns.compile(
            r"\bmedications?\b|\bmedicines?\b|\b(?:are|is) (?:you|he|she) (?:currently |now )?(?:taking|on)\b|\bpills?\b"
            r"|\binhalers?\b|\b(?:do|does) (?:you|he|she) take\b|\btak(?:e|ing) (?:regularly|every ?day|now|anything)\b"
            r"|\bwhat are you taking\b|\belse (?:do )?you take\b|\bwhat (?:else )?(?:do|does) (?:you|he|she) take\b",
            patterns.IGNORECASE,
        ),
    ),
    (
        "medical_history",
        patterns.compile(
            r"\b(?:medical|health) (?:history|problems?|conditions?|issues?)\b|\b(?:other|ongoing|chronic|past) (?:\w+ )?"
            r"(?:conditions?|problems?|illness\w*|diseases?)\b|\bdiabet\w+|\bhypertension\b"
            r"|\bhigh blood pressure\b|\bblood pressure\b"
            r"|\basthma\b|\btuberculosis\b|\bthyroid\b|\bkidneys?\b|\bliver\b|\bulcers?\b|\bosteoporosis\b"
            r"|\batrial fibrillation\b"
            r"|\beczema\b|\bpsoriasis\b|\bgallstones\b|\bheart (?:disease|trouble|problems?)\b|\b(?:ever"
            r"|before)\b.{0,200}\b(?:had|been|have|hurt|broken?)\b"
            r"|\b(?:had|been|have|hurt|broken|treated)\b.{0,200}\bbefore\b|\bcholesterol\b|\bcancer\b"
            r"|\bhepatitis\b|\bpregnant before\b"
            r"|\bborn on time\b|\bshots\b|\bvaccin\w+|\bhealthy otherwise\b|\banything like this before\b|\bany conditions\b"
            r"|\bother conditions\b",
            patterns.IGNORECASE,
        ),
    ),
)
_OF: Mapping[str, Sequence[tuple[str, patterns.Pattern[str]]]] = {"zh": _ZH, "en": _EN}
# “哪年切的？”, “How long?”: they go on about what was asked before.
_GOES_ON = patterns.compile(
    r"^\W*(?:那是|那这|哪年|哪一年|几年|多少年|多久|多长|吃了几|什么时候|几点|现在呢|呢|为什么|量呢"
    r"|how (?:long|often|much|many)|since when|when was|why|what (?:kind|dose|happened)|which|and now)",
    patterns.IGNORECASE,
)


def topic(question: str, before: str, *, in_chinese: bool) -> str:
    """The section of a plain note. `before`: of the question before it, which a bare “since when?” goes on about."""
    for section, pattern in _OF["zh" if in_chinese else "en"]:
        if pattern.search(question):
            return section
    return before if before and _GOES_ON.match(question) else "history_of_present_illness"
