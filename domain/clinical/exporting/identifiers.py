"""What tells who somebody is, as people write and say it: patterns from general knowledge of names and numbers."""

from typing import Final

from llm_backend import patterns

HAN: Final = "\u4e00-\u9fff"
# The commonest surnames. Left out are those that are words of their own (和, 时, 应, 管, 全 …): they would eat text.
SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪"
    "廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔汤温康施牛樊葛邢齐乔赖庞殷翟倪童俞鲁饶"
)
COMPOUND_SURNAMES: Final = "欧阳|上官|司马|诸葛|司徒|夏侯|皇甫|东方|尉迟|公孙|慕容|令狐|长孙|宇文|端木"
SURNAME: Final = f"(?:{COMPOUND_SURNAMES}|[{SURNAMES}])"
CLINICAL_TITLES: Final = (
    "副主任医师|主任医师|主治医师|住院医师|主治医生|住院医生|副主任|主任|医生|医师|大夫|教授|护士长|护士|院长"
    "|药师|技师"
)
CIVIL_TITLES: Final = "先生|女士|小姐|太太|阿姨|叔叔|伯伯|大爷|大妈|大叔|奶奶|爷爷|老师|师傅|同志"
# Words that begin like a surname and stand before a title.
NO_NAMES: Final = frozenset({"高年", "高年资", "高级", "方便", "常规", "白班", "任何", "康复", "石膏"})

TITLED_ZH: Final = patterns.compile(
    rf"(?<![由关对属地平非经通正日异明终])(?P<name>{SURNAME}[{HAN}]{{0,2}}?)(?P<title>{CLINICAL_TITLES}|{CIVIL_TITLES})"
)
TITLED_EN: Final = patterns.compile(
    r"\b(?P<title>Mr|Mrs|Ms|Miss|Dr|Doctor|Prof|Professor|Nurse)\b\.?\s+(?P<name>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+)?)"
)
INTRODUCED_ZH: Final = patterns.compile(
    rf"(?P<lead>我叫|名叫|叫做|叫|名字(?:叫|是)|姓名\s*+(?:[:：]\s*+)?)(?P<name>{SURNAME}[{HAN}]{{1,2}})(?=[^{HAN}]|$)"
    rf"|(?P<lead_2>患者|病人)(?P<name_2>{SURNAME}[{HAN}]{{1,2}})(?=\s*[，,]\s*[男女])"
)
INTRODUCED_EN: Final = patterns.compile(
    r"\b(?P<lead>(?i:my name is|name is|i am called|i'm called|patient name|name)(?:\s*+:)?\s++"
    r"|(?i:my (?:husband|wife|son|daughter|brother|sister|mother|father|friend|partner|neighbou?r))\s+)"
    r"(?P<name>[A-Z][\w'’-]+(?:\s+[A-Z][\w'’-]+){0,2})"
)

EMAIL: Final = patterns.compile(r"[\w.+-]{1,64}+@[\w-]+(?:\.[\w-]+)+")
ADDRESS_OF_PAGE: Final = patterns.compile(r"(?:https?://|www\.)[^\s，。；、]+", patterns.IGNORECASE)
IDENTITY_CARD: Final = patterns.compile(
    r"(?<!\d)[1-9]\d{5}(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx]?(?![\dXx])"
)
SOCIAL_SECURITY: Final = patterns.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")
LABELLED_NUMBER: Final = patterns.compile(
    r"(?P<label>(?:病历|病案|住院|门诊|就诊卡?|医保卡?|社保卡?|身份证|护照|银行卡|床|卡|编|检查)(?:号码|号)"
    r"|(?i:\bMRN|\bmedical record (?:number|no\.?)|\baccount (?:number|no\.?)|\bNHS (?:number|no\.?)|\bSSN|\bpassport"
    r"(?: number| no\.?)?|\bpolicy (?:number|no\.?)|\bpatient (?:number|id|no\.?)))"
    r"(?P<gap>\s*+(?:(?:是|为|is|[:：#])\s*+)?)(?P<number>[A-Za-z]{0,4}-?\d[\w-]{1,})"
)
PHONE: Final = patterns.compile(
    r"(?<![\d-])(?:\+\d{1,3}[\s-]?)?(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}[\s-]\d{3,4}[\s-]?\d{4}"
    r"|\(\d{3}\)\s?\d{3}[\s-]\d{4}|\d{3}[-.\s]\d{3}[-.\s]\d{4}|400[\s-]?\d{3,4}[\s-]?\d{3,4})(?![\d-])"
    r"|\+\d{1,3}(?:[\s-]?\d{2,4}){2,5}(?!\d)|(?<!\d)0\d{4}\s\d{6}(?!\d)"
)
# Cards and accounts have seven digits and more, measured values hardly ever.
LONG_NUMBER: Final = patterns.compile(r"(?<![\d.])\d{7,}(?![\d.])|[零〇一二三四五六七八九幺两]{7,}")

AGE_ZH: Final = patterns.compile(
    r"(?<!\d)(?:9\d|1[0-3]\d)(?=\s*岁)|(?:九十[一二三四五六七八九]?|一百[零〇一二三四五六七八九十]*)(?=岁)"
)
AGE_EN: Final = patterns.compile(
    r"(?<!\d)(?:9\d|1[0-3]\d)(?=[\s-]*(?:years?[\s-]old|year-old|y/?o\b))|(?<=\baged )(?:9\d|1[0-3]\d)\b"
    r"|(?<=\bage )(?:9\d|1[0-3]\d)\b",
    patterns.IGNORECASE,
)

_HOSPITAL_HAN: Final = rf"(?:(?![在到去往于由从赴至经来是了我他她你您就被转入的及与])[{HAN}]){{2,14}}"
HOSPITAL_ZH: Final = patterns.compile(
    rf"(?P<name>{_HOSPITAL_HAN})(?:医院|卫生院|诊所|卫生服务中心|医学中心|医疗中心)(?:[{HAN}]{{1,3}}院区)?"
)
# A kind of hospital, not one hospital.
HOSPITAL_KINDS: Final = patterns.compile(
    r"^(?:当地|外地|外院|本地|附近|社区|乡镇|县级?|市级?|省级?|上级|下级|三甲|二甲|专科|综合|其他|其它|某|多家|另一家?|一家|私立|公立|"
    r"这家|那家|大|小|牙科|眼科|口腔|妇幼|儿童|肿瘤|精神病?|传染病?|中医|急诊|门诊|患者)+$"
)
HOSPITAL_EN: Final = patterns.compile(
    r"\b(?:[A-Z][\w'’.&-]*\s+(?:of\s+)?){1,5}(?:Hospital|Clinic|Medical Cent(?:er|re)|Infirmary|Health Cent(?:er|re))\b"
)

ADDRESS_ZH: Final = patterns.compile(
    rf"(?P<lead>(?:家住在?|住在|住址|地址|居住[在于]|户籍|籍贯|现住|来自|老家[在是]?)\s*+(?:[:：]\s*+)?)"
    rf"(?P<place>[{HAN}\dA-Za-z#－-]{{1,30}}?(?:省|市|自治区|区|县|镇|乡|村|屯|小区|社区|街道|路|街|巷|弄|胡同|号|栋|幢|单元|室|楼)"
    rf"(?:[{HAN}\dA-Za-z#－-]{{0,20}}?(?:市|区|县|镇|乡|村|组|小区|社区|街道|路|街|巷|弄|号|栋|幢|单元|室|楼))*)"
    rf"|[{HAN}]{{2,7}}(?:省|自治区)[{HAN}]{{2,7}}(?:市|州|县)(?:[{HAN}\d]{{1,12}}?(?:区|县|镇|乡|村|街道|路|街|号|栋|单元|室))*"
    rf"|[{HAN}]{{2,4}}市[{HAN}]{{1,5}}(?:区|县|镇|街道)(?:[{HAN}\d]{{1,12}}?(?:镇|乡|村|街道|路|街|弄|号|栋|单元|室))*"
    rf"|[{HAN}]{{2,5}}(?:路|大街|大道|街|巷|弄|胡同)\s*\d+\s*号(?:\s*[\d一二三四五六七八九十]+(?:号楼|栋|幢|单元|室|楼|层))*"
)
ADDRESS_EN: Final = patterns.compile(
    r"\b\d{1,5}[A-Za-z]?\s+(?:[A-Z][\w'’.]*\s+){1,4}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|"
    r"Way|Place|Pl|Terrace|Square|Close)\b\.?(?:,?\s*(?:Apt|Apartment|Flat|Unit|Suite)\.?\s*\w+)?"
    r"(?:,\s*[A-Z][\w'’]+(?:\s[A-Z][\w'’]+)*)*(?:,?\s*[A-Z]{2}\s+\d{5}(?:-\d{4})?)?"
    r"|\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b|\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b"
    r"|(?<=\blive in )[A-Z][\w'’]+(?:\s[A-Z][\w'’]+)*(?:,\s*[A-Z][\w'’]+)*|(?<=\blives in )[A-Z][\w'’]+(?:\s[A-Z][\w'’]+)*"
)

MONTHS: Final = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE: Final = patterns.compile(
    r"(?<!\d)(?P<y1>(?:19|20)\d{2})(?P<s1>\s?年\s?)(?P<m1>1[0-2]|0?[1-9])(?P<s2>\s?月\s?)(?P<d1>[12]\d|3[01]|0?[1-9])(?=\s?[日号])"
    r"|(?<!\d)(?P<y2>(?:19|20)\d{2})(?P<sep>[-/.])(?P<m2>1[0-2]|0?[1-9])(?P=sep)(?P<d2>[12]\d|3[01]|0?[1-9])(?!\d)"
    r"|(?<!\d)(?P<m3>1[0-2]|0?[1-9])月(?P<d3>[12]\d|3[01]|0?[1-9])(?=[日号])"
    rf"|\b(?P<n4>{MONTHS})\s+(?P<d4>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?:,?\s+(?P<y4>(?:19|20)\d{{2}}))?\b(?!\s*(?:mg|ml))"
    rf"|\b(?P<d5>[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<n5>{MONTHS})(?:,?\s+(?P<y5>(?:19|20)\d{{2}}))?\b"
    r"|(?<![\d/])(?P<m6>1[0-2]|0?[1-9])/(?P<d6>[12]\d|3[01]|0?[1-9])/(?P<y6>(?:19|20)\d{2})(?![\d/])"
)
