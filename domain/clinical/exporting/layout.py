"""A record as it stands on paper: what is a paragraph, a list, a table. PDF and Word print the same."""

from dataclasses import asdict, dataclass
from typing import Any

from domain.clinical.exporting.document import ExportedField, ExportedRecord, ExportedStatement
from domain.clinical.exporting.labels import LABELS, format_time, join_statements
from domain.clinical.exporting.measures import find_named_value, find_vital_sign

_LISTED = ("diagnoses", "tests", "plan", "allergies")
# Where values are read out. One alone is a sentence and no table.
_MEASURED = ("findings", "tests")
MIN_ROWS = 2


@dataclass(frozen=True)
class Table:
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Block:
    """A field: its title, and one of `text`, `items` and `table`. `is_empty`: required, and nothing was recorded."""

    title: str
    text: str = ""
    items: tuple[str, ...] = ()
    table: Table | None = None
    is_empty: bool = False


@dataclass(frozen=True)
class Part:
    title: str
    blocks: list[Block]


@dataclass(frozen=True)
class Page:
    """`patient_line` and `banner` stand on every page. `facts`, `signature`: pairs of label and value."""

    hospital: str
    letterhead: str
    title: str
    language: str
    patient_line: str
    banner: str
    notice: str
    watermark: str
    facts: list[tuple[str, str]]
    parts: list[Part]
    signature: list[tuple[str, str]]
    fingerprint: str
    words: dict[str, str]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def lay_out(record: ExportedRecord) -> Page:
    words = LABELS[record.language]
    is_draft = record.state == "draft"
    return Page(
        hospital=record.hospital.name,
        letterhead=record.hospital.letterhead,
        title=record.title,
        language=record.language,
        patient_line=_patient_line(record, words),
        # What a reader must know before anything else.
        banner=" · ".join([words["draft"]] * is_draft + [words["deidentified"]] * record.is_deidentified),
        notice=words["draft_notice"] if is_draft else "",
        watermark=words["draft"] if is_draft else "",
        facts=[(label, value) for label, value in _visit_lines(record, words) if value],
        parts=[
            Part(
                section.title,
                [
                    block
                    for field in section.fields
                    for block in lay_out_field(field, section.title, record.language)
                ],
            )
            for section in record.sections
        ],
        signature=[(label, value) for label, value in _signature(record, words) if value],
        fingerprint=record.fingerprint,
        words=words,
    )


def _patient_line(record: ExportedRecord, words: dict[str, str]) -> str:
    patient = record.patient
    age = f"{patient.age} {words['years']}" if record.language == "en" else f"{patient.age}{words['years']}"
    number = f"{words['number']} {patient.number}" if patient.number else ""
    parts = (patient.name, words[patient.sex], age if patient.age else "", number)
    return " · ".join(part for part in parts if part)


def _visit_lines(record: ExportedRecord, words: dict[str, str]) -> list[tuple[str, str]]:
    patient = record.patient
    gap = " " if record.language == "en" else ""
    state = "" if record.state == "draft" else f" · {words[record.state]}"
    return [
        (words["name"], patient.name),
        (words["sex"], words[patient.sex]),
        (words["age"], f"{patient.age}{gap}{words['years']}" if patient.age else ""),
        (words["birth_date"], patient.birth_date),
        (words["number"], patient.number),
        (words["department"], record.hospital.department),
        (words["seen_at"], format_time(record.visit.seen_at, record.language)),
        (words["version"], f"{record.version}{state}"),
    ]


def _signature(record: ExportedRecord, words: dict[str, str]) -> list[tuple[str, str]]:
    signature = record.signature
    lines = [
        (words["author"], record.author.full_name if record.author else ""),
        (words["reviewer"], record.reviewer.full_name if record.reviewer else ""),
    ]
    if signature is None:
        return lines
    return [
        *lines,
        (words["signer"], signature.signer.full_name),
        (words["signed_at"], format_time(signature.signed_at, record.language)),
        (words["reason"], signature.reason),
        (words["fingerprint"], signature.fingerprint),
    ]


def lay_out_field(field: ExportedField, section_title: str, language: str) -> list[Block]:
    """A field that is called like its section needs no second title. Measured values stand in a table of their own."""
    title = "" if field.title == section_title else field.title
    words, statements = LABELS[language], field.statements
    if not statements:
        return [Block(title, text=words["not_recorded"], is_empty=True)]
    if field.kind == "vitals":
        return [Block(title, table=_vitals(statements, words))]
    if field.kind == "medications":
        return [Block(title, table=_medications(statements, words))]
    values = [each for each in statements if field.kind in _MEASURED and find_named_value(each.text)]
    if len(values) < MIN_ROWS:
        return [_text_block(title, field, statements, language)]
    rest = [each for each in statements if each not in values]
    table = Block("" if rest else title, table=_values(values, words))
    return [_text_block(title, field, rest, language), table] if rest else [table]


def _text_block(
    title: str, field: ExportedField, statements: list[ExportedStatement], language: str
) -> Block:
    texts = [with_code(each, language) for each in statements]
    if field.kind in _LISTED and len(statements) > 1:
        return Block(title, items=tuple(texts))
    return Block(title, text=join_statements(texts, language))


def _values(statements: list[ExportedStatement], words: dict[str, str]) -> Table:
    values = filter(None, (find_named_value(each.text) for each in statements))
    return Table(
        [words["item"], words["measured"], words["unit"]],
        [[each.name, each.value, each.unit] for each in values],
    )


def with_code(statement: ExportedStatement, language: str) -> str:
    if statement.code is None:
        return statement.text
    code = code_text(statement)
    return f"{statement.text}（{code}）" if language == "zh" else f"{statement.text} ({code})"


def code_text(statement: ExportedStatement) -> str:
    """As people write it: the code, and the catalogue's name where the record's own words are others."""
    code = statement.code
    if code is None:
        return ""
    return code.code if code.display in statement.text else f"{code.code} {code.display}"


def _vitals(statements: list[ExportedStatement], words: dict[str, str]) -> Table:
    rows = []
    for statement in statements:
        sign = find_vital_sign(statement)
        rows.append([sign.name, sign.value, sign.unit] if sign else [statement.text, "", ""])
    return Table([words["item"], words["measured"], words["unit"]], rows)


def _medications(statements: list[ExportedStatement], words: dict[str, str]) -> Table:
    # A column that is empty all the way down is paper for nothing.
    has_codes = any(each.code for each in statements)
    rows = [
        [str(number), each.text, code_text(each)] if has_codes else [str(number), each.text]
        for number, each in enumerate(statements, start=1)
    ]
    head = ["", words["medication"], words["code"]] if has_codes else ["", words["medication"]]
    return Table(head, rows)
