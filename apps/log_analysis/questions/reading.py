"""A question in plain words becomes values of the form of records: by rules first, by a model for what they leave.

Whatever either says is checked: services, hosts, sources and templates exist, texts stand in the question or in a
template, times are worked out by `time_words`. What nothing understood is kept, to be said.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.log_analysis.questions.models import UNSUPPORTED
from apps.log_analysis.questions.schemas import QuestionAnswer
from apps.log_analysis.questions.selectors import Vocabulary
from apps.log_analysis.records.forms import LAST, MAX_TEMPLATES
from apps.log_analysis.templates.models import LogTemplate
from domain.logs import secrets
from domain.logs.levels import LEVELS
from domain.logs.questions.counting_words import read_count
from domain.logs.questions.date_words import Calendar
from domain.logs.questions.log_terms import QUESTION_WORDS, Term, take_terms
from domain.logs.questions.pasted_text import half_width, on_clocks
from domain.logs.questions.time_words import TimeWords, read_time, window
from domain.logs.questions.unread_words import UnreadWords
from domain.logs.questions.unsupported_words import read_excluded, read_unsupported
from llm_backend import patterns
from llm_backend.chinese_words import segmenter

_LEVEL_WORDS: Mapping[str, list[str]] = QUESTION_WORDS["levels"]
_SERVICE_WORDS: Mapping[str, list[str]] = QUESTION_WORDS["services"]
_STOP_WORDS = frozenset(" ".join(QUESTION_WORDS["without_subject"].values()).split())
_ASCII_EDGES = {"before": r"(?<![A-Za-z0-9_.-])", "flags": patterns.IGNORECASE}
# “错误码 1500” is of any level.
_LEVEL = patterns.words(_LEVEL_WORDS, after=r"(?![A-Za-z0-9_]|码|代码|编号)", **_ASCII_EDGES)  # type: ignore[arg-type]
_QUOTED = patterns.compile(r"[\"“「『`]([^\"”」』`]{1,200})[\"”」』`]|(?<!\w)'([^']{1,200})'(?!\w)")
# A token, an address, a path, an id, three digits or more, the name of a class.
_IDENTIFIER = patterns.compile(
    secrets.TOKEN.pattern.replace("(", "(?:")
    + r"|(?<![\w./:@-])(?=[A-Za-z_./:@-]{0,100}\d)(?=[\w./:@-]{0,100}[A-Za-z_./:@-]|\d{3})[A-Za-z0-9_./:@-]{2,200}(?<![.:-])"
    r"|(?<![\w./])/[\w./-]{2,200}|\b(?:[A-Z][a-z0-9]{1,40}){2,6}\b|\b[A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,6}\b",
    patterns.ASCII,
)
# Digits that hang on no letter.
_OWN_NUMBER = patterns.compile(r"(?:\A|[^0-9A-Za-z])[0-9]{1,40}\Z")
# “All 500s” are of the number; of “5xx” no text can be looked for.
_STATUS = patterns.compile(r"(?<![\w.])(?:(?P<code>[1-5]\d\d)s|[1-5]xx)(?!\w)", patterns.IGNORECASE)
_QUANTITY = (
    r"\d{1,9}(?:\.\d{1,3})?"
    r"(?: ?(?:毫秒|秒|分钟|小时|次|条|个|(?:ms|s|sec|seconds?|minutes?|times|[KMG]B|%)(?![A-Za-z])))?"
)
# A path is read as a whole: “/api/orders” names no service, though one is called api.
_PATH = patterns.compile(r"(?<![\w./])/(?=[\w./-]{0,40}[A-Za-z])[\w./-]{2,200}", patterns.ASCII)
# What is named before its name or number is no service: “用户 10027”.
_LABEL = patterns.compile(
    r"(?:用户|账号|账户|客户|订单|商品|手机)(?:编号|[号名]|id)?[ :：=]{0,2}\Z"
    # Nor is that of a code or an id a text: “状态码为 500”, “status code 500”.
    r"|(?:状态|错误|返回|响应)码[ :：=为是]{0,2}\Z|\b(?:(?:http )?(?:status|response)(?: code)?|error code|http|code"
    r"|(?:trace|request|session)[ _-]?id)(?: is| of)?[ :=]{1,2}\Z",
    patterns.IGNORECASE,
)
_LABELLED_NAME = patterns.compile(
    r"(?:用户|账号|帐号|账户|客户)(?:编号|[号名]|id)?[ :：=]{0,2}(?P<name>[A-Za-z][A-Za-z0-9_.-]{1,40})(?<![.-])"
    # And as programs write it.
    r"|(?<![\w=?&.-])(?!(?:level|lvl|severity)=)[A-Za-z_]\w{0,40}=(?P<value>[A-Za-z0-9][A-Za-z0-9_.-]{0,60})(?<![.-])(?![\w@])",
    patterns.IGNORECASE,
)
_AND_ABOVE = patterns.compile(
    r" ?(?:级别|级)? ?[及或和]?(?:其)?以上| (?:and|or) (?:above|higher|worse|up)\b", patterns.IGNORECASE
)
# How many records are wanted is no text of them; the newest are shown first.
_AMOUNT = patterns.compile(
    r"(?:最近|最新|最后|近)的? ?\d{1,5} ?[条行]"
    r"|\b(?:last|latest|newest|(?:most )?recent) \d{1,5}"
    r"(?= (?:log |error |warning )?(?:line|record|entr|message|event|log|error|warning))"
    # Nor is what a number is compared with.
    rf"|(?:超过|大于|小于|高于|低于|多于|少于|不到|至少|[<>≥≤]=?) ?{_QUANTITY}"
    rf"|\b(?:(?:more|less|fewer|longer|slower|greater|higher|lower|larger) than|at least|over) {_QUANTITY}",
    patterns.IGNORECASE,
)
_RUN = patterns.compile(r"[A-Za-z][A-Za-z0-9_-]*|[一-鿿]+")


class QuestionReading:
    """`filters`: as CountForm takes them, with `by` where records are to be counted. `left_out`: words that are not in them.

    `understood`: (words, field, value); of the field `unsupported` what no search answers.
    """

    def __init__(self, text: str, vocabulary: Vocabulary, now: datetime) -> None:
        self.text, self.vocabulary, self.now = text, vocabulary, now
        self.filters: dict[str, Any] = {}
        self.understood: list[tuple[str, str, str]] = []
        self.left_out: list[str] = []
        self._terms: list[Term] = []

    def read_by_rules(self) -> None:
        unread = UnreadWords(self.text)
        excluded = read_excluded(unread)
        while match := unread.take(_QUOTED):
            self._take_text(match[0], match[1] or match[2], is_quoted=True)
            _take_label(unread, match.start())
        unread.rest = on_clocks(half_width(unread.rest), self.now.tzinfo)
        while match := unread.take(_PATH):
            self._take_text(match[0], match[0])
        while match := unread.take(_AMOUNT):
            self.left_out.append(match[0])
        for words, kind in [*excluded, *read_unsupported(unread)]:
            self.understood.append((words, UNSUPPORTED, kind.value))
        # First, as “the last 24 hours by hour” has hours that are not counted by.
        time = read_time(unread, Calendar(self.now.date(), *self.vocabulary.recorded_days(self.now)))
        self._take_count(unread)
        self._take_known_words(unread)
        if time is not None:
            self._take_time(time)
        for word in _content_words(unread.rest):
            self._take_word(word)

    def _take_known_words(self, unread: UnreadWords) -> None:
        """Names, identifiers, terms and levels, in this order."""
        self._take_names(unread)
        while match := unread.take(_LABELLED_NAME):
            self._take_identifier(match[0], match["name"] or match["value"])
        while match := unread.take(_STATUS):
            if match["code"]:
                self._take_text(match[0], match["code"])
            else:
                self.left_out.append(match[0])
        while match := unread.take(_IDENTIFIER):
            self._take_identifier(match[0], match[0])
            _take_label(unread, match.start())
        self._terms = list(take_terms(unread))
        while match := unread.take(_LEVEL):
            self._take_levels(unread, match)

    @property
    def is_supported(self) -> bool:
        """Nothing was asked that no search answers."""
        return all(field != UNSUPPORTED for _words, field, _value in self.understood)

    def unknown_words(self) -> list[str]:
        """Those left that no template holds either: what a model may help with."""
        return [word for word in self.left_out if not self.vocabulary.holding(word)]

    def take_answer(self, answer: QuestionAnswer) -> None:
        """What a model says of unknown words, as far as it can be checked.

        Small models take any word for a level or a text: levels are the rules' alone, and a text is taken only as the
        other language's word, which a template holds. What the rules read stays: an answer only narrows it.
        """
        has_service = "service" in self.filters
        for part in answer.services:
            is_known = part.service in self.vocabulary.services and not has_service
            if is_known and self._settle(part.words):
                self._add("service", part.words, part.service)
        has_time = any(name in self.filters for name in ("last", "since", "until"))
        if answer.time and not has_time and self._settle(answer.time.words):
            self._take_time(answer.time)
        for text in answer.texts:
            is_translated = text.words.isascii() is not text.text.isascii()
            is_known = is_translated and bool(self.vocabulary.holding(text.text))
            if is_known and not self._narrows() and self._settle(text.words):
                self._terms.append(Term(text.words, (text.text,)))

    def read_templates(self) -> None:
        """Terms of logs and other words become the templates that hold all of them; one that leaves none is left out."""
        terms, self._terms = self._terms, []
        words, self.left_out = self.left_out, []
        chosen: dict[Any, LogTemplate] = {}
        used: list[tuple[str, str]] = []
        for term in [*terms, *(Term(word, (word,)) for word in words)]:
            held = self.vocabulary.templates_of(term, self.filters.get("source"))
            both = {key: row for key, (row, _spelling) in held.items() if not chosen or key in chosen}
            if both and not self._has_templates():
                chosen = both
                used.append(
                    (term.words, next(spelling for key, (_row, spelling) in held.items() if key in both))
                )
            elif not held and term in terms and not self._narrows() and not chosen:
                # No program wrote it, so that there is none of it: the search says so.
                self._add("text", term.words, term.phrases[0].removeprefix("*"))
            else:
                self.left_out.append(term.words)
        if chosen:
            self._take_templates(used, list(chosen.values()))

    def drop(self, field: str) -> None:
        """What the form refuses."""
        self.filters.pop(field, None)
        self.left_out += [words for words, name, _value in self.understood if name == field]
        self.understood = [each for each in self.understood if each[1] != field]

    def _narrows(self) -> bool:
        return "text" in self.filters or self._has_templates()

    def _has_templates(self) -> bool:
        return "template" in self.filters

    def _take_templates(self, used: Sequence[tuple[str, str]], rows: list[LogTemplate]) -> None:
        """As a text, which a person can change, where it finds nothing else than these templates; as these otherwise."""
        words, spelling = " ".join(words for words, _spelling in used), used[0][1]
        is_alone = len(used) == 1 and "text" not in self.filters
        if is_alone and (len(rows) > MAX_TEMPLATES or self.vocabulary.is_only_in(spelling, rows)):
            self._add("text", words, spelling)
        elif len(rows) > MAX_TEMPLATES:
            self.left_out += [words for words, _spelling in used]
        else:
            self.filters["template"] = [str(row.pk) for row in rows]
            value = str(rows[0]) if len(rows) == 1 else " + ".join(spelling for _words, spelling in used)
            self.understood.append((words, "template", value))

    def _take_count(self, unread: UnreadWords) -> None:
        if count := read_count(unread):
            self.filters["by"] = count.by
            self.filters |= {"top": count.top} if count.top else {}
            self.understood.append((count.words, "by", count.by))

    def _take_names(self, unread: UnreadWords) -> None:
        """Services, sources and hosts, the longest first: “生产 nginx” is no nginx. “order service” is the order-service."""
        # Of others, as addresses, what stands around them belongs to them: see _IDENTIFIER.
        hosts = [name for name in self.vocabulary.hosts if not any(letter.isdigit() for letter in name)]
        known = {name.casefold(): ("host", name) for name in hosts}
        for field, names in (("source", self.vocabulary.sources), ("service", self.vocabulary.services)):
            known |= {name.casefold().replace("-", " ").replace("_", " "): (field, name) for name in names}
            known |= {name.casefold(): (field, name) for name in names}
        after = r"(?= ?服务)|(?![A-Za-z0-9_.-])"
        pattern = patterns.words(known, after=f"(?:{after})", **_ASCII_EDGES)  # type: ignore[arg-type]
        while match := unread.take(pattern):
            field, name = known[match[0].casefold()]
            self._add(field, match[0], name)

    def _take_word(self, word: str) -> None:
        """A service by what it is mostly called, where one alone fits; else the word is left."""
        stems = _SERVICE_WORDS.get(word.removesuffix("服务"), [])
        services = [each for each in self.vocabulary.services if any(stem in each.lower() for stem in stems)]
        if len(services) == 1:
            self._add("service", word, services[0])
        else:
            self.left_out.append(word)

    def _take_identifier(self, words: str, name: str) -> None:
        if name in self.vocabulary.hosts:
            self._add("host", words, name)
        else:
            self._take_text(words, name)

    def _take_text(self, words: str, text: str, *, is_quoted: bool = False) -> None:
        """The form has one text: others are left out. What ends in a number is that number, no beginning of a longer one."""
        if "text" in self.filters:
            self.left_out.append(words)
            return
        self._add("text", words, text)
        if not is_quoted and _OWN_NUMBER.search(text):
            self.filters["whole"] = True

    def _take_time(self, time: TimeWords) -> None:
        services = [value for _words, field, value in self.understood if field == "service"]
        change = self.vocabulary.last_change(services, until=self.now) if time.is_since_change else None
        times = window(time, self.now, change)
        if times is None:
            self.left_out.append(time.words)
            return
        since, until = times
        lasts = [key for key, (_label, length) in LAST.items() if since == self.now - length and not until]
        if lasts:
            self.filters["last"] = lasts[0]
        else:
            self.filters |= {"since": since.isoformat()} if since else {}
            self.filters |= {"until": until.isoformat()} if until else {}
        day = ""
        if (
            since
            and until
            and not since.timetz().replace(tzinfo=None).hour
            and until - since == timedelta(days=1)
        ):
            day = since.date().isoformat()
        self.understood.append((time.words, "last" if lasts else "since", lasts[0] if lasts else day))

    def _add(self, field: str, words: str, value: str) -> None:
        if field in ("service", "host") and self.filters.get(field):
            value = ", ".join(dict.fromkeys([*self.filters[field].split(", "), value]))
        shown = value
        self.filters[field] = self.vocabulary.sources[value] if field == "source" else value
        self.understood.append((words, field, shown))

    def _take_levels(self, unread: UnreadWords, match: patterns.Match[str]) -> None:
        """A level, with those that are graver where they are asked for."""
        levels = _LEVEL_WORDS[match[0].lower()]
        if above := _AND_ABOVE.match(unread.rest, match.end()):
            unread.blank(above.start(), above.end())
            known = list(LEVELS)
            levels = known[min(known.index(level) for level in levels) :]
        self._add_levels(match[0] + (above[0] if above else ""), levels)

    def _add_levels(self, words: str, levels: Sequence[str]) -> None:
        self.filters["level"] = sorted({*self.filters.get("level", []), *levels})
        self.understood.append((words, "level", " ".join(levels)))

    def _settle(self, words: str) -> bool:
        """Whether a model's words are unknown ones of the question, each of them; they are understood, then."""
        pieces = [piece for piece in words.split() if piece.casefold() not in _STOP_WORDS]
        unknown = self.unknown_words()
        covered = [each for each in unknown if any(piece in each for piece in pieces)]
        if not pieces or not all(any(piece in each for each in unknown) for piece in pieces):
            return False
        self.left_out = [each for each in self.left_out if each not in covered]
        return True


def _take_label(unread: UnreadWords, end: int) -> None:
    if label := _LABEL.search(unread.rest[:end]):
        unread.blank(label.start(), label.end())


def _content_words(text: str) -> list[str]:
    """Words that say something; Chinese ones that stand together stay together."""
    words: list[str] = []
    for run in _RUN.findall(text):
        if run.isascii():
            words += [] if run.lower() in _STOP_WORDS or len(run) < 2 else [run]
            continue
        chunk = ""
        for word in [*segmenter().cut(run), "的"]:
            if word in _STOP_WORDS:
                words += [chunk] if chunk not in ("", "服务") else []
                chunk = ""
            else:
                chunk += word
                # “支付服务耗时”: behind it another word begins.
                if word == "服务" != chunk:
                    words.append(chunk)
                    chunk = ""
    return list(dict.fromkeys(words))
