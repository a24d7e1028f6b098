"""Rules that find secrets and personal data in one text, each with a cheap expression that says where it is worth it.

The cheap ones are RE2, run by Arrow over whole columns; what they let through is looked at line by line. Every pattern
goes from left to right once, so that a line costs its length, however many values are in it.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from domain.logs.secret_names import WORDS, secret_class
from domain.logs.secret_values import (
    Span,
    is_no_word,
    is_secret_value,
    looks_random,
    span_of_value,
)
from llm_backend import patterns
from llm_backend.check_digits import is_identity_number

Replace = Callable[[str, str], str]
"""What stands for a value of a kind."""
Bounds = Iterator[tuple[int, int]]
MAX_NAMES_INSIDE = 20

_NAME_PARTS = (
    "passw|passphrase|passcode|pass|pwd|pswd|psw|pw|psk|pin|t?otp|cvv|cvc|secret|token|credential|authorization|cookie|jwt|key"
    "|sid|sess|sessionid|session[_ -]?id|sig|signature|密码|口令|验证码|动态码|授权码|提取码|密钥|秘钥|令牌|私钥|凭证"
)
# Escaped, because it looks like the other one. RE2 does not know Python's escapes.
_WIDE_COLON = "\uff1a"
_SEPARATOR = rf"=>|:=|==?|:|{_WIDE_COLON}|%3[AaDd]"
_NAMED = patterns.compile(
    r"(?<![\w.$-])(?P<name>[\w.$-]++)(?:\\*+[\"'`\])]|%22|&quot;)?+[ \t]*+"
    rf"(?P<separator>{_SEPARATOR})(?P<space>[ \t]*+)"
)
_NAMED_HINT = (
    rf"(?i)(?:{_NAME_PARTS})[^\s=:{_WIDE_COLON}]*[ \t]*(?:{_SEPARATOR})"
    rf"|(?:{'|'.join(WORDS['pair_names'])})[\"'\\]*\s*[=:]\s*[\"'\\]*[\w.$-]*(?:{_NAME_PARTS})"
)
_WORD_BEFORE = patterns.compile(r"(?P<word>[\w-]{1,40}) \Z")
_FLAG = patterns.compile(r"(?<!\S)-{1,2}(?P<name>[A-Za-z][\w.-]*+)[ \t]++(?=[^\s-])")
_SPACED = patterns.compile(r"(?<![\w.$-])(?P<name>[\w.$-]++)[ \t]++(?=[^\s=:]{8})")
_TAG = patterns.compile(r"<(?:\w++:)?+(?P<name>[\w.-]++)(?:\s[^<>]*+)?>(?P<value>[^<>\s][^<>]*+)<")
# <Data Name='Password'>
_TAG_NAME = patterns.compile(r"\s(?i:name|key)=[\"'](?P<name>[\w.-]++)")

_KEYS = patterns.compile(
    r"(?<![\w-])(?:"
    r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_\w{20,}+|gl(?:[a-z]{1,5}t|agent|soat|oas)-[\w-]{16,}+"
    r"|xox[a-z](?:\.xox[a-z])?-[\w-]{10,}+|xapp-\d-[\w-]{10,}+"
    r"|sk-(?=[A-Za-z_-]*+\d)[\w-]{20,}+|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}+|whsec_[\w+/=]{16,}+"
    r"|AIza[\w-]{30,}+|ya29\.[\w.-]{10,}+|GOCSPX-[\w-]{20,}+|1//0[\w-]{20,}+"
    r"|LTAI[A-Za-z0-9]{12,}+|AKID[A-Za-z0-9]{13,}+|AKLT[\w-]{16,}+|ALTAK[\w-]{10,}+"
    r"|SG\.[\w-]{16,}+\.[\w-]{16,}+|npm_[A-Za-z0-9]{20,}+|pypi-[\w-]{16,}+|hf_[A-Za-z0-9]{20,}+|hv[sb]\.[\w-]{16,}+"
    r"|dop_v1_[0-9a-f]{32,}+|dckr_pat_[\w-]{16,}+|shp[a-z]{2}_[0-9a-fA-F]{16,}+|dapi[0-9a-f]{32,}+|glsa_\w{20,}+"
    r"|(?:PMAK|NRAK)-[\w-]{20,}+|ATATT3[\w=-]{20,}+|lin_api_\w{20,}+|AGE-SECRET-KEY-1[0-9A-Z]{40,}+|sq0[a-z]{3}-[\w-]{20,}+"
    r"|(?:bot)?\d{8,10}:AA[\w-]{30,}+|km_[0-9a-f]{10}_[0-9a-f]{32,}+|[\w~.]{3}\dQ~[\w~.-]{24,}+)",
    patterns.ASCII,
)
_KEYS_HINT = (
    r"gh[pousr]_|github_pat|\bgl[a-z]{1,5}-|xox[a-z]|xapp-|\bsk-|[srp]k_(?:live|test)|whsec_|AIza|ya29\.|GOCSPX|1//0|LTAI|AKID"
    r"|AKLT|ALTAK|\bSG\.|npm_|pypi-|\bhf_|\bhv[sb]\.|dop_v1|dckr_pat|\bshp[a-z]{2}_|dapi[0-9a-f]{8}|glsa_|PMAK|NRAK|ATATT"
    r"|lin_api|AGE-SECRET|sq0[a-z]|\d:AA|\bkm_|\dQ~"
)
_AWS = patterns.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")
_JWT = patterns.compile(r"(?<![\w-])eyJ[\w-]{8,}+(?:\.[\w-]{4,}+){2,4}", patterns.ASCII)
# What is behind these addresses may write into somebody's chat.
_WEBHOOK = patterns.compile(
    r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/(?:\w{1,20}/){2}|discord(?:app)?\.com/api/webhooks/\d{1,25}/"
    r"|/webhook/send\?key=|/bot/v2/hook/|/bot/hook/)(?P<value>[\w-]{8,}+)",
    patterns.ASCII,
)
_BEARER = patterns.compile(r"(?i)\bbearer[ :=]++[\"']?(?P<value>(?!HTTP/)[\w.~+/-]{8,}+=*+)(?!\w)")
_BASIC = patterns.compile(r"(?i)\bbasic[ ]++(?P<value>[A-Za-z0-9+/_-]{6,}+={0,2})")
# As PHP writes JSON, slashes have a backslash.
_URL_PASSWORD = patterns.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+:(?:\\*+/){2}[^\s/:@\"'<>]*+:(?P<value>(?![0-9]{1,5}[?#])[^\s/\"'<>]+)@"
)
_URL_KEY = patterns.compile(r"(?<=://)(?P<value>[A-Za-z0-9_-]{20,}+)@")

KEY_END = "-----END"
KEY_BEGIN_HINT = "-----BEGIN [A-Z0-9 ]*PRIVATE KEY"
_KEY_BEGIN = patterns.compile(r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_KEY_GAP, _KEY_CHUNK = patterns.compile(r"[\s\\nr]*+"), patterns.compile(r"[A-Za-z0-9+/=]{16,}+")
# Lines of a key whose beginning is in another record: as long as OpenSSL, OpenSSH and MIME make them.
_KEY_LINE = patterns.compile(
    r"(?:(?<=[\s\"'])|\A)(?=[a-z0-9+/]{0,75}[A-Z])(?=[A-Z0-9+/]{0,75}[a-z])(?=[A-Za-z+/]{0,75}[0-9])"
    r"(?P<value>[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}){0,2})(?=\s*+\Z|\\++[nr]|[\"'])"
)
# The last of them is shorter. Known to belong to a key, it is told from a word by its length or its place.
_KEY_PIECE = patterns.compile(
    r"(?:(?<=[\s\"'])|\A)(?P<value>(?:(?<=[\"'])|\A)[A-Za-z0-9+/]{4,}+={0,2}+|[A-Za-z0-9+/]{40,}+={0,2}+|[A-Za-z0-9+/]{4,}+={1,2}+)"
    r"(?=\s*+\Z|\\++[nr][\"'])"
)

_SAID = (
    patterns.compile(
        r"(?i)(?:password|passwd|passphrase|passcode|密码|口令|令牌|验证码)[ ]?(?:is|was|为|是|改为|设为|set to|changed to)"
        r"(?: now)?[ :\uff1a]{0,3}[\"'“]?(?P<value>[^\s\"',\uff0c\u3002\uff1b”]{4,}+)"
    ),
    patterns.compile(
        r"(?i)(?:\b(?:verification|security|login|confirmation|one[- ]time) (?:pass)?code(?: is)?|(?:验证码|动态码)[为是]?)"
        r"[ :\uff1a]{0,2}(?P<value>\d{4,8})\b"
    ),
    patterns.compile(r"(?i)\b(?P<value>\d{4,8}) is your (?:\w{1,20} ){1,3}code\b"),
    patterns.compile(
        r"(?i)\b(?:identified (?:with \w{1,40} )?by|password) (?P<mark>['\"])(?P<value>[^'\"]++)"
    ),
    patterns.compile(
        r"(?:\brequirepass|\bAUTH(?: PLAIN| LOGIN| XOAUTH2)?|\bPASS) (?P<value>(?!PLAIN|LOGIN)[^\s\"']{4,}+)"
    ),
    patterns.compile(
        r"\b(?:sshpass|docker login|twine|mysql[a-z]{0,10}|mariadb[a-z-]{0,10}|mongo[a-z]{0,10})\b[^\n|]{0,200}? -p[ ]?"
        r"(?P<mark>['\"]?)(?P<value>(?<!')(?<!\")[^\s\"']{3,}+|(?<=['\"])[^'\"]++)"
    ),
    patterns.compile(r"\bredis-cli\b[^\n|]{0,200}? -a[ ]?['\"]?(?P<value>[^\s\"']{3,}+)"),
    patterns.compile(
        r"\b(?:curl|wget|https?)\b[^\n|]{0,200}? (?:-u|--user)[ =]?['\"]?[^\s:\"']{0,100}+:(?P<value>[^\s\"']++)"
    ),
)
_SAID_HINT = (
    r"(?i)(?:pass(?:word|wd|phrase|code)|密码|口令|令牌|验证码) ?(?:is|was|为|是|改为|设为|set to|changed to|['\"])"
    r"|identified .{0,45}by|requirepass|\bAUTH |\bPASS |(?:sshpass|docker login|twine|mysql|mariadb|mongo).* -p"
    r"|redis-cli.* -a|(?:curl|wget|http).* -"
    r"|(?:code(?: is)?|(?:验证码|动态码)[为是]?)[ :\x{ff1a}]{0,2}\d{4}|\d{4} is your "
)
_ANNOUNCED = patterns.compile(
    r"(?i)\b(?P<words>(?:password|passphrase|passcode|token|api key)\b[^\n:=‹]{1,80}):\s{1,4}(?P<value>[^\s\"']{6,}+)"
)
_ANNOUNCING = patterns.compile(r"(?i)generated|temporary|initial|default|\bnew\b|\bis\b|following")

# In addresses of pages the sign is written as %40. Of digits alone is a number of the network, or an id: “root@10.0.0.7”.
_EMAIL = patterns.compile(
    r"(?<![\w.+-])[\w.+-]++(?:@|%40)(?=[\w.-]{0,253}[A-Za-z])[\w-]++(?:\.[\w-]++)++", patterns.ASCII
)
_CARD = patterns.compile(r"(?<![\w-])[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3,4}(?!\w)", patterns.ASCII)
# Of UnionPay up to nineteen digits.
_UNION_CARD = patterns.compile(
    r"(?<![\w-])62\d{2}(?P<gap>[ -]?)\d{4}(?P=gap)\d{4}(?P=gap)\d{4}(?P=gap)\d{1,3}(?!\w)", patterns.ASCII
)
# Of mainland China: eighteen digits whose seventh to fourteenth are a day; and mobile numbers, with spaces in them where
# they begin with the country.
_IDENTITY_CARD = patterns.compile(
    r"(?<!\w)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dXx](?!\w)", patterns.ASCII
)
_MOBILE = patterns.compile(
    r"(?<![\w.])(?:(?:\+?86[ -]?)?1[3-9](?:\d{9}|\d-\d{4}-\d{4})|\+86[ -]?1[3-9]\d \d{4} \d{4})(?!\w|[.-]\d)",
    patterns.ASCII,
)


@dataclass(frozen=True)
class Rule:
    """`hint`: RE2, found in every text in which the rule finds something. `plain`: of a value that is written in several
    ways the one that its token is made of.
    """

    kind: str
    hint: str
    find: Callable[[str], Bounds]
    plain: Callable[[str], str] = str

    def hide(self, text: str, replace: Replace) -> str:
        pieces, end = [], 0
        for start, stop in self.find(text):
            pieces += [text[end:start], replace(self.kind, self.plain(text[start:stop]))]
            end = stop
        return "".join([*pieces, text[end:]]) if pieces else text


def hide_secrets(text: str, replace: Replace) -> str:
    """The text without passwords, keys and tokens; personal data stays."""
    for rule in SECRETS:
        text = rule.hide(text, replace)
    return text


def _found(*several: patterns.Pattern[str], when: Callable[[str], bool] = bool) -> Callable[[str], Bounds]:
    """The values of these patterns, from left to right, as far as they do not overlap."""

    def find(text: str) -> Bounds:
        spans = sorted(
            match.span("value") if "value" in pattern.groupindex else match.span()
            for pattern in several
            for match in pattern.finditer(text)
        )
        end = 0
        for start, stop in spans:
            if start >= end and when(text[start:stop]):
                yield start, stop
                end = stop

    return find


def _private_keys(text: str) -> Bounds:
    place, end = 0, 0
    while begin := _KEY_BEGIN.search(text, place):
        if 0 <= end < begin.end():
            end = text.find(KEY_END, begin.end())
        if end < 0:
            # Cut off, or its rest is in other records.
            place = _end_of_body(text, begin.end())
            yield begin.start(), place
        else:
            yield begin.end(), end
            place = end


def _end_of_body(text: str, place: int) -> int:
    """Behind the lines that follow each other, broken as they are or as programs write a break."""
    while (gap := _KEY_GAP.match(text, place)) and (chunk := _KEY_CHUNK.match(text, gap.end())):
        place = chunk.end()
    return place


def _behind_names(text: str) -> Bounds:
    place, pair, end, names_inside = 0, "", -1, 0
    while found := _NAMED.search(text, place):
        name, place = found["name"], found.end()
        word = name.lower()
        kind = secret_class(name)
        if not kind and word in ("key", "value", "id"):
            before = _WORD_BEFORE.search(text, max(0, found.start() - 41), found.start())
            kind = secret_class(f"{before['word']} {name}") if before else ""
        if not kind and word in WORDS["pair_values"]:
            kind, pair = pair, ""
        elif not kind and word in WORDS["pair_names"]:
            span = span_of_value(text, place)
            pair = secret_class(text[span.start : span.end])
            place = span.end if pair else place
        if kind:
            is_sentence = found["separator"] == ":" and bool(found["space"])
            for span, is_secret in _values(
                text, place, kind, is_cookie=word.endswith("cookie"), is_sentence=is_sentence
            ):
                names_inside = names_inside + 1 if span.end == end else 0
                end = span.end
                # What consists of names alone is hidden whole: looking behind each would cost the square of its length.
                if is_secret or names_inside > MAX_NAMES_INSIDE:
                    yield span.start, span.end
                    place = span.end


def _values(
    text: str, place: int, kind: str, *, is_cookie: bool, is_sentence: bool
) -> Iterator[tuple[Span, bool]]:
    """What stands behind a name, more than one in a list, and whether it can be a secret."""
    while place >= 0 and not text.startswith("{", place):
        span = span_of_value(text, place, is_cookie=is_cookie)
        value = text[span.start : span.end]
        is_secret = is_secret_value(
            value, is_password=kind == "password", is_sentence=is_sentence and not span.is_quoted
        )
        yield span, is_secret
        place = span.next_of_list


def _behind_flags(text: str) -> Bounds:
    place = 0
    while found := _FLAG.search(text, place):
        place = found.end()
        if secret_class(found["name"]):
            span = span_of_value(text, place)
            yield span.start, span.end
            place = max(place, span.end)


def _behind_spaces(text: str) -> Bounds:
    """`X-Auth-Token 9ab8…`: only what looks like no word."""
    place = 0
    while found := _SPACED.search(text, place):
        place = found.end()
        if secret_class(found["name"]):
            span = span_of_value(text, place)
            if looks_random(text[span.start : span.end]) and "‹" not in text[span.start : span.end]:
                yield span.start, span.end
                place = span.end


def _in_tags(text: str) -> Bounds:
    for tag in _TAG.finditer(text):
        own = _TAG_NAME.search(text, tag.end("name"), tag.start("value"))
        kind = secret_class(tag["name"]) or secret_class(own["name"] if own else "")
        if kind and is_secret_value(tag["value"], is_password=kind == "password", is_sentence=False):
            yield tag.span("value")


def _announced(text: str) -> Bounds:
    """“A temporary password is generated for root@localhost: …”."""
    for found in _ANNOUNCED.finditer(text):
        before = text[max(0, found.start() - 40) : found.end("words")]
        if _ANNOUNCING.search(before) and is_no_word(found["value"]) and "‹" not in found["value"]:
            yield found.span("value")


def _is_basic(value: str) -> bool:
    """What basic authentication sends: a name, a colon and a password."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_")
    except binascii.Error:
        return False


def _is_card(value: str) -> bool:
    """By Luhn's check digit."""
    digits = [int(letter) for letter in value if letter.isdigit()][::-1]
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def _digits(value: str) -> str:
    return "".join(filter(str.isdigit, value))


# In this order: what is told by its own form first, so that it has the same kind wherever it stands.
SECRETS = (
    Rule("private_key", KEY_BEGIN_HINT, _private_keys),
    Rule(
        "private_key",
        r"(?:^|[\s\"'])[A-Za-z0-9+/]{64}(?:[A-Za-z0-9+/]{6}){0,2}(?:\s*$|\\|[\"'])",
        _found(_KEY_LINE),
    ),
    Rule("jwt", r"eyJ[\w-]{8}", _found(_JWT)),
    Rule("aws_key", "AKIA|ASIA", _found(_AWS)),
    Rule("api_key", _KEYS_HINT, _found(_KEYS)),
    Rule("secret", r"hooks\.slack|/webhooks/|/webhook/send|/hook/", _found(_WEBHOOK)),
    Rule("secret", r":\\*/\\*/[^\s/]*@", _found(_URL_PASSWORD, _URL_KEY)),
    Rule(
        "secret",
        "(?i)bearer",
        _found(_BEARER, when=lambda value: len(value) >= 20 or any(map(str.isdigit, value))),
    ),
    Rule("secret", "(?i)basic ", _found(_BASIC, when=_is_basic)),
    Rule("secret", _SAID_HINT, _found(*_SAID, when=is_no_word)),
    Rule("secret", _NAMED_HINT, _behind_names),
    Rule("secret", rf"(?i)<[^<>]*(?:{_NAME_PARTS})[^<>]*>[^<>]", _in_tags),
    Rule("secret", rf"(?i)(?:^|\s)--?[\w.-]*(?:{_NAME_PARTS})[\w.-]*[ \t]", _behind_flags),
    Rule("secret", rf"(?i)(?:{_NAME_PARTS})[\w.-]*[ \t]+\S*\d", _behind_spaces),
    Rule("secret", r"(?i)(?:password|passphrase|passcode|token|api key)\b[^:=]*:", _announced),
)
KEY_PIECE = Rule("private_key", "", _found(_KEY_PIECE))
"""For records behind one in which a key begins, up to the one in which it ends."""
PERSONAL = (
    Rule(
        "email",
        r"[\w.+-](?:@|%40)[\w-]+\.[\w-]",
        _found(_EMAIL),
        lambda value: value.replace("%40", "@"),
    ),
    Rule(
        "card",
        r"(?:^|[^\w-])[3-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3,4}(?:[ -]?\d{1,3})?(?:\W|$)",
        _found(_CARD, _UNION_CARD, when=_is_card),
        _digits,
    ),
    Rule(
        "identity_card",
        r"(?:^|\W)\d{17}[\dXx](?:\W|$)",
        _found(_IDENTITY_CARD, when=is_identity_number),
        str.upper,
    ),
    Rule(
        "mobile",
        r"(?:^|[^\w.])(?:\+?86[ -]?)?1[3-9]\d(?:\d{8}|[ -]\d{4}[ -]\d{4})(?:\W|$)",
        _found(_MOBILE),
        # Without the country.
        lambda value: _digits(value)[-11:],
    ),
)
