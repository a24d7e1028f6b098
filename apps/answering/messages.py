"""What visitors write: is it a message at all, in which language, and does it lean on the one before?"""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.core.errors import InvalidInput, Text
from domain.text.answer_sentences.question_kinds import Kind, kind_of
from llm_backend import patterns

CHINESE = "zh-hans"
ENGLISH = "en"
# Characters, and words of English, up to which a message says too little to be searched for alone.
SHORT_CHINESE = 8
SHORT_WORDS = 4
# Words of English from which on somebody who wrote Chinese has changed over: “iPhone 15 Pro Max” has three.
MIN_TELLING_WORDS = 4

# “我已经打开喝了” tells of the case that was asked about.
_OF_ONESELF = patterns.compile(r"(?:I|my|we)\b|[我俺咱]", patterns.IGNORECASE)
# More than so many in one message are read as one.
MAX_QUESTIONS = 3
_PIECES = patterns.compile(r"[^?？\n]*[?？\n]+|[^?？\n]+$")
_CJK = patterns.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN_WORD = patterns.compile(r"[A-Za-z]+")
_LATIN_PIECE = patterns.compile(r"[A-Za-z0-9@._+/:#'-]+")
# Order numbers and addresses are in no language.
_OF_A_CODE = patterns.compile(r"[\d@]|://")
_CONTROL = patterns.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LEANS_BACK = patterns.compile(
    r"^\s*(?:(?:and|but|or|also|so|then|what about|how about)\b|那|还有|另外|如果|要是|所以|然后)"
    r"|\b(it|its|that|this|those|these|they|them|there|one|ones|same)\b"
    r"|它|他们|这个|那个|这些|那些|这种|那种|呢[\s?？。!！]*$",
    patterns.IGNORECASE,
)
_JUDGEMENT = patterns.compile(
    r"(?:\A\s*+|[.!?,;:。！？，；：]\s*+|\n[^\S\n]*+)(?:(?:and|but|so|please|hi|hello)\b,?\s*)?(?:is|are|am|was|were|do|does|did|can|could"
    r"|may|might|will|would|shall|should|has|have|had|must|why|how (?:do|can|should|could|to)"
    r"|what (?:can|should|do|if)(?: i| we| happens)?)\b"
    r"|吗|么[?？。\s]*$|是否|能否|可否|能不能|可不可以|会不会|要不要|有没有|是不是|行不行|好不好|怎么(?!样?多)|怎样|如何|为什么|为何",
    patterns.IGNORECASE,
)
# Behind a word in Latin letters; “OK谢谢” is two words, which \b would not tell apart.
_WORD_END = r"(?![A-Za-z0-9'’])"
# “[玫瑰]” is how a messenger writes a picture of one.
_BESIDE = r"(?:\[[^\[\]\s]{1,10}\]|\W)*+"
_GREETING = patterns.compile(
    r"\A\W*+(?:(?:(?:(?:hello|hi|hey)(?: again)?|good (?:morning|afternoon|evening|day)|anyone|anybody|there|guys"
    r"|(?:are )?you there|(?:can|could|may) i ask (?:you )?(?:a question|something)|i have a (?:quick )?question)"
    + _WORD_END
    + r"|(?:亲|客服|老板|店家)?(?:你好|您好|在吗|在么|在不在|在线吗)(?:客服|老板|店家)?|在(?=\W*+\Z)"
    r"|嗨|哈喽|哈啰|亲|请问(?:一下)?|有人在吗|有人吗"
    r"|早安|早上好|上午好|下午好|晚上好|我?想?(?:咨询|问|请教)一?[下个](?:问题|事)?|我?有个?问题)[啊呀吗呢]?"
    + _BESIDE
    + r"){1,4}",
    patterns.IGNORECASE,
)
# What ends a matter, as the whole message. Longer ones first: none of them is tried in two ways.
_COURTESY = patterns.compile(
    r"\A\W*+(?:(?:(?:(?:no,? )?(?:thank (?:you|u)|thanks|thx|tks|many thanks|cheers)"
    r"(?: (?:a lot|so much|very much|again|in advance))?(?: for (?:your|the|all your) (?:(?:quick|fast|prompt|kind) )?"
    r"(?:help|answer|reply|response|information|info|support|time))?"
    r"|okay|ok|all right|alright|great|perfect|cool|awesome|nice|sounds good|no problem|got it|i see|understood"
    r"|(?:no,? )?that(?:['’]s| is) (?:all|fine|great|good)|(?:it|that) help(?:s|ed)|much appreciated"
    r"|goodbye|good bye|bye|see you|have a (?:nice|good|great) (?:day|evening|weekend))"
    + _WORD_END
    + r"|你好|您好|(?:hi|hello|dear)\b(?: \w{1,20}(?=[,，\n]))?"
    r"|不用了|不用谢|不客气|好的|好吧|好滴|好嘞|好哒|好|行吧|行|可以了|嗯|哦|噢|我?知道|我?明白|我?清楚|我?了解|我?懂|收到"
    r"|没事|没有了|(?:暂时|目前)?没有?(?:其他|别的)?(?:问题|疑问)|(?:问题)?(?:已经|已)?解决了"
    r"|(?:谢谢|非常感谢|十分感谢|太感谢|感谢|多谢|谢)(?:你们|您们|你|您|亲|客服|老板)?的?(?:耐心)?(?:帮助|帮忙|解答|回答|回复|解释)?"
    r"|辛苦|麻烦(?:你|您)|再见|拜拜|亲)[了啦哈呀啊哦呢]{0,2}+" + _BESIDE + r"){1,6}"
    # Nothing but a hand, a heart or a smile: WeChat writes them as words.
    r"|\A\s*+(?:(?:[👍👌👏🙏🤝💐🌹❤😊😄😁😀🙂☺😘🥰]|\[(?:强|抱拳|玫瑰|合十|握手|鼓掌|微笑|愉快|爱心|ok|thumbsup)\])[\u200d\ufe0f🏻-🏿\s]*+){1,8}",
    patterns.IGNORECASE,
)

_FAREWELL = patterns.compile(
    r"(?:(?:best|kind|warm|with (?:best|kind)) )?(?:regards|wishes)|best|sincerely|yours(?: (?:sincerely|truly|faithfully))?"
    r"|祝好|此致|敬礼|此致敬礼|[顺謹谨]?[颂祝]商祺|祝您?(?:工作顺利|生活愉快)",
    patterns.IGNORECASE,
)
# What somebody says whom the last answer did not help, as the whole message.
_OBJECTION = patterns.compile(
    r"\A\W*+(?:(?:(?:no|nope|sorry|but|well)\W{1,3})?(?:"
    r"(?:that|this|it)(?:['’]s| is|s| was) (?:not|wrong)"
    r"(?: (?:what|the thing) i (?:asked|meant|wanted|said|was asking|need(?:ed)?)(?: for| about)?"
    r"| (?:an answer|the answer|my question|helpful|it|right|correct|true))?"
    r"|that(?:['’]s| is)n['’]t (?:what i (?:asked|meant|wanted)|right|helpful)(?: for| about)?"
    r"|not (?:what i (?:asked|meant|wanted|said)|helpful|my question)(?: for| about)?|wrong(?: answer)?"
    r"|(?:that|this|it) (?:doesn['’]t|does not|didn['’]t|did not) (?:help|answer (?:my|the) question)(?: me)?(?: at all)?"
    r"|you (?:didn['’]t|did not|don['’]t|do not) (?:answer (?:my|the) question|understand(?: me| my question)?|get it)"
    r"|i (?:didn['’]t|did not) (?:ask|mean) (?:that|this))"
    + _WORD_END
    + r"|(?:不对|不是|错了|答错了|不|啊|哎|诶)?\W*+(?:答非所问|牛头不对马嘴|(?:这|那)?不是我(?:想|要|在)?(?:问|要|说|找)的"
    r"|我?(?:想|要)?问的不是这个"
    r"|(?:你|您)?(?:根本|还是)?没(?:有)?(?:回答|听懂|明白|理解|看懂|懂)我?(?:的问题|的意思|说的|问的)?|不是这个(?:问题|意思)?"
    r"|我(?:不是|没)(?:想|要|在)?问(?:你|您)?这个"
    r"|没有?(?:用|帮助)|不对|(?:你|您)?(?:答|说|理解)错了?)[了啊呀吧呢]?)\W*+",
    patterns.IGNORECASE,
)

_MODELS = r"(?:chatgpt|gpt|deepseek|qwen|claude|豆包|文心一言)"
_MACHINES = rf"(?:human being|human|person|robot|bot|chatbot|machine|ai|computer|program|agent|{_MODELS})"
_WHETHER_AI = patterns.compile(
    r"\A\W*+(?:(?:hello|hi|hey|wait|sorry|ok|so|你好|您好|在吗|亲|请问|等等|那)\W{0,3})?(?:"
    r"(?:who|what) (?:are|r) (?:you|u)|(?:are|r) (?:you|u) (?:for )?real"
    r"|(?:(?:are|r) (?:you|u)|you['’]re|you are|you|u) (?:(?:a|an|the|actually|really|just|even) ){0,3}"
    r"(?:(?:real|actual|live|computer) )?"
    + _MACHINES
    + r"|(?:am i|are we) (?:(?:really|actually|even|now) )?(?:talking|speaking|chatting|writing) (?:to|with) "
    r"(?:a|an|some|the) ?(?:(?:real|actual|live|human) )?"
    + _MACHINES
    + r"|is (?:this|it|that|there) (?:a|an) (?:(?:real|actual|live|human) )?"
    + _MACHINES
    + r"(?: (?:here|there|answering|writing))?|"
    + _MACHINES
    + r"(?= or\b)|(?:你|您)(?:到底|究竟)?(?:是谁|叫什么(?:名字)?|是(?:什么|哪个)(?:大?模型|机器人|ai)|是"
    + _MODELS
    + r")"
    r"|(?:你|您|你们|您们|这|这边|这里|对面|那边|现在|跟我聊天的|和我说话的|回复我的){0,2}(?:到底|究竟|其实|不会|应该)?"
    r"(?:是不是|不是(?=.{1,12}[吧吗么])|是|算)(?:一个|个|真的|真正的)?(?:真人|活人|人工|人工客服|人类|机器人|机器|电脑|智能客服|智能助手|ai|人工智能|自动回复|人)"
    r"(?:在?(?:回复|回答|说话|聊天))?)"
    r"(?:\W{0,3}(?:or (?:a |an )?(?:real )?"
    + _MACHINES
    + r"|还是(?:真人|人工|机器人|机器|人|ai)|吧|吗|么|嘛|呀|啊|呢|right|then)){0,2}\W*+",
    patterns.IGNORECASE,
)


def checked_message(text: str) -> str:
    """The message as it is stored. Raises InvalidInput for what cannot be read as text."""
    # As PowerPoint and Word keep the breaks inside a paragraph and between pages; a form sends two characters for one.
    text = text.replace("\r\n", "\n").replace("\x0b", "\n").replace("\x0c", "\n").strip()
    if not text:
        raise _unusable(_("Enter a message first."))
    if len(text) > settings.MESSAGE_MAX_CHARACTERS:
        limit = settings.MESSAGE_MAX_CHARACTERS
        raise _unusable(_("The message is too long: at most %(limit)d characters.") % {"limit": limit})
    # JSON can smuggle in halves of surrogate pairs, which no database stores.
    is_encodable = not any("\ud800" <= character <= "\udfff" for character in text)
    if _CONTROL.search(text) or not is_encodable:
        raise _unusable(_("The message is not readable text. Send it as UTF-8, without binary content."))
    return text


def join_messages(texts: Sequence[str]) -> str:
    """Several messages as one text, as long as one message may be: of many, the newest."""
    room: int = settings.MESSAGE_MAX_CHARACTERS
    lines: list[str] = []
    for text in reversed(texts):
        if lines and len(text) > room:
            break
        lines.append(text[:room])
        room -= len(text) + 1
    return "\n".join(reversed(lines))


def language_of(text: str, *, otherwise: str) -> str:
    """The visitor's language as far as we have one of our own sentences in it."""
    pieces = (piece for piece in _LATIN_PIECE.findall(text) if not _OF_A_CODE.search(piece))
    chinese, words = len(_CJK.findall(text)), sum(len(_LATIN_WORD.findall(piece)) for piece in pieces)
    if not chinese and not words:
        return otherwise
    return CHINESE if chinese >= words else ENGLISH


def language_after(text: str, before: str) -> str:
    """The language of who wrote in `before` until now. Chinese is not left for “OK”, “thx” or the name of a product: a few
    words of English tell nothing, unless they name the language.
    """
    language = language_of(text, otherwise=before)
    words = _LATIN_WORD.findall(text)
    tells = len(words) >= MIN_TELLING_WORDS or "english" in map(str.lower, words)
    return language if tells or language != ENGLISH else before


def leans_back(text: str) -> bool:
    """“And for gifts?” means nothing without the message before it."""
    return _is_short(text) or refers_back(text)


def refers_back(text: str) -> bool:
    """By its words, not only for being short."""
    return _LEANS_BACK.search(text) is not None


def previous_question(earlier: Sequence[str]) -> str:
    """What a follow-up leans on: of what somebody wrote before, oldest first, the last that asks something and is no
    follow-up itself; thanks and greetings ask nothing.
    """
    asked = [text for text in earlier if not (is_greeting(text) or is_courtesy(text))]
    whole = (text for text in reversed(asked) if not (_is_short(text) and refers_back(text)))
    return next(whole, asked[-1] if asked else "")


def questions_of(text: str) -> list[str]:
    """What is asked in one breath, apart: “Can I exchange a gift card? How long is it valid?” What is said before a question
    belongs to it; “Anybody there?” asks nothing. The text itself where it asks one thing, or more than can be told apart."""
    questions, said = [], ""
    is_several_messages = "\n" in text
    for piece in _PIECES.findall(text):
        said += piece
        asks = (
            is_several_messages and kind_of(piece) is not Kind.OTHER and not _OF_ONESELF.match(piece.lstrip())
        )
        if asks or piece.rstrip().endswith(("?", "？")):
            questions += [] if is_greeting(said) else [said.strip()]
            said = ""
    if said.strip() and questions:
        questions[-1] += f" {said.strip()}"
    return questions if 0 < len(questions) <= MAX_QUESTIONS else [text]


def asks_for_a_fact(text: str) -> bool:
    """A name, date, place or figure answers it; not yes, no, or how and why something is done."""
    return not _JUDGEMENT.search(text)


def is_greeting(text: str) -> bool:
    """“Hello” asks for nothing that documents could hold."""
    return _GREETING.fullmatch(text) is not None


def without_signature(text: str, name: str) -> str:
    """Without the lines at its end that only name who wrote it, or bid farewell, as mails have them."""
    names = {name.casefold(), *name.casefold().split()}
    lines = text.rstrip().splitlines()
    while len(lines) > 1:
        last = lines[-1].strip(" \t,.!，。！—-")
        if last and last.casefold() not in names and not _FAREWELL.fullmatch(last):
            break
        lines.pop()
    return "\n".join(lines)


def is_courtesy(text: str, signed_by: str = "") -> bool:
    """“Ok, thanks!” asks for nothing either; “OK?” does."""
    text = without_signature(text, signed_by)
    return _COURTESY.fullmatch(text) is not None and not text.endswith(("?", "？"))


def is_objection(text: str) -> bool:
    """“That's not what I asked” asks for nothing that documents could hold: another answer is wanted to what was asked."""
    return _OBJECTION.fullmatch(text) is not None


def asks_whether_ai(text: str) -> bool:
    """“Are you a robot?” is about the one who answers, not about the documents."""
    return _WHETHER_AI.fullmatch(text) is not None


def _is_short(text: str) -> bool:
    chinese, words = len(_CJK.findall(text)), len(_LATIN_WORD.findall(text))
    return chinese <= SHORT_CHINESE if chinese else words <= SHORT_WORDS


def _unusable(reason: Text) -> InvalidInput:
    return InvalidInput(reason, code="message_unusable", fields={"text": [reason]})
