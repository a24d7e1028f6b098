"""English words that stand for what somebody asked: “I have, a couple of times”, “what was it?”."""

from llm_backend import patterns

_TAKES_UP = patterns.compile(
    r"\b(?:did|does|do)\b(?=\W*$|\W+(?:when|but|too|as)\b)|\b(?:it|that|them)\b", patterns.IGNORECASE
)
_VERB_ALONE = patterns.compile(
    r"^\W*(?:(?:well|yes|yeah|only|but)\W+)?"
    # “We were in Egypt” is told, “they do in the evening” stands for what was asked.
    r"(?:(?:i|he|she|they|it|we) (?:(?:am|is|are|was|were)|(?:have|has|do|does|did|can|could|would)"
    r"(?: (?=(?:in|at|on|once|twice|sometimes|occasionally|every|a (?:bit|little|couple)|both|all)\b))?+)"
    r"(?:(?<= )|(?=\W*$|[,.;]| (?:but|when|since|because)\b))"
    r"|(?:no|yes) to the (?:first|second|last|other)\b)",
    patterns.IGNORECASE,
)
_ASKS_OF_IT = patterns.compile(
    r"^\W*(?:(?:and|so|okay|but)\W+)*"
    r"(?:(?:what|how (?:high|low|much|big|bad))(?: is| was|'s| are| were) (?:it|that|they|those)\b(?: like)?"
    r"|(?:what|how) about\b(?= (?:today|yesterday|this|last|now)\b)"
    r"|(?=(?:today|yesterday|this morning|now|last night)\W*$))"
    r"(?P<when>[^?]{0,60})",
    patterns.IGNORECASE,
)

# What goes on about the drug that was named before.
_COURSE = patterns.compile(
    r"\b(?:it|them|(?<!thing )that|stopped|quit|came off)\b|^(?:but|so|then|and)\b", patterns.IGNORECASE
)
# “I was on metformin, but I stopped two weeks ago”, “so I went back to 50” is of the drug, not of an illness.
_STOPPED = patterns.compile(
    r"^(?:but |and |so |then )?i (?:\w+ )?(?:stopped|quit|came off|went (?:back|up|down) (?:to|on))\b",
    patterns.IGNORECASE,
)


def takes_up_asked(answer: str) -> bool:
    """“My dad did”, “she had it”: a word of it is what the question named."""
    return stands_for_asked(answer) or bool(_TAKES_UP.search(answer))


def stands_for_asked(answer: str) -> bool:
    """“They do in the evening”, “no to the first”: all that is meant was asked."""
    return bool(_VERB_ALONE.match(answer))


def moment_asked_of(question: str) -> str | None:
    """“What was it last month?” asks of last month, and of what was asked for before; None where a question names it."""
    asks = _ASKS_OF_IT.match(question)
    return asks["when"].strip(" ,.") if asks else None


def tells_of_course(text: str) -> bool:
    """“I stopped it”, “so then …”: it may go on about the drug that was named before."""
    return bool(_COURSE.search(text))


def tells_of_stopping(text: str) -> bool:
    return bool(_STOPPED.match(text))
