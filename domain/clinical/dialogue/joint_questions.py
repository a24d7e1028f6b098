"""What one turn asks together, answered apart: “Do you smoke, and is your father well?” asks for two parts of a record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from domain.clinical.dialogue import question_topics
from domain.clinical.dialogue.clauses import Clause, join_neighbours
from domain.clinical.dialogue.exchanges import Exchange
from domain.clinical.grounding.self_corrections import joining_marks
from llm_backend import patterns

# The section that a clause names by itself, whatever was asked; empty where it names none.
OwnTopic = Callable[[str], str]
_PIECE_ZH = patterns.compile(r"[^，,。？?；;！!]+[，,。？?；;！!]*")
_PIECE_EN = patterns.compile(
    r".+?(?:[,;]\s{1,3}(?:and\s{1,3}|or\s{1,3})?(?=(?:do|does|did|have|has|had|are|is|was|were|any|anyone|how|what|when|where|which|who)\b)"
    r"|\s{1,3}and\s{1,3}(?=(?:do|does|did|have|has|are|is|was|were|what|how|when)(?:n't)?\s{1,3}(?:you|he|she|your|his|her|anyone|the|it)\b|what's\b)"
    r"|[.?!;]++\s*+|$)",
    patterns.IGNORECASE,
)
# “Are you allergic to iodine, shellfish, any medicines?” asks for no medicines that are taken.
_ALLERGIC_TO = patterns.compile(r"\ballerg(?:ic|y|ies) to\b[^.?!]*,\s*$", patterns.IGNORECASE)
_NO_AND_NO = patterns.compile(r"^\W*(?:no|nope)[,.;]\s+(?=(?:and )?(?:no|not|never) \w)", patterns.IGNORECASE)
_ITEM_EN = patterns.compile(r"[^,]+?(?:,\s*(?:and |or )?|\s(?:and|or)\s|$)", patterns.IGNORECASE)
_LISTED = patterns.compile(r"^(?:or |and )?(?:any|some)(?: other)?(?: \w+){1,2}\W*$", patterns.IGNORECASE)
_ENDS_SENTENCE = patterns.compile(r"[。？?；;！!.]\s*$")
# An answer that names nothing; “都没有”, “neither” are of all that was asked.
_BARE = patterns.compile(
    r"^\W*(?:(?:都|均|全|也)*(?:没有?|不是?|无|是|有|对|嗯)(?:过|的|了|啊)?"
    r"|no(?: and no)*|nope|none(?: of (?:those|them|that))?|neither|never|yes|yeah|(?:no )?to both)\W*$",
    patterns.IGNORECASE,
)
_OF_ALL = patterns.compile(r"都|均|全|\b(?:neither|none|both|and no)\b", patterns.IGNORECASE)
_EMPTY_ZH = frozenset(
    "有没过吗的呢什么吃药做得是了不都也就还您你我他她它家里人在用会最近以前平时一点怎样个些上下"
)
_EMPTY_WORDS = """
a an the i you he she it they we my your his her their any some do does did have has had am are is was were be been and
or but of in on at to for with from that this what how when where who which not no never yes ever else take taking get
got one two there out up so just much many anyone
"""
_EMPTY_EN = frozenset(_EMPTY_WORDS.split())
_WORD = patterns.compile(r"[a-z]+")


@dataclass(frozen=True)
class _Question:
    topic: str
    pieces: tuple[Clause, ...]

    @property
    def text(self) -> str:
        return " ".join(piece.text for piece in self.pieces)


def split_joint_exchange(exchange: Exchange, own_topic: OwnTopic, *, in_chinese: bool) -> list[Exchange]:
    """For each part of a record that was asked about its question with its answer; one where only one was."""
    asked = _split_questions(exchange.questions, in_chinese=in_chinese)
    if len(asked) < 2:
        return [exchange]
    clauses = [part for clause in exchange.clauses for part in _parts(clause, in_chinese=in_chinese)]
    answers: dict[str, list[Clause]] = {each.topic: [] for each in asked}
    for clause, topics in zip(clauses, _match_answers(clauses, asked, own_topic), strict=True):
        for topic in topics:
            answers[topic].append(clause)
    return [
        Exchange(tuple(_join_parts(answers[each.topic], exchange.clauses)), each.pieces, exchange.is_answered)
        for each in asked
        if answers[each.topic]
    ]


def _split_questions(questions: Sequence[Clause], *, in_chinese: bool) -> list[_Question]:
    """By topic, in the order of the talk. A piece that names none is about what its sentence asks."""
    pieces = [
        item
        for question in questions
        for piece in _pieces(question, in_chinese=in_chinese)
        for item in ([piece] if in_chinese else _listed_topics(piece))
    ]
    topics = [question_topics.named_topic(piece.text, in_chinese=in_chinese) for piece in pieces]
    found: dict[str, list[Clause]] = {}
    for place, piece in enumerate(pieces):
        topic = topics[place]
        goes_on = place and (
            question_topics.goes_on(piece.text) or not _ENDS_SENTENCE.search(pieces[place - 1].text)
        )
        is_listed = place and _LISTED.match(piece.text) and _ALLERGIC_TO.search(pieces[place - 1].text)
        if is_listed or (not topic and goes_on):
            topic = topics[place - 1]
        elif not topic and place + 1 < len(pieces) and not _ENDS_SENTENCE.search(piece.text):
            topic = topics[place + 1]
        topics[place] = topic or question_topics.COMPLAINT
        found.setdefault(topics[place], []).append(piece)
    return [_Question(topic, tuple(several)) for topic, several in found.items()]


def _pieces(clause: Clause, *, in_chinese: bool) -> Iterator[Clause]:
    for match in (_PIECE_ZH if in_chinese else _PIECE_EN).finditer(clause.text):
        if text := match[0].strip():
            start = clause.start + match.start() + len(match[0]) - len(match[0].lstrip())
            yield replace(clause, text=text, start=start, end=start + len(text))


def _listed_topics(piece: Clause) -> list[Clause]:
    """“Any health problems, operations, allergies?” asks for three parts of a record, “kidney or liver trouble?” for one."""
    items = [
        replace(
            piece, text=match[0].strip(), start=piece.start + match.start(), end=piece.start + match.end()
        )
        for match in _ITEM_EN.finditer(piece.text)
    ]
    topics = [question_topics.named_topic(item.text, in_chinese=False) for item in items]
    # What is asked of the family, too, and what stands behind “allergic to” are no parts of their own.
    behind = topics[topics.index("allergies") + 1 :] if "allergies" in topics else []
    is_open = "family_history" not in topics and {*behind} <= {"medical_history", "surgical_history"}
    is_open = is_open and not _ALLERGIC_TO.search(f"{piece.text}, ")
    is_list = is_open and len({*topics} - {""}) > 1
    return items if is_list and all(topics[1:]) else [piece]


def _parts(clause: Clause, *, in_chinese: bool) -> list[Clause]:
    if not in_chinese:
        # “No, no heart trouble”: the first no answers what the second does not name.
        no = _NO_AND_NO.match(clause.text)
        if no is None:
            return [clause]
        seam = clause.start + no.end()
        return [
            replace(clause, text=no[0].strip(), end=seam),
            replace(clause, text=clause.text[no.end() :], start=seam),
        ]
    marks = joining_marks(clause.text)

    def join(first: Clause, second: Clause) -> Clause | None:
        """What is taken back stays with the words that do so."""
        between = range(second.start - clause.start - 2, second.start - clause.start)
        if not any(place in marks for place in between):
            return None
        text = clause.text[first.start - clause.start : second.end - clause.start]
        return replace(first, text=text, end=second.end)

    return list(join_neighbours(_pieces(clause, in_chinese=True), join))


def _match_answers(
    clauses: Sequence[Clause], asked: Sequence[_Question], own_topic: OwnTopic
) -> Iterator[list[str]]:
    """Of each clause the topics that it answers: what it names, else what it shares words with, else the next one."""
    topics = [each.topic for each in asked]
    open_topics, before = list(topics), ""
    own_topics = ["" if _BARE.match(clause.text) else own_topic(clause.text) for clause in clauses]
    for place, clause in enumerate(clauses):
        if _BARE.match(clause.text):
            answered = (
                topics if len(clauses) == 1 or _OF_ALL.search(clause.text) else open_topics[:1] or topics[-1:]
            )
        else:
            begins = place == 0 or bool(_ENDS_SENTENCE.search(clauses[place - 1].text))
            # Of allergies that a later clause tells nothing else is one: “Mefenamic acid I tried. No allergies.”
            told_later = {"allergies"} & set(own_topics[place + 1 :])
            unnamed = [topic for topic in open_topics if topic not in told_later]
            answered = [_answered_topic(clause.text, asked, own_topics[place], begins, before, unnamed)]
        open_topics = [topic for topic in open_topics if topic not in answered]
        before = answered[-1]
        yield list(answered)


def _answered_topic(
    text: str,
    asked: Sequence[_Question],
    own: str,
    begins: bool,
    before: str,
    open_topics: Sequence[str],
) -> str:
    topics = [each.topic for each in asked]
    shared = [_count_shared(text, each.text) for each in asked]
    if own in topics and own != question_topics.COMPLAINT:
        return own
    if max(shared):
        return topics[shared.index(max(shared))]
    # “头孢过敏，起皮疹”: what came of it.
    if own in topics and not (before == "allergies" and not begins):
        return own
    if before and not begins:
        return before
    return next(iter(open_topics), before or topics[-1])


def _count_shared(text: str, question: str) -> int:
    """How much of what it names the question names, too."""
    characters = {each for each in text if "㐀" <= each <= "鿿"} - _EMPTY_ZH
    words = {each[:5] for each in _WORD.findall(text.lower()) if each not in _EMPTY_EN}
    asked_words = {each[:5] for each in _WORD.findall(question.lower()) if each not in _EMPTY_EN}
    return len(characters & set(question)) + len(words & asked_words)


def _join_parts(parts: Sequence[Clause], sentences: Sequence[Clause]) -> Iterator[Clause]:
    """Parts that stand side by side in one sentence as they were said."""

    def join(first: Clause, second: Clause) -> Clause | None:
        sentence = next(each for each in sentences if each.start <= second.start < each.end)
        if first.end != second.start or first.start < sentence.start:
            return None
        text = sentence.text[first.start - sentence.start : second.end - sentence.start]
        return replace(first, text=text, end=second.end)

    return join_neighbours(parts, join)
