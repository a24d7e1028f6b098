"""What a translation has to keep, checked by rule: numbers, units, denials, links, placeholders, marks, names, terms."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.text.translation import (
    dates,
    denials,
    designations,
    exchanges,
    frequencies,
    numbers,
    opposites,
    proportions,
    qualifiers,
)
from domain.text.translation.places import fits, marks_in
from domain.text.translation.segments import Pair
from llm_backend import patterns
from llm_backend.sentences import sentences

# To the letter, and as often as in the source.
_KEPT = patterns.compile(
    r"(?P<marker></?\d{1,4}/?>)"
    r"|(?P<placeholder>\{\{[^{}\n]{1,80}\}\}|[$#]?\{ ?[^{}\s]{0,60}(?: [^{}\s]{1,30}){0,2} ?\}"
    r"|%\([^()\s]{1,60}\)[sdfi]|%(?:\d{1,2}\$)?(?:0?\d{0,2}\.\d{1,2}[feg]|0?\d{1,2}[di]|l{0,2}u|[sdfi@])(?![a-z])"
    r"|</?[a-zA-Z][^<>\n]{0,300}>|`[^`\n]{1,200}`|(?<!\*)\*\*(?!\*)|(?<!_)__(?!_)|~~)"
    r"|(?P<link>\]\([^()\s]{1,500}\)|https?://[^\s<>\"'，。；！？（）、」』【】]{1,500}|[\w.+-]{1,64}+@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8})"
    r"|(?P<name>(?<![A-Za-z0-9-])(?!Q[1-4](?![A-Za-z0-9-]))[A-Za-z]++(?:-[A-Za-z]++)?-?\d[A-Za-z0-9]*+(?:-[A-Za-z0-9]++){0,8})",
    patterns.ASCII,
)
_AFTER_LINK = ".,;:!?)"
_LATIN_NAME = patterns.compile(r"(?<![A-Za-z])[A-Z][A-Za-z]{2,}+")
_HAN = patterns.compile(r"[\u3400-\u9fff]")
_HAN_WORDS = patterns.compile(r"[\u3400-\u9fff]++")
_IN_BRACKETS = patterns.compile(
    r"[(（\[【「《“‘\"'][^()（）\[\]【】「」《》“”‘’\"'\n]{0,80}[)）\]】」》”’\"']"
)
_KANA = patterns.compile(r"[\u3040-\u30ff]")
_HANGUL = patterns.compile(r"[\uac00-\ud7af]")
_WITHOUT_ACCENTS = str.maketrans("äöüáéíóú", "aouaeiou")
_LATIN = patterns.compile(r"[A-Za-z\u00c0-\u024f]{2,}+")
ASIAN = frozenset({"zh", "ja", "ko"})
# Fewer words than these may be a name, which looks the same in every language.
MIN_WORDS = 5
# “Q3” and “A4” are written in other ways in other languages, “TH-2041” is not.
MIN_NAME_CHARACTERS = 4
# Of a sentence in both texts.
SAME_SHARE = 0.2


@dataclass(frozen=True)
class Term:
    """How the organisation wants a word translated; one that stays as it is has itself as its translation."""

    source: str
    target: str


@dataclass(frozen=True)
class Problem:
    """`text`: what is missing or wrong, as the source has it."""

    kind: str
    text: str = ""


def problems(source: str, translation: str, pair: Pair, terms: Sequence[Term] = ()) -> list[Problem]:
    """Everything that a translation lost, changed or made up; in the order in which a person would ask for it."""
    if not translation.strip():
        return [Problem("empty")]
    before, after = _KEPT.sub(" ", source), _KEPT.sub(" ", translation)
    missing, changed, added = numbers.problems(before, after, pair)
    sentence_pairs = _sentence_pairs(source, translation)
    # Two things may also change places between sentences.
    texts = dict.fromkeys([*sentence_pairs, (source, translation)])
    all_problems = [
        *_changed_language(before, after, pair),
        *(Problem("language", words) for words in _untranslated(after, pair, terms)),
        *_changed_kept(source, translation),
        # A small model leaves the brackets around a text that it was shown.
        *(Problem("foreign", mark) for mark in "<>‹›" if after.count(mark) > before.count(mark)),
        *_changed_names(source, before, translation, pair),
        *(Problem("name", letter) for letter in designations.letters_lost(before, after, pair)),
        *(Problem("name", parties) for parties in opposites.parties_lost(source, translation, pair)),
        *(Problem("number", value) for value in missing),
        *(Problem("number", day) for day in dates.weekdays_changed(source, translation)),
        *(
            Problem("number", month)
            for month in dates.months_changed(source, translation)
            if month not in str(missing)
        ),
        *(Problem("unit", value) for value in changed),
        *(Problem("added", value) for value in added),
        *(problem for one, other in sentence_pairs for problem in _changed_statements(one, other, pair)),
        *(
            Problem("exchanged", items)
            for one, other in texts
            for items in exchanges.exchanged(one, other, pair)
        ),
        *(
            Problem("term", f"{term.source} → {term.target}")
            for term in terms_missing(source, translation, terms)
        ),
    ]
    return list(dict.fromkeys(all_problems))


def _sentence_pairs(source: str, translation: str) -> list[tuple[str, str]]:
    """What one sentence lost another one may say, so that each is read with its own where both texts have as many, of about
    the same part of the whole."""
    before, after = ([each.text for each in sentences(text)] for text in (source, translation))
    if len(before) != len(after):
        return [(source, translation)]
    pairs = list(zip(before, after, strict=True))
    is_alike = all(
        abs(len(one) / len(source) - len(other) / len(translation)) <= SAME_SHARE for one, other in pairs
    )
    return pairs if is_alike else [(source, translation)]


def _changed_statements(source: str, translation: str, pair: Pair) -> Iterator[Problem]:
    yield from (Problem("number", part) for part in proportions.changed(source, translation, pair))
    yield from (Problem("number", often) for often in frequencies.changed(source, translation, pair))
    yield from (Problem(kind, words) for kind, words in qualifiers.changed(source, translation, pair))
    yield from (Problem("opposite", word) for word in opposites.changed(source, translation, pair))
    yield from (Problem("exchanged", parties) for parties in opposites.exchanged(source, translation, pair))
    if denials.is_denial_lost(source, translation, pair):
        yield Problem("denial")
    if denials.is_denial_made_up(source, translation, pair):
        yield Problem("added_denial")


def terms_in(source: str, terms: Sequence[Term]) -> list[Term]:
    """The terms that a text asks for; one that stands there only inside of longer ones gives way to them."""
    there = [term for term in terms if holds(source, term.source)]
    longer = [term.source.casefold() for term in there]
    return [
        term
        for term in there
        if holds(_without_terms(source, _holding(term.source.casefold(), longer)), term.source)
    ]


def _holding(term: str, terms: Sequence[str]) -> list[str]:
    return [each for each in terms if term in each and term != each]


def _without_terms(text: str, terms: Sequence[str]) -> str:
    text = _term_text(text)
    for term in terms:
        text = _term_pattern(_term_text(term).strip()).sub(" ", text)
    return text


def terms_missing(source: str, translation: str, terms: Sequence[Term]) -> list[Term]:
    return [term for term in terms_in(source, terms) if not holds(translation, term.target)]


def holds(text: str, term: str) -> bool:
    """Whether the term is one of the text's words; endings of up to three letters count as the same word, and so do plurals
    (categories, boxes, letters of credit) and words that a hyphen joins.
    """
    text, term = _term_text(text), _term_text(term).strip()
    # With all its forms it begins so; most terms of a glossary are in no text, and no pattern is made of them.
    is_possible = bool(term) and term.partition(" of ")[0].removesuffix("y").removesuffix("e") in text
    return is_possible and _term_pattern(term).search(text) is not None


def _term_text(text: str) -> str:
    """Verträge are of Vertrag, producciones of producción."""
    return text.casefold().replace("-", " ").translate(_WITHOUT_ACCENTS)


def _term_pattern(term: str) -> patterns.Pattern[str]:
    # Chinese, Japanese and Korean put no space around a word.
    before = "" if _is_asian(term[0]) else r"(?<![^\W_])"
    after = "" if _is_asian(term[-1]) else rf"(?![^\W\d_]{{{min(3, len(term) // 2) + 1}}}|\d)"
    head, of, rest = term.partition(" of ")
    return patterns.words(
        [*_plurals(term), *(f"{each} of {rest}" for each in _plurals(head) if of)], before=before, after=after
    )


def _plurals(word: str) -> list[str]:
    """A word with what its other forms begin with, which may have an ending of their own: categories, invoicing."""
    if word.endswith("y"):
        return [word, f"{word[:-1]}ies", f"{word[:-1]}ied"]
    if word.endswith("e"):
        return [word, f"{word[:-1]}ing"]
    return [word, f"{word}es" if word.endswith(("s", "x", "z", "ch", "sh")) else f"{word}s"]


def _changed_kept(source: str, translation: str) -> list[Problem]:
    kept, translated = _kept_parts(source), _kept_parts(translation)
    missing = [Problem(kind, text) for (kind, text) in kept - translated]
    # A small model repeats the tags of what it was asked.
    missing += [
        Problem("foreign", text) for kind, text in translated - kept if text.startswith(("<", "http"))
    ]
    if not any(problem.kind == "marker" for problem in missing) and not fits(translation, marks_in(source)):
        missing.append(Problem("marker", " ".join(marks_in(source)) or "<…>"))
    return missing


def _changed_names(source: str, plain: str, translation: str, pair: Pair) -> list[Problem]:
    if pair.source not in ASIAN or pair.target in ASIAN:
        return []
    names = dict.fromkeys(_LATIN_NAME.findall(plain))
    missing = [name for name in names if name.casefold() not in translation.casefold()]
    if pair == Pair("zh", "en"):
        missing += designations.people_lost(source, translation)
    return [Problem("name", name) for name in missing]


def _changed_language(before: str, after: str, pair: Pair) -> list[Problem]:
    """A small model sometimes answers in the language that it was given."""
    # A letter of Chinese, Japanese or Korean counts as a word.
    words = sum(len(pattern.findall(before)) for pattern in (_LATIN, _HAN, _KANA, _HANGUL))
    if words < MIN_WORDS:
        return []
    asian = [len(pattern.findall(after)) for pattern in (_HAN, _KANA, _HANGUL)]
    is_right = {"zh": asian[0] and not asian[1], "ja": asian[0] + asian[1], "ko": asian[2]}.get(
        pair.target, len(_LATIN.findall(after)) > sum(asian)
    )
    is_same = pair.source != pair.target and after.strip() == before.strip()
    return [] if is_right and not is_same else [Problem("language")]


def _untranslated(after: str, pair: Pair, terms: Sequence[Term]) -> list[str]:
    """Chinese that a small model left in a text of Latin letters; in brackets or quotation marks it may be meant."""
    if pair.source not in ASIAN or pair.target in ASIAN:
        return []
    found = _HAN_WORDS.findall(_IN_BRACKETS.sub(" ", after))
    return [words for words in found if not any(words in term.target for term in terms)]


def _kept_parts(text: str) -> Counter[tuple[str, str]]:
    counts: Counter[tuple[str, str]] = Counter()
    for match in _KEPT.finditer(text):
        kind, part = str(match.lastgroup), match[0]
        if kind == "link" and not part.startswith("]"):
            part = part.rstrip(_AFTER_LINK)
        if kind != "name" or len(part) >= MIN_NAME_CHARACTERS:
            counts[kind, part.upper() if kind == "name" else part] += 1
    return counts


def _is_asian(character: str) -> bool:
    return any(pattern.match(character) for pattern in (_HAN, _KANA, _HANGUL))
