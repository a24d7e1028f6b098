"""Whether a place of shapes that are alike elsewhere holds a value: by how many different things stand there, how they look,
what stands around it, and whether the same words change places in other shapes.

The limits were chosen on systems that docs/decisions/log-mining.md names.
"""

from dataclasses import dataclass

from domain.logs.parsing.masking import PARAMETER, SPAN
from domain.logs.parsing.tokens import (
    Delimiters,
    Words,
    has_letters,
    is_constant,
    is_host,
    is_identifier,
    is_name,
    is_numbered,
    is_state,
    is_unit,
    opens_value,
)

MIN_WORDS = 6
"""Different words in one place that make it a value though one of them is a verb: one message's verbs are fewer."""
MIN_NOUNS = 3
"""The same where none of them says what happens."""
MIN_IDENTIFIERS = 4
MIN_NUMBERED = 2
MIN_KNOWN = 2
"""Words that were found to be values of other shapes."""
MIN_VARYING = 3
"""Words that stand for each other in other shapes too: "mymaster", "sessions", "cache" after "+sdown" and "+failover"."""
MIN_QUOTED = 2
"""One word in quotes."""
MIN_ENCLOSED = 3
"""One word in brackets."""
MIN_ASSIGNED = 4
"""Plain words after "=": two or three may be states ("root", "guest")."""
MIN_AFTER_PREPOSITION = 3
MIN_FIRST_WORDS = 12
"""The first word is the subject of the message ("klogd startup succeeded"), so it takes much to make it a value."""
MIN_FIRST_HOSTS = 3

NAMES_FOLLOW = frozenset({"user ", "username ", "account "})
PREPOSITIONS = frozenset(
    ["to", "from", "by", "for", "on", "in", "at", "of", "with", "as", "via", "under", "using", "into"]
)
AUXILIARIES = frozenset(["is", "are", "was", "were", "be", "been", "being", "gets", "got"])
"""Behind these stands what happens, however it looks."""
STATE_NAMES = frozenset(["status", "state", "reason", "cause", "result", "mode", "type", "level"])
SWITCHES = frozenset(
    ["true", "false", "yes", "no", "on", "off", "null", "none", "nil", "enabled", "disabled"]
)
"""What a program does depends on these, so they tell messages apart."""
_QUOTES = frozenset({('"', '"'), ("'", "'")})
_ENCLOSING = frozenset({"()", "[]", "（）", "【】", "「」"})


@dataclass(frozen=True)
class Vocabulary:
    """What was seen of single words in all shapes."""

    known: frozenset[str] = frozenset()
    """Values somewhere."""
    varying: frozenset[str] = frozenset()
    """Different in otherwise equal shapes, in several kinds of these."""


@dataclass(frozen=True)
class Place:
    """One position of shapes that are alike elsewhere, and what stands there."""

    position: int
    words: Words
    delimiters: Delimiters
    values: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return self.values - {PARAMETER, SPAN, ""}

    def value_words(self, vocabulary: Vocabulary) -> frozenset[str]:
        """Those of the words that stand here which are values; none where the place tells messages apart."""
        if "" in self.values and self._may_be_empty():
            return self.values if len(self.values) > 1 else frozenset()
        others = (word for position, word in enumerate(self.words) if position != self.position)
        if not self.names or not any(map(has_letters, others)):
            return frozenset()
        if self.position == 0:
            return self._first_values(vocabulary)
        is_value = PARAMETER in self.values or self._are_units() or self._are_many(vocabulary)
        return self.values if is_value else frozenset()

    def varying_words(self) -> frozenset[str]:
        """Words that are the only difference between shapes, and say nothing of what happens."""
        is_choice = (
            len(self.names) > 1 and PARAMETER not in self.values and not any(map(is_state, self.names))
        )
        return frozenset(filter(may_be_known, self.names)) if is_choice else frozenset()

    def _may_be_empty(self) -> bool:
        """After "key=" or between brackets, and after a colon at the end."""
        before = self.delimiters[self.position - 1] if self.position else ""
        is_last = self.position == len(self.words) - 1
        return opens_value(self.delimiters, self.position) or (before == ":" and is_last)

    def _are_many(self, vocabulary: Vocabulary) -> bool:
        names = self.names
        if self._word_before() + self.delimiters[self.position - 1] in NAMES_FOLLOW:
            return len(names) > 1
        if 2 * sum(map(is_numbered, names)) >= len(names):
            return len(names) >= MIN_NUMBERED
        if is_assigned(self.delimiters, self.position) and not any(map(is_name, names)):
            return len(names) >= MIN_ASSIGNED
        if 2 * len(names & vocabulary.known) >= len(names):
            return len(names) >= MIN_KNOWN
        return len(names) >= self._least_amount(vocabulary)

    def _least_amount(self, vocabulary: Vocabulary) -> int:
        """How many different words it takes here."""
        names = self.names
        if is_quoted(self.delimiters, self.position) or is_assigned(self.delimiters, self.position):
            return MIN_QUOTED
        if is_enclosed(self.delimiters, self.position):
            return MIN_ENCLOSED
        if self._names_a_state():
            return MIN_NOUNS
        if self._word_before() in PREPOSITIONS and self.delimiters[self.position - 1] == " ":
            return MIN_AFTER_PREPOSITION
        tells = self._word_before() in AUXILIARIES or 2 * sum(map(is_state, names)) >= len(names)
        if not tells:
            return MIN_VARYING if len(names & vocabulary.varying) >= MIN_VARYING else MIN_NOUNS
        look_named = 2 * sum(is_identifier(name) or is_constant(name) for name in names) >= len(names)
        return MIN_IDENTIFIERS if look_named else MIN_WORDS

    def _first_values(self, vocabulary: Vocabulary) -> frozenset[str]:
        names = self.names
        if len(names) >= MIN_FIRST_WORDS or (len(names) > 1 and names <= vocabulary.known):
            return self.values
        hosts = frozenset(name for name in names if is_host(name) or is_numbered(name))
        enough = len(hosts) >= MIN_FIRST_HOSTS or (hosts and PARAMETER in self.values)
        return hosts if enough else frozenset()

    def _are_units(self) -> bool:
        """ "1 byte", "2 bytes", "3 KB"."""
        names = self.names
        if PARAMETER not in self.words[self.position - 1] or len(names) < 2:
            return False
        shortest = min(names, key=len)
        return all(map(is_unit, names)) or names == {shortest, shortest + "s"}

    def _names_a_state(self) -> bool:
        """ "status dirty", "state: active": a verb is a value there."""
        before = [word for word in self.words[max(0, self.position - 2) : self.position] if word]
        return bool(before) and before[-1].lower() in STATE_NAMES

    def _word_before(self) -> str:
        return self.words[self.position - 1].lower()


def may_be_value(words: Words, delimiters: Delimiters, position: int, vocabulary: Vocabulary) -> bool:
    """Whether a difference here need not tell messages apart."""
    word = words[position]
    if word in vocabulary.known:
        return True
    if not position:
        return False
    return (
        word == PARAMETER
        or is_identifier(word)
        or is_quoted(delimiters, position)
        or (PARAMETER in words[position - 1] and is_unit(word))
        or (
            word.lower() not in SWITCHES
            and (is_assigned(delimiters, position) or is_enclosed(delimiters, position))
        )
    )


def is_surely_value(words: Words, delimiters: Delimiters, position: int, vocabulary: Vocabulary) -> bool:
    """A name that is a value anywhere is one everywhere; so is a word with a value in it, alone in brackets or quotes."""
    word = words[position]
    if PARAMETER in word and word != PARAMETER:
        return is_enclosed(delimiters, position) or is_quoted(delimiters, position)
    return word in vocabulary.known and is_name(word)


def may_be_known(word: str) -> bool:
    """Whether a value by this name is one wherever it stands."""
    return has_letters(word) and PARAMETER not in word and word.lower() not in SWITCHES and not is_unit(word)


def is_assigned(delimiters: Delimiters, position: int) -> bool:
    return position > 0 and delimiters[position - 1] == "="


def is_enclosed(delimiters: Delimiters, position: int) -> bool:
    return "".join(delimiters[max(0, position - 1) : position + 1]) in _ENCLOSING


def is_quoted(delimiters: Delimiters, position: int) -> bool:
    around = delimiters[max(0, position - 1) : position + 1]
    return around in _QUOTES and opens_value(delimiters, position)
