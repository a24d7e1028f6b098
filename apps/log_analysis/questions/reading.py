"""A question in plain words becomes values of the form of records: by rules first, by a model for what they leave.

Whatever either says is checked: services, hosts, sources and templates exist, texts stand in the question or in a
template, times are worked out by `time_words`. What nothing understood is kept, to be said.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jieba

from apps.log_analysis.questions.schemas import QuestionAnswer
from apps.log_analysis.questions.selectors import Vocabulary
from apps.log_analysis.questions.time_words import TimeWords, UnreadWords, read_time, window
from apps.log_analysis.records.forms import LAST
from llm_backend import patterns
from logmining import secrets

_WORDS = tomllib.loads(Path(__file__).with_name("question_words.toml").read_text())
_LEVEL_WORDS: Mapping[str, list[str]] = _WORDS["levels"]
_SERVICE_WORDS: Mapping[str, list[str]] = _WORDS["services"]
_STOP_WORDS = frozenset(" ".join(_WORDS["without_subject"].values()).split())
_ASCII_EDGES = {"before": r"(?<![A-Za-z0-9_.-])", "flags": patterns.IGNORECASE}
_LEVEL = patterns.words(_LEVEL_WORDS, after=r"(?![A-Za-z0-9_])", **_ASCII_EDGES)  # type: ignore[arg-type]
_QUOTED = patterns.compile(r"[\"“「『`]([^\"”」』`]{1,200})[\"”」』`]|(?<!\w)'([^']{1,200})'(?!\w)")
# A token, an address, a path, an id, three digits or more, the name of a class.
_IDENTIFIER = patterns.compile(
    secrets.TOKEN.pattern.replace("(", "(?:")
    + r"|(?<![\w./:@-])(?=[A-Za-z_./:@-]{0,100}\d)(?=[\w./:@-]{0,100}[A-Za-z_./:@-]|\d{3})[A-Za-z0-9_./:@-]{2,200}(?<![.:-])"
    r"|(?<![\w./])/[\w./-]{2,200}|\b(?:[A-Z][a-z0-9]{1,40}){2,6}\b|\b[A-Z0-9]{1,40}(?:_[A-Z0-9]{1,40}){1,6}\b",
    patterns.ASCII,
)
_RUN = patterns.compile(r"[A-Za-z][A-Za-z0-9_-]*|[一-鿿]+")


class QuestionReading:
    """`filters`: as RecordFilterForm takes them. `understood`: (words, field, value). `left_out`: the other words."""

    def __init__(self, text: str, vocabulary: Vocabulary, now: datetime) -> None:
        self.text, self.vocabulary, self.now = text, vocabulary, now
        self.filters: dict[str, Any] = {}
        self.understood: list[tuple[str, str, str]] = []
        self.left_out: list[str] = []

    def read_by_rules(self) -> None:
        unread = UnreadWords(self.text)
        while match := unread.take(_QUOTED):
            self._take_text(match[0], match[1] or match[2])
        time = read_time(unread, self.now.date())
        for field, names in (("service", self.vocabulary.services), ("source", self.vocabulary.sources)):
            self._take_names(unread, field, names)
        while match := unread.take(_IDENTIFIER):
            if match[0] in self.vocabulary.hosts:
                self._add("host", match[0], match[0])
            else:
                self._take_text(match[0], match[0])
        while match := unread.take(_LEVEL):
            self._add_levels(match[0], _LEVEL_WORDS[match[0].lower()])
        if time is not None:
            self._take_time(time)
        for word in _content_words(unread.rest):
            self._take_word(word)

    def unknown_words(self) -> list[str]:
        """Those left that no template holds either: what a model may help with."""
        return [word for word in self.left_out if self.vocabulary.spelling(word) is None]

    def take_answer(self, answer: QuestionAnswer) -> None:
        """What a model says of unknown words, as far as it can be checked.

        Small models take any word for a level or a text: levels are the rules' alone, and a text is taken only as the
        other language's word, which a template holds.
        """
        for part in answer.services:
            if part.service in self.vocabulary.services and self._settle(part.words):
                self._add("service", part.words, part.service)
        has_time = any(name in self.filters for name in ("last", "since", "until"))
        if answer.time and not has_time and self._settle(answer.time.words):
            self._take_time(answer.time)
        for text in answer.texts:
            is_translated = text.words.isascii() is not text.text.isascii()
            spelling = self.vocabulary.spelling(text.text) if is_translated else None
            if spelling and "text" not in self.filters and self._settle(text.words):
                self._take_text(text.words, spelling)

    def read_templates(self) -> None:
        """Words of templates: one is the text that is looked for, another may name a template."""
        words, self.left_out = self.left_out, []
        for word in words:
            template = self.vocabulary.only_template(word) if "text" in self.filters else None
            if "text" not in self.filters and (spelling := self.vocabulary.spelling(word)):
                self._take_text(word, spelling)
            elif template and "template" not in self.filters:
                self.filters["template"] = str(template.pk)
                self.understood.append((word, "template", str(template)))
            else:
                self.left_out.append(word)

    def drop(self, field: str) -> None:
        """What the form refuses."""
        self.filters.pop(field, None)
        self.left_out += [words for words, name, _value in self.understood if name == field]
        self.understood = [each for each in self.understood if each[1] != field]

    def _take_names(self, unread: UnreadWords, field: str, names: Iterable[str]) -> None:
        by_name = {name.casefold(): name for name in names}
        after = r"(?= ?服务)|(?![A-Za-z0-9_.-])"
        pattern = patterns.words(by_name, after=f"(?:{after})", **_ASCII_EDGES)  # type: ignore[arg-type]
        while match := unread.take(pattern):
            self._add(field, match[0], by_name[match[0].casefold()])

    def _take_word(self, word: str) -> None:
        """A service by what it is mostly called, where one alone fits; else the word is left."""
        stems = _SERVICE_WORDS.get(word.removesuffix("服务"), [])
        services = [each for each in self.vocabulary.services if any(stem in each.lower() for stem in stems)]
        if len(services) == 1:
            self._add("service", word, services[0])
        else:
            self.left_out.append(word)

    def _take_text(self, words: str, text: str) -> None:
        """The form has one text: others are left out."""
        if "text" in self.filters:
            self.left_out.append(words)
        else:
            self._add("text", words, text)

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
        self.understood.append((time.words, "last" if lasts else "since", lasts[0] if lasts else ""))

    def _add(self, field: str, words: str, value: str) -> None:
        if field in ("service", "host") and self.filters.get(field):
            value = ", ".join(dict.fromkeys([*self.filters[field].split(", "), value]))
        shown = value
        self.filters[field] = self.vocabulary.sources[value] if field == "source" else value
        self.understood.append((words, field, shown))

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


def _content_words(text: str) -> list[str]:
    """Words that say something; Chinese ones that stand together stay together."""
    words: list[str] = []
    for run in _RUN.findall(text):
        if run.isascii():
            words += [] if run.lower() in _STOP_WORDS or len(run) < 2 else [run]
            continue
        chunk = ""
        for word in [*jieba.cut(run), "的"]:
            if word in _STOP_WORDS:
                words += [chunk] if chunk not in ("", "服务") else []
                chunk = ""
            else:
                chunk += word
    return list(dict.fromkeys(words))
