"""What came out of a run as a document: Markdown, Word, PDF. Needs no Django: called in a child process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from docx import Document as WordDocument
from docx.shared import Pt
from markdown_it.tree import SyntaxTreeNode

from apps.answering.markdown_renderer import parser
from apps.workbench.document_blocks import Block
from domain.clinical.exporting import pdf, word
from llm_backend import patterns

PDF_TEMPLATE = Path(__file__).with_name("document.typ")
# No XML can hold them, so no Word file can, and no font of a PDF shows them: colours of a log are such.
NO_CONTROLS = {
    code: None for code in (*range(32), *range(127, 160), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\x85"
}
# What Markdown would take for a mark of its own.
_MARKS = patterns.compile(r"([\\`*_{}<>#|\[\]])")


def to_markdown(title: str, _language: str, blocks: Sequence[Block]) -> bytes:
    parts = [f"# {_plain(title)}", *map(_markdown_of, blocks)]
    return ("\n\n".join(parts) + "\n").encode()


def to_word(title: str, language: str, blocks: Sequence[Block]) -> bytes:
    """Plain styles that every Word has, with fonts for Latin and Chinese letters."""
    document = WordDocument()
    word.set_fonts(document.styles["Normal"], word.TEXT_FONTS, Pt(10.5))
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3"):
        word.set_fonts(document.styles[name], word.TITLE_FONTS, document.styles[name].font.size)
    document.core_properties.title, document.core_properties.language = title[:255], language
    document.core_properties.author = ""
    document.add_heading(title, level=0)
    styles = {"quote": "Quote", "item": "List Bullet", "note": "Caption"}
    for block in _expanded(blocks):
        if block.kind == "heading":
            document.add_heading(block.text, level=min(block.level, 3))
        elif block.kind == "table":
            table = document.add_table(0, len(block.rows[0]), style="Table Grid")
            for row in block.rows:
                for cell, written in zip(table.add_row().cells, row, strict=True):
                    cell.text = written
        else:
            document.add_paragraph(block.text, style=styles.get(block.kind))
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def to_pdf(title: str, language: str, blocks: Sequence[Block]) -> bytes:
    # Typst knows no “zh-hans”.
    code, written = language.partition("-")[0], [asdict(each) for each in _expanded(blocks)]
    page = {"title": title, "language": code, "blocks": written}
    return pdf.typeset(PDF_TEMPLATE.read_bytes(), page, datetime.now(UTC))


WRITERS: Mapping[str, tuple[Callable[[str, str, Sequence[Block]], bytes], str]] = {
    "md": (to_markdown, "text/markdown; charset=utf-8"),
    "docx": (to_word, word.MEDIA_TYPE),
    "pdf": (to_pdf, pdf.MEDIA_TYPE),
}


def _markdown_of(block: Block) -> str:
    match block.kind:
        case "markdown":
            return block.text
        case "heading":
            return f"{'#' * (block.level + 1)} {_plain(block.text)}"
        case "quote":
            return "\n".join(f"> {_plain(line)}" for line in block.text.splitlines() or [""])
        case "item":
            return f"- {_plain(block.text)}"
        case "note":
            return f"*{_plain(block.text)}*"
        case "table":
            rows = [
                "| " + " | ".join(" ".join(_plain(cell).split()) for cell in row) + " |" for row in block.rows
            ]
            return "\n".join([rows[0], "|---" * len(block.rows[0]) + "|", *rows[1:]])
    return _plain(block.text)


def _plain(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)


def _expanded(blocks: Sequence[Block]) -> Iterator[Block]:
    """Read as the page of the run reads it: `3*4*5` is no emphasis, nothing is a link. Without signs that nothing shows."""
    for written in blocks:
        rows = [[cell.translate(NO_CONTROLS) for cell in row] for row in written.rows]
        block = replace(written, text=written.text.translate(NO_CONTROLS), rows=rows)
        if block.kind == "markdown":
            for node in SyntaxTreeNode(parser().parse(block.text)).children:
                yield from _blocks_of(node, block.level)
        else:
            yield block


def _blocks_of(node: SyntaxTreeNode, level: int) -> Iterator[Block]:
    """The parts of a Markdown text, without marks inside a line. HTML stays text."""
    match node.type:
        case "heading":
            yield Block("heading", _words(node), level + int(node.tag[1:]) - 1)
        case "bullet_list":
            yield from (Block("item", _words(item)) for item in node.children)
        case "ordered_list":
            yield from (Block("text", f"{item.info}. {_words(item)}") for item in node.children)
        case "blockquote":
            yield Block("quote", _words(node))
        case "table":
            yield Block(
                "table",
                rows=[
                    [_words(cell) for cell in row.children] for part in node.children for row in part.children
                ],
            )
        case "fence" | "code_block":
            yield Block("code", node.content.rstrip())
        case _:
            yield Block("text", _words(node))


def _words(node: SyntaxTreeNode) -> str:
    """All that is written inside, each paragraph and item of a list on lines of its own."""
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if not node.children:
        return node.content
    if node.type in ("bullet_list", "ordered_list"):
        # Within an item of another one.
        return "\n".join(
            f"{item.info}. {_words(item)}" if item.info else f"– {_words(item)}" for item in node.children
        )
    mark = "" if node.type in ("inline", "paragraph", "strong", "em", "link", "s", "th", "td") else "\n"
    return mark.join(map(_words, node.children))
