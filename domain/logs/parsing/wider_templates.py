"""Templates that differ in more than a word and are one message: in how many values follow each other, in a part that may be
left out, in words that somebody typed, or because one says in full what another has a value for.

Each step gets the set of templates and returns those that become wider ones, with these. `MAX_COMPARED` keeps what a
stranger's lines can cost: with more templates than that only values that follow each other and brackets are joined.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.logs.parsing.masking import PARAMETER, SPAN
from domain.logs.parsing.tokens import UNITS, has_letters, is_state, split_words
from llm_backend import patterns

MAX_COMPARED = 4_096
MAX_COVERS = 64
MIN_BRACKETS = 4
"""Different contents of one pair of brackets or quotes."""
MIN_TEXTS_QUOTED = 3
"""In single quotes, in which no program writes a request."""
MIN_TEXTS = 5
"""Different words after "Kicked <*> from match <*>: " that make them a text."""
MIN_REASONS = 3
"""The same after a colon behind words that say what happened, or that name a state or reason: "Card <*> declined: "."""
MIN_SENTENCE = 4
"""Words before a colon that are a message though no value is among them."""
MAX_ASSIGNMENTS = 3
MAX_PHRASE = 3
MIN_NAMES = 3
"""Behind a preposition."""
MIN_LONG_WORD = 5
MIN_CHINESE = 4

Wider = Mapping[str, str]

_CHINESE = patterns.compile(r"[一-鿿]")
_PLAIN = patterns.compile(r"[^\W\d_]{2,}")
_MARKS = patterns.compile(r"[\x11\x12]")
_UNIT = "|".join(sorted(map(patterns.escape, UNITS), key=lambda unit: (-len(unit), unit)))
_VALUES = rf"[\x11\x12](?:(?:, ?|[|;、:/]| [*#]?|##|>,? <|', ?'|\", ?\")[\x11\x12]| (?:{_UNIT})\b)*"
_RUN = patterns.compile(rf"(?P<bracketed> ?(?:\({_VALUES}\)|\[{_VALUES}\]|（{_VALUES}）))|{_VALUES}")
_BRACKETED = patterns.compile(
    r"\(([^()]{1,400})\)|\[([^\[\]]{1,400})\]|\{([^{}]{1,400})\}|\"([^\"]{1,400})\"|(?<![\w\x11\x12])'([^']{1,400})'(?!\w)"
)
_SEPARATOR = patterns.compile(r"(?:: | - |：)(?=\S)")
_REASON = patterns.words(["status", "state", "reason", "cause", "result", "原因", "状态", "结果", "错误"])
_STRUCTURE = patterns.compile(r"[=:()\[\]{}<>\"|/]")
_CLAUSE = r"[,，] ?[^,，;:.()\[\]\x11]{0,40}[\x11\x12]"
_PARTS = (
    patterns.compile(r" ?(?:\([^()]{1,200}\)|\[[^\[\]]{1,200}\]|（[^（）]{1,200}）)"),
    patterns.compile(rf"{_CLAUSE}[^,，;:.()\[\]]{{0,60}}(?=[,，;:.)\]]|$)"),
    patterns.compile(r"[,，] ?\x11 \w{2,20}(?= \w)"),
    patterns.compile(r": [A-Z][A-Za-z ]{3,80}$"),
    patterns.compile(
        r" (?:from|to|by|at|in|on|for|after|with|using|via|and|@)(?: [^\W\d_]{2,20})?"
        r"(?: [\[(\"'<]?[\x11\x12][\])\"'>]?){1,4}(?: [^\W\d_]{2,20}){0,2}(?=[.!。]?$)"
    ),
    patterns.compile(r"(?:, \w{2,20}: ?['\"]?[\x11\x12]['\"]?){1,4}(?=[)\].]|$)"),
    patterns.compile(r": \w{2,20} ['\"]?[\x11\x12]['\"]?$"),
    patterns.compile(r" (?:with|without|using|via) [^\W\d_]{2,20}(?=[.!。]?$)"),
    patterns.compile(r",(?: [^\W\d_]{2,20}){2,4}(?=[.!]?$)"),
    patterns.compile(r"，[^\W\d_]{2,20}(?=。?$)"),
)
_COUNTED = patterns.compile(r"\x11 [^\W\d_]{2,20} [^\W\d_]{2,20}")
_ASSIGNMENT = patterns.compile(r",? [A-Za-z_.]{1,40}=[^\s,;=()\[\]]{1,100}")
_PHRASE_WORD = patterns.compile(r"(?<![^ ])[^\W\d_]{1,30}(?:-[^\W\d_]{1,30})?(?= |[.!。…]{0,3}$)")
_PREPOSITION = patterns.compile(r" (?:from|to|by|at|in|on|for|of|with|as|via|under|using|into) ")
_NAME = patterns.compile(r"[\w.\x11-]{1,30}(?: [\w.\x11-]{1,30}){0,2}(?= |[.!]?$|[,:;])")
_COMPOSED_WORD = patterns.compile(r"(?<= )[\w.\x11-]{1,60}[:/@][\w.:/@\x11-]{0,60}[\w\x11](?= |$)")


class _Runs(NamedTuple):
    """A template with each run of values as one mark; what stood there, and in brackets between, by its place."""

    template: str
    key: str
    texts: dict[int, str]

    @classmethod
    def of(cls, template: str) -> "_Runs":
        key, end = "", 0
        texts: defaultdict[int, str] = defaultdict(str)
        for run in _RUN.finditer(template):
            key += template[end : run.start()]
            texts[2 * len(key) + (run["bracketed"] is None)] += run[0]
            key += "" if run["bracketed"] else SPAN
            end = run.end()
        return cls(template, key + template[end:], dict(texts))


def merge_runs(templates: set[str]) -> Wider:
    """Templates that differ in how many values follow each other, with their units and in brackets: "5 min 3 s", "3 s"."""
    groups: defaultdict[str, list[_Runs]] = defaultdict(list)
    for template in sorted(templates):
        runs = _Runs.of(template)
        groups[runs.key].append(runs)
    wider: dict[str, str] = {}
    for key, members in groups.items():
        if len(members) > 1 and has_letters(key):
            wider |= dict.fromkeys((each.template for each in members), _with_all_runs(members))
    return wider


def _with_all_runs(members: Sequence[_Runs]) -> str:
    text = members[0].key
    for place in sorted({place for each in members for place in each.texts}, reverse=True):
        several = {each.texts.get(place, "") for each in members}
        start, is_run = divmod(place, 2)
        text = text[:start] + (several.pop() if len(several) == 1 else SPAN) + text[start + is_run :]
    return text


def merge_brackets(templates: set[str]) -> Wider:
    """Templates that differ in what stands in one pair of brackets or quotes, in any number of words."""
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for template in templates:
        for bracketed in _BRACKETED.finditer(template):
            start, end = bracketed.start() + 1, bracketed.end() - 1
            # What names its values is a message's own structure, no text.
            if "=" not in template[start:end] and template[start:end] != SPAN:
                groups[template[:start], template[end:]].add(template[start:end])
    wider: dict[str, str] = {}
    for (before, after), contents in sorted(groups.items()):
        if has_letters(before + after):
            values = _bracket_values(contents, MIN_TEXTS_QUOTED if before[-1] == "'" else MIN_BRACKETS)
            wider |= {before + each + after: before + SPAN + after for each in values}
    return wider


def _bracket_values(contents: set[str], least: int) -> set[str]:
    if len(contents) >= least:
        return contents
    single = {each for each in contents if each == PARAMETER or _is_single_value(each)}
    return single if len(single) > 1 and PARAMETER in single else set()


def _is_single_value(text: str) -> bool:
    """Whether it may be a value as a whole: "deploy:staging", "redis:<*>"."""
    return " " not in text and SPAN not in text and not (text.isalpha() and is_state(text))


def merge_texts(templates: set[str]) -> Wider:
    """Templates that are alike up to a colon or a dash and go on with any words."""
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for template in templates:
        end = len(template.rstrip(".!"))
        for sign in _SEPARATOR.finditer(template, 0, end):
            before, text = template[: sign.end()], template[sign.end() : end]
            words = len(_PLAIN.findall(before))
            if words >= (MIN_SENTENCE if not _MARKS.search(before) else 1 if sign[0] == " - " else 2):
                groups[before, template[end:]].add(text)
    wider: dict[str, str] = {}
    for (before, after), texts in sorted(groups.items()):
        if len(texts) >= _least_texts(before) and not any(map(_STRUCTURE.search, texts)):
            wider |= {before + text + after: before + SPAN + after for text in texts}
    return wider


def _least_texts(before: str) -> int:
    if before.endswith(" - "):
        return MIN_TEXTS
    tells = any(map(is_state, _PLAIN.findall(before))) or _REASON.search(before)
    return MIN_REASONS if tells else MIN_TEXTS


def merge_optional_parts(templates: set[str]) -> Wider:
    """A part in brackets, one that names its value or a clause with a value may be missing: "12 bytes (3 KB) sent"."""
    if len(templates) > MAX_COMPARED:
        return {}
    shorter: dict[str, tuple[str, int]] = {}
    for template in templates:
        for start, end in _parts(template):
            rest = template[:start] + template[end:]
            if rest in templates and _says_enough(rest):
                shorter[template] = rest, start
                break
    places: defaultdict[str, set[int]] = defaultdict(set)
    roots: dict[str, str] = {}
    for template in sorted(shorter, key=lambda each: (len(each), each)):
        rest, start = shorter[template]
        roots[template] = root = roots.get(rest, rest)
        places[root].add(min(start, len(root)))
    texts = {root: _with_spans(root, marks) for root, marks in places.items()}
    return {each: texts[root] for each, root in roots.items()} | texts


def _parts(template: str) -> Iterator[tuple[int, int]]:
    for pattern in _PARTS:
        for part in pattern.finditer(template):
            if not _is_news(part[0]):
                yield part.span()
    # An object that is printed in brackets has parts of its own: another kind of object is another message.
    assignments = [
        part.span()
        for part in _ASSIGNMENT.finditer(template)
        if not _is_inside_brackets(template, part.start())
    ]
    for first, (start, end) in enumerate(assignments):
        for next_start, next_end in assignments[first : first + MAX_ASSIGNMENTS]:
            if next_start > end:
                break
            end = max(end, next_end)
            yield start, end


def _is_news(part: str) -> bool:
    """ "3 failed" is, "3 entities skipped" says more of the same."""
    told = _COUNTED.sub("", part) if part[0] in ",，" else _after_marks(part)
    return any(map(is_state, _PLAIN.findall(told)))


def _after_marks(part: str) -> str:
    return part[max(part.rfind(PARAMETER), part.rfind(SPAN)) + 1 :] if _MARKS.search(part) else ""


def _is_inside_brackets(template: str, place: int) -> bool:
    return any(
        template.count(each[0], 0, place) > template.count(each[1], 0, place) for each in ("()", "{}", "[]")
    )


def _says_enough(template: str) -> bool:
    words = _PLAIN.findall(template)
    is_long = any(len(word) >= MIN_LONG_WORD for word in words)
    return is_long or len(words) > 1 or len(_CHINESE.findall(template)) >= MIN_CHINESE


def _with_spans(template: str, places: set[int]) -> str:
    for place in sorted(places, reverse=True):
        template = template[:place] + SPAN + template[place:]
    return template


def join_phrases(templates: set[str]) -> Wider:
    """Templates that have some plain words or a composed one where another has a value: "on map Old Mill", "on map <*>"."""
    if len(templates) > MAX_COMPARED:
        return {}
    wider: dict[str, str] = {}
    for template in sorted(templates):
        for start, end in _phrases(template):
            one_word = template[:start] + PARAMETER + template[end:]
            if one_word in templates and template not in wider and len(_PLAIN.findall(one_word)) > 1:
                wider[template] = wider[one_word] = template[:start] + SPAN + template[end:]
    return wider


def _phrases(template: str) -> Iterator[tuple[int, int]]:
    yield from (word.span() for word in _COMPOSED_WORD.finditer(template))
    words = [word.span() for word in _PHRASE_WORD.finditer(template)]
    for first, (start, end) in enumerate(words):
        if not start or is_state(template[start:end]):
            continue
        for next_start, next_end in words[first + 1 : first + MAX_PHRASE]:
            if next_start != end + 1 or is_state(template[next_start:next_end]):
                break
            end = next_end
            yield start, end


def merge_names(templates: set[str]) -> Wider:
    """Templates that have different names of one to three words behind a preposition: "by Olsen", "by K. Brandt"."""
    if len(templates) > MAX_COMPARED:
        return {}
    groups: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for template in templates:
        for start, end in _places_of_names(template):
            groups[template[:start], template[end:]][template[start:end]] = template
    wider: dict[str, str] = {}
    for (before, after), named in sorted(groups.items()):
        names = [name for name in named if not any(map(is_state, name.split(" ")))]
        are_names = len(names) >= MIN_NAMES or (PARAMETER in names and len(names) > 1)
        # Single words are looked at as words of one place.
        if are_names and any(" " in name for name in names) and len(_PLAIN.findall(before + after)) > 1:
            wider |= {named[name]: before + SPAN + after for name in names}
    return wider


def _places_of_names(template: str) -> Iterator[tuple[int, int]]:
    for preposition in _PREPOSITION.finditer(template):
        start = preposition.end()
        words = _NAME.match(template, start)
        if words:
            spaces = [place for place in range(start, words.end()) if template[place] == " "]
            yield from ((start, end) for end in (*spaces, words.end()))


def join_covered(templates: set[str]) -> Wider:
    """Templates that say what another one has values for: "a.service - Web server" where "<*> - <**>" is known."""
    spanning = sorted(
        (each for each in templates if SPAN in each and _says_enough(each)),
        key=lambda each: (each.count(SPAN), each),
    )
    if not spanning or len(templates) > MAX_COMPARED:
        return {}
    covers = [(each, [split_words(part) for part in each.split(SPAN)]) for each in spanning[:MAX_COVERS]]
    wider: dict[str, str] = {}
    for template in templates:
        tokens = split_words(template)
        cover = next((each for each, pieces in covers if each != template and _covers(pieces, tokens)), None)
        if cover is not None:
            wider[template] = cover
    # Of two that cover each other one stays.
    return {each: cover for each, cover in wider.items() if wider.get(cover) != each or each > cover}


def _covers(pieces: Sequence[Sequence[str]], tokens: Sequence[str]) -> bool:
    """Whether the pieces of a template, which any words may part, follow each other in these tokens."""
    first, *between, last = pieces
    end = len(tokens) - len(last)
    if len(first) > len(tokens) or end < 0:
        return False
    if not (_fit(first[:-1], tokens, 0) and _fit(last[1:], tokens, end + 1)):
        return False
    if not (tokens[len(first) - 1].startswith(first[-1]) and tokens[end].endswith(last[0])):
        return False
    place = len(first) - 1
    for piece in between:
        found = next((at for at in range(place, end + 2 - len(piece)) if _lies_at(piece, tokens, at)), None)
        if found is None:
            return False
        place = found + len(piece) - 1
    return place <= end


def _lies_at(piece: Sequence[str], tokens: Sequence[str], place: int) -> bool:
    """Its first and its last token may be a part of a word."""
    if len(piece) == 1:
        return piece[0] in tokens[place]
    ends = tokens[place].endswith(piece[0]) and tokens[place + len(piece) - 1].startswith(piece[-1])
    return ends and _fit(piece[1:-1], tokens, place + 1)


def _fit(piece: Sequence[str], tokens: Sequence[str], place: int) -> bool:
    return all(
        mark == token or (mark == PARAMETER and token not in ("", SPAN))
        for mark, token in zip(piece, tokens[place : place + len(piece)], strict=True)
    )
