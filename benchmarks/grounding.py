"""Does every exported statement stand in the words it points to? Conversations and dictations through the product.

The statements are the product's; the check is not: it looks for the numbers of a statement among those that `eval numbers`
reads in what was said, and compares letters, not meanings. Then one thing of each statement is made wrong
(a number, a side, a drug, a denial), and the product has to notice.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any

from benchmarks import intervals
from benchmarks.clinical_talks import Talk, talks
from benchmarks.drafting_model import drafting_model
from benchmarks.labelled_files import spread
from benchmarks.spoken_numbers import said_values, values_in
from domain.clinical.drafting import DraftContext, by_model, by_rules, record_checks
from domain.clinical.grounding import drugs
from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.statement_grounding import NoSpeech, ground_statement
from domain.clinical.grounding.terms import FINDINGS
from domain.clinical.records import builtin_templates
from domain.clinical.records.record import RecordContent, SectionContent, Statement, Support
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns

COMMAND = "eval grounding"
TEMPLATES = {"zh": "zh_outpatient", "en": "en_soap"}
_WORD = patterns.compile(r"[a-z']+|[㐀-鿿]|\d+(?:\.\d+)?")
_DIGITS = patterns.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*[a-z])")
_SIDED = {
    one: patterns.compile(
        rf"\b{one}[\s-]+(?:knee|leg|arm|hip|shoulder|side|foot|ankle|eye|ear)\b|{one}(?=[侧边腿膝眼耳肩手])"
    )
    for one in ("left", "right", "左", "右")
}
_PAIN = patterns.compile(r"疼|痛|\bpain\b", patterns.IGNORECASE)
_DENIED_PAIN = patterns.compile(
    r"\b(?:no|denies|without)\s+(?:any\s+)?(?=(?:\w+\s)?pain\b)|(?:否认|没有|无)(?=[㐀-鿿]{0,2}[疼痛])",
    patterns.IGNORECASE,
)
# What a record says in its own words of whoever it is about.
_OWN = """
the patient patient's he she his her him is are was were has had have does do did not no denies reports any a an to
of that it and or in on with for at there this be been very my i you your year old onset informant informant's
"""
_OWN_WORDS = frozenset(_OWN.split())
# What no reader of numbers takes for one.
_OTHER_WAYS = {
    "0.5": ("半", "half"),
    "1": ("once", "a "),
    "2": ("twice", "双", "couple", "二", "bid"),
    "3": ("tid",),
}
# Of the words of a statement without a value; the rest is the record's own wording.
SHARED_WORDS = 0.5


@dataclass
class Tally:
    """`true`: of each talk's exported statements."""

    statements: int = 0
    exported: int = 0
    true: list[list[bool]] = field(default_factory=list)
    unsupported_exported: int = 0
    mutations: dict[str, list[bool]] = field(default_factory=dict)
    false: list[str] = field(default_factory=list)

    def add(self, record: RecordContent, ground: DraftContext, name: str) -> None:
        """Each supported statement also with one thing made wrong, and whether the product refuses it."""
        self.true.append([])
        for _, _, statement in record.statements():
            self.statements += 1
            if statement.is_exported:
                self.exported += 1
                self.unsupported_exported += statement.support is not Support.SUPPORTED or not statement.spans
                self.true[-1].append(holds(statement, ground.transcript))
                self.false += [] if self.true[-1][-1] else [f"{name}: {statement.text}"]
            if statement.support is Support.SUPPORTED:
                self._mutate(statement, ground)

    def _mutate(self, statement: Statement, ground: DraftContext) -> None:
        for name, text in mutations(statement.text):
            wrong = statement.model_copy(update={"text": text, "number": None, "problems": []})
            told: dict[str, Any] = {"drugs": ground.drugs, "find_assertion": ground.find_assertion}
            again = ground_statement(wrong, ground.transcript, **told)
            self.mutations.setdefault(name, []).append(again.support is Support.UNSUPPORTED)

    def figures(self) -> dict[str, Any]:
        tried = [caught for each in self.mutations.values() for caught in each]
        figures = intervals.share("true_spans", map(sum, self.true), map(len, self.true))
        figures |= {"unsupported_exported": self.unsupported_exported}
        figures |= intervals.share("mutations_caught", tried)
        for name, caught in self.mutations.items():
            figures |= intervals.share(f"mutations_caught_{name}", caught)
        counts = {"mutations": len(tried), "statements": self.statements, "exported": self.exported}
        return {**figures, **counts, "talks": len(self.true)}


def run(
    data: Annotated[Sequence[Path], "directories of conversations or texts"],
    limit: Annotated[int | None, "so many conversations of each directory, evenly spread"] = None,
    model: Annotated[int, "let the embedded model draft N conversations too"] = 0,
    details: Annotated[Path | None, "write statements there whose words are not as they say"] = None,
) -> dict[str, Any]:
    found = [talk for path in data for talk in spread(list(talks(path)), limit)]
    if not found:
        raise SystemExit("There are no conversations or texts in these directories.")
    tally = Tally()
    for talk in found:
        ground = DraftContext(talk.transcript, drugs.built_in(), find_assertion)
        # Of a line of signs alone: no speech, no record.
        with suppress(NoSpeech):
            tally.add(by_rules.draft_by_rules(_template(talk), ground), ground, talk.name)
    sources = {"trained_on": [], "tested_on": [f"{path.name}/" for path in data]}
    figures = sources | tally.figures()
    if model:
        figures["model"] = _by_model(spread(found, model), tally)
    if details:
        details.write_text("\n".join(tally.false), encoding="utf-8")
    return figures


def _by_model(some: Sequence[Talk], rules: Tally) -> dict[str, Any]:
    """The same figures of records that the embedded model drafted."""
    tally = Tally(false=rules.false)
    with drafting_model() as model:
        for talk in some:
            ground = DraftContext(talk.transcript, drugs.built_in(), find_assertion)
            template = _template(talk)
            sections = [
                SectionContent(key=section.key, fields=by_model.section_fields(section, answers, ground))
                for section, answers in model.answers(template, talk.transcript)
            ]
            tally.add(record_checks.finish_record(template, sections, ground, version=1), ground, talk.name)
    return {"name": model.name, **tally.figures()}


def holds(statement: Statement, transcript: ClinicalTranscript) -> bool:
    """The letters of the value, or most words of the text, stand in the spans; its numbers in their utterances."""
    spans = [transcript.text[span.start : span.end] for span in statement.spans]
    said = " ".join(transcript.utterances[span.utterance].text for span in statement.spans)
    if not spans or not all(text.strip() for text in spans):
        return False
    if statement.value and not any(_letters(statement.value) in _letters(text) for text in spans):
        return False
    if not statement.value and not _shares_words(statement.text, " ".join(spans)):
        return False
    numbers = [Decimal(number).normalize() for number in _DIGITS.findall(_plain(statement.text))]
    return all(number in _said_values(said) for number in numbers)


@lru_cache(maxsize=1024)
def _said_values(said: str) -> frozenset[Decimal]:
    # “One hundred and five” is said with spaces or hyphens, and written with either.
    plain = patterns.sub(r"[\s-]+", " ", _plain(said))
    other = (Decimal(number) for number, ways in _OTHER_WAYS.items() if any(way in plain for way in ways))
    return frozenset((*said_values(plain), *values_in(plain), *values_in(plain.replace(",", "")), *other))


def mutations(text: str) -> Iterator[tuple[str, str]]:
    if number := _DIGITS.search(_plain(text)):
        wrong = f"{float(number[0]) * 3 + 4:g}"
        yield "number", text[: number.start()] + wrong + text[number.end() :]
    for one, other in (("left", "right"), ("right", "left"), ("左", "右"), ("右", "左")):
        if _SIDED[one].search(text):
            yield "side", text.replace(one, other, 1)
    if mention := next(iter(drugs.built_in().mentions(text)), None):
        wrong = "hydralazine" if mention.written.isascii() else "胺碘酮"
        yield "drug", text[: mention.start] + wrong + text[mention.end :]
    if flipped := _negate(text):
        yield "denial", flipped


def _negate(text: str) -> str:
    """A pain denied that was there, or there that was denied. A question is turned by its answer alone."""
    if patterns.search(r"[?？吗呢]", text) or not _PAIN.search(text):
        return ""
    if denied := _DENIED_PAIN.search(text):
        return text[: denied.start()] + text[denied.end() :]
    if patterns.search(r"\b(?:no|not|denies|without|never)\b|n't\b|否认|没|无|不", text, patterns.IGNORECASE):
        return ""
    return f"否认{text}" if patterns.search(r"[㐀-鿿]", text) else f"Denies {text[:1].lower()}{text[1:]}"


def _template(talk: Talk) -> Any:
    return builtin_templates.resolve(TEMPLATES["zh" if talk.transcript.is_chinese else "en"])


def _plain(text: str) -> str:
    return "".join(chr(ord(each) - 0xFEE0) if "！" <= each <= "～" else each for each in text).lower()


def _letters(text: str) -> str:
    return "".join(each for each in _plain(text) if each.isalnum())


def _shares_words(text: str, said: str) -> bool:
    """Where a lay word was said, its clinical one counts as said, and the other way round."""
    plain = _long(said)
    same = [names for names in _same_findings() if any(each in plain for each in names)]
    plain += " ".join(name for names in same for name in names)
    wanted = {word for word in _WORD.findall(_long(text)) if not word[0].isdigit()} - _OWN_WORDS
    stems = {word[:4] for word in _WORD.findall(plain)}
    return sum(word[:4] in stems for word in wanted) >= SHARED_WORDS * len(wanted)


def _long(text: str) -> str:
    """Without contractions, and with a record's words for parents."""
    plain = _plain(text).replace(" n't", "n't").replace("'ll", " will").replace("let's", "we will")
    return plain.replace("mom", "mother").replace("dad", "father")


@cache
def _same_findings() -> list[list[str]]:
    lines = FINDINGS.read_text(encoding="utf-8").splitlines()
    return [[name.strip() for name in line.lower().split(",")] for line in lines if line[:1] != "#"]
