"""One sentence for an incident, as a person would write it: who or what, what happened, how often."""

from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.log_analysis.incidents.headlines import Headline
from domain.logs.parsing.templates import Template
from llm_backend import patterns

MAX_TITLE_CHARACTERS = 200
MAX_WORDS_CHARACTERS = 60
# So many failed sign-ins are no person's who forgot a password.
MIN_BRUTE_FORCE = 20
# Shorter than this a clause says nothing: “ciod:”. Before a colon or a comma there may be no more than who or what it is
# about: “billing.service:”, “The device, …”.
MIN_CLAUSE_CHARACTERS, MIN_CLAUSE_WORDS = 12, 3

# By the keys of `domain/logs/event_families.toml`.
FAMILY_NAMES = {
    "sign_in": gettext_lazy("failed sign-ins"),
    "memory": gettext_lazy("out of memory"),
    "disk": gettext_lazy("disk or file-system errors"),
    "hardware": gettext_lazy("hardware errors"),
    "election": gettext_lazy("leader election trouble"),
    "timeout": gettext_lazy("time-outs"),
    "connection": gettext_lazy("connections refused or lost"),
    "permission": gettext_lazy("permission denied"),
    "database": gettext_lazy("database conflicts"),
    "certificate": gettext_lazy("certificate or handshake errors"),
    "overload": gettext_lazy("limits reached"),
    "crash": gettext_lazy("crashes"),
    "missing": gettext_lazy("something is missing"),
    "exception": gettext_lazy("exceptions"),
    "restart": gettext_lazy("stops or restarts"),
}

_SETTING = patterns.compile(r"(?<!\S)[\w.\-]{1,40}+ ?=+ ?\S*")
# Between two words it is a part of the sentence, which its value goes on: “authorisation at acquirer=nordbank failed”.
_SETTING_SAID = patterns.compile(
    r"(?<=[A-Za-z] )[\w.\-]{1,40}+=(?P<value>[^\s=,;]{1,60}+)(?= [A-Za-z]{1,40}+(?:[\s,.;:]|\Z))"
)
_BRACKETS = patterns.compile(r"[\[(<{][^\[\](){}<>]{0,80}[\])>}]")
_VALUES = patterns.compile(r"…(?:[\s:/.,=#\-]*…)+")
# What stands before the message: “…: got exception”.
_HEAD = patterns.compile(r"\A…[:\])]+ ?")
_CLAUSE = patterns.compile(r"[,;:(\[{|](?:\s|\Z)|\.\s")


def incident_title(headline: Headline, sign: str) -> str:
    """In the language that is active. `sign`: what is unusual, where no family of events says what happened."""
    if headline.family == "sign_in" and headline.records >= MIN_BRUTE_FORCE:
        return _brute_force(headline)
    template = headline.template
    name, words = (template.name, words_of(template.text)) if template else ("", "")
    title = f"{name or FAMILY_NAMES.get(headline.family, sign)}{_count(headline)}"
    if headline.concentration:
        # As it stands in the records, also at the beginning of a sentence.
        title = _("%(value)s: %(what)s") % {"value": headline.concentration.value.text, "what": title}
    else:
        title = capfirst(title)
    if words and not name and headline.family != "sign_in":
        title = _("%(title)s: “%(words)s”") % {"title": title, "words": words}
    return Truncator(title).chars(MAX_TITLE_CHARACTERS)


def words_of(text: str) -> str:
    """What a template says in its first clause, with … for values and without settings (“uid=0”); maybe nothing."""
    plain = _SETTING_SAID.sub(r"\g<value>", Template(text[:2_000]).without_values())
    plain = _SETTING.sub(" ", plain)
    plain = _VALUES.sub("…", " ".join(_BRACKETS.sub(" ", plain).split()))
    ends = (clause.start() for clause in _CLAUSE.finditer(plain) if _says_something(plain, clause))
    end = next(ends, len(plain))
    clause = _HEAD.sub("", plain[:end]).strip(" ,;:.-|=*#")
    # Of an object in JSON the keys say nothing.
    has_words = sum(letter.isalpha() for letter in clause) >= 3 and not clause.startswith('{"')
    return Truncator(clause).chars(MAX_WORDS_CHARACTERS) if has_words else ""


def _says_something(text: str, clause_end: patterns.Match[str]) -> bool:
    clause = text[: clause_end.start()]
    words = [word.strip("“”\"':,.") for word in clause.split()]
    count = sum(1 if word.isascii() else max(1, len(word) // 2) for word in words if word.isalpha())
    is_about = clause_end[0][0] in ",:" and count < MIN_CLAUSE_WORDS
    return len(clause) >= MIN_CLAUSE_CHARACTERS and not is_about


def _brute_force(headline: Headline) -> str:
    names = {
        "value": headline.concentration.value.text if headline.concentration else "",
        "service": headline.service.partition("(")[0].strip() or _("sign-in"),
        "count": _number(headline),
        "addresses": headline.addresses,
    }
    if headline.concentration:
        return _("%(value)s: brute force on %(service)s, %(count)s failed") % names
    if headline.addresses > 1:
        return _("Brute force on %(service)s from %(addresses)d addresses, %(count)s failed") % names
    return _("Brute force on %(service)s, %(count)s failed") % names


def _count(headline: Headline) -> str:
    """Nothing for a single record, which the words tell already."""
    if headline.records < 2:
        return ""
    text = ngettext(", %(count)s record", ", %(count)s records", headline.records)
    return text % {"count": _number(headline)}


def _number(headline: Headline) -> str:
    return f"{headline.records}+" if headline.is_partial else str(headline.records)
